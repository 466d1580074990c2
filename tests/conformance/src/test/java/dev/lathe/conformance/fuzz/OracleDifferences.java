package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Where ONNX Runtime is no oracle: what it gets wrong or the standard leaves open, and what it refuses, each with the
 * reason.
 */
final class OracleDifferences {
    /** Integers up to here are floats. */
    private static final int EXACT = 1 << 24;

    /** Parts of messages with which it refuses a model or an input. */
    private static final Map<String, String> REFUSALS = new LinkedHashMap<>();

    static {
        REFUSALS.put("must have at least 3 dimensions", "windows without a spatial axis");
        REFUSALS.put("Tensor type mismatch", "an element type that a mode of resize does not take");
        REFUSALS.put("Cannot use 'reflect' mode", "the reflection of nothing");
        REFUSALS.put("Unsupported model IR version", "an element type newer than it is");
        REFUSALS.put("Type Error", "an element type that the operator does not take");
        REFUSALS.put("is not currently registered or supported", "complex numbers");
        REFUSALS.put("Invalid input shape", "a window larger than its input");
        REFUSALS.put("Calculated output dimension is negative", "a window larger than its input");
        REFUSALS.put("Pad should be smaller than kernel", "padding as large as the window");
        REFUSALS.put("output_padding", "output padding that is not smaller than stride and dilation");
        REFUSALS.put("Unexpected mode of 3", "padding that wraps");
        REFUSALS.put("Pad reflect", "a reflection longer than the axis");
        REFUSALS.put("Cannot use 'edge' mode", "the edge of nothing");
        REFUSALS.put("data type is not supported with Scatter", "an element type for scatter with a reduction");
        REFUSALS.put("Failed to construct locale", "a locale that the operating system lacks");
        REFUSALS.put("exclude_outside can be set to 1", "a mode of resize");
        REFUSALS.put("'Cubic' mode only supports", "a mode of resize");
        REFUSALS.put("'Linear' mode only", "a mode of resize");
        REFUSALS.put("when anti-aliasing is set", "a mode of resize");
        REFUSALS.put("block_size must be 0", "blocks for a scale of one");
        REFUSALS.put("Input tensor has no dimensions", "padding of a scalar");
        REFUSALS.put("Only 4-D or 5-D tensor is supported", "samples along one axis");
    }

    private OracleDifferences() {}

    /** Why the results of {@code graph} may differ, whatever its inputs. */
    static Optional<String> reason(Graph graph) {
        Set<Value> casts = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Value> twice = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Cast c) {
                casts.add(n.result());
                if (casts.contains(c.x())) {
                    twice.add(n.result());
                }
            }
            if (!n.op().regions().isEmpty() && n.op().dependencies().stream().anyMatch(twice::contains)) {
                return Optional.of("a cast there and back, which it drops although a region reads it");
            }
        }
        return Optional.empty();
    }

    /** Why a result of {@code n} may differ. */
    static Optional<String> reason(Node n, Witness values) {
        List<Value> all = new ArrayList<>(n.op().operands());
        all.addAll(n.results());
        for (Value v : all) {
            Datum d = values.datum(v);
            if (d instanceof Tensor t && t.size() == 0
                    || d instanceof Datum.Sequence s
                            && s.items().stream().anyMatch(i -> i instanceof Tensor t && t.size() == 0)) {
                return Optional.of("an empty tensor, by whose size some kernels divide");
            }
            if (d instanceof Datum.Maybe m && m.element().isEmpty()) {
                return Optional.of("an absent value, which as a result ends the process");
            }
        }
        return Optional.ofNullable(
                switch (n.op()) {
                    case dev.lathe.ir.op.Random _ -> "random by specification";
                    case NonZero z
                    when z.x().tensorType().rank() == 0 ->
                        "non-zero of a scalar is [0, N] by the standard, [1, N] there";
                    case Resize r -> resize(r, values.tensor(r.x()), values.tensor(n.result()));
                    case Pad p
                    when p.mode() == PadMode.WRAP -> wrapsTwice(p, values) ? "padding that wraps more than once" : null;
                    case Gather g
                    when g.x().tensorType().element().isString() ->
                        "of each block of strings that it gathers, it copies the first";
                    case TopK k when !k.sorted() -> "an order left open";
                    case RoiAlign r when r.max() -> "it weighs the samples before it takes their maximum";
                    case RoiAlign r
                    when samplesAtTheEnd(r, values) ->
                        "samples where the image ends: on which side they are, coordinates in f32 do not tell";
                    case Pool p when p.ceilMode() -> "windows that start in the padding at the end";
                    case PoolIndices p when p.ceilMode() -> "windows that start in the padding at the end";
                    case PoolIndices p when least(values.tensor(n.result())) < 0 -> "a window with nothing but padding";
                    case BitCast c
                    when c.x().tensorType().element().isFloat() && hasZero(values.tensor(c.x())) ->
                        "the sign of a zero";
                    case Cast c when c.to().isString() -> "how many digits it writes";
                    case Binary b
                    when b.function() == BinaryFunction.POW && isInteger(b.x()) ->
                        least(values.tensor(b.y())) < 0
                                        || isLarge(values.tensor(n.result()))
                                        || Math.pow(most(values.tensor(b.x())), most(values.tensor(b.y()))) > EXACT
                                ? "integers to a negative power, or by way of floats"
                                : null;
                    case Binary b
                    when b.function() == BinaryFunction.FMOD
                            && isInteger(b.x())
                            && (isLarge(values.tensor(b.x())) || isLarge(values.tensor(b.y()))) ->
                        "remainders of integers by way of floats";
                    case Reduce r
                    when isExtremum(r) && Double.isNaN(sum(values.tensor(r.x()))) ->
                        "whether an extremum passes NaN on";
                    case ScatterElements s
                    when isExtremum(s.reduction()) && isNan(values, s.x(), s.updates()) ->
                        "whether an extremum passes NaN on";
                    case ScatterNd s
                    when isExtremum(s.reduction()) && isNan(values, s.x(), s.updates()) ->
                        "whether an extremum passes NaN on";
                    case Reduce r
                    when isInteger(r.x())
                            && (isLarge(values.tensor(r.x()))
                                    || isLargeProduct(r, values.tensor(r.x()), values.tensor(n.result()))) ->
                        "it reduces integers by way of floats";
                    case Unary u
                    when u.function() == UnaryFunction.SIGMOID && least(values.tensor(u.x())) < -18 ->
                        "its sigmoid is 0 below -18";
                    case Quantize q
                    when q.to().bits() == 2 || q.x().tensorType().element() == ElementType.F16 ->
                        "it truncates to integers of two bits, and from f16";
                    default -> null;
                });
    }

    private static @Nullable String resize(Resize r, Tensor x, Tensor y) {
        if (r.antialias()) {
            return "antialiasing, which there never repeats the border";
        }
        if (!x.element().isFloat()) {
            return "how a resize of integers rounds";
        }
        for (int axis = 0; axis < x.rank(); axis++) {
            if (r.mode() == ResizeMode.NEAREST && y.dim(axis) % x.dim(axis) != 0) {
                return "which element is nearest where coordinates round in f32";
            }
        }
        return null;
    }

    /**
     * Whether a sample is, but for rounding, at one of the coordinates beyond which it counts as 0: -1 and the size.
     */
    private static boolean samplesAtTheEnd(RoiAlign r, Witness values) {
        Tensor rois = values.tensor(r.rois());
        double offset = r.halfPixel() ? 0.5 : 0;
        for (int k = 0; k < 2 && rois.element() != ElementType.F64; k++) {
            long size = values.tensor(r.x()).dim(3 - k);
            long bins = k == 0 ? r.width() : r.height();
            for (long i = k; i < rois.size(); i += 4) {
                double start = rois.getDouble(i) * r.spatialScale() - offset;
                double length = rois.getDouble(i + 2) * r.spatialScale() - offset - start;
                double bin = (r.halfPixel() ? length : Math.max(length, 1)) / bins;
                long samples = bins * (r.samplingRatio() > 0 ? r.samplingRatio() : (long) Math.ceil(bin));
                for (long j = 0; j < samples; j++) {
                    double at = start + (j + 0.5) * bin * bins / samples;
                    if (Math.abs(at + 1) < 1e-4 || Math.abs(at - size) < 1e-4) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean isInteger(Value v) {
        return v.tensorType().element().isInteger();
    }

    private static boolean isExtremum(Reduce r) {
        return r.function() == ReduceFunction.REDUCE_MAX || r.function() == ReduceFunction.REDUCE_MIN;
    }

    private static boolean isExtremum(ScatterReduction r) {
        return r == ScatterReduction.MAX || r == ScatterReduction.MIN;
    }

    private static boolean isNan(Witness values, Value x, Value y) {
        return Double.isNaN(sum(values.tensor(x)) + sum(values.tensor(y)));
    }

    /** NaN if one of the numbers is. */
    private static double sum(Tensor t) {
        double sum = 0;
        for (long i = 0; i < t.size(); i++) {
            double x = t.getDouble(i);
            sum += Double.isInfinite(x) ? 0 : x;
        }
        return sum;
    }

    private static boolean hasZero(Tensor t) {
        return LongStream.range(0, t.size()).anyMatch(i -> t.getDouble(i) == 0);
    }

    private static double least(Tensor t) {
        double least = Double.POSITIVE_INFINITY;
        for (long i = 0; i < t.size(); i++) {
            least = Math.min(least, t.getDouble(i));
        }
        return least;
    }

    private static boolean isLarge(Tensor t) {
        for (long i = 0; i < t.size(); i++) {
            if (Math.abs(t.getDouble(i)) > 1000) {
                return true;
            }
        }
        return false;
    }

    /** Whether a product may need more bits than a float has. */
    private static boolean isLargeProduct(Reduce r, Tensor x, Tensor y) {
        double factors = (double) x.size() / Math.max(1, y.size());
        return r.function() == ReduceFunction.REDUCE_PROD && Math.pow(most(x), factors) > EXACT;
    }

    /** The largest magnitude. */
    private static double most(Tensor t) {
        return LongStream.range(0, t.size())
                .mapToDouble(i -> Math.abs(t.getDouble(i)))
                .max()
                .orElse(0);
    }

    private static boolean wrapsTwice(Pad p, Witness values) {
        long[] dims = values.tensor(p.x()).dims();
        for (int i = 0; i < dims.length; i++) {
            if (values.dim(p.before().get(i)) > dims[i] || values.dim(p.after().get(i)) > dims[i]) {
                return true;
            }
        }
        return false;
    }

    /** Why it refuses a model with such a message. */
    static Optional<String> refusal(String message) {
        return REFUSALS.entrySet().stream()
                .filter(e -> message.contains(e.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
