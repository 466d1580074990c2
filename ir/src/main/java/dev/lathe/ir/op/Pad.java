package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code before} and {@code after} elements added to the ends of each axis. {@code value}, a scalar, is for mode
 * {@code CONSTANT}. ONNX Pad.
 */
public record Pad(Value x, Optional<Value> value, List<Dim> before, List<Dim> after, PadMode mode) implements Movement {
    @Override
    public List<Type> infer(Check check) {
        int rank = x.tensorType().rank();
        check.that(before.size() == rank && after.size() == rank, "pads %s, %s for %s", before, after, x.type());
        value.ifPresent(v -> check.sameElement(x, v).rank(v, 0));
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            check.that(
                    before.get(i).upperBound() >= 0 && after.get(i).upperBound() >= 0,
                    "negative pads along axis %s; slice instead",
                    i);
            dims.add(x.tensorType().dim(i).plus(before.get(i)).plus(after.get(i)));
        }
        return check.one(x.tensorType().element(), Shape.of(dims));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(MovementEvaluation.pad(mode, e.tensor(x), value.map(e::tensor), e.dims(before), e.dims(after)));
    }
}
