package dev.lathe.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Elements that are floats of 16 bits: of type f16, or bf16, which are the upper halves of floats.
 *
 * @param brain whether they are of type bf16
 * @param rows how many a panel has
 */
record HalfElements(Primitives primitives, short[] halves, boolean brain, int rows, int width)
        implements NarrowElements {
    private static final int LOW = 0xffff;

    /** The same as {@code floats}, panels of {@code rows} rows of this {@code width}; null if that is not possible. */
    static @Nullable HalfElements of(float[] floats, int rows, int width) {
        boolean brain = true;
        boolean half = true;
        for (int i = 0; i < floats.length && (brain || half); i++) {
            int bits = Float.floatToRawIntBits(floats[i]);
            brain &= (bits & LOW) == 0;
            half &= half && Float.floatToRawIntBits(Float.float16ToFloat(Float.floatToFloat16(floats[i]))) == bits;
        }
        if (!brain && !half) {
            return null;
        }
        short[] halves = new short[floats.length];
        for (int i = 0; i < floats.length; i++) {
            halves[i] = brain
                    ? (short) (Float.floatToRawIntBits(floats[i]) >>> Short.SIZE)
                    : Float.floatToFloat16(floats[i]);
        }
        return new HalfElements(Primitives.best(), halves, brain, rows, width);
    }

    @Override
    public long bytes() {
        return 2L * halves.length;
    }

    @Override
    public void widen(int panel, int row, int n, float[] room) {
        int at = (panel * rows + row) * width;
        if (brain) {
            primitives.widenUpper(halves, at, n * width, room);
        } else {
            widen(halves, at, n * width, room);
        }
    }

    /** The JIT makes vectors of this loop. */
    private static void widen(short[] x, int at, int n, float[] y) {
        for (int i = 0; i < n; i++) {
            y[i] = Float.float16ToFloat(x[at + i]);
        }
    }

    @Override
    public void multiply(int panel, int row, int n, float[] a, int aAt, Tiles tiles, float[] room, float[] sums) {
        widen(panel, row, n, room);
        tiles.multiply(1, a, aAt, n, n, room, 0, sums, 0, sums, 0, width, width);
    }
}
