package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code x} repeated to {@code shape} by NumPy's rules; no axis shrinks. */
public record Broadcast(Value x, Shape shape) implements Movement {
    @Override
    public List<Type> infer(Check check) {
        Shape from = x.tensorType().shape();
        check.that(from.rank() <= shape.rank(), "cannot broadcast %s to %s", x.type(), shape);
        for (int i = 1; i <= from.rank(); i++) {
            Dim d = from.dim(from.rank() - i);
            Dim to = shape.dim(shape.rank() - i);
            check.that(
                    d.isConstant(1) || !d.isConstant() || !to.isConstant() || d.equals(to),
                    "cannot broadcast %s to %s",
                    x.type(),
                    shape);
        }
        return check.one(x.tensorType().element(), shape);
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(MovementEvaluation.broadcast(e.tensor(x), e.dims(shape)));
    }
}
