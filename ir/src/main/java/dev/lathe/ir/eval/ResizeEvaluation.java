package dev.lathe.ir.eval;

import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The meaning of resizing: interpolation is separable, so the axes are resampled one after the other. */
public final class ResizeEvaluation {
    private ResizeEvaluation() {}

    /** The input positions and weights that make one output position. */
    private record Taps(long[] positions, double[] weights, boolean outside) {}

    /**
     * How positions are found and interpolated.
     *
     * @param nearest which of two neighbours is the nearest
     * @param excludeOutside whether taps outside of the image have no weight
     * @param extrapolation what is outside of the region
     * @param antialias whether a smaller image is made of all elements of the larger
     */
    public record Rule(
            ResizeMode mode,
            CoordinateMode coordinates,
            NearestMode nearest,
            double cubicCoefficient,
            boolean excludeOutside,
            double extrapolation,
            boolean antialias) {}

    public static Tensor resize(Rule rule, Tensor x, Optional<Tensor> scales, Optional<Tensor> roi, long[] dims) {
        int rank = x.rank();
        Tensor result = Tensor.zeros(x.element(), dims);
        double[][] current = {new double[Sizes.length("the operand", ElementType.F64, x.dims())]};
        for (int i = 0; i < current[0].length; i++) {
            current[0][i] = x.getDouble(i);
        }
        boolean[] outside = null;
        long[] shape = x.dims();
        for (int axis = 0; axis < rank; axis++) {
            double scale = scales.isPresent() ? scales.get().getDouble(axis) : (double) dims[axis] / x.dim(axis);
            if (dims[axis] == x.dim(axis) && scale == 1 && roi.isEmpty()) {
                continue;
            }
            if (dims[axis] > 0 && !(scale > 0)) {
                throw new IllegalArgumentException("scale " + scale + " along axis " + axis + " is not positive");
            }
            double start = roi.isPresent() ? roi.get().getDouble(axis) : 0;
            double end = roi.isPresent() ? roi.get().getDouble(rank + axis) : 1;
            Taps[] taps = new Taps[Sizes.index(dims[axis])];
            for (int i = 0; i < taps.length; i++) {
                taps[i] = taps(rule, i, x.dim(axis), dims[axis], scale, start, end);
            }
            long[] next = shape.clone();
            next[axis] = dims[axis];
            double[] out = new double[Sizes.length("the resized image", ElementType.F64, next)];
            boolean[] nextOutside = new boolean[out.length];
            long inner = Strides.elements(Arrays.copyOfRange(shape, axis + 1, rank));
            long n = shape[axis];
            double[] in = current[0];
            boolean[] was = outside;
            for (int i = 0; i < out.length; i++) {
                Taps t = taps[(int) (i / inner % dims[axis])];
                long base = i / (inner * dims[axis]) * n * inner + i % inner;
                nextOutside[i] = t.outside;
                for (int j = 0; j < t.positions.length; j++) {
                    int from = (int) (base + t.positions[j] * inner);
                    out[i] += in[from] * t.weights[j];
                    nextOutside[i] |= was != null && was[from];
                }
            }
            current[0] = out;
            outside = nextOutside;
            shape = next;
        }
        for (int i = 0; i < current[0].length; i++) {
            double v = outside != null && outside[i] ? rule.extrapolation : current[0][i];
            result.setDouble(i, x.element().isFloat() ? v : Math.rint(v));
        }
        return result;
    }

    /**
     * What makes each position along an axis: the elements at {@code positions[starts[i]]} to
     * {@code positions[starts[i + 1] - 1]} times their weights, added in this order.
     *
     * @param outside the positions that are outside of a region, and so are extrapolated
     */
    public record AxisTaps(int[] starts, int[] positions, double[] weights, boolean[] outside) {}

    /**
     * How an axis is resampled; null if it stays as it is.
     *
     * @param region whether there is one, from {@code start} to {@code end} of the axis
     */
    public static @Nullable AxisTaps axisTaps(
            Rule rule, int in, int out, double scale, boolean region, double start, double end) {
        if (in == out && scale == 1 && !region) {
            return null;
        }
        int[] starts = new int[out + 1];
        boolean[] outside = new boolean[out];
        Taps[] all = new Taps[out];
        for (int i = 0; i < out; i++) {
            all[i] = taps(rule, i, in, out, scale, start, end);
            outside[i] = all[i].outside;
            starts[i + 1] = Sizes.index(starts[i] + (long) all[i].positions.length);
        }
        int[] positions = new int[starts[out]];
        double[] weights = new double[starts[out]];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < all[i].positions.length; j++) {
                positions[starts[i] + j] = (int) all[i].positions[j];
                weights[starts[i] + j] = all[i].weights[j];
            }
        }
        return new AxisTaps(starts, positions, weights, outside);
    }

    /** The source index of each of {@code out} positions, for mode {@code NEAREST} without a region. */
    public static int[] nearestTable(CoordinateMode coordinates, NearestMode mode, int in, int out, double scale) {
        int[] table = new int[out];
        boolean kept = in == out && scale == 1; // not resampled at all, whatever the coordinates
        for (int i = 0; i < out; i++) {
            table[i] = kept ? i : (int) clamp(nearest(mode, coordinate(coordinates, i, in, out, scale, 0, 1)), in);
        }
        return table;
    }

    private static long nearest(NearestMode mode, double at) {
        return (long)
                switch (mode) {
                    case ROUND_PREFER_FLOOR -> Math.ceil(at - 0.5);
                    case ROUND_PREFER_CEIL -> Math.floor(at + 0.5);
                    case FLOOR -> Math.floor(at);
                    case CEIL -> Math.ceil(at);
                };
    }

    private static double coordinate(
            CoordinateMode mode, double i, double in, double out, double scale, double start, double end) {
        double length = scale * in;
        return switch (mode) {
            case HALF_PIXEL -> (i + 0.5) / scale - 0.5;
            case HALF_PIXEL_SYMMETRIC -> {
                double adjustment = out / length;
                yield in / 2 * (1 - adjustment) + (i + 0.5) / scale - 0.5;
            }
            case PYTORCH_HALF_PIXEL -> length > 1 ? (i + 0.5) / scale - 0.5 : 0;
            case ALIGN_CORNERS -> length == 1 ? 0 : i * (in - 1) / (length - 1);
            case ASYMMETRIC -> i / scale;
            case TF_HALF_PIXEL_FOR_NN -> (i + 0.5) / scale;
            case TF_CROP_AND_RESIZE ->
                out > 1 ? start * (in - 1) + i * (end - start) * (in - 1) / (out - 1) : 0.5 * (start + end) * (in - 1);
        };
    }

    private static Taps taps(Rule rule, int i, long in, long out, double scale, double start, double end) {
        double at = coordinate(rule.coordinates, i, in, out, scale, start, end);
        boolean outside = rule.coordinates == CoordinateMode.TF_CROP_AND_RESIZE && (at < 0 || at > in - 1);
        if (rule.mode == ResizeMode.NEAREST) {
            long r = nearest(rule.nearest, at);
            return new Taps(new long[] {clamp(r, in)}, new double[] {1}, outside);
        }
        double stretch = rule.antialias && scale < 1 ? 1 / scale : 1;
        double support = (rule.mode == ResizeMode.LINEAR ? 1 : 2) * stretch;
        long first = (long) Math.floor(at - support) + 1;
        long last = (long) Math.ceil(at + support) - 1;
        if (!rule.antialias) {
            first = (long) Math.floor(at) - (rule.mode == ResizeMode.LINEAR ? 0 : 1);
            last = first + (rule.mode == ResizeMode.LINEAR ? 1 : 3);
        }
        int n = Sizes.index(last - first + 1);
        long[] positions = new long[n];
        double[] weights = new double[n];
        double sum = 0;
        for (int j = 0; j < n; j++) {
            long p = first + j;
            double d = Math.abs(at - p) / stretch;
            double w = rule.mode == ResizeMode.LINEAR ? Math.max(0, 1 - d) : cubic(d, rule.cubicCoefficient);
            if (rule.excludeOutside && (p < 0 || p >= in)) {
                w = 0;
            }
            positions[j] = clamp(p, in);
            weights[j] = w;
            sum += w;
        }
        if ((rule.excludeOutside || rule.antialias) && sum != 0) {
            for (int j = 0; j < n; j++) {
                weights[j] /= sum;
            }
        }
        return new Taps(positions, weights, outside);
    }

    private static double cubic(double d, double a) {
        if (d <= 1) {
            return ((a + 2) * d - (a + 3)) * d * d + 1;
        }
        return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
    }

    private static long clamp(long p, long n) {
        return Math.max(0, Math.min(n - 1, p));
    }
}
