package dev.lathe.ir.op;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.LoopEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * Repeats {@code body} while a condition holds, at most {@code tripCount} (i64 scalar) times. The body takes the
 * iteration number (i64), the condition (bool) and the carried values, and gives the next condition, the next carried
 * values and the elements of the scanned results, which are stacked along a new first axis. Symbols of
 * {@code resultTypes} that the surroundings do not know are {@code boundSymbols}. ONNX Loop.
 */
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
                "the body takes %s values instead of %s",
                body.inputs().size(),
                (2 + initial.size()));
        check.that(
                body.outputs().size() == 1 + resultTypes.size() && resultTypes.size() >= initial.size(),
                "the body gives %s values instead of %s",
                body.outputs().size(),
                (1 + resultTypes.size()));
        return resultTypes;
    }

    @Override
    public List<String> binds() {
        return boundSymbols;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        long trips = tripCount.map(v -> e.tensor(v).getLong(0)).orElse(Long.MAX_VALUE);
        boolean go = condition.map(v -> e.tensor(v).getBoolean(0)).orElse(true);
        List<Datum> carried = initial.stream().map(e::datum).toList();
        return LoopEvaluation.loop(
                trips,
                go,
                carried,
                resultTypes.size() - carried.size(),
                inputs -> {
                    e.checkDeadline();
                    return e.run(body, inputs);
                },
                scan -> nothing(scan, carried, e));
    }

    /** What a scan is without iterations: a size that none tells is that of a carried value, else 0. */
    private Tensor nothing(int scan, List<Datum> carried, Evaluation e) {
        boundSymbols.forEach(symbol -> e.bind(symbol, 0));
        for (int j = 0; j < carried.size(); j++) {
            if (resultTypes.get(j) instanceof TensorType t && t.isRanked() && carried.get(j) instanceof Tensor x) {
                for (int axis = 0; axis < t.rank(); axis++) {
                    if (t.dim(axis).isSymbol()
                            && boundSymbols.contains(t.dim(axis).symbolName())) {
                        e.bind(t.dim(axis).symbolName(), x.dim(axis));
                    }
                }
            }
        }
        TensorType type = (TensorType) resultTypes.get(carried.size() + scan);
        return Tensor.zeros(type.element(), type.isRanked() ? e.dims(type.shape()) : new long[1]);
    }
}
