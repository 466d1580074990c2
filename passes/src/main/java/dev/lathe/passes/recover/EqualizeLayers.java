package dev.lathe.passes.recover;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.fuse.FuseConvBatchNorm;
import java.util.List;

/**
 * Cross-layer equalization: makes the weights of each channel as large in the layer that gives it as in the layers that
 * read it, so that no channel is lost in the range of another one (<a href="https://arxiv.org/abs/1906.04721">Nagel et
 * al. 2019</a>). Goes through ReLU, sums with constants, minima, maxima and pools, which treat every multiple of a
 * channel alike; a depthwise convolution is a layer like others. Factors are powers of two, so what is computed stays
 * the same to the last bit, while values between layers are scaled.
 */
public record EqualizeLayers() implements Pass {
    private static final int MOST_SWEEPS = 8;

    @Override
    public String name() {
        return "equalize-layers";
    }

    @Override
    public String description() {
        return "give the channels between two layers weights of one size, without changing results";
    }

    /** Values between layers are scaled. */
    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return List.of(
                Pass.after(FoldConstants.class, "weights that are computed from constants must be literal"),
                Pass.after(FuseConvBatchNorm.class, "a batch norm would take the factors instead of the weights"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        ChannelScaling scaling = new ChannelScaling(graph);
        for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
            boolean moved = false;
            for (Value v : scaling.read()) {
                moved |= equalize(v, scaling, context, sweep == 0);
            }
            if (!moved) {
                break;
            }
        }
        return scaling.apply();
    }

    private boolean equalize(Value v, ChannelScaling scaling, PassContext context, boolean tell) {
        int axis = scaling.axis(v);
        Node layer = axis < 0 || !scaling.isOnlyRead(v) ? null : scaling.layer(v, axis);
        if (layer == null) {
            return false;
        }
        double[] given = scaling.largestOut(layer);
        double[] read = new double[given.length];
        for (Node reader : scaling.readers(v)) {
            double[] own = scaling.largestIn(reader);
            for (int i = 0; i < read.length; i++) {
                read[i] = Math.max(read[i], own[i]);
            }
        }
        double[] up = new double[given.length];
        double[] down = new double[given.length];
        boolean moved = false;
        for (int i = 0; i < up.length; i++) {
            up[i] = ChannelScaling.powerOfTwo(Math.sqrt(read[i] / given[i]));
            down[i] = 1 / up[i];
            moved |= up[i] != 1;
        }
        if (moved) {
            scaling.scale(v, axis, up);
            scaling.readers(v).forEach(r -> scaling.scaleIn(r, down));
            if (tell) {
                context.applied(this, "channels of one size", layer);
            }
        }
        return moved;
    }
}
