package dev.lathe.ir.eval;

import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;

/** The meaning of the reductions: floats accumulate in double, integers in 64 bits. */
public final class ReductionEvaluation {
    private ReductionEvaluation() {}

    public static Tensor reduce(ReduceFunction function, Tensor x, List<Integer> axes, boolean keepDims) {
        long[] kept = x.dims();
        long count = 1;
        for (int a : axes) {
            count *= kept[a];
            kept[a] = 1;
        }
        ElementType type = x.element();
        int n = Sizes.length("the result", type, kept);
        boolean floats = type.isFloat();
        double[] doubles = floats ? new double[n] : new double[0];
        long[] longs = floats ? new long[0] : new long[n];
        switch (function) {
            case REDUCE_PROD -> {
                Arrays.fill(doubles, 1);
                Arrays.fill(longs, 1);
            }
            case REDUCE_MIN -> {
                Arrays.fill(doubles, Double.POSITIVE_INFINITY);
                Arrays.fill(longs, greatest(type));
            }
            case REDUCE_MAX -> {
                Arrays.fill(doubles, Double.NEGATIVE_INFINITY);
                Arrays.fill(longs, least(type));
            }
            case REDUCE_SUM, REDUCE_MEAN -> {}
        }
        long[] strides = Strides.broadcast(kept, x.dims());
        boolean unsigned64 = type == ElementType.U64;
        Strides.forEach(x.dims(), (index, i) -> {
            int at = (int) Strides.offset(index, strides);
            if (floats) {
                double v = x.getDouble(i);
                doubles[at] = switch (function) {
                    case REDUCE_SUM, REDUCE_MEAN -> doubles[at] + v;
                    case REDUCE_PROD -> doubles[at] * v;
                    case REDUCE_MIN -> Math.min(doubles[at], v);
                    case REDUCE_MAX -> Math.max(doubles[at], v);
                };
            } else {
                long v = x.getLong(i);
                longs[at] = switch (function) {
                    case REDUCE_SUM, REDUCE_MEAN -> longs[at] + v;
                    case REDUCE_PROD -> longs[at] * v;
                    case REDUCE_MIN ->
                        (unsigned64 ? Long.compareUnsigned(v, longs[at]) : Long.compare(v, longs[at])) < 0
                                ? v
                                : longs[at];
                    case REDUCE_MAX ->
                        (unsigned64 ? Long.compareUnsigned(v, longs[at]) : Long.compare(v, longs[at])) > 0
                                ? v
                                : longs[at];
                };
            }
        });
        Tensor out = Tensor.zeros(type, kept);
        for (int i = 0; i < n; i++) {
            boolean mean = function == ReduceFunction.REDUCE_MEAN;
            if (floats) {
                out.setDouble(i, mean ? doubles[i] / count : doubles[i]);
            } else {
                out.setLong(i, mean && count != 0 ? longs[i] / count : longs[i]);
            }
        }
        return keepDims ? out : out.reshape(without(x.dims(), axes));
    }

    /** The scalar that a maximum begins with: negative infinity, or the least integer. */
    public static Tensor leastScalar(ElementType t) {
        Tensor scalar = Tensor.zeros(t);
        if (t.isFloat()) {
            scalar.setDouble(0, Double.NEGATIVE_INFINITY);
        } else {
            scalar.setLong(0, least(t));
        }
        return scalar;
    }

    private static long greatest(ElementType t) {
        return t.isBool()
                ? 1
                : t.isUnsigned() ? (t.bits() == 64 ? -1 : (1L << t.bits()) - 1) : Long.MAX_VALUE >> (64 - t.bits());
    }

    private static long least(ElementType t) {
        return t.isSigned() ? Long.MIN_VALUE >> (64 - t.bits()) : 0;
    }

    private static long[] without(long[] dims, List<Integer> axes) {
        long[] out = new long[dims.length - axes.size()];
        int n = 0;
        for (int i = 0; i < dims.length; i++) {
            if (!axes.contains(i)) {
                out[n++] = dims[i];
            }
        }
        return out;
    }

    public static Tensor argReduce(ArgFunction function, Tensor x, int axis, boolean keepDims, boolean selectLast) {
        long[] kept = x.dims();
        long extent = kept[axis];
        kept[axis] = 1;
        long stride = Strides.of(x.dims())[axis];
        long[] strides = Strides.of(x.dims());
        Tensor out = Tensor.zeros(ElementType.I64, kept);
        Strides.forEach(kept, (index, i) -> {
            long base = Strides.offset(index, strides);
            long best = 0;
            for (long j = 1; j < extent; j++) {
                int c = OrderingEvaluation.compare(x, base + j * stride, base + best * stride);
                boolean better = function == ArgFunction.ARG_MAX ? c > 0 : c < 0;
                if (better || (c == 0 && selectLast)) {
                    best = j;
                }
            }
            out.setLong(i, best);
        });
        return keepDims ? out : out.reshape(without(x.dims(), List.of(axis)));
    }

    public static Tensor cumulative(
            CumulativeFunction function, Tensor x, int axis, boolean exclusive, boolean reverse) {
        long[] strides = Strides.of(x.dims());
        long[] lines = x.dims();
        long extent = lines[axis];
        lines[axis] = Math.min(1, extent);
        boolean sum = function == CumulativeFunction.CUM_SUM;
        Tensor out = Tensor.zeros(x.element(), x.dims());
        Strides.forEach(lines, (index, i) -> {
            long base = Strides.offset(index, strides);
            double d = sum ? 0 : 1;
            long l = sum ? 0 : 1;
            for (long j = 0; j < extent; j++) {
                long at = base + (reverse ? extent - 1 - j : j) * strides[axis];
                if (x.element().isFloat()) {
                    double before = d;
                    d = sum ? d + x.getDouble(at) : d * x.getDouble(at);
                    out.setDouble(at, exclusive ? before : d);
                } else {
                    long before = l;
                    l = sum ? l + x.getLong(at) : l * x.getLong(at);
                    out.setLong(at, exclusive ? before : l);
                }
            }
        });
        return out;
    }

    /** What is done with a position under a window. */
    private interface Tap {
        void accept(long at);
    }

    /** Visits the positions of {@code x} under one window; the number of its taps that are there or in the padding. */
    private static double visit(
            Tensor x, long[] index, List<Long> kernel, Window window, long[] pads, ChannelLayout layout, Tap body) {
        int spatial = kernel.size();
        int first = layout.spatialAxis();
        int channel = layout.channelAxis(x.rank());
        long[] xs = Strides.of(x.dims());
        long[] taps = new long[spatial];
        long[] steps = new long[spatial];
        long start = index[0] * xs[0] + index[channel] * xs[channel];
        double covered = 1;
        for (int i = 0; i < spatial; i++) {
            long size = x.dim(first + i);
            long dilation = window.dilations().get(i);
            long at = index[first + i] * window.strides().get(i) - pads[i];
            long from = firstTap(-at, dilation, kernel.get(i));
            taps[i] = Math.max(0, firstTap(size - at, dilation, kernel.get(i)) - from);
            steps[i] = dilation * xs[first + i];
            start += (at + from * dilation) * xs[first + i];
            covered *= firstTap(size + pads[spatial + i] - at, dilation, kernel.get(i))
                    - firstTap(-pads[i] - at, dilation, kernel.get(i));
        }
        long base = start;
        // Only taps on elements are visited: a window may be much larger than the tensor.
        Strides.forEach(taps, (tap, _) -> body.accept(base + Strides.offset(tap, steps)));
        return covered;
    }

    /** The first of {@code taps} taps that is not before {@code distance}; their number if all are. */
    private static long firstTap(long distance, long dilation, long taps) {
        return Math.clamp(Math.ceilDiv(distance, dilation), 0, taps);
    }

    public static Tensor pool(
            PoolFunction function,
            Tensor x,
            List<Long> kernel,
            Window window,
            long[] pads,
            ChannelLayout layout,
            long[] dims) {
        Tensor out = Tensor.zeros(x.element(), dims);
        boolean max = function == PoolFunction.MAX_POOL;
        Strides.forEach(dims, (index, flat) -> {
            double[] sum = {0};
            long[] best = {-1};
            long[] count = {0};
            double covered = visit(x, index, kernel, window, pads, layout, at -> {
                count[0]++;
                sum[0] += max ? 0 : x.getDouble(at);
                if (max && (best[0] < 0 || OrderingEvaluation.compare(x, at, best[0]) > 0)) {
                    best[0] = at;
                }
            });
            switch (function) {
                case MAX_POOL -> {
                    if (best[0] >= 0) {
                        out.copyElement(flat, x, best[0]);
                    } else if (x.element().isFloat()) {
                        out.setDouble(flat, Double.NEGATIVE_INFINITY);
                    } else {
                        out.setLong(flat, least(x.element()));
                    }
                }
                case SUM_POOL -> out.setDouble(flat, sum[0]);
                case AVERAGE_POOL -> out.setDouble(flat, sum[0] / count[0]);
                case AVERAGE_POOL_PADDED -> out.setDouble(flat, sum[0] / covered);
            }
        });
        return out;
    }

    public static Tensor poolIndices(
            Tensor x,
            List<Long> kernel,
            Window window,
            long[] pads,
            ChannelLayout layout,
            boolean columnMajor,
            long[] dims) {
        Tensor out = Tensor.zeros(ElementType.I64, dims);
        long[] xs = Strides.of(x.dims());
        int first = layout.spatialAxis();
        Strides.forEach(dims, (index, flat) -> {
            long[] best = {-1};
            visit(x, index, kernel, window, pads, layout, at -> {
                if (best[0] < 0 || OrderingEvaluation.compare(x, at, best[0]) > 0) {
                    best[0] = at;
                }
            });
            long at = best[0];
            if (columnMajor && at >= 0) {
                long plane = xs[first - 1 < 0 ? 0 : first - 1];
                long rest = at % plane;
                long swapped = 0;
                long step = 1;
                for (int i = first; i < x.rank(); i++) {
                    swapped += rest / xs[i] % x.dim(i) * step;
                    step *= x.dim(i);
                }
                at = at - rest + swapped;
            }
            out.setLong(flat, at);
        });
        return out;
    }
}
