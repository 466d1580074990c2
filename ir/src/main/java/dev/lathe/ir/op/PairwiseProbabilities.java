package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.TabularEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The probabilities of {@code classes} classes, {@code [N, classes]}, that fit best the probabilities {@code x} of the
 * first class of each pair against the second, {@code [N, pairs]}, with pairs (0, 1), (0, 2) … (1, 2) …; the second
 * method of Wu, Lin and Weng (2004). ONNX SVMClassifier.
 */
public record PairwiseProbabilities(Value x, long classes) implements Tabular {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x).rank(x, 2);
        check.that(classes >= 2 && classes < 1 << 15, "%s classes", classes);
        check.same(x.tensorType().dim(1), Dim.of(classes * (classes - 1) / 2), "pairs of classes");
        return check.one(x.tensorType().element(), Shape.of(x.tensorType().dim(0), Dim.of(classes)));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(TabularEvaluation.pairwise(e.tensor(x), (int) classes));
    }
}
