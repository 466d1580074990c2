package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/** The same elements in row-major order with another shape of as many elements. */
public record Reshape(Value x, Shape shape) implements Movement {
    @Override
    public List<Type> infer(Check check) {
        Dim from = x.tensorType().shape().elements();
        Dim to = shape.elements();
        check.that(
                !from.isConstant() || !to.isConstant() || from.equals(to),
                "cannot reshape %s to %s: %s elements against %s",
                x.type(),
                shape,
                from,
                to);
        return check.one(x.tensorType().element(), shape);
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(e.tensor(x).reshape(e.dims(shape)));
    }
}
