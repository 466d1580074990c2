package dev.lathe.ir.op;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The results of one of two regions without inputs, chosen by a bool scalar. {@code resultTypes} describe both; symbols
 * in them that the surroundings do not know are {@code boundSymbols}. ONNX If.
 */
public record If(Value condition, Graph thenBranch, Graph elseBranch, List<Type> resultTypes, List<String> boundSymbols)
        implements Control {
    @Override
    public List<Type> infer(Check check) {
        check.bool(condition);
        check.that(condition.tensorType().shape().elements().isConstant(1), "the condition must have one element");
        check.that(thenBranch.inputs().isEmpty() && elseBranch.inputs().isEmpty(), "a branch has no inputs");
        check.that(
                thenBranch.outputs().size() == resultTypes.size()
                        && elseBranch.outputs().size() == resultTypes.size(),
                "the branches give %s and %s results instead of %s",
                thenBranch.outputs().size(),
                elseBranch.outputs().size(),
                resultTypes.size());
        return resultTypes;
    }

    @Override
    public List<String> binds() {
        return boundSymbols;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return e.run(e.tensor(condition).getBoolean(0) ? thenBranch : elseBranch, List.of());
    }
}
