package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.TextEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The parts of each string between {@code delimiter}s, along a new last axis of size {@code width}, a symbol, filled up
 * with empty strings; then the number of parts of each. An empty delimiter means any run of white space. At most
 * {@code maxSplits} cuts are made, if that is not negative. ONNX StringSplit.
 */
public record StringSplit(Value x, String delimiter, long maxSplits, Dim width) implements Text {
    @Override
    public List<Type> infer(Check check) {
        check.element(x, ElementType.STRING);
        check.that(width.isSymbol(), "the width must be a symbol, not %s", width);
        Shape s = x.tensorType().shape();
        return List.of(TensorType.of(ElementType.STRING, s.concat(Shape.of(width))), TensorType.of(ElementType.I64, s));
    }

    @Override
    public List<String> binds() {
        return List.of(width.symbolName());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.copyOf(TextEvaluation.split(e.tensor(x), delimiter, maxSplits));
    }
}
