package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ElementwiseEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Each element converted to element type {@code to}. Float to integer truncates; narrow floats saturate if
 * {@code saturate}. ONNX Cast.
 */
public record Cast(Value x, ElementType to, boolean saturate) implements Elementwise {
    @Override
    public List<Type> infer(Check check) {
        return List.of(x.tensorType().withElement(to));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ElementwiseEvaluation.cast(e.tensor(x), to, saturate));
    }
}
