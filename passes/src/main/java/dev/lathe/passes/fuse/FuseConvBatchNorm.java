package dev.lathe.passes.fuse;

import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.passes.Match;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rewriter;
import dev.lathe.passes.Rule;
import dev.lathe.passes.clean.Canonicalize;
import dev.lathe.passes.fold.ConstantArithmetic;
import dev.lathe.passes.fold.FoldConstants;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Folds what scales the channels of a convolution or matrix product by constants into its weights; batch
 * normalization after a convolution leaves nothing but a bias. Rounds differently, so not in strict numerics.
 */
public record FuseConvBatchNorm() implements Pass {
    private static final List<Rule<?>> RULES = List.of(
            rule("contraction(x, w) * c -> contraction(x, w * c)", Binary.class, FuseConvBatchNorm::scaleWeights),
            rule("(contraction + b) * c -> contraction * c + b * c", Binary.class, FuseConvBatchNorm::distribute),
            rule("(contraction + b) + c -> contraction + (b + c)", Binary.class, FuseConvBatchNorm::joinBiases));

    @Override
    public String name() {
        return "fuse-conv-batch-norm";
    }

    @Override
    public String description() {
        return "fold constant scales per channel into the weights of convolutions and matrix products";
    }

    @Override
    public List<After> after() {
        return List.of(
                Pass.after(FoldConstants.class, "scales computed from variances must be literal"),
                Pass.after(
                        Canonicalize.class, "subtractions and divisions by constants must be additions and products"),
                Pass.after(FuseAttention.class, "the scale of attention scores would vanish in the query's weights"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return context.numerics() == Numerics.STRICT ? graph : Rewriter.run(graph, this, context, RULES);
    }

    private static @Nullable Value scaleWeights(Binary n, Match m) {
        Tensor c = n.function() == BinaryFunction.MULTIPLY ? m.constant(n.y()) : null;
        Contraction op = c == null ? null : m.definitionUsedOnce(n.x(), Contraction.class);
        if (c == null || op == null || !m.mayReorder(n.x())) {
            return null;
        }
        int rank = n.x().tensorType().rank();
        return switch (op) {
            case Conv v
            when m.constant(v.weights()) instanceof Tensor w && m.isOwn(v.weights()) -> {
                double[] s = ConstantArithmetic.alongAxis(c, rank, v.layout().channelAxis(rank), w.dim(0));
                yield s == null
                        ? null
                        : m.builder()
                                .add(new Conv(
                                        v.x(), scaled(w, 0, s, v.weights(), m), v.window(), v.groups(), v.layout()));
            }
            case ConvTranspose v
            when v.groups() == 1 && m.constant(v.weights()) instanceof Tensor w && m.isOwn(v.weights()) -> {
                double[] s = ConstantArithmetic.alongAxis(c, rank, v.layout().channelAxis(rank), w.dim(1));
                yield s == null
                        ? null
                        : m.builder()
                                .add(new ConvTranspose(
                                        v.x(), scaled(w, 1, s, v.weights(), m), v.window(), v.groups(), v.layout()));
            }
            case MatMul v
            when m.constant(v.y()) instanceof Tensor w
                    && w.rank() >= 2
                    && w.element().isFloat()
                    && m.isOwn(v.y()) -> {
                double[] s = ConstantArithmetic.alongAxis(c, rank, rank - 1, w.dim(w.rank() - 1));
                yield s == null ? null : m.builder().matMul(v.x(), scaled(w, w.rank() - 1, s, v.y(), m));
            }
            default -> null;
        };
    }

    private static Value scaled(Tensor weights, int axis, double[] factors, Value old, Match m) {
        return m.builder().constant(ConstantArithmetic.scale(weights, axis, factors), old.name());
    }

    /** {@code v} as an addition of a constant to a contraction, both used nowhere else. */
    private static @Nullable Binary biased(Value v, Match m) {
        Binary b = m.definitionUsedOnce(v, Binary.class);
        return b != null
                        && b.function() == BinaryFunction.ADD
                        && m.mayReorder(b.x())
                        && m.isConstant(b.y())
                        && b.x().tensorType().equals(v.tensorType())
                        && m.definitionUsedOnce(b.x(), Contraction.class) != null
                ? b
                : null;
    }

    private static @Nullable Value distribute(Binary n, Match m) {
        Tensor c = n.function() == BinaryFunction.MULTIPLY ? m.constant(n.y()) : null;
        Binary sum = c == null ? null : biased(n.x(), m);
        Tensor b = sum == null ? null : m.constant(sum.y());
        if (sum == null || c == null || b == null || !isSmall(b, c) || !isOwn(sum, n, m)) {
            return null;
        }
        Value product = m.builder().multiply(sum.x(), n.y());
        return m.builder()
                .add(
                        product,
                        m.builder()
                                .constant(
                                        ConstantArithmetic.map(b, c, (x, y) -> x * y),
                                        sum.y().name()));
    }

    private static @Nullable Value joinBiases(Binary n, Match m) {
        Tensor c = n.function() == BinaryFunction.ADD ? m.constant(n.y()) : null;
        Binary sum = c == null ? null : biased(n.x(), m);
        Tensor b = sum == null ? null : m.constant(sum.y());
        return sum == null || c == null || b == null || !isSmall(b, c) || !isOwn(sum, n, m)
                ? null
                : m.builder()
                        .add(
                                sum.x(),
                                m.builder()
                                        .constant(
                                                ConstantArithmetic.map(b, c, Double::sum),
                                                sum.y().name()));
    }

    /** Whether the combination of the two is no larger than the larger one. */
    private static boolean isSmall(Tensor b, Tensor c) {
        return b.size() == 1 || c.size() == 1 || withoutLeadingOnes(b).equals(withoutLeadingOnes(c));
    }

    /** Whether the combination of the constants of the two takes the place of the larger one. */
    private static boolean isOwn(Binary sum, Binary n, Match m) {
        boolean first = sum.y().tensorType().shape().elements().constant()
                > n.y().tensorType().shape().elements().constant();
        return m.isOwn(first ? sum.y() : n.y());
    }

    private static List<Dim> withoutLeadingOnes(Tensor t) {
        return t.shape().dims().stream().dropWhile(d -> d.isConstant(1)).toList();
    }
}
