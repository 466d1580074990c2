package dev.lathe.runtime;

import dev.lathe.ir.eval.SamplingEvaluation;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * Images {@code [N, C, …]} at the positions of a grid. The elements around a position and their weights are found once
 * for all channels.
 */
public final class GridSampling implements WorkerPool.Body {
    /** How many positions a task has. */
    private static final int BLOCK = 256;

    private static final int MOST = SamplingEvaluation.MOST_TAPS;

    private final SamplingEvaluation.GridRule rule;
    private final NumberElements elements;
    private final NumberElements entries;
    private final boolean isFloat;
    /** The spatial axes. */
    private int[] dims = {};

    private int[] strides = {};
    private int channels;
    private int image;
    private int positions;
    private int blocks;
    private int tasks;
    private int workers = 1;
    private Scratch[] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private Object grid = new byte[0];
    private int gridAt;
    private Object y = new byte[0];
    private int yAt;

    /** For each axis and position the number of elements, and these. */
    private static final class Scratch {
        final int[][] counts;
        final int[][] indices;
        final double[][] weights;
        final double[] entries;
        final double[] results = new double[BLOCK];
        final long[] integers = new long[BLOCK];
        double[] image = {};
        long[] whole = {};

        Scratch(int axes) {
            counts = new int[axes][BLOCK];
            indices = new int[axes][BLOCK * MOST];
            weights = new double[axes][BLOCK * MOST];
            entries = new double[BLOCK * axes];
        }
    }

    /** @param grid the element type of the grid */
    public GridSampling(ElementType type, ElementType grid, SamplingEvaluation.GridRule rule) {
        this.rule = rule;
        this.elements = new NumberElements(type);
        this.entries = new NumberElements(grid);
        this.isFloat = type.isFloat();
    }

    /**
     * @param sizes of the images
     * @param newPositions of the grid for each image
     */
    public void prepare(int[] sizes, int newPositions, int newWorkers) {
        channels = sizes[1];
        dims = Arrays.copyOfRange(sizes, 2, sizes.length);
        strides = new int[dims.length];
        image = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = image;
            image = Sizes.index((long) image * dims[i]);
        }
        positions = newPositions;
        blocks = Math.ceilDiv(positions, BLOCK);
        tasks = Sizes.index((long) sizes[0] * blocks);
        workers = newWorkers;
        scratch = new Scratch[workers];
        Arrays.setAll(scratch, _ -> new Scratch(dims.length));
    }

    /** {@code x} and {@code y} are arrays of one type. */
    public void run(Object newX, int newXAt, Object newGrid, int newGridAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        grid = newGrid;
        gridAt = newGridAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(tasks, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        Scratch s = scratch[worker];
        int axes = dims.length;
        int batch = task / blocks;
        int first = task % blocks * BLOCK;
        int n = Math.min(BLOCK, positions - first);
        entries.load(grid, gridAt + (batch * positions + first) * axes, 1, n * axes, s.entries);
        for (int axis = 0; axis < axes; axis++) {
            for (int i = 0; i < n; i++) {
                double entry = s.entries[i * axes + axes - 1 - axis];
                s.counts[axis][i] = SamplingEvaluation.gridTaps(
                        rule, entry, dims[axis], s.indices[axis], s.weights[axis], i * MOST);
            }
        }
        for (int channel = 0; channel < channels; channel++) {
            int from = xAt + (batch * channels + channel) * image;
            int to = yAt + (batch * channels + channel) * positions + first;
            if (x instanceof float[] a) {
                for (int i = 0; i < n; i++) {
                    s.results[i] = axes == 2 ? flat(s, i, a, from) : deep(s, i, a, from, 0);
                }
            } else {
                double[] widened = widened(s, from);
                for (int i = 0; i < n; i++) {
                    s.results[i] = deep(s, i, widened, 0, 0);
                }
            }
            store(s, n, to);
        }
    }

    private void store(Scratch s, int n, int to) {
        if (isFloat) {
            elements.store(s.results, n, y, to, 1);
            return;
        }
        for (int i = 0; i < n; i++) {
            s.integers[i] = (long) s.results[i];
        }
        elements.store(s.integers, n, y, to, 1);
    }

    private double[] widened(Scratch s, int from) {
        if (s.image.length < image) {
            s.image = new double[image];
            s.whole = new long[isFloat ? 0 : image];
        }
        if (isFloat) {
            elements.load(x, from, 1, image, s.image);
        } else {
            elements.load(x, from, 1, image, s.whole);
            for (int i = 0; i < image; i++) {
                s.image[i] = s.whole[i];
            }
        }
        return s.image;
    }

    private double flat(Scratch s, int i, float[] a, int from) {
        int[] rows = s.indices[0];
        int[] columns = s.indices[1];
        double[] rowWeights = s.weights[0];
        double[] columnWeights = s.weights[1];
        int begin = i * MOST;
        int endRow = begin + s.counts[0][i];
        int endColumn = begin + s.counts[1][i];
        if (endRow == begin + 2 && endColumn == begin + 2) {
            int row = from + rows[begin] * strides[0];
            int next = from + rows[begin + 1] * strides[0];
            int column = columns[begin];
            int other = columns[begin + 1];
            double weight = columnWeights[begin];
            double otherWeight = columnWeights[begin + 1];
            double upper = 0.0 + weight * a[row + column] + otherWeight * a[row + other];
            double lower = 0.0 + weight * a[next + column] + otherWeight * a[next + other];
            return 0.0 + rowWeights[begin] * upper + rowWeights[begin + 1] * lower;
        }
        double sum = 0;
        for (int r = begin; r < endRow; r++) {
            int row = from + rows[r] * strides[0];
            double inner = 0;
            for (int c = begin; c < endColumn; c++) {
                inner += columnWeights[c] * a[row + columns[c]];
            }
            sum += rowWeights[r] * inner;
        }
        return sum;
    }

    private double deep(Scratch s, int i, Object a, int from, int axis) {
        if (axis == dims.length) {
            return a instanceof float[] f ? f[from] : ((double[]) a)[from];
        }
        double sum = 0;
        for (int k = i * MOST; k < i * MOST + s.counts[axis][i]; k++) {
            int next = from + s.indices[axis][k] * strides[axis];
            sum += s.weights[axis][k] * deep(s, i, a, next, axis + 1);
        }
        return sum;
    }
}
