package dev.lathe.ir.op;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Stops the execution with {@code message}: a branch that a model has but that cannot run with the shapes it was
 * compiled for. Its results exist only as types.
 */
public record Fail(String message, List<Type> resultTypes) implements Control {
    @Override
    public List<Type> infer(Check check) {
        return resultTypes;
    }

    @Override
    public boolean isPure() {
        return false;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        throw new InvalidOpException(message);
    }
}
