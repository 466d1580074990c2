package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;

/**
 * The right operand of a product in the order in which {@link Tiles} read it: panels of {@link Tiles#width} columns,
 * in each panel row after row, the last panel padded with zeros. The rows of a convolution's weights are its taps,
 * each {@code depth} deep.
 *
 * <p>A matrix whose columns hold integers within 255 of each other, as those of quantized models do, is kept as bytes,
 * with what is to be added to them for each column. A worker widens a panel to floats before it multiplies by it; the
 * floats are exactly those that were packed.
 */
public final class PackedMatrix {
    /** Integers up to here, and what is added to bytes to make them, are exact in floats. */
    private static final float LARGEST = 1 << 23;

    final int taps;
    final int depth;
    final int columns;
    final int width;
    /** What products start from: the bias, or zeros; padded to whole panels. */
    final float[] bias;

    private final Primitives primitives = Primitives.best();
    private float[] floats;
    /** The elements as bytes, or nothing if they are in {@link #floats}. */
    private byte[] bytes = {};
    /** What is added to the bytes of each column; padded to whole panels. */
    private float[] offsets = {};

    private PackedMatrix(int taps, int depth, int columns, int width, float[] bias) {
        this.taps = taps;
        this.depth = depth;
        this.columns = columns;
        this.width = width;
        this.bias = bias;
        this.floats = new float[size(Sizes.index((long) taps * depth), columns, width)];
    }

    /** The rows of the matrix. */
    int rows() {
        return taps * depth;
    }

    /** Whether {@link #panel} needs room for a panel. */
    boolean isWidened() {
        return bytes.length > 0;
    }

    /**
     * The array in which the panel from column {@code column} on is, from {@link #panelAt} on: {@code room}, if it has
     * to be widened.
     */
    float[] panel(int column, float[] room) {
        if (!isWidened()) {
            return floats;
        }
        widen(column, 0, rows(), room);
        return room;
    }

    /** See {@link #panel}. */
    int panelAt(int column) {
        return isWidened() ? 0 : column * rows();
    }

    /** Writes {@code n} rows of the panel from column {@code column} on into {@code room}, from row {@code row} on. */
    void widen(int column, int row, int n, float[] room) {
        primitives.widen(bytes, column * rows() + row * width, n, width, offsets, column, room);
    }

    /** Keeps the elements as bytes if these tell the same. */
    private PackedMatrix compressed() {
        int padded = bias.length;
        float[] least = new float[padded];
        float[] greatest = new float[padded];
        for (int at = 0, first = 0; at < floats.length; first += width) {
            System.arraycopy(floats, at, least, first, width);
            System.arraycopy(floats, at, greatest, first, width);
            for (int end = at + rows() * width; at < end; at += width) {
                for (int j = 0; j < width; j++) {
                    float x = floats[at + j];
                    // Also neither NaN nor a negative zero.
                    if (!(Math.abs(x) <= LARGEST) || Float.floatToRawIntBits(x) != Float.floatToRawIntBits((int) x)) {
                        return this;
                    }
                    least[first + j] = Math.min(least[first + j], x);
                    greatest[first + j] = Math.max(greatest[first + j], x);
                }
            }
        }
        for (int j = 0; j < padded; j++) {
            if (greatest[j] - least[j] > 255) {
                return this;
            }
            least[j] = least[j] >= Byte.MIN_VALUE && greatest[j] <= Byte.MAX_VALUE ? 0 : least[j] - Byte.MIN_VALUE;
        }
        byte[] made = new byte[floats.length];
        for (int at = 0, first = 0; at < floats.length; first += width) {
            for (int end = at + rows() * width; at < end; at += width) {
                for (int j = 0; j < width; j++) {
                    made[at + j] = (byte) (floats[at + j] - least[first + j]);
                }
            }
        }
        bytes = made;
        offsets = least;
        floats = new float[0];
        return this;
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
        return ofFloats(tiles, source, rows, columns, bias).compressed();
    }

    /** As {@link #ofMatrix}, never as bytes: for a kernel that comes to each panel again and again. */
    static PackedMatrix ofFloats(Tiles tiles, float[] source, int rows, int columns, float[] bias) {
        PackedMatrix m = new PackedMatrix(1, rows, columns, tiles.width(), padded(bias, columns, tiles.width()));
        pack(source, 0, columns, 1, rows, columns, m.width, m.floats, 0);
        return m;
    }

    /** Packs convolution weights {@code [groups * columns, depth, taps]}, a matrix for each group. */
    public static PackedMatrix[] ofGroups(
            Tiles tiles, float[] source, int groups, int columns, int depth, int taps, float[] bias) {
        PackedMatrix[] all = new PackedMatrix[groups];
        for (int g = 0; g < groups; g++) {
            all[g] = ofFilters(tiles, source, g * columns, columns, depth, taps, bias);
        }
        return all;
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
                        m.floats[out + j] = source[((from + first + j) * depth + d) * taps + t];
                    }
                }
            }
        }
        return m.compressed();
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
