package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.List;

/** The labels of the classes of a classifier, and how one is chosen. */
record ClassLabels(OnnxNode n, Tensor labels) {

    /** The labels of the attributes {@code classlabels_strings} and {@code integers}. */
    static ClassLabels of(OnnxNode n, String integers) {
        List<String> words = n.strings("classlabels_strings");
        Tensor labels =
                words.isEmpty() ? TabularOps.longs(n.ints(integers).orElse(List.of())) : TabularOps.strings(words);
        if (labels.size() == 0) {
            throw new InvalidOpException("it has no class labels");
        }
        return new ClassLabels(n, labels);
    }

    int count() {
        return (int) labels.size();
    }

    /** The label of the largest score of each row. */
    Value best(Value scores) {
        if (!scores.tensorType().dim(1).isConstant(count())) {
            throw new InvalidOpException(scores.tensorType().dim(1) + " scores for " + count() + " class labels");
        }
        return at(n.b.add(new ArgReduce(ArgFunction.ARG_MAX, scores, 1, false, false)));
    }

    /** The second of two labels where {@code score}, {@code [N, 1]}, is greater than {@code bound}, else the first. */
    Value ofPair(Value score, double bound) {
        Value above = n.b.compare(Comparison.GREATER, score, n.b.scalar(score, bound));
        return at(n.b.cast(n.b.reshape(above, Shape.of(score.tensorType().dim(0))), ElementType.I64));
    }

    private Value at(Value positions) {
        return n.b.gather(n.b.constant(labels), positions, 0);
    }
}
