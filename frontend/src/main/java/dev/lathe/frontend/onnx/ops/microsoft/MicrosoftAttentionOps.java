package dev.lathe.frontend.onnx.ops.microsoft;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.nn.AttentionOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.IntegerMatMul;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Attention with its projections, as encoders have it after optimization. */
public final class MicrosoftAttentionOps {
    private MicrosoftAttentionOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.MICROSOFT + "Attention").sinceAll(1, MicrosoftAttentionOps::attention);
        t.on(Domains.MICROSOFT + "MultiHeadAttention").sinceAll(1, MicrosoftAttentionOps::multiHead);
        t.on(Domains.MICROSOFT + "QAttention").sinceAll(1, MicrosoftAttentionOps::quantized);
    }

    /** What hides keys from queries: numbers that are added to the scores. */
    private record Masks(Builder b, Value q, Dim keys, List<Value> added) {
        static Masks of(Builder b, Value q, Value k) {
            return new Masks(b, q, k.tensorType().dim(2), new ArrayList<>());
        }

        Dim queries() {
            return q.tensorType().dim(2);
        }

        /** Adds {@code hidden} where {@code allowed} does not hold. */
        private void where(Value allowed, double hidden) {
            added.add(b.select(allowed, b.scalar(q, 0), b.scalar(q, hidden)));
        }

        /** Query {@code i} sees the keys up to {@code i + keys - queries}. */
        void causal() {
            Value last = b.add(b.expandRight(b.iota(queries()), 2), b.dim(keys.minus(queries())));
            where(b.compare(Comparison.LESS_OR_EQUAL, b.iota(keys), last), lowest());
        }

        private double lowest() {
            ElementType type = q.tensorType().element();
            return switch (type) {
                case F16 -> -65504;
                case F64 -> -Double.MAX_VALUE;
                case BF16 -> -0x1.FEp127;
                default -> -Float.MAX_VALUE;
            };
        }

        /**
         * A mask in one of the forms that attention takes: lengths, ends and starts, or ones where there is
         * something.
         */
        void padding(Value mask, double hidden) {
            Shape s = mask.tensorType().shape();
            Dim batch = q.tensorType().dim(0);
            switch (s.rank()) {
                case 1 -> lengths(mask, s.dim(0), batch, hidden);
                case 2 -> flags(b.reshape(mask, Shape.of(s.dim(0), Dim.ONE, Dim.ONE, s.dim(1))), hidden);
                case 3 -> flags(b.reshape(mask, Shape.of(s.dim(0), Dim.ONE, s.dim(1), s.dim(2))), hidden);
                default ->
                    throw MicrosoftOps.unsupported(
                            "a mask of rank " + s.rank() + ", where one of rank 1, 2 or 3 is known",
                            "export the model with a mask [batch, keys] or [batch, queries, keys]");
            }
        }

        private void flags(Value mask, double hidden) {
            where(b.compare(Comparison.GREATER, mask, b.scalar(mask, 0)), hidden);
        }

        private void lengths(Value mask, Dim count, Dim batch, double hidden) {
            if (count.equals(batch.times(3).plus(2)) && !count.equals(batch)) {
                throw MicrosoftOps.unsupported(
                        "a mask of " + count + " lengths and offsets, the form for graphics processors",
                        "optimize the model for the CPU, or with a mask [batch, keys]");
            }
            boolean starts = count.equals(batch.times(2));
            Value keyNumbers = b.iota(keys);
            Value ends = MicrosoftOps.longs(b, starts ? b.slice(mask, 0, Dim.ZERO, batch) : mask);
            Value allowed = b.compare(Comparison.LESS, keyNumbers, b.expandRight(ends, 4));
            if (starts) {
                Value first = b.expandRight(MicrosoftOps.longs(b, b.slice(mask, 0, batch, batch)), 4);
                Value begun = b.compare(Comparison.GREATER_OR_EQUAL, keyNumbers, first);
                allowed = b.binary(BinaryFunction.AND, allowed, begun);
            }
            where(allowed, hidden);
        }

        Optional<Value> sum() {
            Shape scores = q.tensorType().shape().with(3, keys);
            return added.stream().map(m -> fitted(b, m, scores)).reduce(b::add);
        }
    }

    /** A mask with the sizes of the scores where it is not 1: models name sizes that are the same in several ways. */
    static Value fitted(Builder b, Value mask, Shape scores) {
        Shape s = mask.tensorType().shape();
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < s.rank(); i++) {
            Dim d = s.dim(i);
            Dim wanted = scores.dim(scores.rank() - s.rank() + i);
            dims.add(d.isConstant(1) || (d.isConstant() && wanted.isConstant()) ? d : wanted);
        }
        return b.broadcast(mask, Shape.of(dims));
    }

    /** {@code softmax(scale q kᵀ + mask) v}; the factor is given, or one over the root of the depth. */
    static Value attend(OnnxNode n, Value q, Value k, Value v, Optional<Value> mask) {
        float given = n.f("scale", 0);
        Dim depth = q.tensorType().dim(3);
        if (given != 0 || depth.isConstant()) {
            double scale = given != 0 ? given : 1 / Math.sqrt(depth.constant());
            return n.b.add(new ScaledDotProductAttention(q, k, v, mask, scale));
        }
        Value root = n.b.sqrt(n.b.cast(n.b.dim(depth), q.tensorType().element()));
        Value scaled = n.b.multiply(q, n.b.unary(UnaryFunction.RECIPROCAL, root));
        return n.b.add(new ScaledDotProductAttention(scaled, k, v, mask, 1));
    }

    private static List<Value> attention(OnnxNode n) {
        if (n.opt(6).isPresent() || n.flag("past_present_share_buffer", false)) {
            throw sharedCache();
        }
        Value projected = MicrosoftOps.biased(n, n.b.matMul(n.in(0), n.in(1)), 2);
        return selfAttention(n, projected, n.opt(3), n.opt(4), n.opt(5));
    }

    private static RuntimeException sharedCache() {
        return MicrosoftOps.unsupported(
                "it writes into a cache that it shares with its past",
                "export the model with a past and a present that grow");
    }

    /** Attention of quantized numbers and weights; scores and sums are those of floats. */
    private static List<Value> quantized(OnnxNode n) {
        if (n.flag("past_present_share_buffer", false)) {
            throw sharedCache();
        }
        Builder b = n.b;
        Value sum = b.add(new IntegerMatMul(n.in(0), n.in(1), n.opt(6).map(z -> single(b, z)), n.opt(7)));
        Value scale = b.multiply(single(b, n.in(3)), n.in(4));
        Value projected =
                MicrosoftOps.biased(n, b.multiply(b.cast(sum, scale.tensorType().element()), scale), 2);
        return selfAttention(n, projected, n.opt(5), n.opt(8), Optional.empty());
    }

    private static Value single(Builder b, Value v) {
        return b.reshape(v, Shape.SCALAR);
    }

    /** Attention of queries, keys and values that stand one after another along the last axis of {@code projected}. */
    private static List<Value> selfAttention(
            OnnxNode n, Value projected, Optional<Value> mask, Optional<Value> past, Optional<Value> bias) {
        Builder b = n.b;
        if (n.flag("do_rotary", false)) {
            throw MicrosoftOps.unsupported(
                    "rotary embeddings inside the operator",
                    "optimize the model so that they are an operator RotaryEmbedding of their own");
        }
        long heads = n.size("num_heads");
        Dim third = projected.tensorType().dim(2).floorDiv(3);
        List<Dim> sizes = n.ints("qkv_hidden_sizes")
                .filter(l -> !l.isEmpty())
                .map(l -> l.stream().map(Dim::of).toList())
                .orElse(List.of(third, third, third));
        if (sizes.size() != 3) {
            throw new InvalidOpException("qkv_hidden_sizes has " + sizes.size() + " entries instead of 3");
        }
        Dim values = sizes.get(0).plus(sizes.get(1));
        Value q = AttentionOps.heads(b, b.slice(projected, 2, Dim.ZERO, sizes.get(0)), heads);
        Value k = AttentionOps.heads(b, b.slice(projected, 2, sizes.get(0), sizes.get(1)), heads);
        Value v = AttentionOps.heads(b, b.slice(projected, 2, values, sizes.get(2)), heads);
        if (past.isPresent()) {
            k = b.concat(List.of(half(b, past.get(), 0), k), 2);
            v = b.concat(List.of(half(b, past.get(), 1), v), 2);
        }
        Masks masks = Masks.of(b, q, k);
        mask.ifPresent(m -> masks.padding(m, n.f("mask_filter_value", -10000)));
        if (n.flag("unidirectional", false)) {
            masks.causal();
        }
        bias.ifPresent(masks.added()::add);
        Value y = AttentionOps.joined(b, attend(n, q, k, v, masks.sum()));
        return n.outputs < 2 ? List.of(y) : List.of(y, b.concat(List.of(stacked(b, k), stacked(b, v)), 0));
    }

    /** The keys, or the values, of a cache {@code [2, B, heads, P, d]}. */
    private static Value half(Builder b, Value past, long which) {
        Shape s = past.tensorType().shape();
        return b.reshape(b.slice(past, 0, Dim.of(which), Dim.ONE), s.slice(1, 5));
    }

    private static Value stacked(Builder b, Value x) {
        return b.reshape(x, Shape.of(Dim.ONE).concat(x.tensorType().shape()));
    }

    /**
     * One of the parts that stand side by side along axis 3 of {@code [B, S, heads, parts, d]}, as {@code [B, S,
     * heads * d]}.
     */
    private static Value packed(Builder b, Value x, long part) {
        Shape s = x.tensorType().shape();
        Value one = b.slice(x, 3, Dim.of(part), Dim.ONE);
        return b.reshape(one, Shape.of(s.dim(0), s.dim(1), s.dim(2).times(s.dim(4))));
    }

    private static List<Value> multiHead(OnnxNode n) {
        Builder b = n.b;
        if (n.opt(8).isPresent() || n.opt(9).isPresent()) {
            throw sharedCache();
        }
        if (n.outputs > 3) {
            throw MicrosoftOps.unsupported("it gives its scores as a result", "export the model without them");
        }
        long heads = n.size("num_heads");
        boolean allPacked = n.rank(0) == 5;
        boolean keysPacked = !allPacked && n.rank(1) == 5;
        boolean apart = !allPacked && n.rank(1) == 4;
        Value q = allPacked ? packed(b, n.in(0), 0) : n.in(0);
        Value k = allPacked ? packed(b, n.in(0), 1) : keysPacked ? packed(b, n.in(1), 0) : n.in(1);
        Value v = allPacked ? packed(b, n.in(0), 2) : keysPacked ? packed(b, n.in(1), 1) : n.in(2);
        if (n.opt(3).isPresent()) {
            Dim width = q.tensorType().dim(2);
            q = b.add(q, b.slice(n.in(3), 0, Dim.ZERO, width));
            if (!apart) {
                k = b.add(k, b.slice(n.in(3), 0, width, width));
                v = b.add(v, b.slice(n.in(3), 0, width.times(2), v.tensorType().dim(2)));
            }
        }
        q = AttentionOps.heads(b, q, heads);
        k = apart ? k : AttentionOps.heads(b, k, heads);
        v = apart ? v : AttentionOps.heads(b, v, heads);
        if (n.opt(6).isPresent() != n.opt(7).isPresent()) {
            throw new InvalidOpException("past_key and past_value are needed together");
        }
        if (n.opt(6).isPresent()) {
            k = b.concat(List.of(n.in(6), k), 2);
            v = b.concat(List.of(n.in(7), v), 2);
        }
        Masks masks = Masks.of(b, q, k);
        n.opt(4).ifPresent(m -> masks.padding(m, n.f("mask_filter_value", -10000)));
        if (n.flag("unidirectional", false)) {
            masks.causal();
        }
        n.opt(5).ifPresent(masks.added()::add);
        return List.of(AttentionOps.joined(b, attend(n, q, k, v, masks.sum())), k, v);
    }
}
