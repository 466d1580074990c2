package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContractionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Matrix product of the last two axes, broadcast over the others; a vector operand is a row (left) or a column (right).
 * ONNX MatMul.
 */
public record MatMul(Value x, Value y) implements Contraction {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x).sameElement(x, y).rankAtLeast(x, 1).rankAtLeast(y, 1);
        Shape a = x.tensorType().shape();
        Shape b = y.tensorType().shape();
        check.same(a.dim(-1), b.dim(b.rank() == 1 ? 0 : -2), "inner dimensions of a matrix product");
        Shape batch = check.broadcast(a.slice(0, Math.max(0, a.rank() - 2)), b.slice(0, Math.max(0, b.rank() - 2)));
        if (a.rank() > 1) {
            batch = batch.concat(Shape.of(a.dim(-2)));
        }
        if (b.rank() > 1) {
            batch = batch.concat(Shape.of(b.dim(-1)));
        }
        return check.one(x.tensorType().element(), batch);
    }

    @Override
    public Cost cost() {
        return new Cost(((TensorType) infer(Check.INSTANCE).getFirst())
                .shape()
                .elements()
                .times(x.tensorType().dim(-1))
                .times(2));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContractionEvaluation.matMul(e.tensor(x), e.tensor(y)));
    }
}
