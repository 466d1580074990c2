package dev.lathe.runtime;

import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Resizes with interpolation, one axis after the other and in double precision as the reference does. What lies before
 * the first axis that changes is done piece by piece.
 */
public final class Resampling implements WorkerPool.Body {
    private final ElementType type;
    private final NumberElements elements;
    private final double extrapolation;
    private ResizeEvaluation.@Nullable AxisTaps[] taps = {};
    /** The dimensions of a piece before, without what comes before the first axis that changes. */
    private int[] dims = {};

    private int pieces;
    private int pieceIn;
    private int pieceOut;
    private int workers = 1;
    private Scratch[] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    private static final class Scratch {
        double[] from;
        double[] to;
        final long[] integers;

        Scratch(int size, int integers) {
            from = new double[size];
            to = new double[size];
            this.integers = new long[integers];
        }
    }

    /** @param extrapolation what is outside of a region */
    public Resampling(ElementType type, double extrapolation) {
        this.type = type;
        this.elements = new NumberElements(type);
        this.extrapolation = extrapolation;
    }

    /** @param all how each axis of {@code newDims} is resampled; null where it stays */
    public void prepare(int[] newDims, ResizeEvaluation.@Nullable AxisTaps[] all, int newWorkers) {
        int first = 0;
        pieces = 1;
        while (first < all.length && all[first] == null) {
            pieces = Sizes.index((long) pieces * newDims[first++]);
        }
        dims = Arrays.copyOfRange(newDims, first, newDims.length);
        taps = new ResizeEvaluation.AxisTaps[dims.length];
        System.arraycopy(all, first, taps, 0, taps.length);
        int size = 1;
        for (int d : dims) {
            size = Sizes.index((long) size * d);
        }
        pieceIn = size;
        int largest = size;
        for (int axis = 0; axis < dims.length; axis++) {
            ResizeEvaluation.AxisTaps t = taps[axis];
            if (t != null) {
                size = 1;
                for (int i = 0; i < dims.length; i++) {
                    size = Sizes.index((long) size * (i <= axis ? out(i) : dims[i]));
                }
                largest = Math.max(largest, size);
            }
        }
        pieceOut = size;
        workers = newWorkers;
        scratch = new Scratch[workers];
        int most = largest;
        Arrays.setAll(scratch, _ -> new Scratch(most, type.isFloat() ? 0 : most));
    }

    private int out(int axis) {
        ResizeEvaluation.AxisTaps t = taps[axis];
        return t == null ? dims[axis] : t.outside().length;
    }

    /** Both are arrays of the element type. */
    public void run(Object newX, int newXAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        if (pieceOut > 0) {
            WorkerPool.shared().run(pieces, workers, this);
        }
    }

    @Override
    public void run(int task, int worker) {
        Scratch s = scratch[worker];
        load(s, xAt + task * pieceIn);
        int outer = 1;
        int inner = pieceIn;
        for (int axis = 0; axis < dims.length; axis++) {
            inner /= Math.max(1, dims[axis]);
            ResizeEvaluation.AxisTaps t = taps[axis];
            if (t != null) {
                resample(s.from, s.to, t, outer, dims[axis], inner);
                double[] made = s.to;
                s.to = s.from;
                s.from = made;
            }
            outer *= out(axis);
        }
        extrapolate(s.from);
        store(s, yAt + task * pieceOut);
    }

    private void load(Scratch s, int at) {
        if (type.isFloat()) {
            elements.load(x, at, 1, pieceIn, s.from);
            return;
        }
        elements.load(x, at, 1, pieceIn, s.integers);
        for (int i = 0; i < pieceIn; i++) {
            s.from[i] = s.integers[i];
        }
    }

    private void store(Scratch s, int at) {
        if (type.isFloat()) {
            elements.store(s.from, pieceOut, y, at, 1);
            return;
        }
        for (int i = 0; i < pieceOut; i++) {
            s.integers[i] = (long) Math.rint(s.from[i]);
        }
        elements.store(s.integers, pieceOut, y, at, 1);
    }

    private static void resample(
            double[] x, double[] y, ResizeEvaluation.AxisTaps t, int outer, int length, int inner) {
        int out = t.outside().length;
        for (int o = 0; o < outer; o++) {
            int from = o * length * inner;
            int to = o * out * inner;
            if (inner == 1) {
                line(x, from, y, to, t);
                continue;
            }
            for (int j = 0; j < out; j++, to += inner) {
                int k = t.starts()[j];
                int end = t.starts()[j + 1];
                if (end - k >= 2) {
                    int first = from + t.positions()[k] * inner;
                    int second = from + t.positions()[k + 1] * inner;
                    addTwo(x, first, t.weights()[k], second, t.weights()[k + 1], inner, y, to);
                    k += 2;
                } else {
                    Arrays.fill(y, to, to + inner, 0);
                }
                for (; k < end; k++) {
                    add(x, from + t.positions()[k] * inner, t.weights()[k], inner, y, to);
                }
            }
        }
    }

    private static void addTwo(
            double[] x, int first, double weight, int second, double other, int n, double[] y, int to) {
        for (int i = 0; i < n; i++) {
            y[to + i] = 0.0 + x[first + i] * weight + x[second + i] * other;
        }
    }

    private static void add(double[] x, int from, double weight, int n, double[] y, int to) {
        for (int i = 0; i < n; i++) {
            y[to + i] += x[from + i] * weight;
        }
    }

    private static void line(double[] x, int from, double[] y, int to, ResizeEvaluation.AxisTaps t) {
        int[] starts = t.starts();
        int[] positions = t.positions();
        double[] weights = t.weights();
        int out = starts.length - 1;
        if (positions.length == 2 * out) { // linear interpolation, as it mostly is
            for (int j = 0, k = 0; j < out; j++, k += 2) {
                y[to + j] = 0.0 + x[from + positions[k]] * weights[k] + x[from + positions[k + 1]] * weights[k + 1];
            }
            return;
        }
        for (int j = 0; j < out; j++) {
            double sum = 0;
            for (int k = starts[j]; k < starts[j + 1]; k++) {
                sum += x[from + positions[k]] * weights[k];
            }
            y[to + j] = sum;
        }
    }

    private void extrapolate(double[] v) {
        int inner = pieceOut;
        for (int axis = 0, outer = 1; axis < dims.length; axis++) {
            int out = out(axis);
            inner /= out;
            ResizeEvaluation.AxisTaps t = taps[axis];
            for (int j = 0; t != null && j < out; j++) {
                for (int o = 0; t.outside()[j] && o < outer; o++) {
                    int at = (o * out + j) * inner;
                    Arrays.fill(v, at, at + inner, extrapolation);
                }
            }
            outer *= out;
        }
    }
}
