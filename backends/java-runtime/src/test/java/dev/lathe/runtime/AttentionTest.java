package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertClose;
import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.fenced;
import static dev.lathe.runtime.Floats.nans;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

class AttentionTest {
    /** The masks that models have. */
    enum Mask {
        NONE,
        /** {@code [batch, 1, 1, keys]}: padding. */
        KEYS,
        /** {@code [queries, keys]}: causal. */
        QUERIES_KEYS,
        /** {@code [batch, heads, queries, keys]}. */
        FULL,
        /** {@code [batch, 1, queries, 1]}. */
        ONE_FOR_ALL_KEYS
    }

    /** Strides of {@code [batch, heads, rows, columns]}, stored so or as {@code [batch, rows, heads, columns]}. */
    private record Strides(int batch, int head, int row) {
        static Strides of(boolean headsInside, int heads, int rows, int columns) {
            return headsInside
                    ? new Strides(rows * heads * columns, columns, heads * columns)
                    : new Strides(heads * rows * columns, rows * columns, columns);
        }

        int at(int b, int h, int r) {
            return b * batch + h * head + r * row;
        }

        void set(Attention.Layout layout) {
            layout.prepare(batch, head, row);
        }
    }

    @Property(tries = 300)
    void attention(
            @ForAll @IntRange(max = 2) int batch,
            @ForAll @IntRange(min = 1, max = 3) int heads,
            @ForAll @IntRange(max = 9) int queries,
            @ForAll @IntRange(max = 40) int keys,
            @ForAll @IntRange(min = 1, max = 80) int depth,
            @ForAll @IntRange(min = 1, max = 80) int valueDepth,
            @ForAll Mask kind,
            @ForAll @IntRange(max = 15) int layouts,
            @ForAll @IntRange(min = -1, max = 3) int scaling,
            @ForAll @IntRange(min = 1, max = 2) int workers,
            @ForAll long seed) {
        Strides q = Strides.of((layouts & 1) != 0, heads, queries, depth);
        Strides k = Strides.of((layouts & 2) != 0, heads, keys, depth);
        Strides v = Strides.of((layouts & 4) != 0, heads, keys, valueDepth);
        Strides y = Strides.of((layouts & 8) != 0, heads, queries, valueDepth);
        float scale = scaling / 2f;
        float[] qs = fenced(seed, 1, batch * heads * queries * depth);
        float[] ks = fenced(seed + 1, 2, batch * heads * keys * depth);
        float[] vs = fenced(seed + 2, 3, batch * heads * keys * valueDepth);
        Strides m = switch (kind) {
            case NONE, KEYS -> new Strides(keys, 0, 0);
            case QUERIES_KEYS -> new Strides(0, 0, keys);
            case FULL -> Strides.of(false, heads, queries, keys);
            case ONE_FOR_ALL_KEYS -> new Strides(queries, 0, 1);
        };
        int maskStride = kind == Mask.ONE_FOR_ALL_KEYS ? 0 : 1;
        float[] mask = kind == Mask.NONE ? null : mask(seed, Math.max(1, batch * heads * queries) * (keys + 1), keys);
        double[] expected = new double[batch * heads * queries * valueDepth];
        for (int b = 0; b < batch; b++) {
            for (int h = 0; h < heads; h++) {
                for (int r = 0; r < queries; r++) {
                    double[] weights = new double[keys];
                    double max = Double.NEGATIVE_INFINITY;
                    for (int j = 0; j < keys; j++) {
                        for (int i = 0; i < depth; i++) {
                            weights[j] += (double) qs[1 + q.at(b, h, r) + i] * ks[2 + k.at(b, h, j) + i];
                        }
                        weights[j] = weights[j] * scale + (mask == null ? 0 : mask[m.at(b, h, r) + j * maskStride]);
                        max = Math.max(max, weights[j]);
                    }
                    double sum = 0;
                    for (int j = 0; j < keys; j++) {
                        weights[j] = Math.exp(weights[j] - max);
                        sum += weights[j];
                    }
                    for (int j = 0; j < keys; j++) {
                        for (int i = 0; i < valueDepth; i++) {
                            expected[y.at(b, h, r) + i] += weights[j] / sum * vs[3 + v.at(b, h, j) + i];
                        }
                    }
                }
            }
        }
        for (Tiles tiles : PlainTiles.SOME) {
            Attention attention = new Attention(tiles, new Workspace(), scale);
            q.set(attention.q);
            k.set(attention.k);
            v.set(attention.v);
            y.set(attention.y);
            m.set(attention.mask);
            attention.prepare(batch, heads, queries, keys, depth, valueDepth, maskStride, workers);
            float[] out = nans(4 + expected.length + 1);
            attention.run(qs, 1, ks, 2, vs, 3, mask, 0, out, 4);
            assertClose(out, 4, expected, 1e-5);
            assertUntouched(out, 4, 4 + expected.length);
        }
    }

    /** Random, with minus infinities that leave each row of at least two elements one. */
    private static float @Nullable [] mask(long seed, int n, int keys) {
        float[] mask = Floats.random(seed + 3, n);
        for (int i = 1; i < n; i++) {
            if (keys > 2 && i % 3 == 0 && i % keys != 0) {
                mask[i] = Float.NEGATIVE_INFINITY;
            }
        }
        return mask;
    }
}
