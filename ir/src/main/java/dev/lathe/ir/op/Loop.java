package dev.lathe.ir.op;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.Evaluation;
import dev.lathe.ir.eval.LoopEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/** Repeats {@code body} while a condition holds, at most {@code tripCount} (i64 scalar) times. The body takes the iteration number (i64), the condition (bool) and the carried values, and gives the next condition, the next carried values and the elements of the scanned results, which are stacked along a new first axis. Symbols of {@code resultTypes} that the surroundings do not know are {@code boundSymbols}. ONNX Loop. */
public record Loop(
        Optional<Value> tripCount,
        Optional<Value> condition,
        List<Value> initial,
        Graph body,
        List<Type> resultTypes,
        List<String> boundSymbols)
        implements Control {
    @Override
    public List<Type> infer(Check check) {
        tripCount.ifPresent(v -> check.element(v, ElementType.I64));
        condition.ifPresent(check::bool);
        check.that(
                body.inputs().size() == 2 + initial.size(),
                "the body takes " + body.inputs().size() + " values instead of " + (2 + initial.size()));
        check.that(
                body.outputs().size() == 1 + resultTypes.size() && resultTypes.size() >= initial.size(),
                "the body gives " + body.outputs().size() + " values instead of " + (1 + resultTypes.size()));
        return resultTypes;
    }

    @Override
    public List<String> binds() {
        return boundSymbols;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return LoopEvaluation.loop(this, e);
    }
}
