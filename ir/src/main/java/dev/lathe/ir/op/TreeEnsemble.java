package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.TabularEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Decision trees that vote on each row of {@code x}, {@code [N, F]}; the result is {@code [N, targets]}. Node {@code i}
 * compares feature {@code features[i]} with {@code splits[i]} in the way {@code modes[i]}: 0 {@code <=}, 1 {@code <}, 2
 * {@code >=}, 3 {@code >}, 4 {@code ==}, 5 {@code !=}, 6 whether it is among {@code members} from
 * {@code memberStarts[i]} up to {@code memberStarts[i + 1]}. It goes on at {@code trueNext[i]} or {@code falseNext[i]};
 * NaN goes where {@code nanIsTrue[i]} says. Leaf {@code k} is written {@code -1 - k} there and in {@code roots}; its
 * votes are those from {@code leafStarts[k]} up to {@code leafStarts[k + 1]}, of {@code voteWeights} for
 * {@code voteTargets}. A target without votes is 0. ONNX TreeEnsemble.
 */
public record TreeEnsemble(
        Value x,
        Value features,
        Value modes,
        Value splits,
        Value trueNext,
        Value falseNext,
        Value nanIsTrue,
        Value memberStarts,
        Value members,
        Value roots,
        Value leafStarts,
        Value voteTargets,
        Value voteWeights,
        TreeAggregation aggregation,
        long targets)
        implements Tabular {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x)
                .rank(x, 2)
                .sameElement(x, splits)
                .sameElement(x, members)
                .sameElement(x, voteWeights);
        for (Value v : List.of(
                features, modes, trueNext, falseNext, nanIsTrue, memberStarts, roots, leafStarts, voteTargets)) {
            check.element(v, ElementType.I64);
        }
        operands().subList(1, 13).forEach(v -> check.rank(v, 1));
        Dim nodes = features.tensorType().dim(0);
        for (Value v : List.of(modes, splits, trueNext, falseNext, nanIsTrue)) {
            check.same(nodes, v.tensorType().dim(0), "nodes of a tree ensemble");
        }
        check.same(nodes.plus(1), memberStarts.tensorType().dim(0), "member sets of a tree ensemble");
        check.same(voteTargets.tensorType().dim(0), voteWeights.tensorType().dim(0), "votes of a tree ensemble");
        check.that(targets >= 0, "%s targets", targets);
        return check.one(x.tensorType().element(), Shape.of(x.tensorType().dim(0), Dim.of(targets)));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(TabularEvaluation.trees(
                e.tensor(x),
                new TabularEvaluation.Nodes(
                        e.tensor(features),
                        e.tensor(modes),
                        e.tensor(splits),
                        e.tensor(trueNext),
                        e.tensor(falseNext),
                        e.tensor(nanIsTrue),
                        e.tensor(memberStarts),
                        e.tensor(members)),
                e.tensor(roots),
                new TabularEvaluation.Leaves(e.tensor(leafStarts), e.tensor(voteTargets), e.tensor(voteWeights)),
                aggregation,
                targets));
    }
}
