package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContractionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/** The determinant of each matrix of the last two axes. ONNX Det. */
public record Determinant(Value x) implements Contraction {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x).rankAtLeast(x, 2);
        Shape s = x.tensorType().shape();
        check.same(s.dim(-1), s.dim(-2), "the sides of a matrix with a determinant");
        return check.one(x.tensorType().element(), s.slice(0, s.rank() - 2));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContractionEvaluation.determinant(e.tensor(x)));
    }
}
