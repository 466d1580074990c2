package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Products and convolutions of quantized numbers as quantized models have them: as integers, between dequantization
 * and quantization, and with weights alone in few bits, in blocks too. Scales are powers of two and sums not too long,
 * so that nothing is ever rounded.
 */
final class QuantizedSteps {
    static final List<Consumer<GraphGenerator>> ALL = List.of(
            QuantizedSteps::product,
            QuantizedSteps::product,
            QuantizedSteps::product,
            QuantizedSteps::computedProduct,
            QuantizedSteps::convolution,
            QuantizedSteps::convolution,
            QuantizedSteps::weightsAlone,
            QuantizedSteps::blocks,
            QuantizedSteps::blocks,
            QuantizedSteps::halves,
            QuantizedSteps::halfFilters,
            QuantizedSteps::table);

    private static final List<ElementType> BYTES =
            List.of(ElementType.U8, ElementType.U8, ElementType.I8, ElementType.I8, ElementType.I4, ElementType.U4);

    private QuantizedSteps() {}

    /**
     * Quantized numbers.
     *
     * @param zero none, one number, or one for each index of {@code axis}
     */
    private record Quantized(Value x, Optional<Value> zero, int axis) {
        int rank() {
            return x.tensorType().rank();
        }

        /** As integers less their zero points. */
        Value centered(GraphGenerator g) {
            Value wide = g.add(new Cast(x, ElementType.I32, true));
            if (zero.isEmpty()) {
                return wide;
            }
            Value z = g.add(new Cast(zero.get(), ElementType.I32, true));
            return g.add(new Binary(BinaryFunction.SUBTRACT, wide, along(g, z, rank(), axis)));
        }

        /** Times a power of two, as floats. */
        Value dequantized(GraphGenerator g) {
            Optional<Shape> several = zero.map(z -> z.tensorType().shape());
            Tensor scale = Tensor.zeros(
                    ElementType.F32,
                    several.orElse(Shape.SCALAR).dims().stream()
                            .mapToLong(Dim::constant)
                            .toArray());
            for (long i = 0; i < scale.size(); i++) {
                scale.setDouble(i, g.pick(List.of(0x1p-7, 0x1p-8, 0x1p-9)));
            }
            return g.addExact(new Dequantize(x, g.constant(scale), zero, ElementType.F32, axis, 0));
        }
    }

    /** A vector along {@code axis} of something of rank {@code rank}; one number as it is. */
    private static Value along(GraphGenerator g, Value v, int rank, int axis) {
        if (v.tensorType().rank() == 0 || axis == rank - 1) {
            return v;
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - axis, Dim.ONE));
        dims.set(0, v.tensorType().dim(0));
        return g.add(new Reshape(v, Shape.of(dims)));
    }

    private static long any(GraphGenerator g, ElementType e) {
        long bits = g.random.nextInt(1 << e.bits());
        return e.isSigned() ? bits - (1L << e.bits() - 1) : bits;
    }

    /** Numbers of the whole range of a type, or now and then of one end of it. */
    private static Tensor numbers(GraphGenerator g, ElementType e, long... dims) {
        Tensor t = g.tensor(e, dims);
        long same = any(g, e);
        boolean equal = g.chance(6);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, equal ? same : any(g, e));
        }
        return t;
    }

    /** No zero point, one, or one for each index of an axis whose size is known. */
    private static Quantized zeros(GraphGenerator g, Value x, int axis) {
        TensorType t = x.tensorType();
        ElementType e = t.element();
        Optional<Value> zero = switch (g.random.nextInt(4)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(g.constant(numbers(g, e)));
            case 2 -> Optional.of(g.input(e, Shape.SCALAR));
            default ->
                Optional.of(g.constant(
                        t.dim(axis).isConstant() ? numbers(g, e, t.dim(axis).constant()) : numbers(g, e)));
        };
        return new Quantized(x, zero, axis);
    }

    private static boolean isByte(TensorType t) {
        return t.element().isInteger() && t.element().bits() <= 8;
    }

    /** Quantized numbers of an earlier step, or new ones. */
    private static Value numbers(GraphGenerator g, Shape shape) {
        if (g.chance(2)) {
            return g.pick(t -> isByte(t)
                    && t.rank() == shape.rank()
                    && t.dim(t.rank() - 1).isConstant()
                    && (t.rank() < 3 || t.dim(1).isConstant()));
        }
        if (shape.dims().stream().allMatch(Dim::isConstant) && g.chance(3)) {
            return g.constant(numbers(
                    g,
                    g.pick(BYTES),
                    shape.dims().stream().mapToLong(Dim::constant).toArray()));
        }
        return g.input(g.pick(BYTES), shape);
    }

    private static Dim some(GraphGenerator g) {
        return g.chance(2) ? Dim.symbol(g.pick(List.of("n", "m"))) : Dim.of(g.pick(List.of(1L, 1L, 2L, 3L, 13L)));
    }

    private static long depth(GraphGenerator g) {
        return g.pick(List.of(1L, 3L, 8L, 17L, 32L, 129L, g.chance(3) ? 700L : 5L));
    }

    private static Quantized left(GraphGenerator g) {
        Shape s = Shape.of(some(g), Dim.of(depth(g)));
        Value x = numbers(g, g.chance(3) ? Shape.of(some(g)).concat(s) : s);
        Quantized q = zeros(g, x, x.tensorType().rank() - 2);
        return q;
    }

    private static Quantized weights(GraphGenerator g, ElementType e, int axis, long... dims) {
        Tensor t = numbers(g, e, dims);
        return zeros(g, g.chance(6) ? g.input(e, t.shape()) : g.constant(t), axis);
    }

    private static void product(GraphGenerator g) {
        Quantized x = left(g);
        long depth = x.x.tensorType().dim(x.rank() - 1).constant();
        long columns = g.pick(List.of(1L, 2L, 5L, 16L, 33L));
        boolean transposed = g.chance(3);
        Quantized w = transposed
                ? weights(g, g.pick(BYTES), 0, columns, depth)
                : weights(g, g.pick(BYTES), 1, depth, columns);
        boolean integers = g.chance(2);
        Value a = integers ? x.centered(g) : x.dequantized(g);
        Value b = integers ? w.centered(g) : w.dequantized(g);
        b = transposed ? g.add(new Transpose(b, List.of(1, 0))) : b;
        finish(g, g.addExact(new MatMul(a, b)), columns, x.rank() - 1);
    }

    /** Also of lengths that only a run tells. */
    private static void computedProduct(GraphGenerator g) {
        Dim depth = some(g);
        Value x = g.input(g.pick(BYTES), Shape.of(some(g), some(g), depth));
        Value y = g.input(g.pick(BYTES), Shape.of(depth, some(g)));
        boolean integers = g.chance(2);
        Quantized a = zeros(g, x, 0);
        Quantized b = zeros(g, y, 1);
        finish(
                g,
                g.addExact(
                        integers
                                ? new MatMul(a.centered(g), b.centered(g))
                                : new MatMul(a.dequantized(g), b.dequantized(g))),
                1,
                2);
    }

    private static void convolution(GraphGenerator g) {
        int spatial = 1 + g.random.nextInt(2);
        long channels = g.pick(List.of(1L, 2L, 4L, 12L, g.chance(4) ? 180L : 6L));
        List<Dim> dims = new ArrayList<>(List.of(Dim.of(1), Dim.of(channels), some(g), Dim.of(5)));
        Value x = numbers(g, Shape.of(dims.subList(0, 2 + spatial)));
        channels = x.tensorType().dim(1).constant();
        long groups = g.chance(3) ? channels : channels % 2 == 0 && g.chance(3) ? 2 : 1;
        long out = groups * g.pick(List.of(1L, 2L, 3L));
        List<Long> kernel = new ArrayList<>();
        for (int i = 0; i < spatial; i++) {
            kernel.add(g.pick(List.of(1L, 2L, 3L)));
        }
        List<Long> all = new ArrayList<>(List.of(out, channels / groups));
        all.addAll(kernel);
        Quantized w =
                weights(g, g.pick(BYTES), 0, all.stream().mapToLong(i -> i).toArray());
        Value zero = g.chance(2) ? g.constant(numbers(g, x.tensorType().element())) : null;
        Quantized q = new Quantized(x, Optional.ofNullable(zero), 1);
        boolean integers = g.chance(2);
        Value y = g.addExact(new Conv(
                integers ? q.centered(g) : q.dequantized(g),
                integers ? w.centered(g) : w.dequantized(g),
                new Window(
                        Collections.nCopies(spatial, g.pick(List.of(1L, 2L))),
                        Collections.nCopies(2 * spatial, Dim.of(g.random.nextInt(2))),
                        Collections.nCopies(spatial, g.pick(List.of(1L, 1L, 2L)))),
                groups,
                ChannelLayout.CHANNELS_FIRST));
        finish(g, y, out, 1);
    }

    /** Floats, which are small integers, times weights that alone are quantized. */
    private static void weightsAlone(GraphGenerator g) {
        Quantized x = left(g);
        Value floats = g.addExact(new Cast(x.x, ElementType.F32, true));
        long depth = x.x.tensorType().dim(x.rank() - 1).constant();
        long columns = g.pick(List.of(1L, 2L, 16L, 33L));
        Quantized w = zeros(g, g.constant(numbers(g, g.pick(BYTES), depth, columns)), 1);
        Value y = g.addExact(new MatMul(floats, w.dequantized(g)));
        finish(g, g.addExact(new Binary(BinaryFunction.MULTIPLY, y, g.scalar(y, 0x1p-7))), columns, x.rank() - 1);
    }

    private static final List<ElementType> FEW_BITS = List.of(
            ElementType.U4,
            ElementType.U4,
            ElementType.I4,
            ElementType.U8,
            ElementType.I8,
            ElementType.U2,
            ElementType.I2);

    /** A matrix whose rows or columns are in blocks with scales of their own, as weights alone are quantized. */
    private static Value inBlocks(GraphGenerator g, long rows, long columns, int axis, long block) {
        ElementType e = g.pick(FEW_BITS);
        Value x = g.constant(numbers(g, e, rows, columns));
        long[] dims = {rows, columns};
        dims[axis] = Math.ceilDiv(dims[axis], block);
        Tensor scales = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < scales.size(); i++) {
            scales.setDouble(i, g.pick(List.of(0x1p-7, 0x1p-8, -0x1p-9)));
        }
        Tensor zeros = g.chance(2) ? numbers(g, e) : numbers(g, e, dims);
        boolean centered = !g.chance(3);
        if (g.chance(3) && dims[axis] * block == (axis == 0 ? rows : columns)) {
            return spelledOut(g, x, scales, centered ? zeros : null, axis, block);
        }
        return g.addExact(new Dequantize(
                x,
                g.constant(scales),
                centered ? Optional.of(g.constant(zeros)) : Optional.empty(),
                ElementType.F32,
                axis,
                block));
    }

    /** As files of older opsets have it. */
    private static Value spelledOut(
            GraphGenerator g, Value x, Tensor scales, @Nullable Tensor zeros, int axis, long block) {
        Value y = x;
        if (zeros != null) {
            Value z = g.constant(zeros);
            z = zeros.rank() == 0 ? z : repeated(g, z, x, axis, block);
            y = g.add(new Binary(
                    BinaryFunction.SUBTRACT,
                    g.add(new Cast(x, ElementType.I32, true)),
                    g.add(new Cast(z, ElementType.I32, true))));
        }
        Value floats = g.addExact(new Cast(y, ElementType.F32, true));
        Value all = repeated(g, g.constant(scales), x, axis, block);
        return g.addExact(new Binary(BinaryFunction.MULTIPLY, floats, all));
    }

    /** Each index of an axis so many times. */
    private static Value repeated(GraphGenerator g, Value v, Value x, int axis, long block) {
        List<Dim> apart = new ArrayList<>(v.tensorType().shape().dims());
        apart.add(axis + 1, Dim.ONE);
        List<Dim> wide = new ArrayList<>(apart);
        wide.set(axis + 1, Dim.of(block));
        Value copies = g.add(new Broadcast(g.add(new Reshape(v, Shape.of(apart))), Shape.of(wide)));
        return g.add(new Reshape(copies, x.tensorType().shape()));
    }

    /** Floats, which are small integers. */
    private static Value smallFloats(GraphGenerator g, Shape shape) {
        return g.addExact(new Cast(g.input(g.pick(BYTES), shape), ElementType.F32, true));
    }

    private static void blocks(GraphGenerator g) {
        long block = g.pick(List.of(2L, 3L, 8L, 9L, 16L, 32L));
        long depth = g.chance(2) ? block * g.pick(List.of(1L, 2L, 3L)) : g.pick(List.of(1L, 7L, 20L, 33L));
        depth = Math.min(depth, 40 - 40 % block);
        long columns = g.pick(List.of(1L, 2L, 16L, 33L));
        boolean transposed = g.chance(2);
        int axis = g.chance(5) ? 1 : 0;
        Value w = transposed
                ? g.add(new Transpose(inBlocks(g, columns, depth, 1 - axis, block), List.of(1, 0)))
                : inBlocks(g, depth, columns, axis, block);
        Shape s = Shape.of(some(g), Dim.of(depth));
        Value x = smallFloats(g, g.chance(3) ? Shape.of(some(g)).concat(s) : s);
        Value y = g.addExact(new MatMul(x, w));
        finish(
                g,
                g.addExact(new Binary(BinaryFunction.MULTIPLY, y, g.scalar(y, 0x1p-7))),
                columns,
                x.tensorType().rank() - 1);
    }

    /** Small integers, and halves of them, as floats of 16 bits. */
    private static Value halves(GraphGenerator g, long... dims) {
        Tensor t = Tensor.zeros(g.pick(List.of(ElementType.F16, ElementType.BF16)), dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, (g.random.nextInt(255) - 127) / 2.0);
        }
        return g.addExact(new Cast(g.constant(t), ElementType.F32, true));
    }

    private static void halves(GraphGenerator g) {
        long depth = g.pick(List.of(1L, 3L, 17L, 64L, 129L));
        long columns = g.pick(List.of(1L, 5L, 16L, 33L));
        Value x = smallFloats(g, Shape.of(some(g), some(g), Dim.of(depth)));
        finish(g, g.addExact(new MatMul(x, halves(g, depth, columns))), columns, 2);
    }

    private static void halfFilters(GraphGenerator g) {
        long groups = g.pick(List.of(1L, 1L, 2L, 4L));
        long out = groups * g.pick(List.of(1L, 3L));
        Value x = smallFloats(g, Shape.of(some(g), Dim.of(4), some(g), Dim.of(6)));
        Value w = halves(g, out, 4 / groups, g.pick(List.of(1L, 3L)), 2);
        Window window = new Window(List.of(1L, 2L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L));
        finish(g, g.addExact(new Conv(x, w, window, groups, ChannelLayout.CHANNELS_FIRST)), out, 1);
    }

    /** A table of which slices are taken. */
    private static void table(GraphGenerator g) {
        long rows = g.pick(List.of(2L, 9L));
        long columns = g.pick(List.of(4L, 16L, 33L));
        Value table = g.chance(4)
                ? halves(g, rows, columns)
                : g.chance(2)
                        ? inBlocks(g, rows, columns, 1, g.pick(List.of(2L, 16L)))
                        : zeros(g, g.constant(numbers(g, g.pick(FEW_BITS), rows, columns)), 0)
                                .dequantized(g);
        Tensor indices = Tensor.zeros(ElementType.I64, 3);
        for (long i = 0; i < 3; i++) {
            indices.setLong(i, g.random.nextInt((int) rows));
        }
        g.addExact(new Gather(table, g.constant(indices), 0));
    }

    /** A bias, an activation and requantization, or some of them. */
    private static void finish(GraphGenerator g, Value sum, long channels, int axis) {
        Value y = sum;
        int rank = sum.tensorType().rank();
        boolean integers = y.tensorType().element() == ElementType.I32;
        if (integers && g.chance(3)) {
            Tensor bias = Tensor.zeros(ElementType.I32, channels);
            for (long i = 0; i < channels; i++) {
                bias.setLong(i, g.random.nextInt(1 << 16) - (1 << 15));
            }
            y = g.add(new Binary(BinaryFunction.ADD, y, along(g, g.constant(bias), rank, axis)));
        }
        if (integers) {
            if (g.chance(4)) {
                return;
            }
            y = g.addExact(new Cast(y, ElementType.F32, true));
            y = g.addExact(new Binary(BinaryFunction.MULTIPLY, y, g.scalar(y, g.pick(List.of(0x1p-15, 0x1p-17)))));
        }
        if (g.chance(2)) {
            y = g.addExact(new Unary(UnaryFunction.RELU, y));
        }
        if (!g.chance(4)) {
            ElementType to = g.pick(List.of(ElementType.U8, ElementType.I8));
            Value scale = g.scalar(y, g.pick(List.of(0x1p-1, 0x1p-2, 1.0)));
            Optional<Value> zero = g.chance(3) ? Optional.empty() : Optional.of(g.constant(numbers(g, to)));
            Value q = g.add(new Quantize(y, scale, zero, to, ElementType.F32, 0, 0, true));
            if (g.chance(3)) {
                g.addExact(new Dequantize(q, scale, zero, ElementType.F32, 0, 0));
            }
        }
    }
}
