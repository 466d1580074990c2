package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;

/**
 * The right operand of a product in the order in which {@link Tiles} read it: panels of {@link Tiles#width} columns,
 * in each panel row after row, the last panel padded with zeros. The rows of a convolution's weights are its taps,
 * each {@code depth} deep.
 */
public final class PackedMatrix {
    final int taps;
    final int depth;
    final int columns;
    final int width;
    final float[] data;
    /** What products start from: the bias, or zeros; padded to whole panels. */
    final float[] bias;

    private PackedMatrix(int taps, int depth, int columns, int width, float[] bias) {
        this.taps = taps;
        this.depth = depth;
        this.columns = columns;
        this.width = width;
        this.bias = bias;
        this.data = new float[size(Sizes.index((long) taps * depth), columns, width)];
    }

    /** Floats of a packed matrix. */
    static int size(int rows, int columns, int width) {
        return Sizes.index(Sizes.times((long) panels(columns, width) * width, rows));
    }

    static int panels(int columns, int width) {
        return Math.ceilDiv(columns, width);
    }

    int panels() {
        return panels(columns, width);
    }

    /** Packs a row-major {@code [rows, columns]} matrix. {@code bias} has an element for each column, or none. */
    public static PackedMatrix ofMatrix(Tiles tiles, float[] source, int rows, int columns, float[] bias) {
        PackedMatrix m = new PackedMatrix(1, rows, columns, tiles.width(), padded(bias, columns, tiles.width()));
        pack(source, 0, columns, 1, rows, columns, m.width, m.data, 0);
        return m;
    }

    /**
     * Packs convolution weights {@code [columns, depth, taps]}, of which columns {@code from … from + columns - 1}
     * are taken.
     */
    public static PackedMatrix ofFilters(
            Tiles tiles, float[] source, int from, int columns, int depth, int taps, float[] bias) {
        float[] ownBias = new float[bias.length == 0 ? 0 : columns];
        System.arraycopy(bias, bias.length == 0 ? 0 : from, ownBias, 0, ownBias.length);
        PackedMatrix m = new PackedMatrix(taps, depth, columns, tiles.width(), padded(ownBias, columns, tiles.width()));
        int out = 0;
        for (int first = 0; first < columns; first += m.width) {
            int n = Math.min(m.width, columns - first);
            for (int t = 0; t < taps; t++) {
                for (int d = 0; d < depth; d++, out += m.width) {
                    for (int j = 0; j < n; j++) {
                        m.data[out + j] = source[((from + first + j) * depth + d) * taps + t];
                    }
                }
            }
        }
        return m;
    }

    private static float[] padded(float[] bias, int columns, int width) {
        float[] out = new float[Sizes.index((long) panels(columns, width) * width)];
        System.arraycopy(bias, 0, out, 0, bias.length);
        return out;
    }

    /** Packs {@code source[at + r * rowStride + j * columnStride]} into {@code out} from {@code outAt} on. */
    static void pack(
            float[] source,
            int at,
            int rowStride,
            int columnStride,
            int rows,
            int columns,
            int width,
            float[] out,
            int outAt) {
        for (int first = 0; first < columns; first += width, outAt += rows * width) {
            int n = Math.min(width, columns - first);
            packPanel(source, at + first * columnStride, rowStride, columnStride, rows, n, width, out, outAt);
        }
    }

    /** Packs one panel of {@code n <= width} columns, padded with zeros. */
    static void packPanel(
            float[] source,
            int at,
            int rowStride,
            int columnStride,
            int rows,
            int n,
            int width,
            float[] out,
            int outAt) {
        for (int r = 0; r < rows; r++) {
            int from = at + r * rowStride;
            int to = outAt + r * width;
            if (columnStride == 1) {
                System.arraycopy(source, from, out, to, n);
            } else {
                for (int j = 0; j < n; j++) {
                    out[to + j] = source[from + j * columnStride];
                }
            }
            for (int j = n; j < width; j++) {
                out[to + j] = 0;
            }
        }
    }
}
