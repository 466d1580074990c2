package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineTiles;

/** Products on tiles in machine code, with the bits of {@link Tiles} of the same width, from the first call on. */
final class FloatTiles implements Tiles {
    private final MachineTiles machine;
    /** What reads rows otherwise. */
    private final Tiles others;

    FloatTiles(MachineTiles machine, Tiles others) {
        this.machine = machine;
        this.others = others;
    }

    @Override
    public int width() {
        return machine.width();
    }

    @Override
    public int maxRows() {
        return Math.min(machine.maxRows(), others.maxRows());
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
        machine.multiply(rows, a, aAt, aStride, depth, b, bAt, init, initAt, c, cAt, cStride, columns);
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
        others.multiplyAlong(rows, a, starts, startAt, path, b, bAt, init, initAt, c, cAt, cStride, columns);
    }

    @Override
    public void multiplyTurned(
            int rows,
            float[] a,
            int aAt,
            int[] path,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        others.multiplyTurned(rows, a, aAt, path, b, bAt, init, initAt, c, cAt, cStride, columns);
    }
}
