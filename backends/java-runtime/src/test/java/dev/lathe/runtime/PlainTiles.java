package dev.lathe.runtime;

import java.util.List;

/** {@link Tiles} of any size, in the plainest way; for kernels whose blocks must come out right for any. */
record PlainTiles(int width, int maxRows) implements Tiles {
    /** Sizes like those of scalar code, of 128-bit and of 512-bit vectors, and one that divides nothing. */
    static final List<Tiles> SOME =
            List.of(new ScalarTiles(), new PlainTiles(8, 4), new PlainTiles(32, 6), new PlainTiles(3, 5));

    @Override
    public int rows(int left) {
        return Math.min(left, maxRows);
    }

    @Override
    public void multiply(
            int rows,
            float[] a,
            int[] offsets,
            int taps,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                double sum = init[initAt + j];
                for (int t = 0; t < taps; t++) {
                    for (int i = 0; i < depth; i++) {
                        sum += (double) a[offsets[t * rows + r] + i] * b[bAt + (t * depth + i) * width + j];
                    }
                }
                c[cAt + r * cStride + j] = (float) sum;
            }
        }
    }
}
