package dev.lathe.runtime;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@link Tiles} of any size that read lines, in the plainest way, for kernels whose blocks must suit any. */
record PlainTiles(int width, int maxRows) implements Tiles {
    /** Sizes like those of scalar code, of 128-bit and of 512-bit vectors, and one that divides nothing. */
    static final List<Tiles> SOME =
            List.of(new ScalarTiles(), new PlainTiles(8, 4), new PlainTiles(32, 6), new PlainTiles(3, 5));

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
        int[] starts = IntStream.range(0, rows).map(r -> aAt + r * aStride).toArray();
        int[] path = IntStream.range(0, depth).toArray();
        multiplyAlong(rows, a, starts, 0, path, b, bAt, init, initAt, c, cAt, cStride, columns);
    }

    @Override
    public boolean readsLines() {
        return true;
    }

    @Override
    public void multiplyLines(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int lines,
            int lineStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            @Nullable TileEnd end,
            int addendAt) {
        int[] starts = IntStream.range(0, rows).map(r -> aAt + r * aStride).toArray();
        int[] path = IntStream.range(0, lines * depth)
                .map(i -> i / depth * lineStride + i % depth)
                .toArray();
        multiplyAlong(rows, a, starts, 0, path, b, bAt, init, initAt, c, cAt, cStride, columns);
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
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                double sum = init[initAt + j];
                for (int i = 0; i < path.length; i++) {
                    sum += (double) a[starts[startAt + r] + path[i]] * b[bAt + i * width + j];
                }
                c[cAt + r * cStride + j] = (float) sum;
            }
        }
    }
}
