package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** Whether {@code optional} has a value, a bool scalar. ONNX OptionalHasElement. */
public record OptionalHas(Value optional) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.that(optional.type() instanceof OptionalType, "%%%s is a %s", optional.name(), optional.type());
        return List.of(TensorType.scalar(ElementType.BOOL));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        boolean absent =
                e.datum(optional) instanceof Datum.Maybe m && m.element().isEmpty();
        return List.of(Tensor.scalar(!absent));
    }
}
