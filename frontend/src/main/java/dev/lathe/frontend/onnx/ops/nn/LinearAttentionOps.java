package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.control.Loops;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Layers that carry a state from token to token. */
public final class LinearAttentionOps {
    private LinearAttentionOps() {}

    public static void addTo(Operators t) {
        t.on("LinearAttention").sinceAll(27, LinearAttentionOps::linear);
        t.on("CausalConvWithState").sinceAll(27, LinearAttentionOps::causalConv);
    }

    /** How the state changes with a token. */
    private enum UpdateRule {
        LINEAR(false, false),
        GATED(true, false),
        DELTA(false, true),
        GATED_DELTA(true, true);

        private final boolean decays;
        private final boolean corrects;

        UpdateRule(boolean decays, boolean corrects) {
            this.decays = decays;
            this.corrects = corrects;
        }
    }

    /**
     * A loop over the tokens; the state is a matrix {@code [B, heads, d_k, d_v]}. Narrow floats are computed in f32.
     */
    private static List<Value> linear(OnnxNode n) {
        Builder b = n.b;
        UpdateRule rule = n.choice("update_rule", UpdateRule.GATED_DELTA);
        long queryHeads = n.i("q_num_heads", 0);
        long heads = n.i("kv_num_heads", 0);
        if (queryHeads <= 0 || heads <= 0 || queryHeads % heads != 0) {
            throw new InvalidOpException(queryHeads + " heads of queries for " + heads + " of keys and values");
        }
        ElementType f = ElementType.F32;
        // Tokens first, so that an iteration takes one: [T, B, heads, d].
        Value q = tokens(b, b.cast(n.in(0), f), queryHeads);
        Value k = tokens(b, b.cast(n.in(1), f), heads);
        Value v = tokens(b, b.cast(n.in(2), f), heads);
        Dim batch = n.shape(0).dim(0);
        Dim depth = k.tensorType().dim(3);
        Dim width = v.tensorType().dim(3);
        Optional<Value> decay = rule.decays ? Optional.of(tokens(b, b.cast(n.in(4), f), heads)) : Optional.empty();
        Optional<Value> beta = rule.corrects ? Optional.of(beta(b, b.cast(n.in(5), f), heads)) : Optional.empty();
        Shape stateShape = Shape.of(batch, Dim.of(heads), depth, width);
        Value state =
                n.opt(3).map(s -> b.cast(s, f)).orElseGet(() -> b.broadcast(b.constant(Tensor.scalar(0f)), stateShape));
        double given = n.f("scale", 0);
        Value scale = given != 0 ? b.constant(Tensor.scalar((float) given)) : AttentionOps.scale(n, q);
        Dim group = Dim.of(queryHeads / heads);
        List<Value> results = Loops.of(
                b,
                Optional.of(b.dim(n.shape(0).dim(1))),
                Optional.empty(),
                List.of(b.reshape(state, stateShape)),
                Loops.body(b, region -> {
                    Builder r = region.b();
                    Value old = region.carried().getFirst();
                    Value key = r.gather(k, region.iteration(), 0);
                    Value value = r.gather(v, region.iteration(), 0);
                    Value query = r.gather(q, region.iteration(), 0);
                    Value kept = decay.map(d -> {
                                Value factor = r.exp(r.gather(d, region.iteration(), 0));
                                return r.multiply(old, r.expandRight(factor, 4));
                            })
                            .orElse(old);
                    Value column = r.expandRight(key, 4);
                    Shape row = Shape.of(batch, Dim.of(heads), Dim.ONE, width);
                    Value update = r.reshape(value, row);
                    if (beta.isPresent()) {
                        Value known = r.matMul(r.reshape(key, Shape.of(batch, Dim.of(heads), Dim.ONE, depth)), kept);
                        Value rate = r.expandRight(r.gather(beta.get(), region.iteration(), 0), 4);
                        update = r.multiply(rate, r.subtract(update, known));
                    }
                    Value next = r.reshape(r.add(kept, r.multiply(column, update)), stateShape);
                    // Each state answers a group of queries.
                    Value grouped = r.reshape(query, Shape.of(batch, Dim.of(heads), group, depth));
                    Value answer = r.multiply(r.matMul(grouped, next), scale);
                    return List.of(
                            next,
                            r.reshape(answer, Shape.of(batch, Dim.of(queryHeads).times(width))));
                }));
        Value y = b.transpose(results.get(1), List.of(1, 0, 2));
        ElementType stateType = n.opt(3).map(s -> s.tensorType().element()).orElse(n.element(0));
        return List.of(b.cast(y, n.element(0)), b.cast(results.get(0), stateType));
    }

    /** {@code [B, T, heads * d]} as {@code [T, B, heads, d]}. */
    private static Value tokens(Builder b, Value x, long heads) {
        Shape s = x.tensorType().shape();
        Shape apart = Shape.of(s.dim(0), s.dim(1), Dim.of(heads), s.dim(2).floorDiv(heads));
        return b.transpose(b.reshape(x, apart), List.of(1, 0, 2, 3));
    }

    /** {@code [B, T, heads]} or {@code [B, T, 1]}, tokens first. */
    private static Value beta(Builder b, Value x, long heads) {
        Value turned = b.transpose(x, List.of(1, 0, 2));
        Shape s = turned.tensorType().shape();
        return b.broadcast(turned, s.with(2, Dim.of(heads)));
    }

    /** A depthwise convolution over what came before; the last entries go on to the next call. */
    private static List<Value> causalConv(OnnxNode n) {
        Builder b = n.b;
        Value weights = ContractionOps.weights(n, n.in(1), 1);
        Dim kernel = weights.tensorType().dim(2);
        Shape s = n.shape(0);
        Dim carried = kernel.minus(1);
        Shape stateShape = Shape.of(s.dim(0), s.dim(1), carried);
        Value past = n.opt(3).orElseGet(() -> b.broadcast(b.constant(Tensor.zeros(n.element(0))), stateShape));
        Value all = b.concat(List.of(past, n.in(0)), 2);
        Value y = s.dim(1).isConstant()
                ? b.add(new Conv(
                        all,
                        weights,
                        new Window(List.of(1L), List.of(Dim.ZERO, Dim.ZERO), List.of(1L)),
                        s.dim(1).constant(),
                        ChannelLayout.CHANNELS_FIRST))
                : shifted(b, all, weights, s.dim(2));
        if (n.opt(2).isPresent()) {
            y = b.add(y, b.expandRight(n.in(2), 2));
        }
        Value activated = switch (n.s("activation", "none")) {
            case "none" -> y;
            case "silu", "swish" -> ActivationOps.swish(b, y, 1);
            default -> throw new InvalidOpException("there is no activation \"" + n.s("activation", "") + "\"");
        };
        return List.of(b.reshape(activated, s), b.slice(all, 2, s.dim(2), carried));
    }

    /**
     * A depthwise convolution of channels whose number is open: the sum of what is seen at each place of the kernel.
     */
    private static Value shifted(Builder b, Value x, Value weights, Dim length) {
        return LongStream.range(0, weights.tensorType().dim(2).constant())
                .mapToObj(Dim::of)
                .map(k -> b.multiply(
                        b.slice(x, 2, k, length),
                        b.reshape(
                                b.slice(weights, 2, k, Dim.ONE),
                                Shape.of(weights.tensorType().dim(0), Dim.ONE))))
                .reduce(b::add)
                .orElseThrow();
    }
}
