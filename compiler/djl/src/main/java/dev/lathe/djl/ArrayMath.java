package dev.lathe.djl;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What is computed on arrays outside of a model: a few ops of the IR, by their meaning. That is slow beside a model's
 * kernels, and fast enough for what a translator does with its results.
 */
final class ArrayMath {
    /** From the narrowest to the widest: two types meet in the one that comes later. */
    private static final List<ElementType> WIDTHS = List.of(
            ElementType.BOOL,
            ElementType.U8,
            ElementType.I8,
            ElementType.U16,
            ElementType.I16,
            ElementType.U32,
            ElementType.I32,
            ElementType.U64,
            ElementType.I64,
            ElementType.F16,
            ElementType.BF16,
            ElementType.F32,
            ElementType.F64);

    private ArrayMath() {}

    /** One result of some tensors. */
    interface Formula {
        Value apply(Builder b, List<Value> operands);
    }

    static Tensor compute(Formula formula, Tensor... operands) {
        Builder b = Builder.graph("array");
        List<Value> values = new ArrayList<>();
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (Tensor t : operands) {
            String name = "x" + values.size();
            values.add(b.input(name, t.type()));
            inputs.put(name, t);
        }
        Value result = formula.apply(b, values);
        return new ReferenceEvaluator(b.build(result))
                .call(inputs)
                .values()
                .iterator()
                .next();
    }

    static Tensor cast(Tensor x, ElementType to) {
        return x.element() == to ? x : compute((b, v) -> b.add(new Cast(v.getFirst(), to, true)), x);
    }

    /** The type in which {@code x} and {@code y} meet. */
    static ElementType common(ElementType x, ElementType y) {
        return WIDTHS.indexOf(x) >= WIDTHS.indexOf(y) ? x : y;
    }

    static Tensor binary(BinaryFunction function, Tensor x, Tensor y) {
        ElementType type = common(x.element(), y.element());
        if (function == BinaryFunction.DIVIDE && !type.isFloat()) {
            type = ElementType.F32; // DJL's quotients of integers are no integers
        }
        return compute((b, v) -> b.binary(function, v.getFirst(), v.getLast()), cast(x, type), cast(y, type));
    }

    /** A number as an operand beside {@code like}. */
    static Tensor scalar(Tensor like, Number value) {
        boolean whole = value.doubleValue() == Math.rint(value.doubleValue());
        return Tensor.scalar(whole || like.element().isFloat() ? like.element() : ElementType.F32, value.doubleValue());
    }

    /** Along {@code axes}, which may be negative; all of them if there are none. */
    static Tensor reduce(ReduceFunction function, Tensor x, int[] axes, boolean keep) {
        return compute((b, v) -> b.reduce(function, v.getFirst(), axes(x, axes), keep), x);
    }

    static List<Integer> axes(Tensor x, int... axes) {
        return axes.length == 0
                ? IntStream.range(0, x.rank()).boxed().toList()
                : IntStream.of(axes)
                        .map(a -> Math.floorMod(a, x.rank()))
                        .sorted()
                        .boxed()
                        .toList();
    }

    static Tensor mean(Tensor x, int[] axes, boolean keep) {
        Tensor floating = cast(x, x.element().isFloat() ? x.element() : ElementType.F32);
        long count = 1;
        for (int axis : axes(x, axes)) {
            count *= x.dim(axis);
        }
        Tensor sum = reduce(ReduceFunction.REDUCE_SUM, floating, axes, keep);
        return binary(BinaryFunction.DIVIDE, sum, scalar(sum, count));
    }

    static Tensor broadcast(Tensor x, Shape shape) {
        return compute((b, v) -> b.broadcast(v.getFirst(), shape), x);
    }

    static Tensor concat(List<Tensor> all, int axis) {
        return compute((b, v) -> b.concat(v, axis), all.toArray(Tensor[]::new));
    }
}
