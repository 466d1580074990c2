package dev.lathe.runtime;

/**
 * {@link Tiles} without the Vector API: one row, eight columns at a time, in loops that the JIT vectorizes where it
 * can.
 */
public final class ScalarTiles implements Tiles {
    private static final int WIDTH = 8;

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public int maxRows() {
        return 1;
    }

    @Override
    public void multiply(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        float s0 = init[initAt];
        float s1 = init[initAt + 1];
        float s2 = init[initAt + 2];
        float s3 = init[initAt + 3];
        float s4 = init[initAt + 4];
        float s5 = init[initAt + 5];
        float s6 = init[initAt + 6];
        float s7 = init[initAt + 7];
        for (int i = 0, p = bAt; i < depth; i++, p += WIDTH) {
            float x = a[aAt + i];
            s0 = Math.fma(x, b[p], s0);
            s1 = Math.fma(x, b[p + 1], s1);
            s2 = Math.fma(x, b[p + 2], s2);
            s3 = Math.fma(x, b[p + 3], s3);
            s4 = Math.fma(x, b[p + 4], s4);
            s5 = Math.fma(x, b[p + 5], s5);
            s6 = Math.fma(x, b[p + 6], s6);
            s7 = Math.fma(x, b[p + 7], s7);
        }
        store(c, cAt, columns, s0, s1, s2, s3, s4, s5, s6, s7);
    }

    @Override
    public void multiplyAlong(
            int rows,
            float[] a,
            int[] starts,
            int startAt,
            int[] path,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        multiplyAt(a, starts[startAt], path, b, bAt, init, initAt, c, cAt, columns);
    }

    private static void multiplyAt(
            float[] a,
            int row,
            int[] path,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int columns) {
        float s0 = init[initAt];
        float s1 = init[initAt + 1];
        float s2 = init[initAt + 2];
        float s3 = init[initAt + 3];
        float s4 = init[initAt + 4];
        float s5 = init[initAt + 5];
        float s6 = init[initAt + 6];
        float s7 = init[initAt + 7];
        for (int i = 0, p = bAt; i < path.length; i++, p += WIDTH) {
            float x = a[row + path[i]];
            s0 = Math.fma(x, b[p], s0);
            s1 = Math.fma(x, b[p + 1], s1);
            s2 = Math.fma(x, b[p + 2], s2);
            s3 = Math.fma(x, b[p + 3], s3);
            s4 = Math.fma(x, b[p + 4], s4);
            s5 = Math.fma(x, b[p + 5], s5);
            s6 = Math.fma(x, b[p + 6], s6);
            s7 = Math.fma(x, b[p + 7], s7);
        }
        store(c, cAt, columns, s0, s1, s2, s3, s4, s5, s6, s7);
    }

    @SuppressWarnings("fallthrough") // the last columns first
    private static void store(
            float[] c,
            int cAt,
            int columns,
            float s0,
            float s1,
            float s2,
            float s3,
            float s4,
            float s5,
            float s6,
            float s7) {
        switch (columns) {
            case 8:
                c[cAt + 7] = s7;
            // fall through
            case 7:
                c[cAt + 6] = s6;
            // fall through
            case 6:
                c[cAt + 5] = s5;
            // fall through
            case 5:
                c[cAt + 4] = s4;
            // fall through
            case 4:
                c[cAt + 3] = s3;
            // fall through
            case 3:
                c[cAt + 2] = s2;
            // fall through
            case 2:
                c[cAt + 1] = s1;
            // fall through
            default:
                c[cAt] = s0;
        }
    }
}
