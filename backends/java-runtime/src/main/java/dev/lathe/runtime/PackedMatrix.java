package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The right operand of a product in the order in which {@link Tiles} read it: panels of {@link Tiles#width} columns,
 * in each panel row after row, the last panel padded with zeros. The rows of a convolution's weights are its taps,
 * each {@code depth} deep.
 *
 * <p>What fits fewer bits is kept in them ({@link NarrowElements}): integers of a small range, such integers times
 * scales, and floats of 16 bits. That is seen from the numbers, so it does not matter how a model came to them. A
 * worker widens a panel to floats before it multiplies by it; the floats are exactly those that were packed.
 */
public final class PackedMatrix {
    /** Rows of a panel that are widened at a time for one row of the left operand: they stay in a level-1 cache. */
    static final int PIECE = 128;

    final int taps;
    final int depth;
    final int columns;
    final int width;
    /** What products start from: the bias, or zeros; padded to whole panels. */
    final float[] bias;

    private float[] floats;
    /** The elements in fewer bits; null if they are in {@link #floats}. */
    private @Nullable NarrowElements narrow;
    /** Whether products with brain floats round their left operand, too. */
    private boolean rounds;
    /** The elements, if products skip zeros; then they are nowhere else. */
    private @Nullable SparseForm sparse;
    /** The matrix with its zeros, once a product has needed it. */
    private @Nullable PackedMatrix dense;
    /** The matrix as bytes, once a product of integers has asked for it. */
    private @Nullable IntegerMatrix integers;

    private boolean askedForIntegers;

    private PackedMatrix(int taps, int depth, int columns, int width, float[] bias) {
        this(
                taps,
                depth,
                columns,
                width,
                padded(bias, columns, width),
                size(Sizes.index((long) taps * depth), columns, width));
    }

    private PackedMatrix(int taps, int depth, int columns, int width, float[] bias, int size) {
        this.taps = taps;
        this.depth = depth;
        this.columns = columns;
        this.width = width;
        this.bias = bias;
        this.floats = new float[size];
    }

    /**
     * This matrix, or one without its zeros if products with that are faster. The results have the same bits, but for
     * the sign of zeros: a left operand that is not finite meets {@link #dense}.
     */
    public PackedMatrix skippingZeros() {
        return as(Sparsity.choose(this, false));
    }

    /** As {@link #skippingZeros}, for filters of a convolution. */
    public static PackedMatrix[] skippingZeros(PackedMatrix[] groups) {
        return Arrays.stream(groups).map(m -> m.as(Sparsity.choose(m, true))).toArray(PackedMatrix[]::new);
    }

    /** This matrix in another form; itself if there is none. */
    PackedMatrix as(@Nullable SparseForm form) {
        if (form == null) {
            return this;
        }
        PackedMatrix m = new PackedMatrix(taps, depth, columns, width, bias, 0);
        m.sparse = form;
        return m;
    }

    /** What products skip zeros with, or null if they do not. */
    @Nullable
    SparseForm sparse() {
        return sparse;
    }

    /** This matrix with its zeros. */
    synchronized PackedMatrix dense() {
        if (sparse == null) {
            return this;
        }
        if (dense == null) {
            float[] all = new float[Sizes.index((long) rows() * columns)];
            sparse.into(all, columns);
            PackedMatrix m = new PackedMatrix(taps, depth, columns, width, bias);
            pack(all, 0, columns, 1, rows(), columns, width, m.floats, 0);
            dense = m.narrowed();
        }
        return dense;
    }

    /**
     * This matrix for products that may round: where this processor has tiles of brain floats, in these, which take
     * half the memory; then products round their left operands, too. Integers and what skips zeros stay as they are.
     */
    public PackedMatrix inBrainFloats() {
        if (sparse != null || narrow instanceof CodeElements || Machine.brainTiles(width) == null) {
            return this;
        }
        PackedMatrix m = new PackedMatrix(taps, depth, columns, width, bias, 0);
        m.narrow = narrow instanceof BrainElements ? narrow : BrainElements.rounded(widened(), rows(), width);
        m.rounds = true;
        return m;
    }

    /** As {@link #inBrainFloats}, for filters of a convolution. */
    public static PackedMatrix[] inBrainFloats(PackedMatrix[] groups) {
        return Arrays.stream(groups).map(PackedMatrix::inBrainFloats).toArray(PackedMatrix[]::new);
    }

    /** The elements as floats, panel after panel. */
    private float[] widened() {
        if (narrow == null) {
            return floats;
        }
        float[] all = new float[size(rows(), columns, width)];
        float[] panel = new float[rows() * width];
        for (int p = 0; p < panels(); p++) {
            narrow.widen(p, 0, rows(), panel);
            System.arraycopy(panel, 0, all, p * panel.length, panel.length);
        }
        return all;
    }

    /** The elements, if products with them round their left operand, too; else null. */
    @Nullable
    BrainElements rounded() {
        return rounds && narrow instanceof BrainElements brain ? brain : null;
    }

    /** The rows of the matrix. */
    int rows() {
        return taps * depth;
    }

    /** Whether it is kept as codes that are integers without scales. */
    boolean mayBeIntegers() {
        return narrow instanceof CodeElements codes && codes.areIntegers();
    }

    /** This matrix as bytes, made when it is first asked for; null if it is not one of integers that fit them. */
    synchronized @Nullable IntegerMatrix integers() {
        if (!askedForIntegers) {
            integers = IntegerMatrix.of(this);
            askedForIntegers = true;
        }
        return integers;
    }

    /** Whether {@link #panel} needs room for a panel. */
    boolean isWidened() {
        return narrow != null;
    }

    /** The bytes of memory that the elements take. */
    long bytes() {
        return narrow == null ? 4L * floats.length : narrow.bytes();
    }

    /**
     * The array in which the panel from column {@code column} on is, from {@link #panelAt} on: {@code room}, if it has
     * to be widened.
     */
    float[] panel(int column, float[] room) {
        if (narrow == null) {
            return floats;
        }
        narrow.widen(column / width, 0, rows(), room);
        return room;
    }

    /** See {@link #panel}. */
    int panelAt(int column) {
        return narrow == null ? column * rows() : 0;
    }

    /**
     * Of narrow elements: the products of a row, {@code a} from {@code aAt} on, and the columns of a panel, piece by
     * piece: the sums of one are what the next starts from.
     *
     * @param room of {@link #PIECE} rows of a panel, or as many as there are
     */
    void multiplyRow(int column, float[] a, int aAt, Tiles tiles, float[] room, float[] sums) {
        System.arraycopy(bias, column, sums, 0, width);
        for (int i = 0; i < rows(); i += PIECE) {
            int n = Math.min(PIECE, rows() - i);
            Objects.requireNonNull(narrow).multiply(column / width, i, n, a, aAt + i, tiles, room, sums);
        }
    }

    /** Keeps the elements in fewer bits if these say the same. */
    private PackedMatrix narrowed() {
        if (floats.length == 0) {
            return this;
        }
        narrow = CodeElements.of(floats, rows(), width);
        if (narrow == null) {
            narrow = BrainElements.of(floats, rows(), width);
        }
        if (narrow == null) {
            narrow = HalfElements.of(floats, rows(), width);
        }
        if (narrow != null) {
            floats = new float[0];
        }
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
        return ofFloats(tiles, source, rows, columns, bias).narrowed();
    }

    /** Packs a row-major {@code [rows, columns]} matrix. {@code bias} has an element for each column, or none. */
    public static PackedMatrix ofMatrix(Tiles tiles, Dequantized source, int rows, int columns, float[] bias) {
        return new PackedMatrix(1, rows, columns, tiles.width(), bias)
                .filled(source, WeightLayout.ofMatrix(0, rows, columns));
    }

    /** Packs {@code count} row-major {@code [rows, columns]} matrices, one behind the other. */
    public static PackedMatrix[] ofMatrices(Tiles tiles, float[] source, int count, int rows, int columns) {
        PackedMatrix[] all = new PackedMatrix[count];
        for (int i = 0; i < count; i++) {
            all[i] = new PackedMatrix(1, rows, columns, tiles.width(), new float[0]);
            all[i].fill(source, WeightLayout.ofMatrix(i, rows, columns));
            all[i].narrowed();
        }
        return all;
    }

    /** As the other. */
    public static PackedMatrix[] ofMatrices(Tiles tiles, Dequantized source, int count, int rows, int columns) {
        PackedMatrix[] all = new PackedMatrix[count];
        for (int i = 0; i < count; i++) {
            all[i] = new PackedMatrix(1, rows, columns, tiles.width(), new float[0])
                    .filled(source, WeightLayout.ofMatrix(i, rows, columns));
        }
        return all;
    }

    /** As {@link #ofMatrix}, always as floats. */
    static PackedMatrix ofFloats(Tiles tiles, float[] source, int rows, int columns, float[] bias) {
        PackedMatrix m = new PackedMatrix(1, rows, columns, tiles.width(), bias);
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

    /** As the other. */
    public static PackedMatrix[] ofGroups(
            Tiles tiles, Dequantized source, int groups, int columns, int depth, int taps, float[] bias) {
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
        PackedMatrix m = new PackedMatrix(taps, depth, columns, tiles.width(), part(bias, from, columns));
        m.fill(source, WeightLayout.ofFilters(from, columns, depth, taps));
        return m.narrowed();
    }

    /** As the other. */
    public static PackedMatrix ofFilters(
            Tiles tiles, Dequantized source, int from, int columns, int depth, int taps, float[] bias) {
        return new PackedMatrix(taps, depth, columns, tiles.width(), part(bias, from, columns))
                .filled(source, WeightLayout.ofFilters(from, columns, depth, taps));
    }

    /**
     * Packs filters {@code [channels, 1, taps]} of a depthwise convolution as one panel, {@code [taps, channels]}: its
     * kernel reads whole rows.
     */
    public static PackedMatrix ofChannels(float[] source, int channels, int taps, float[] bias) {
        PackedMatrix m = new PackedMatrix(taps, 1, channels, Math.max(1, channels), bias);
        m.fill(source, WeightLayout.ofFilters(0, channels, 1, taps));
        return m.narrowed();
    }

    /** As the other. */
    public static PackedMatrix ofChannels(Dequantized source, int channels, int taps, float[] bias) {
        return new PackedMatrix(taps, 1, channels, Math.max(1, channels), bias)
                .filled(source, WeightLayout.ofFilters(0, channels, 1, taps));
    }

    /**
     * Packs weights {@code [groups * depth, columns, kernelHeight, kernelWidth]} of a transposed convolution as
     * {@code [depth, kernelWidth * columns]} for each row of the kernel of each group. Products start from zeros.
     *
     * @param depth the input channels of a group
     * @param columns its output channels
     */
    public static PackedMatrix[] ofTransposed(
            Tiles tiles, float[] source, int groups, int depth, int columns, int kernelHeight, int kernelWidth) {
        PackedMatrix[] all = new PackedMatrix[groups * kernelHeight];
        for (int i = 0; i < all.length; i++) {
            all[i] = new PackedMatrix(1, depth, kernelWidth * columns, tiles.width(), new float[0]);
            all[i].fill(source, WeightLayout.ofTransposed(i, depth, columns, kernelHeight, kernelWidth));
            all[i].narrowed();
        }
        return all;
    }

    /** As the other. */
    public static PackedMatrix[] ofTransposed(
            Tiles tiles, Dequantized source, int groups, int depth, int columns, int kernelHeight, int kernelWidth) {
        PackedMatrix[] all = new PackedMatrix[groups * kernelHeight];
        for (int i = 0; i < all.length; i++) {
            all[i] = new PackedMatrix(1, depth, kernelWidth * columns, tiles.width(), new float[0])
                    .filled(source, WeightLayout.ofTransposed(i, depth, columns, kernelHeight, kernelWidth));
        }
        return all;
    }

    /** Room for filters {@code [columns, depth, taps]}, which {@link #refill} packs. */
    static PackedMatrix room(Tiles tiles, int columns, int depth, int taps) {
        return new PackedMatrix(taps, depth, columns, tiles.width(), new float[0]);
    }

    /** Packs filters that are in {@code source} from {@code at} on. */
    void refill(float[] source, int at) {
        int out = 0;
        for (int first = 0; first < columns; first += width) {
            int n = Math.min(width, columns - first);
            for (int t = 0; t < taps; t++) {
                for (int d = 0; d < depth; d++, out += width) {
                    for (int j = 0; j < n; j++) {
                        floats[out + j] = source[at + ((first + j) * depth + d) * taps + t];
                    }
                }
            }
        }
    }

    private static float[] part(float[] bias, int from, int columns) {
        return bias.length == 0 ? bias : Arrays.copyOfRange(bias, from, from + columns);
    }

    private void fill(float[] source, WeightLayout at) {
        int out = 0;
        for (int first = 0; first < columns; first += width) {
            int n = Math.min(width, columns - first);
            for (int row : at.rows()) {
                for (int j = 0; j < n; j++) {
                    floats[out + j] = source[row + at.columns()[first + j]];
                }
                out += width;
            }
        }
    }

    /** As codes with scales, if these are for enough rows; else as what they make. */
    private PackedMatrix filled(Dequantized source, WeightLayout at) {
        if (floats.length == 0) {
            return this;
        }
        fill(source.numbers(), at);
        int block = source.block(at.rows());
        float[] zeros = source.zeros(at.rows(), at.columns(), block, width);
        float[] scales = source.scales(at.rows(), at.columns(), block, width);
        narrow = CodeElements.of(floats, rows(), width, block, zeros, scales);
        if (narrow != null) {
            floats = new float[0];
            return this;
        }
        int blocks = Math.ceilDiv(rows(), block);
        for (int i = 0; i < floats.length; i++) {
            int row = i / width;
            int factor = (row / rows() * blocks + row % rows() / block) * width + i % width;
            floats[i] = (floats[i] - zeros[factor]) * scales[factor];
        }
        return narrowed();
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
