package dev.lathe.frontend.onnx.ops.microsoft;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.nn.AttentionOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Optional;

/** Attention with caches of keys and values, as language models have it, and the rotary embeddings before it. */
public final class MicrosoftCacheAttentionOps {
    private MicrosoftCacheAttentionOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.MICROSOFT + "RotaryEmbedding").since(1, MicrosoftCacheAttentionOps::rotary);
        t.on(Domains.MICROSOFT + "GroupQueryAttention").sinceAll(1, MicrosoftCacheAttentionOps::groupQuery);
    }

    private static Value rotary(OnnxNode n) {
        Builder b = n.b;
        if (n.f("scale", 1) != 1 || n.flag("is_packed_batching", false)) {
            throw MicrosoftOps.unsupported(
                    "rotary embeddings of packed batches, or with a scale other than 1",
                    "export the model without packed batches and with the scale in the cosines and sines");
        }
        boolean flat = n.rank(0) == 3;
        long part = n.i("rotary_embedding_dim", 0);
        Value x = n.in(0);
        if (flat) {
            Shape s = n.shape(0);
            long given = n.i("num_heads", 0);
            Dim heads = given > 0
                    ? Dim.of(given)
                    : s.dim(2).floorDiv(n.shape(2).dim(1).times(2));
            Dim depth = s.dim(2).floorDiv(heads);
            x = b.transpose(b.reshape(x, Shape.of(s.dim(0), s.dim(1), heads, depth)), List.of(0, 2, 1, 3));
        }
        Value positions = MicrosoftOps.longs(b, n.in(1));
        if (n.rank(1) < 2) {
            positions = b.add(b.iota(x.tensorType().dim(2)), positions);
        }
        Value y = AttentionOps.rotated(
                b, x, n.in(2), n.in(3), Optional.of(positions), part, n.flag("interleaved", false));
        return flat ? AttentionOps.joined(b, y) : y;
    }

    /** The sizes and positions of one call: how much of the cache is filled, where the new entries go. */
    private record Cache(Dim batch, Dim added, Dim past, Dim present, Value filled) {
        static Cache of(OnnxNode n, Dim batch, Dim added) {
            Builder b = n.b;
            Dim total = n.dim(6);
            Dim past = n.opt(3).isPresent() ? n.shape(3).dim(2) : Dim.ZERO;
            Value lengths = b.reshape(MicrosoftOps.longs(b, n.in(5)), Shape.of(batch));
            Value before = b.add(lengths, b.dim(Dim.ONE.minus(added)));
            Value none = b.broadcast(b.constant(Tensor.scalar(0L)), Shape.of(batch));
            Value filled;
            if (past.isConstant(0) || total.equals(added)) {
                filled = none;
            } else if (total.isConstant() && added.isConstant()) {
                filled = before;
            } else {
                filled = b.select(b.compare(Comparison.EQUAL, b.dim(total), b.dim(added)), none, before);
            }
            return new Cache(batch, added, past, total.max(past), filled);
        }

        /** {@code [B, 1, 1, 1]}. */
        Value filledPerBatch(Builder b) {
            return b.expandRight(filled, 4);
        }

        /** What was in the cache, then the new entries, then zeros: {@code [B, heads, present, d]}. */
        Value joined(Builder b, Optional<Value> old, Value fresh) {
            if (past.isConstant(0) && present.equals(added)) {
                return fresh;
            }
            Shape s = fresh.tensorType().shape();
            Value all = old.isPresent() ? b.concat(List.of(old.get(), fresh), 2) : fresh;
            Value slot = b.expandRight(b.iota(present), 2);
            Value start = filledPerBatch(b);
            Value kept = b.compare(Comparison.LESS, slot, start);
            Value offset = b.subtract(slot, start);
            Value last = b.dim(past.plus(added).minus(1));
            Value source = b.select(kept, slot, b.min(b.add(offset, b.dim(past)), last));
            Value rows = b.broadcast(source, s.with(2, present).with(3, Dim.ONE));
            Value taken = b.add(new GatherNd(all, rows, 2));
            Value used = b.compare(Comparison.LESS, offset, b.dim(added));
            return b.select(used, taken, b.scalar(taken, 0));
        }

        /** The positions of the new entries: {@code [B, added]}. */
        Value positions(Builder b) {
            return b.add(b.expandRight(filled, 2), b.iota(added));
        }
    }

    private static void check(OnnxNode n) {
        for (String side : List.of("k_quant_type", "v_quant_type")) {
            if (!n.s(side, "NONE").equals("NONE")) {
                throw MicrosoftOps.unsupported("a quantized cache", "export the model with a cache of floats");
            }
        }
        if (n.i("qk_output", 0) != 0 || n.outputs > 3) {
            throw MicrosoftOps.unsupported("it gives its scores as a result", "export the model without them");
        }
        if (n.opt(3).isPresent() != n.opt(4).isPresent()) {
            throw new InvalidOpException("past_key and past_value are needed together");
        }
    }

    private static List<Value> groupQuery(OnnxNode n) {
        check(n);
        Builder b = n.b;
        long heads = n.size("num_heads");
        long groups = n.size("kv_num_heads");
        boolean packed = n.opt(1).isEmpty();
        Shape given = n.shape(0);
        Dim depth = given.dim(2).floorDiv(packed ? heads + 2 * groups : heads);
        Dim keyWidth = depth.times(groups);
        Dim keyStart = depth.times(heads);
        Value q = packed ? b.slice(n.in(0), 2, Dim.ZERO, keyStart) : n.in(0);
        Value k = packed ? b.slice(n.in(0), 2, keyStart, keyWidth) : n.in(1);
        Value v = packed ? b.slice(n.in(0), 2, keyStart.plus(keyWidth), keyWidth) : n.in(2);
        q = AttentionOps.heads(b, q, heads);
        k = AttentionOps.heads(b, k, groups);
        v = AttentionOps.heads(b, v, groups);
        Cache cache = Cache.of(n, given.dim(0), given.dim(1));
        if (n.flag("do_rotary", false)) {
            Optional<Value> positions =
                    Optional.of(n.opt(9).map(p -> MicrosoftOps.longs(b, p)).orElseGet(() -> cache.positions(b)));
            boolean interleaved = n.flag("rotary_interleaved", false);
            long part = n.shape(7).dim(1).times(2).equals(depth)
                    ? 0
                    : n.shape(7).dim(1).times(2).constant();
            q = AttentionOps.rotated(b, q, n.in(7), n.in(8), positions, part, interleaved);
            k = AttentionOps.rotated(b, k, n.in(7), n.in(8), positions, part, interleaved);
        }
        Value keys = cache.joined(b, n.opt(3), k);
        Value values = cache.joined(b, n.opt(4), v);
        Value y = attended(n, q, keys, values, mask(n, q, cache));
        return List.of(AttentionOps.joined(b, y), keys, values);
    }

    /** Zero for the keys that a query sees: those up to itself, the last few of them if there is a window. */
    private static Value mask(OnnxNode n, Value q, Cache cache) {
        Builder b = n.b;
        Value slot = b.iota(cache.present());
        Value position = b.add(b.expandRight(b.iota(cache.added()), 2), cache.filledPerBatch(b));
        Value seen = b.compare(Comparison.LESS_OR_EQUAL, slot, position);
        long window = n.i("local_window_size", -1);
        if (window > 0) {
            Value before = b.subtract(position, b.constant(Tensor.scalar(window)));
            seen = b.binary(BinaryFunction.AND, seen, b.compare(Comparison.GREATER, slot, before));
        }
        return b.select(seen, b.scalar(q, 0), b.scalar(q, Double.NEGATIVE_INFINITY));
    }

    /** Attention, perhaps with capped scores and a sink. */
    private static Value attended(OnnxNode n, Value q, Value keys, Value values, Value hidden) {
        Builder b = n.b;
        Dim heads = q.tensorType().dim(1);
        Value k = AttentionOps.repeated(b, keys, heads);
        Value v = AttentionOps.repeated(b, values, heads);
        Shape all = q.tensorType().shape().with(3, keys.tensorType().dim(2));
        Value mask = n.opt(10)
                .map(bias -> b.add(MicrosoftAttentionOps.fitted(b, bias, all), hidden))
                .orElse(hidden);
        double cap = n.f("softcap", 0);
        boolean sink = n.opt(11).isPresent() || n.flag("smooth_softmax", false);
        if (cap == 0 && !sink) {
            return MicrosoftAttentionOps.attend(n, q, k, v, Optional.of(mask));
        }
        Value scores = b.multiply(b.matMul(q, b.transpose(k, List.of(0, 1, 3, 2))), AttentionOps.scale(n, q));
        Value biased = b.add(cap == 0 ? scores : AttentionOps.softCapped(b, scores, cap), mask);
        if (!sink) {
            return b.matMul(b.add(new Softmax(biased, 3)), v);
        }
        // A key without a value, whose score is given for each head.
        Shape s = biased.tensorType().shape();
        Value score = n.opt(11)
                .map(x -> b.reshape(x, Shape.of(Dim.ONE, heads, Dim.ONE, Dim.ONE)))
                .orElseGet(() -> b.scalar(q, 0));
        Value column = b.broadcast(b.cast(score, q.tensorType().element()), s.with(3, Dim.ONE));
        Value weights = b.add(new Softmax(b.concat(List.of(biased, column), 3), 3));
        return b.matMul(b.slice(weights, 3, Dim.ZERO, s.dim(3)), v);
    }
}
