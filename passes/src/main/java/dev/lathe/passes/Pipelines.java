package dev.lathe.passes;

import dev.lathe.ir.op.CompositeOp;
import dev.lathe.passes.clean.Canonicalize;
import dev.lathe.passes.clean.CommonSubexpressions;
import dev.lathe.passes.clean.DeadCode;
import dev.lathe.passes.clean.InlineConditionals;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.fuse.FuseAttention;
import dev.lathe.passes.fuse.FuseConvBatchNorm;
import dev.lathe.passes.fuse.FuseHorizontally;
import dev.lathe.passes.fuse.FuseKernels;
import dev.lathe.passes.fuse.IntegerProducts;
import dev.lathe.passes.fuse.RecognizeComposites;
import dev.lathe.passes.fuse.TargetKernels;
import dev.lathe.passes.layout.ChannelsLast;
import dev.lathe.passes.lower.ExpandComposites;
import dev.lathe.passes.lower.FloatProducts;
import dev.lathe.passes.lower.WidenSmallIntegers;
import dev.lathe.passes.prune.PruneChannels;
import dev.lathe.passes.prune.PruneLayers;
import dev.lathe.passes.prune.PruneWeights;
import dev.lathe.passes.quantize.ConvertWeights;
import dev.lathe.passes.quantize.QuantizeDynamic;
import dev.lathe.passes.quantize.QuantizeStatic;
import dev.lathe.passes.quantize.QuantizeWeights;
import dev.lathe.passes.recover.AdaptBatchNorm;
import dev.lathe.passes.recover.ClipOutliers;
import dev.lathe.passes.recover.CorrectBias;
import dev.lathe.passes.recover.EqualizeLayers;
import dev.lathe.passes.recover.SmoothQuant;
import dev.lathe.passes.shape.SimplifyShapes;
import dev.lathe.passes.shape.SpecializeShapes;
import dev.lathe.passes.weights.LiftWeights;
import dev.lathe.passes.weights.NameValues;
import java.util.List;
import java.util.function.Predicate;

/** The pipelines, each a column of passes. */
public final class Pipelines {
    private Pipelines() {}

    /** Every pass of this module, with its default options. */
    static final List<Pass> PASSES = List.of(
            new AdaptBatchNorm(),
            new Canonicalize(),
            new ChannelsLast(),
            new ClipOutliers(),
            new CommonSubexpressions(),
            new ConvertWeights(),
            new CorrectBias(),
            new DeadCode(),
            new EqualizeLayers(),
            new ExpandComposites(),
            new FloatProducts(),
            new FoldConstants(),
            new FuseAttention(),
            new FuseConvBatchNorm(),
            new FuseHorizontally(),
            new FuseKernels(),
            new InlineConditionals(),
            new IntegerProducts(),
            new LiftWeights(),
            new NameValues(),
            new PruneChannels(),
            new PruneLayers(),
            new PruneWeights(),
            new QuantizeDynamic(),
            new QuantizeStatic(),
            new QuantizeWeights(),
            new RecognizeComposites(),
            new SimplifyShapes(),
            new SmoothQuant(),
            new SpecializeShapes(),
            new WidenSmallIntegers());

    /** The target-independent passes; the result is {@link Stage#CANONICAL}. */
    public static Pipeline canonical(OptimizationLevel level) {
        return switch (level) {
            case O0 -> required();
            case O1 -> required().then(simplification()).reach(Stage.CANONICAL);
            case O2 -> required().then(simplification()).then(recognition()).reach(Stage.CANONICAL);
            case O3 ->
                required()
                        .then(simplification())
                        .then(recognition())
                        .then(new FuseHorizontally(), new Canonicalize())
                        .reach(Stage.CANONICAL);
        };
    }

    /** What must happen at every level. */
    private static Pipeline required() {
        return Pipeline.of(new SpecializeShapes());
    }

    private static Pipeline simplification() {
        return Pipeline.of(
                new FoldConstants(),
                new InlineConditionals(),
                new SimplifyShapes(),
                new Canonicalize(),
                new CommonSubexpressions(),
                new FoldConstants());
    }

    private static Pipeline recognition() {
        return Pipeline.of(
                new RecognizeComposites(),
                new FuseAttention(),
                new FuseConvBatchNorm(),
                new Canonicalize(),
                new CommonSubexpressions());
    }

    /** Bytes of constants that kernels want as numbers, not as steps. */
    private static final long SMALL = 1024;

    /**
     * From a canonical graph to kernels, for a backend that works with channels last.
     *
     * @param keeps the composites that the target has kernels for; the others, and fused groups, are expanded
     * @param kernels what the target runs as one kernel
     */
    public static Pipeline kernels(Predicate<? super CompositeOp> keeps, TargetKernels kernels) {
        return Pipeline.EMPTY
                .tell(TargetKernels.KEY, kernels)
                .then(
                        new IntegerProducts(),
                        new ExpandComposites(op -> !keeps.test(op)),
                        new FloatProducts(),
                        new WidenSmallIntegers(),
                        new ChannelsLast(),
                        FoldConstants.upTo(SMALL),
                        new Canonicalize(),
                        new CommonSubexpressions(),
                        new FuseKernels())
                .reach(Stage.TARGET);
    }
}
