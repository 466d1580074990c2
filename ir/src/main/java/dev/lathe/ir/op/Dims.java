package dev.lathe.ir.op;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/** Dimension expressions as data: an i64 vector of {@code values}, or the single one as a scalar. */
public record Dims(List<Dim> values, boolean scalar) implements Creation {
    @Override
    public List<Type> infer(Check check) {
        check.that(!scalar || values.size() == 1, "a scalar of %s values", values.size());
        return check.one(ElementType.I64, scalar ? Shape.SCALAR : Shape.of(values.size()));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        long[] v = e.dims(values);
        return List.of(scalar ? Tensor.scalar(v[0]) : Tensor.vector(v));
    }
}
