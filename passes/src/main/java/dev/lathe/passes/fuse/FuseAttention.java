package dev.lathe.passes.fuse;

import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Match;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rewriter;
import dev.lathe.passes.clean.Canonicalize;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Finds {@code softmax(scale * q kᵀ + mask) v}, with the scale and the mask in any of the places where exporters put
 * them.
 */
public record FuseAttention() implements Pass {
    /** A score below this is no longer changed by what is added to it. */
    private static final double ABSORBING = -1e30;

    @Override
    public String name() {
        return "fuse-attention";
    }

    @Override
    public String description() {
        return "find scaled dot-product attention, so that a backend need not keep the scores";
    }

    @Override
    public List<After> after() {
        return List.of(
                Pass.after(
                        Canonicalize.class,
                        "a division by the root of the depth must be a product, and constants stand right"),
                Pass.after(RecognizeComposites.class, "the softmax between the products must be one op"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return Rewriter.run(
                graph,
                this,
                context,
                List.of(rule("softmax(scale * q kᵀ + mask) v -> attention", MatMul.class, FuseAttention::attention)));
    }

    private static @Nullable Value attention(MatMul outer, Match m) {
        Softmax softmax = m.definitionUsedOnce(outer.x(), Softmax.class);
        if (softmax == null
                || !m.mayReorder(outer.x())
                || outer.y().tensorType().rank() != 4
                || softmax.axis() != 3) {
            return null;
        }
        Value scores = softmax.x();
        Value mask = null;
        double scale = 1;
        // From the softmax down to the product of queries and keys: scales and at most one mask.
        while (true) {
            if (!m.isUsedOnce(scores)) {
                return null;
            }
            MatMul product = m.definition(scores, MatMul.class);
            if (product != null) {
                return fused(product, outer.y(), Optional.ofNullable(mask), scale, m);
            }
            Binary n = m.definition(scores, Binary.class);
            Select s = m.definition(scores, Select.class);
            if (n != null
                    && n.function() == BinaryFunction.MULTIPLY
                    && m.number(n.y()).isPresent()) {
                scale *= m.number(n.y()).getAsDouble();
                scores = n.x();
            } else if (n != null
                    && n.function() == BinaryFunction.DIVIDE
                    && m.number(n.y()).isPresent()) {
                scale /= m.number(n.y()).getAsDouble();
                scores = n.x();
            } else if (n != null && n.function() == BinaryFunction.ADD && mask == null && scale == 1) {
                boolean left = leadsToProduct(n.x(), m);
                mask = left ? n.y() : n.x();
                scores = left ? n.x() : n.y();
            } else if (s != null && mask == null && scale == 1 && isBelow(s.y(), m)) {
                mask = m.builder().select(s.condition(), m.builder().scalar(s.x(), 0), s.y());
                scores = s.x();
            } else if (s != null && mask == null && scale == 1 && isBelow(s.x(), m)) {
                mask = m.builder().select(s.condition(), s.x(), m.builder().scalar(s.y(), 0));
                scores = s.y();
            } else {
                return null;
            }
        }
    }

    private static boolean isBelow(Value v, Match m) {
        OptionalDouble x = m.number(v);
        return x.isPresent() && x.getAsDouble() <= ABSORBING;
    }

    private static boolean leadsToProduct(Value v, Match m) {
        if (!m.isUsedOnce(v)) {
            return false;
        }
        Binary n = m.definition(v, Binary.class);
        return m.definition(v, MatMul.class) != null
                || (n != null
                        && (n.function() == BinaryFunction.MULTIPLY || n.function() == BinaryFunction.DIVIDE)
                        && m.number(n.y()).isPresent()
                        && leadsToProduct(n.x(), m));
    }

    private static @Nullable Value fused(MatMul product, Value v, Optional<Value> mask, double scale, Match m) {
        Value q = product.x();
        // Keys that come transposed are turned back; the two transposes become one.
        Transpose keys = m.definition(product.y(), Transpose.class);
        if (keys == null
                || q.tensorType().rank() != 4
                || product.y().tensorType().rank() != 4) {
            return null;
        }
        List<Integer> p = keys.perm();
        Value k = m.builder().transpose(keys.x(), List.of(p.get(0), p.get(1), p.get(3), p.get(2)));
        Shape batch = q.tensorType().shape().slice(0, 2);
        if (!k.tensorType().shape().slice(0, 2).equals(batch)
                || !v.tensorType().shape().slice(0, 2).equals(batch)
                || !k.tensorType().dim(2).equals(v.tensorType().dim(2))) {
            return null;
        }
        Shape scores = q.tensorType().shape().with(3, k.tensorType().dim(2));
        Optional<Value> narrow = mask.map(x -> withoutBroadcast(x, m));
        if (narrow.isPresent()
                && !Check.INSTANCE
                        .broadcast(scores, narrow.get().tensorType().shape())
                        .equals(scores)) {
            return null;
        }
        // The scale may be a tensor that broadcasts the scores.
        return m.ifSameType(m.builder().add(new ScaledDotProductAttention(q, k, v, narrow, scale)));
    }

    private static Value withoutBroadcast(Value mask, Match m) {
        Broadcast b = m.definition(mask, Broadcast.class);
        return b == null ? mask : b.x();
    }
}
