package dev.lathe.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Elements that are floats of 16 bits of type f16; see {@link BrainElements} for those of type bf16.
 *
 * @param rows how many a panel has
 */
record HalfElements(short[] halves, int rows, int width) implements NarrowElements {

    /** The same as {@code floats}, panels of {@code rows} rows of this {@code width}; null if that is not possible. */
    static @Nullable HalfElements of(float[] floats, int rows, int width) {
        for (float x : floats) {
            if (Float.floatToRawIntBits(Float.float16ToFloat(Float.floatToFloat16(x))) != Float.floatToRawIntBits(x)) {
                return null;
            }
        }
        short[] halves = new short[floats.length];
        for (int i = 0; i < floats.length; i++) {
            halves[i] = Float.floatToFloat16(floats[i]);
        }
        return new HalfElements(halves, rows, width);
    }

    @Override
    public long bytes() {
        return 2L * halves.length;
    }

    /** The JIT makes vectors of this loop. */
    @Override
    public void widen(int panel, int row, int n, float[] room) {
        int at = (panel * rows + row) * width;
        for (int i = 0; i < n * width; i++) {
            room[i] = Float.float16ToFloat(halves[at + i]);
        }
    }

    @Override
    public void multiply(int panel, int row, int n, float[] a, int aAt, Tiles tiles, float[] room, float[] sums) {
        widen(panel, row, n, room);
        tiles.multiply(1, a, aAt, n, n, room, 0, sums, 0, sums, 0, width, width);
    }
}
