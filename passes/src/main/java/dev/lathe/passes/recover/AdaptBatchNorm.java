package dev.lathe.passes.recover;

import dev.lathe.ir.Graph;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import java.util.List;

/**
 * Gives each channel of a compressed layer's result the mean and the variance that it had before, as running a batch
 * norm's statistics anew would. Batch norms are part of the weights by now, so this is a factor and a shift for each
 * channel: the factor is the quotient of the standard deviations, of what the layer before would give and of what the
 * layer gives, both of the operand that it has in the compressed model.
 */
public record AdaptBatchNorm() implements Pass {
    private static final double LARGEST_FACTOR = 2;

    @Override
    public String name() {
        return "adapt-batch-norm";
    }

    @Override
    public String description() {
        return "give the channels of compressed layers the mean and variance that they had before";
    }

    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return CorrectBias.after("what compression changes is not known before");
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return new OutputCorrection(this, graph, context).apply(pair -> {
            double[] factor = new double[pair.actual().sums().length];
            double[] shift = new double[factor.length];
            for (int c = 0; c < factor.length; c++) {
                double quotient =
                        Math.sqrt(pair.expected().variance(c) / pair.actual().variance(c));
                factor[c] = quotient >= 1 / LARGEST_FACTOR && quotient <= LARGEST_FACTOR ? quotient : 1;
                shift[c] = CorrectBias.finite(
                        pair.expected().mean(c) - factor[c] * pair.actual().mean(c), 0);
            }
            return new OutputCorrection.Affine(factor, shift);
        });
    }
}
