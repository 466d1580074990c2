package dev.lathe.passes.recover;

import dev.lathe.ir.Graph;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.quantize.QuantizeDynamic;
import dev.lathe.passes.quantize.QuantizeStatic;
import dev.lathe.passes.quantize.QuantizeWeights;
import java.util.List;

/**
 * Adds to the result of each quantized layer what rounding has taken from the mean of its channels on data (<a
 * href="https://arxiv.org/abs/1906.04721">Nagel et al. 2019</a>): <i>E[Wx] - E[W'x']</i>, where <i>x</i> is what the
 * layer has as its operand in the quantized model. A bias that follows takes it, so a model does not grow.
 */
public record CorrectBias() implements Pass {
    @Override
    public String name() {
        return "correct-bias";
    }

    @Override
    public String description() {
        return "give the channels of quantized layers the mean that they had before";
    }

    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return after("what rounding changes is not known before");
    }

    static List<After> after(String reason) {
        return List.of(
                Pass.after(QuantizeWeights.class, reason),
                Pass.after(QuantizeDynamic.class, reason),
                Pass.after(QuantizeStatic.class, reason));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return new OutputCorrection(this, graph, context).apply(pair -> {
            double[] shift = new double[pair.actual().sums().length];
            for (int c = 0; c < shift.length; c++) {
                shift[c] = finite(pair.expected().mean(c) - pair.actual().mean(c), 0);
            }
            return new OutputCorrection.Affine(null, shift);
        });
    }

    static double finite(double x, double otherwise) {
        return Math.abs(x) <= Float.MAX_VALUE ? x : otherwise;
    }
}
