package dev.lathe.frontend.onnx.ops.microsoft;

import dev.lathe.frontend.onnx.file.BlockedChannels;
import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.nn.PoolOps;
import dev.lathe.frontend.onnx.ops.vision.ResizeOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The operators that ONNX Runtime's optimizer saves at level ALL, whose images hold blocks of channels together
 * ({@code com.microsoft.nchwc}). Here an image stays {@code [N, C, H, W]}, with as many channels as fill its blocks;
 * only the filters of convolutions, which were rearranged when the file was saved, are put back.
 */
public final class BlockedOps {
    private BlockedOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.BLOCKED + "ReorderInput").since(1, BlockedOps::reorderInput);
        t.on(Domains.BLOCKED + "ReorderOutput").since(1, BlockedOps::reorderOutput);
        t.on(Domains.BLOCKED + "Conv").since(1, n -> MicrosoftOps.fusedConv(n.with(1, filters(n))));
        t.on(Domains.BLOCKED + "MaxPool").since(1, n -> PoolOps.pool(n, PoolFunction.MAX_POOL, n.in(0)));
        t.on(Domains.BLOCKED + "AveragePool").since(1, PoolOps::averagePool);
        t.on(Domains.BLOCKED + "GlobalMaxPool").since(1, n -> global(n, ReduceFunction.REDUCE_MAX));
        t.on(Domains.BLOCKED + "GlobalAveragePool").since(1, n -> global(n, ReduceFunction.REDUCE_MEAN));
        t.on(Domains.BLOCKED + "Upsample").since(1, ResizeOps::blockedUpsample);
    }

    private static Value global(OnnxNode n, ReduceFunction f) {
        return n.b.reduce(f, n.in(0), List.of(2, 3), true);
    }

    private static int block(OnnxNode n) {
        int block = (int) n.i(BlockedChannels.BLOCK, 0);
        if (block == 0) {
            throw MicrosoftOps.unsupported(
                    "the file was saved by ONNX Runtime at level ALL, in a layout of the machine that saved it, and"
                            + " its sizes do not tell whether that has blocks of 8 or of 16 channels",
                    "save it at level EXTENDED (ORT_ENABLE_EXTENDED), or give the original model");
        }
        return block;
    }

    private static Value reorderInput(OnnxNode n) {
        if (n.rank(0) != 4) {
            throw new InvalidOpException("an image of rank " + n.rank(0) + ", where 4 is needed");
        }
        Builder b = n.b;
        Value x = n.flag("channels_last", false) ? b.transpose(n.in(0), List.of(0, 3, 1, 2)) : n.in(0);
        Dim channels = x.tensorType().dim(1);
        Dim block = Dim.of(block(n));
        List<Dim> after = new ArrayList<>(Collections.nCopies(4, Dim.ZERO));
        after.set(1, channels.ceilDiv(block).times(block).minus(channels));
        return after.get(1).isConstant(0)
                ? x
                : b.add(new Pad(x, Optional.empty(), Collections.nCopies(4, Dim.ZERO), after, PadMode.CONSTANT));
    }

    private static Value reorderOutput(OnnxNode n) {
        Value y = n.b.slice(n.in(0), 1, Dim.ZERO, Dim.of(n.size("channels")));
        return n.flag("channels_last", false) ? n.b.transpose(y, List.of(0, 2, 3, 1)) : y;
    }

    /**
     * The filters as {@code [out, in, height, width]}: saved were blocks of out channels, or of out and of in
     * channels, each with its numbers together.
     */
    private static Value filters(OnnxNode n) {
        Tensor saved = n.constant(1);
        int block = block(n);
        if (saved.rank() != 4 || saved.dim(0) % block != 0) {
            throw new InvalidOpException("filters of " + new Shape(n.shape(1).dims()) + " in blocks of " + block);
        }
        long out = saved.dim(0);
        long in = saved.dim(1);
        long taps = saved.dim(2) * saved.dim(3);
        boolean depthwise = n.i("group", 1) > 1 && in == 1;
        boolean inBlocks = !depthwise && in >= block;
        if (inBlocks && in % block != 0) {
            throw new InvalidOpException("filters of " + in + " channels in blocks of " + block);
        }
        long inner = inBlocks ? block : 1;
        Tensor filters = Tensor.zeros(saved.element(), saved.dims());
        long at = 0;
        for (long ob = 0; ob < out; ob += block) {
            for (long ib = 0; ib < in; ib += inner) {
                for (long tap = 0; tap < taps; tap++) {
                    for (long i = ib; i < ib + inner; i++) {
                        for (long o = ob; o < ob + block; o++) {
                            filters.copyElement((o * in + i) * taps + tap, saved, at++);
                        }
                    }
                }
            }
        }
        return n.b.constant(filters);
    }
}
