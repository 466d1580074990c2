package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.Evaluation;
import dev.lathe.ir.eval.TextEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** Whether each string as a whole matches {@code pattern}, in the syntax of RE2. ONNX RegexFullMatch. */
public record RegexMatch(Value x, String pattern) implements Text {
    @Override
    public List<Type> infer(Check check) {
        check.element(x, ElementType.STRING);
        TextEvaluation.pattern(pattern);
        return List.of(x.tensorType().withElement(ElementType.BOOL));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(TextEvaluation.matches(this, e.tensor(x)));
    }
}
