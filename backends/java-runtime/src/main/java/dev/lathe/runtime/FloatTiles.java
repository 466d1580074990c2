package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineTiles;

/** {@link Tiles} in machine code, with the bits of all others, from the first call on. */
final class FloatTiles implements Tiles {
    private final MachineTiles machine;

    FloatTiles(MachineTiles machine) {
        this.machine = machine;
    }

    @Override
    public int width() {
        return machine.width();
    }

    @Override
    public int maxRows() {
        return machine.maxRows();
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
        machine.multiplyAlong(rows, a, starts, startAt, path, b, bAt, init, initAt, c, cAt, cStride, columns);
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
        machine.multiplyTurned(rows, a, aAt, path, b, bAt, init, initAt, c, cAt, cStride, columns);
    }
}
