package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.SelectionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * The distinct elements of {@code x}, or its distinct parts along {@code axis}, in ascending order if {@code sorted},
 * else in that of their first appearance; then for each of them where it first appears, for each element or part of
 * {@code x} which of them it is, and how often each appears. Their number is the symbol {@code count}. ONNX Unique.
 */
public record Unique(Value x, Optional<Integer> axis, boolean sorted, Dim count) implements Ordering {
    @Override
    public List<Type> infer(Check check) {
        check.that(count.isSymbol(), "the count must be a symbol, not %s", count);
        axis.ifPresent(a -> check.axis(a, x));
        Shape s = x.tensorType().shape();
        Dim parts = axis.map(s::dim).orElseGet(s::elements);
        TensorType numbers = TensorType.of(ElementType.I64, Shape.of(count));
        return List.of(
                x.tensorType().withShape(axis.map(a -> s.with(a, count)).orElse(Shape.of(count))),
                numbers,
                TensorType.of(ElementType.I64, Shape.of(parts)),
                numbers);
    }

    @Override
    public List<String> binds() {
        return List.of(count.symbolName());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.copyOf(SelectionEvaluation.unique(e.tensor(x), axis, sorted));
    }
}
