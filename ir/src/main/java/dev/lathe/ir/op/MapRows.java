package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * A map for each row of {@code x}, {@code [N, C]}, from {@code keys}, a vector of C strings or integers, to the
 * elements of the row, as a sequence; of equal keys the last counts. ONNX ZipMap.
 */
public record MapRows(Value x, Value keys) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.rank(x, 2).rank(keys, 1);
        check.same(x.tensorType().dim(1), keys.tensorType().dim(0), "columns and keys");
        MapType row = check.mapType(keys.tensorType().element(), x.tensorType().element());
        return List.of(new SequenceType(row));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContainerEvaluation.mapRows(e.tensor(x), e.tensor(keys)));
    }
}
