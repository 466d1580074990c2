package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.TextEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * How often the n-grams of {@code pool} appear in {@code x}, {@code [C]} or each row of {@code [N, C]}, with up to
 * {@code maxSkip} elements left out between those of an n-gram. The pool holds all 1-grams, then all 2-grams, and so
 * on, which begin at {@code starts}; n-gram {@code i} is counted at {@code indexes[i]} of {@code size} results. ONNX
 * TfIdfVectorizer.
 */
public record NgramCounts(
        Value x,
        Value pool,
        Value starts,
        Value indexes,
        Optional<Value> weights,
        long minLength,
        long maxLength,
        long maxSkip,
        NgramWeighting weighting,
        long size)
        implements Text {
    @Override
    public List<Type> infer(Check check) {
        int rank = x.tensorType().rank();
        check.that(rank == 1 || rank == 2, "%%%s has type %s, where rank 1 or 2 is needed", x.name(), x.type());
        check.that(
                minLength > 0 && maxSkip >= 0, "n-grams from %s elements, with up to %s left out", minLength, maxSkip);
        Shape line = Shape.of(size);
        return check.one(
                ElementType.F32,
                rank == 1 ? line : x.tensorType().shape().slice(0, 1).concat(line));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(TextEvaluation.ngrams(
                new TextEvaluation.NgramRule(minLength, maxLength, maxSkip, weighting, size),
                e.tensor(x),
                e.tensor(pool),
                e.tensor(starts),
                e.tensor(indexes),
                weights.map(e::tensor)));
    }
}
