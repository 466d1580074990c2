package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.PatternEngine;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** Whether each string as a whole matches {@code pattern}, in the syntax of RE2. ONNX RegexFullMatch. */
public record RegexMatch(Value x, String pattern) implements Text {
    @Override
    public List<Type> infer(Check check) {
        check.element(x, ElementType.STRING);
        PatternEngine.check(pattern);
        return List.of(x.tensorType().withElement(ElementType.BOOL));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        PatternEngine.TextPattern p = PatternEngine.pattern(pattern);
        Tensor texts = e.tensor(x);
        Tensor out = Tensor.zeros(ElementType.BOOL, texts.dims());
        for (long i = 0; i < texts.size(); i++) {
            out.setLong(i, p.matches(texts.getString(i)) ? 1 : 0);
        }
        return List.of(out);
    }
}
