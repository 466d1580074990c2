package dev.lathe.passes.layout;

import dev.lathe.ir.Graph;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.Transpose;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rewriter;
import dev.lathe.passes.fuse.FuseConvBatchNorm;
import java.util.List;

/**
 * Gives convolutions and pools of images the layout {@code [N, H, W, C]}, in which a pixel's channels are contiguous
 * and a 1×1 convolution is a matrix product. Kept only if it costs fewer transposes than there are ops that it serves.
 */
public record ChannelsLast(
        @Option("convert even where transposes outnumber the ops they serve")
        boolean always) implements Pass {
    public ChannelsLast() {
        this(false);
    }

    @Override
    public String name() {
        return "channels-last";
    }

    @Override
    public String description() {
        return "lay out the activations of convolutions and pools with channels last";
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FuseConvBatchNorm.class, "scales per channel are found on the channels-first axis"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Graph converted = Rewriter.run(graph, this, context, ChannelsLastRules.RULES);
        long served = graph.allNodes().stream().filter(n -> isServed(n.op())).count();
        return always || transposes(converted) - transposes(graph) < served ? converted : graph;
    }

    private static boolean isServed(Op op) {
        return switch (op) {
            case Conv c ->
                c.layout() == ChannelLayout.CHANNELS_FIRST && c.x().tensorType().rank() == 4;
            case ConvTranspose c ->
                c.layout() == ChannelLayout.CHANNELS_FIRST && c.x().tensorType().rank() == 4;
            case Pool p ->
                p.layout() == ChannelLayout.CHANNELS_FIRST && p.x().tensorType().rank() == 4;
            default -> false;
        };
    }

    private static long transposes(Graph graph) {
        return graph.allNodes().stream()
                .filter(n -> n.op() instanceof Transpose)
                .count();
    }
}
