package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.PatternEngine;
import dev.lathe.ir.eval.TokenEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The tokens of each string of {@code x}, {@code [C]} or {@code [N, C]}, along a new last axis of size {@code width},
 * a symbol, filled up with {@code padding}. Tokens are what lies between matches of the {@code patterns}, one after
 * the other; with {@code patternsAreTokens} they are the matches of the only pattern; without patterns they are the
 * characters. Those of fewer than {@code minLength} characters are left out. With {@code mark}, the character U+0002
 * stands before the tokens of a string, and U+0003 behind them. com.microsoft Tokenizer.
 */
public record Tokenize(
        Value x,
        List<String> patterns,
        boolean patternsAreTokens,
        long minLength,
        boolean mark,
        String padding,
        Dim width)
        implements Text {
    @Override
    public List<Type> infer(Check check) {
        check.element(x, ElementType.STRING);
        check.that(width.isSymbol(), "the width must be a symbol, not %s", width);
        check.that(
                !patternsAreTokens || patterns.size() == 1,
                "%s patterns of tokens, where one is needed",
                patterns.size());
        patterns.forEach(PatternEngine::check);
        Shape s = x.tensorType().shape();
        return check.one(ElementType.STRING, s.concat(Shape.of(width)));
    }

    @Override
    public List<String> binds() {
        return List.of(width.symbolName());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(new TokenEvaluation(patterns, patternsAreTokens, minLength).tokens(e.tensor(x), mark, padding));
    }
}
