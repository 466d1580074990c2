package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Cost;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * {@code softmax(scale * q kᵀ + mask) v} for queries {@code [B, H, S, D]}, keys {@code [B, H, T, D]} and values
 * {@code [B, H, T, Dv]}; {@code mask} is added to the scores and broadcasts to {@code [B, H, S, T]}. The result is
 * {@code [B, H, S, Dv]}. ONNX Attention-23 without its caches and reshapes.
 */
public record ScaledDotProductAttention(Value q, Value k, Value v, Optional<Value> mask, double scale)
        implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.floating(q)
                .sameElement(q, k)
                .sameElement(q, v)
                .rank(q, 4)
                .rank(k, 4)
                .rank(v, 4);
        TensorType t = q.tensorType();
        check.same(t.dim(3), k.tensorType().dim(3), "the depth of queries and keys");
        check.same(k.tensorType().dim(2), v.tensorType().dim(2), "the number of keys and values");
        for (int axis = 0; axis < 2; axis++) {
            check.same(t.dim(axis), k.tensorType().dim(axis), "axis " + axis + " of queries and keys");
            check.same(t.dim(axis), v.tensorType().dim(axis), "axis " + axis + " of queries and values");
        }
        mask.ifPresent(m -> {
            check.sameElement(q, m);
            Shape scores = t.shape().with(3, k.tensorType().dim(2));
            check.that(
                    check.broadcast(scores, m.tensorType().shape()).equals(scores),
                    "a mask of type %s does not broadcast to %s",
                    m.type(),
                    scores);
        });
        return List.of(t.withShape(t.shape().with(3, v.tensorType().dim(3))));
    }

    @Override
    public List<Value> expandAll(Builder b) {
        Value scores = b.matMul(q, b.transpose(k, List.of(0, 1, 3, 2)));
        if (scale != 1) {
            scores = b.multiply(scores, b.scalar(q, scale));
        }
        if (mask.isPresent()) {
            scores = b.add(scores, mask.get());
        }
        return List.of(b.matMul(b.add(new Softmax(scores, 3)), v));
    }

    @Override
    public Cost cost() {
        Shape s = q.tensorType().shape();
        return new Cost(s.slice(0, 3)
                .elements()
                .times(k.tensorType().dim(2))
                .times(s.dim(3).plus(v.tensorType().dim(3)))
                .times(2));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }
}
