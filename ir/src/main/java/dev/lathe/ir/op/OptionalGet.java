package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The value in {@code optional}, which must be there. Sizes of {@code result} that depend on the value are
 * {@code boundSymbols}. ONNX OptionalGetElement.
 */
public record OptionalGet(Value optional, Type result, List<String> boundSymbols) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.that(optional.type() instanceof OptionalType, "%%%s is a %s", optional.name(), optional.type());
        return List.of(result);
    }

    @Override
    public List<String> binds() {
        return boundSymbols;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContainerEvaluation.get(e.datum(optional)));
    }
}
