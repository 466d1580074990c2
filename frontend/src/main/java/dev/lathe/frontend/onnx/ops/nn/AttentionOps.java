package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.RotaryEmbedding;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Attention over heads, written out, which fusion finds again, and rotary embeddings. */
public final class AttentionOps {
    private AttentionOps() {}

    public static void addTo(Operators t) {
        t.on("Attention").sinceAll(23, AttentionOps::attention);
        t.on("ai.onnx.preview:FlexAttention").since(1, AttentionOps::flexible);
        t.on("RotaryEmbedding").since(23, AttentionOps::rotary);
    }

    /** {@code [B, S, heads * d]} as {@code [B, heads, S, d]}. */
    public static Value heads(Builder b, Value x, long heads) {
        Shape s = x.tensorType().shape();
        Dim depth = s.dim(2).floorDiv(heads);
        return b.transpose(b.reshape(x, Shape.of(s.dim(0), s.dim(1), Dim.of(heads), depth)), List.of(0, 2, 1, 3));
    }

    /** {@code [B, heads, S, d]} as {@code [B, S, heads * d]}. */
    public static Value joined(Builder b, Value x) {
        Shape s = x.tensorType().shape();
        return b.reshape(
                b.transpose(x, List.of(0, 2, 1, 3)),
                Shape.of(s.dim(0), s.dim(2), s.dim(1).times(s.dim(3))));
    }

    /** Each head of {@code x} repeated so that there are as many as {@code heads}. */
    public static Value repeated(Builder b, Value x, Dim heads) {
        Shape s = x.tensorType().shape();
        if (s.dim(1).equals(heads)) {
            return x;
        }
        Dim group = heads.floorDiv(s.dim(1));
        Value apart = b.reshape(x, Shape.of(s.dim(0), s.dim(1), Dim.ONE, s.dim(2), s.dim(3)));
        Value wide = b.broadcast(apart, Shape.of(s.dim(0), s.dim(1), group, s.dim(2), s.dim(3)));
        return b.reshape(wide, Shape.of(s.dim(0), heads, s.dim(2), s.dim(3)));
    }

    /** The factor of the scores: given, or one over the root of the depth of the heads. */
    public static Value scale(OnnxNode n, Value q) {
        if (n.has("scale") && n.f("scale", 0) != 0) {
            return n.b.scalar(q, n.f("scale", 0));
        }
        Dim depth = q.tensorType().dim(3);
        return depth.isConstant()
                ? n.b.scalar(q, 1 / Math.sqrt(depth.constant()))
                : n.b.unary(
                        UnaryFunction.RECIPROCAL,
                        n.b.sqrt(n.b.cast(n.b.dim(depth), q.tensorType().element())));
    }

    /** {@code q k^T}, scaled; narrow floats are scaled before, so that they do not overflow. */
    private static Value scores(Builder b, Value q, Value k, Value scale) {
        Value turned = b.transpose(k, List.of(0, 1, 3, 2));
        if (q.tensorType().element().bits() >= 32) {
            return b.multiply(b.matMul(q, turned), scale);
        }
        Value root = b.sqrt(scale);
        return b.matMul(b.multiply(q, root), b.multiply(turned, root));
    }

    private static List<Value> attention(OnnxNode n) {
        Builder b = n.b;
        boolean flat = n.rank(0) == 3;
        Value q = flat ? heads(b, n.in(0), n.i("q_num_heads", 1)) : n.in(0);
        Value k = flat ? heads(b, n.in(1), n.i("kv_num_heads", 1)) : n.in(1);
        Value v = flat ? heads(b, n.in(2), n.i("kv_num_heads", 1)) : n.in(2);
        Dim past = Dim.ZERO;
        if (n.opt(4).isPresent() != n.opt(5).isPresent()) {
            throw new InvalidOpException("past_key and past_value are needed together");
        }
        if (n.opt(4).isPresent()) {
            past = n.shape(4).dim(2);
            k = b.concat(List.of(n.in(4), k), 2);
            v = b.concat(List.of(n.in(5), v), 2);
        }
        Dim queryHeads = q.tensorType().dim(1);
        Value raw = scores(b, q, repeated(b, k, queryHeads), scale(n, q));
        double cap = n.f("softcap", 0);
        Value capped = cap == 0 ? raw : softCapped(b, raw, cap);
        Optional<Value> bias = bias(n, q, k, past);
        Value biased = bias.map(m -> b.add(capped, m)).orElse(capped);
        ElementType type = q.tensorType().element();
        ElementType precision = n.has("softmax_precision") ? ElementTypes.of(n.i("softmax_precision", 1)) : type;
        Value weights = b.cast(b.add(new Softmax(b.cast(biased, precision), 3)), type);
        if (bias.isPresent()) {
            // Where nothing may be attended, nothing is.
            Value best = b.reduceMax(biased, 3);
            Value some = b.compare(Comparison.GREATER, best, b.scalar(best, Double.NEGATIVE_INFINITY));
            weights = b.select(some, weights, b.scalar(weights, 0));
        }
        ElementType wider = type.bits() >= v.tensorType().element().bits()
                ? type
                : v.tensorType().element();
        Value y = b.cast(b.matMul(b.cast(weights, wider), b.cast(repeated(b, v, queryHeads), wider)), type);
        Value debug = switch ((int) n.i("qk_matmul_output_mode", 0)) {
            case 0 -> raw;
            case 1 -> capped;
            case 2 -> biased;
            case 3 -> weights;
            default ->
                throw new InvalidOpException("there is no qk_matmul_output_mode " + n.i("qk_matmul_output_mode", 0));
        };
        return List.of(flat ? joined(b, y) : y, k, v, debug);
    }

    public static Value softCapped(Builder b, Value x, double cap) {
        Value factor = b.scalar(x, cap);
        return b.multiply(b.unary(UnaryFunction.TANH, b.divide(x, factor)), factor);
    }

    /** What is added to the scores: the mask, and negative infinity where a key may not be seen. */
    private static Optional<Value> bias(OnnxNode n, Value q, Value k, Dim past) {
        Builder b = n.b;
        Dim queries = q.tensorType().dim(2);
        Dim keys = k.tensorType().dim(2);
        Optional<Value> allowed = Optional.empty();
        Optional<Value> added = Optional.empty();
        if (n.opt(3).isPresent()) {
            Value mask = n.in(3);
            if (mask.tensorType().element().isBool()) {
                allowed = Optional.of(widened(b, mask, keys, b.constant(Tensor.scalar(false))));
            } else {
                Value floats = b.cast(mask, q.tensorType().element());
                added = Optional.of(widened(b, floats, keys, b.scalar(floats, Double.NEGATIVE_INFINITY)));
            }
        }
        Value key = b.iota(keys);
        Optional<Value> lengths = n.opt(6).map(v -> b.expandRight(v, 4));
        if (lengths.isPresent()) {
            allowed = and(b, allowed, b.compare(Comparison.LESS, key, lengths.get()));
        }
        Value query = b.expandRight(b.iota(queries), 2);
        Value offset =
                lengths.isPresent() && past.isConstant(0) ? b.subtract(lengths.get(), b.dim(queries)) : b.dim(past);
        Value position = b.add(query, offset);
        if (n.flag("is_causal", false)) {
            allowed = and(b, allowed, b.compare(Comparison.LESS_OR_EQUAL, key, position));
        }
        long left = n.i("left_window_size", -1);
        if (left >= 0) {
            Value first = b.subtract(position, b.constant(Tensor.scalar(left)));
            allowed = and(b, allowed, b.compare(Comparison.GREATER_OR_EQUAL, key, first));
        }
        long right = n.i("right_window_size", -1);
        if (right >= 0) {
            Value last = b.add(position, b.constant(Tensor.scalar(right)));
            allowed = and(b, allowed, b.compare(Comparison.LESS_OR_EQUAL, key, last));
        }
        Optional<Value> mask = allowed.map(a -> b.select(a, b.scalar(q, 0), b.scalar(q, Double.NEGATIVE_INFINITY)));
        return added.isPresent() && mask.isPresent()
                ? Optional.of(b.add(added.get(), mask.get()))
                : added.or(() -> mask);
    }

    private static Optional<Value> and(Builder b, Optional<Value> x, Value y) {
        return Optional.of(x.map(v -> b.binary(BinaryFunction.AND, v, y)).orElse(y));
    }

    /** A mask with its last axis filled up to {@code keys}. */
    private static Value widened(Builder b, Value mask, Dim keys, Value otherwise) {
        Shape s = mask.tensorType().shape();
        if (s.rank() == 0 || s.dim(-1).equals(keys) || s.dim(-1).isConstant(1)) {
            return mask;
        }
        List<Dim> before = Collections.nCopies(s.rank(), Dim.ZERO);
        List<Dim> after = new ArrayList<>(before);
        after.set(s.rank() - 1, keys.minus(s.dim(-1)).max(Dim.ZERO));
        return b.add(new Pad(mask, Optional.of(otherwise), before, after, PadMode.CONSTANT));
    }

    private static Value flexible(OnnxNode n) {
        Builder b = n.b;
        ElementType type = n.element(0);
        ElementType precision = n.has("softmax_precision")
                ? ElementTypes.of(n.i("softmax_precision", 1))
                : type == ElementType.F64 ? type : ElementType.F32;
        Value q = b.cast(n.in(0), precision);
        Dim queryHeads = n.shape(0).dim(1);
        Value k = repeated(b, b.cast(n.in(1), precision), queryHeads);
        Value v = repeated(b, b.cast(n.in(2), precision), queryHeads);
        Value scores = scores(b, q, k, scale(n, q));
        if (n.has("score_mod")) {
            scores = n.graph("score_mod").inline(b, List.of(scores)).getFirst();
        }
        Value weights = b.add(new Softmax(scores, 3));
        if (n.has("prob_mod")) {
            weights = n.graph("prob_mod").inline(b, List.of(weights)).getFirst();
        }
        return b.cast(b.matMul(weights, v), type);
    }

    private static Value rotary(OnnxNode n) {
        Builder b = n.b;
        boolean flat = n.rank(0) == 3;
        long heads = n.i("num_heads", 0);
        if (flat && heads <= 0) {
            throw new InvalidOpException("num_heads is needed for a tensor of rank 3");
        }
        Value x = flat ? heads(b, n.in(0), heads) : n.in(0);
        Value y = rotated(
                n.b, x, n.in(1), n.in(2), n.opt(3), n.i("rotary_embedding_dim", 0), n.flag("interleaved", false));
        return flat ? joined(b, y) : y;
    }

    /**
     * {@code x}, {@code [B, heads, S, d]}, with pairs of entries turned by angles whose cosines and sines are given
     * for each position.
     */
    public static Value rotated(
            Builder b, Value x, Value cosines, Value sines, Optional<Value> positions, long part, boolean interleaved) {
        Dim depth = x.tensorType().dim(3);
        Value cos = angles(b, cosines, positions);
        Value sin = angles(b, sines, positions);
        Dim turned = part > 0 ? Dim.of(part) : depth;
        boolean isKnown = cos.tensorType().dim(2).times(2).equals(turned)
                && cos.tensorType().shape().equals(sin.tensorType().shape());
        return isKnown
                ? b.add(new RotaryEmbedding(x, cos, sin, interleaved))
                : RotaryEmbedding.expanded(b, x, cos, sin, turned, interleaved);
    }

    /** {@code [B, S, half]} or {@code [1, S, half]}. */
    private static Value angles(Builder b, Value cache, Optional<Value> positions) {
        Value all = positions.map(p -> b.gather(cache, p, 0)).orElse(cache);
        Shape s = all.tensorType().shape();
        return s.rank() == 2 ? b.reshape(all, Shape.of(Dim.ONE, s.dim(0), s.dim(1))) : all;
    }
}
