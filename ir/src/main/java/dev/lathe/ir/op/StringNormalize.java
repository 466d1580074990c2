package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.TextEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The strings of {@code x}, {@code [C]} or {@code [1, C]}, without {@code stopWords}, in another case. One empty string
 * if none is left. Their number is the symbol {@code count}. ONNX StringNormalizer.
 */
public record StringNormalize(
        Value x, List<String> stopWords, boolean caseSensitive, CaseChange change, String locale, Dim count)
        implements Text {
    @Override
    public List<Type> infer(Check check) {
        check.element(x, ElementType.STRING).rankAtLeast(x, 1);
        check.that(x.tensorType().rank() <= 2, "%%%s has type %s, where rank 1 or 2 is needed", x.name(), x.type());
        check.that(count.isSymbol(), "the count must be a symbol, not %s", count);
        return check.one(ElementType.STRING, x.tensorType().rank() == 1 ? Shape.of(count) : Shape.of(Dim.ONE, count));
    }

    @Override
    public List<String> binds() {
        return List.of(count.symbolName());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(TextEvaluation.normalize(e.tensor(x), stopWords, caseSensitive, change, locale));
    }
}
