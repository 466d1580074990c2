package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.SelectionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * Of {@code boxes}, {@code [N, B, 4]} with {@code scores}, {@code [N, C, B]}, those of each image and class that do not
 * overlap a better one by more than {@code iouThreshold}: rows image, class, box. At most {@code maxOutput} of each
 * class, none if that is absent; only those with a score above {@code scoreThreshold}. Boxes are two corners y, x, or,
 * if {@code centered}, a center x, y with width and height. The number of rows is the symbol {@code count}. ONNX
 * NonMaxSuppression.
 */
public record NonMaxSuppression(
        Value boxes,
        Value scores,
        Optional<Value> maxOutput,
        Optional<Value> iouThreshold,
        Optional<Value> scoreThreshold,
        boolean centered,
        Dim count)
        implements Ordering {
    @Override
    public List<Type> infer(Check check) {
        check.floating(boxes).rank(boxes, 3).floating(scores).rank(scores, 3);
        check.that(count.isSymbol(), "the count must be a symbol, not %s", count);
        return check.one(ElementType.I64, Shape.of(count, Dim.of(3)));
    }

    @Override
    public List<String> binds() {
        return List.of(count.symbolName());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(SelectionEvaluation.nonMaxSuppression(
                e.tensor(boxes),
                e.tensor(scores),
                maxOutput.map(e::tensor),
                iouThreshold.map(e::tensor),
                scoreThreshold.map(e::tensor),
                centered));
    }
}
