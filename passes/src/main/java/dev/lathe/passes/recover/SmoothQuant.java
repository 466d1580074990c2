package dev.lathe.passes.recover;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.statistics.Moments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Moves outliers from operands of products and convolutions into their weights (<a
 * href="https://arxiv.org/abs/2211.10438">SmoothQuant, Xiao et al. 2022</a>): a channel of an operand whose largest
 * number is <i>a</i>, and its weights, whose largest is <i>w</i>, are divided and multiplied by
 * <i>a<sup>alpha</sup> / w<sup>1 - alpha</sup></i>. One range for all channels then fits them better, and weights have
 * scales of their own anyway. What computes the operand takes the factors, if it can: a layer norm, a layer, a sum or
 * a product with constants; else they are one more multiplication, if a channel stands out. Factors are powers of two,
 * so results stay the same to the last bit.
 */
public record SmoothQuant(
        @Option("how much of the difficulty goes to the weights, from 0 to 1")
        double alpha) implements Pass {
    /** How far a channel must stand out of the middle one for a multiplication of its own. */
    private static final double OUTLIER = 4;

    public SmoothQuant() {
        this(0.5);
    }

    public SmoothQuant {
        if (!(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("alpha is from 0 to 1, not " + alpha);
        }
    }

    @Override
    public String name() {
        return "smooth-quant";
    }

    @Override
    public String description() {
        return "move outliers of operands into weights, without changing results";
    }

    /** Operands are scaled. */
    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FoldConstants.class, "weights that are computed from constants must be literal"));
    }

    @Override
    public List<Moments> measures(Graph graph) {
        ChannelScaling scaling = new ChannelScaling(graph);
        List<Moments> all = new ArrayList<>();
        for (Value v : scaling.read()) {
            if (scaling.axis(v) >= 0 && v.tensorType().element() == ElementType.F32) {
                all.add(new Moments(v, scaling.axis(v)));
            }
        }
        return all;
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        ChannelScaling scaling = new ChannelScaling(graph);
        for (Moments m : measures(graph)) {
            context.statistics()
                    .get(m)
                    .ifPresent(sums -> smooth(m.value(), m.axis(), sums.largest(), scaling, context));
        }
        return scaling.apply();
    }

    private void smooth(Value v, int axis, double[] largest, ChannelScaling scaling, PassContext context) {
        List<Node> readers = scaling.readers(v);
        double[] weights = new double[largest.length];
        for (Node reader : readers) {
            double[] own = scaling.largestIn(reader);
            for (int i = 0; i < weights.length; i++) {
                weights[i] = Math.max(weights[i], own[i]);
            }
        }
        double[] up = new double[largest.length];
        double[] down = new double[largest.length];
        boolean moves = false;
        for (int i = 0; i < up.length; i++) {
            up[i] = largest[i] > 0 && weights[i] > 0
                    ? ChannelScaling.powerOfTwo(Math.pow(largest[i], alpha) / Math.pow(weights[i], 1 - alpha))
                    : 1;
            down[i] = 1 / up[i];
            moves |= up[i] != 1;
        }
        boolean takes = scaling.isOnlyRead(v) && scaling.canScale(v, axis);
        if (!moves || !takes && !standsOut(largest)) {
            return;
        }
        if (takes) {
            scaling.scale(v, axis, down);
        } else {
            scaling.multiply(v, axis, down);
        }
        readers.forEach(r -> scaling.scaleIn(r, up));
        context.applied(this, "operands without outliers", readers.getFirst());
    }

    private static boolean standsOut(double[] largest) {
        double[] sorted = largest.clone();
        Arrays.sort(sorted);
        return sorted.length > 0 && sorted[sorted.length - 1] > OUTLIER * sorted[sorted.length / 2];
    }
}
