package dev.lathe.passes.clean;

import static dev.lathe.passes.Rule.rule;
import static dev.lathe.passes.clean.MovementRules.shape;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Match;
import dev.lathe.passes.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Quantized numbers move and are compared as they are: a dequantization sinks below what moves its result or takes a
 * part of it, and a quantization rises above what moves its operand, so that few bits are moved, and a table of
 * embeddings stays as small as it is stored. No bit of a result changes.
 */
final class QuantizationRules {
    private QuantizationRules() {}

    static final List<Rule<?>> RULES = List.of(
            rule("gather(dequantize(x)) -> dequantize(gather(x))", Gather.class, QuantizationRules::gather),
            rule("slice(dequantize(x)) -> dequantize(slice(x))", Slice.class, QuantizationRules::slice),
            rule("reshape(dequantize(x)) -> dequantize(reshape(x))", Reshape.class, QuantizationRules::reshape),
            rule("transpose(dequantize(x)) -> dequantize(transpose(x))", Transpose.class, QuantizationRules::transpose),
            rule("concat(dequantize(x), …) -> dequantize(concat(x, …))", Concat.class, QuantizationRules::concat),
            rule("max_pool(dequantize(x)) -> dequantize(max_pool(x))", Pool.class, QuantizationRules::maxPool),
            rule("quantize(dequantize(x)) -> x", Quantize.class, QuantizationRules::quantizeOfDequantize),
            rule("quantize(reshape(x)) -> reshape(quantize(x))", Quantize.class, QuantizationRules::quantizeOfReshape),
            rule(
                    "quantize(transpose(x)) -> transpose(quantize(x))",
                    Quantize.class,
                    QuantizationRules::quantizeOfTranspose),
            rule(
                    "quantize(resize(x)) -> resize(quantize(x)), to the nearest",
                    Quantize.class,
                    QuantizationRules::quantizeOfResize),
            rule(
                    "quantize(concat(dequantize(x), …)) -> concat(quantize(dequantize(x)), …)",
                    Quantize.class,
                    QuantizationRules::quantizeOfConcat));

    /** Whether {@code v} is one number for all elements. */
    private static boolean isSingle(Value v) {
        return v.tensorType().rank() == 0
                || v.tensorType().rank() == 1 && shape(v).dim(0).isConstant(1);
    }

    private static boolean isSingle(Value scale, Optional<Value> zeroPoint) {
        return isSingle(scale) && zeroPoint.stream().allMatch(QuantizationRules::isSingle);
    }

    /** Whether scale and zero point are one number for all elements, or one for each position of the axis. */
    private static boolean isByAxis(Dequantize d) {
        return d.blockSize() == 0
                && d.x().tensorType().rank() > 1
                && isVector(d.scale())
                && d.zeroPoint().stream().allMatch(QuantizationRules::isVector);
    }

    /** Whether scale and zero point are one number for all elements, or one for each block along the axis. */
    private static boolean isByBlock(Dequantize d) {
        int rank = d.x().tensorType().rank();
        return d.blockSize() != 0
                && rank > 1
                && (isSingle(d.scale()) || d.scale().tensorType().rank() == rank)
                && d.zeroPoint().stream()
                        .allMatch(z -> isSingle(z) || z.tensorType().rank() == rank);
    }

    private static boolean isVector(Value v) {
        return v.tensorType().rank() <= 1;
    }

    /**
     * The dequantization of {@code x}, which is the operand of {@code d} moved.
     *
     * @param axis where the axis of {@code d} is now; -1 if it is nowhere
     * @param part what scales and zero points by position become
     */
    private static Value moved(Dequantize d, int axis, Match m, Value x, UnaryOperator<Value> part) {
        return moved(d, axis, m, x, part, 0);
    }

    /** As the other, in blocks. */
    private static Value moved(Dequantize d, int axis, Match m, Value x, UnaryOperator<Value> part, long blockSize) {
        UnaryOperator<Value> each = v -> isSingle(v) ? v : part.apply(v);
        return m.builder()
                .add(new Dequantize(
                        x, each.apply(d.scale()), d.zeroPoint().map(each), d.to(), Math.max(0, axis), blockSize));
    }

    private static boolean isAmong(Dequantize d, int axis) {
        return isSingle(d.scale(), d.zeroPoint()) || isByAxis(d) && axis >= 0;
    }

    /** Also where others use the dequantized table, which is larger than what is taken from it. */
    private static @Nullable Value gather(Gather g, Match m) {
        Dequantize d = m.definition(g.x(), Dequantize.class);
        if (d == null) {
            return null;
        }
        Builder b = m.builder();
        int rank = g.indices().tensorType().rank();
        if (isByBlock(d) && d.axis() != g.axis()) {
            int axis = d.axis() < g.axis() ? d.axis() : d.axis() - 1 + rank;
            UnaryOperator<Value> taken = v -> b.add(new Gather(v, g.indices(), g.axis()));
            return rank == 0 && d.x().tensorType().rank() < 3
                    ? null
                    : moved(d, axis, m, taken.apply(d.x()), taken, d.blockSize());
        }
        if (!isAmong(d, d.axis())) {
            return null;
        }
        boolean single = isSingle(d.scale(), d.zeroPoint());
        if (single || d.axis() != g.axis()) {
            int axis = d.axis() < g.axis() ? d.axis() : d.axis() - 1 + rank;
            return moved(d, axis, m, b.add(new Gather(d.x(), g.indices(), g.axis())), v -> v);
        }
        // A scale for each slice: taken with it, along one axis.
        Value flat = b.reshape(g.indices(), Shape.of(shape(g.indices()).elements()));
        Value slices =
                moved(d, d.axis(), m, b.add(new Gather(d.x(), flat, g.axis())), v -> b.add(new Gather(v, flat, 0)));
        Shape s = shape(g.x());
        return b.reshape(
                slices, s.slice(0, g.axis()).concat(shape(g.indices())).concat(s.slice(g.axis() + 1, s.rank())));
    }

    private static @Nullable Value slice(Slice s, Match m) {
        Dequantize d = m.definitionUsedOnce(s.x(), Dequantize.class);
        if (d == null || !isAmong(d, d.axis())) {
            return null;
        }
        Builder b = m.builder();
        int a = d.axis();
        return moved(
                d,
                a,
                m,
                b.add(new Slice(d.x(), s.starts(), s.sizes(), s.steps())),
                v -> b.add(new Slice(
                        v,
                        List.of(s.starts().get(a)),
                        List.of(s.sizes().get(a)),
                        List.of(s.steps().get(a)))));
    }

    private static @Nullable Value reshape(Reshape r, Match m) {
        Dequantize d = m.definitionUsedOnce(r.x(), Dequantize.class);
        if (d == null) {
            return null;
        }
        int axis = isByAxis(d) ? axisAfter(shape(d.x()), d.axis(), r.shape()) : -1;
        return isAmong(d, axis) ? moved(d, axis, m, m.builder().reshape(d.x(), r.shape()), v -> v) : null;
    }

    /** Where an axis is after a reshape: as long, with as many elements before; -1 if it is nowhere. */
    private static int axisAfter(Shape from, int axis, Shape to) {
        Dim before = from.slice(0, axis).elements();
        return IntStream.range(0, to.rank() > 1 ? to.rank() : 0)
                .filter(i -> to.dim(i).equals(from.dim(axis))
                        && to.slice(0, i).elements().equals(before))
                .findFirst()
                .orElse(-1);
    }

    private static @Nullable Value transpose(Transpose t, Match m) {
        Dequantize d = m.definitionUsedOnce(t.x(), Dequantize.class);
        if (d == null) {
            return null;
        }
        int axis = t.perm().indexOf(d.axis());
        if (isByBlock(d)) {
            UnaryOperator<Value> transposed = v -> m.builder().transpose(v, t.perm());
            return moved(d, axis, m, transposed.apply(d.x()), transposed, d.blockSize());
        }
        return isAmong(d, axis) ? moved(d, axis, m, m.builder().transpose(d.x(), t.perm()), v -> v) : null;
    }

    private static @Nullable Value concat(Concat c, Match m) {
        List<Value> parts = new ArrayList<>();
        Dequantize first = null;
        for (Value v : c.inputs()) {
            Dequantize d = m.definitionUsedOnce(v, Dequantize.class);
            if (d == null) {
                return null;
            }
            first = first == null ? d : first;
            boolean fits = (isSingle(d.scale(), d.zeroPoint()) || isByAxis(d) && d.axis() != c.axis())
                    && d.axis() == first.axis()
                    && d.to() == first.to()
                    && d.x().tensorType().element() == first.x().tensorType().element()
                    && same(d.scale(), first.scale(), m)
                    && same(d.zeroPoint(), first.zeroPoint(), m);
            if (!fits) {
                return null;
            }
            parts.add(d.x());
        }
        return first == null || parts.size() < 2
                ? null
                : moved(first, first.axis(), m, m.builder().concat(parts, c.axis()), v -> v);
    }

    private static boolean same(Value a, Value b, Match m) {
        Tensor t = m.constant(a);
        return a == b || t != null && t.equals(m.constant(b));
    }

    private static boolean same(Optional<Value> a, Optional<Value> b, Match m) {
        return a.isPresent() == b.isPresent() && (a.isEmpty() || same(a.get(), b.get(), m));
    }

    /** With a positive scale the greatest number has the greatest code; a window without elements has neither. */
    private static @Nullable Value maxPool(Pool p, Match m) {
        Dequantize d = m.definitionUsedOnce(p.x(), Dequantize.class);
        if (d == null || p.function() != PoolFunction.MAX_POOL || !isSingle(d.scale(), d.zeroPoint())) {
            return null;
        }
        ElementType type = d.x().tensorType().element();
        boolean bytes = type == ElementType.I8 || type == ElementType.U8;
        if (!bytes || d.to() != ElementType.F32 || !isOrdinary(d.scale(), m) || !hasNoEmptyWindow(p)) {
            return null;
        }
        Value x = m.builder().add(new Pool(p.function(), d.x(), p.kernel(), p.window(), p.ceilMode(), p.layout()));
        return moved(d, d.axis(), m, x, v -> v);
    }

    /** Whether each window is over an element: none begins after the last, and none ends before the first. */
    private static boolean hasNoEmptyWindow(Pool p) {
        int spatial = p.kernel().size();
        Shape s = shape(p.x());
        for (int i = 0; i < 2 * spatial; i++) {
            int axis = i % spatial;
            Dim pad = p.window().pads().get(i);
            if (!pad.isConstant()
                    || pad.constant() >= p.kernel().get(axis)
                    || p.window().dilations().get(axis) != 1
                    || !s.dim(p.layout().spatialAxis() + axis).isPositive()) {
                return false;
            }
        }
        return !p.ceilMode();
    }

    /** Whether all scales are positive, and far from both ends of the floats, so that products with them are normal. */
    private static boolean isOrdinary(Value scale, Match m) {
        Tensor t = m.constant(scale);
        if (t == null || t.element() != ElementType.F32) {
            return false;
        }
        for (long i = 0; i < t.size(); i++) {
            if (!(t.getDouble(i) >= 0x1p-100 && t.getDouble(i) <= 0x1p100)) {
                return false;
            }
        }
        return true;
    }

    /** {@code (n * s) / s} is off by less than {@code n * 2^-23}, and rounds to {@code n} for numbers of 16 bits. */
    private static @Nullable Value quantizeOfDequantize(Quantize q, Match m) {
        Dequantize d = m.definition(q.x(), Dequantize.class);
        if (d == null) {
            return null;
        }
        ElementType type = d.x().tensorType().element();
        boolean back = type == q.to()
                && type.isInteger()
                && type.bits() <= 16
                && d.to() == ElementType.F32
                && q.precision() == ElementType.F32
                && same(q.scale(), d.scale(), m)
                && same(q.zeroPoint(), d.zeroPoint(), m)
                && (isSingle(d.scale(), d.zeroPoint()) || q.axis() == d.axis() && q.blockSize() == d.blockSize())
                && isOrdinary(d.scale(), m);
        return back ? d.x() : null;
    }

    /** {@code q}, whose scale is one for all, of another operand. */
    private static Value quantized(Quantize q, Value x, Match m) {
        return m.builder().add(new Quantize(x, q.scale(), q.zeroPoint(), q.to(), q.precision(), 0, 0, q.saturate()));
    }

    /** The movement that defines the operand of {@code q}, if nothing else uses it and it narrows what is moved. */
    private static <T extends Op> @Nullable T movement(Quantize q, Class<T> type, Match m) {
        boolean narrows = q.to().bits() < q.x().tensorType().element().bits() && isSingle(q.scale(), q.zeroPoint());
        return narrows ? m.definitionUsedOnce(q.x(), type) : null;
    }

    private static @Nullable Value quantizeOfReshape(Quantize q, Match m) {
        Reshape r = movement(q, Reshape.class, m);
        return r == null ? null : m.builder().reshape(quantized(q, r.x(), m), r.shape());
    }

    private static @Nullable Value quantizeOfTranspose(Quantize q, Match m) {
        Transpose t = movement(q, Transpose.class, m);
        return t == null ? null : m.builder().transpose(quantized(q, t.x(), m), t.perm());
    }

    private static @Nullable Value quantizeOfResize(Quantize q, Match m) {
        Resize r = movement(q, Resize.class, m);
        if (r == null || r.mode() != ResizeMode.NEAREST || r.coordinates() == CoordinateMode.TF_CROP_AND_RESIZE) {
            return null;
        }
        return m.builder()
                .add(new Resize(
                        quantized(q, r.x(), m),
                        r.scales(),
                        r.roi(),
                        r.shape(),
                        r.mode(),
                        r.coordinates(),
                        r.nearest(),
                        r.cubicCoefficient(),
                        r.excludeOutside(),
                        r.extrapolation(),
                        r.antialias()));
    }

    /** Where a part is a dequantization that this undoes. */
    private static @Nullable Value quantizeOfConcat(Quantize q, Match m) {
        Concat c = movement(q, Concat.class, m);
        if (c == null
                || c.inputs().stream()
                        .noneMatch(v -> m.builder()
                                .definition(v, Dequantize.class)
                                .filter(d -> same(d.scale(), q.scale(), m) && same(d.zeroPoint(), q.zeroPoint(), m))
                                .isPresent())) {
            return null;
        }
        return m.builder()
                .concat(c.inputs().stream().map(v -> quantized(q, v, m)).toList(), c.axis());
    }
}
