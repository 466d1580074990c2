package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import org.jspecify.annotations.Nullable;

/**
 * Filters of 3 × 3 taps for {@link WinogradConvolution}. They are transformed when a shape first asks for it, once for
 * all executions of a model: what a jar stores are the filters as they are, which are four times smaller.
 */
public final class WinogradFilters {
    /** The filters as direct convolution takes them. */
    final PackedMatrix direct;

    /** Whether all filters are integers, so that with an image of such every sum is one. */
    final boolean areIntegers;

    private float @Nullable [] two;
    private float @Nullable [] four;

    /** @param groups the packed filters of the only group, with nine taps */
    public WinogradFilters(PackedMatrix[] groups) {
        this.direct = groups[0];
        this.areIntegers = areIntegers(direct);
    }

    /**
     * What a filter's column of three is multiplied by, a row for each point of F(m × m, 3 × 3).
     *
     * @param m 2 or 4
     */
    public static double[][] matrix(int m) {
        return WinogradTransforms.filter(m);
    }

    private static boolean areIntegers(PackedMatrix m) {
        if (m.sparse() != null) {
            return false;
        }
        int size = m.rows() * m.width;
        float[] room = new float[m.isWidened() ? size : 0];
        for (int column = 0; column < m.columns; column += m.width) {
            if (!IntegerProduct.areIntegers(m.panel(column, room), m.panelAt(column), size)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The filters at the points of F(m × m, 3 × 3): for each panel of columns, for each point, {@code depth} rows.
     *
     * @param m 2 or 4
     */
    synchronized float[] transformed(int m) {
        float[] known = m == 2 ? two : four;
        if (known == null) {
            known = transform(m);
            if (m == 2) {
                two = known;
            } else {
                four = known;
            }
        }
        return known;
    }

    /** Floats of {@link #transformed}. */
    long size(int m) {
        return (long) (m + 2) * (m + 2) * direct.depth * direct.panels() * direct.width;
    }

    private float[] transform(int m) {
        int length = Sizes.index(size(m));
        Sizes.fit("the transformed filters of a convolution", 4L * length);
        float[] out = new float[length];
        int panels = direct.panels();
        WorkerPool.shared().run(panels, WorkerPool.shared().size(), (panel, _) -> transform(m, panel, out));
        return out;
    }

    private void transform(int m, int panel, float[] out) {
        double[][] g = WinogradTransforms.filter(m);
        int side = m + 2;
        int width = direct.width;
        int block = direct.depth * width;
        float[] w = direct.panel(panel * width, new float[direct.isWidened() ? 9 * block : 0]);
        int at = direct.panelAt(panel * width);
        double[] half = new double[3 * side];
        for (int i = 0, to = panel * side * side * block; i < block; i++, to++) {
            for (int p = 0; p < side; p++) {
                for (int x = 0; x < 3; x++) {
                    half[3 * p + x] = g[p][0] * w[at + i + x * block]
                            + g[p][1] * w[at + i + (3 + x) * block]
                            + g[p][2] * w[at + i + (6 + x) * block];
                }
            }
            for (int p = 0, o = to; p < side; p++) {
                for (int q = 0; q < side; q++, o += block) {
                    out[o] = (float) (half[3 * p] * g[q][0] + half[3 * p + 1] * g[q][1] + half[3 * p + 2] * g[q][2]);
                }
            }
        }
    }
}
