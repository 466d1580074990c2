package dev.lathe.ir.op;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Type;
import java.util.List;

/** A tensor known at compile time. Constants of the same bits are equal. */
public record Constant(Tensor value) implements Creation {
    @Override
    public List<Type> infer(Check check) {
        return List.of(value.type());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(value);
    }
}
