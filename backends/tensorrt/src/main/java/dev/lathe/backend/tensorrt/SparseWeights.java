package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Weights of which two of every four along the input are zero, which GPUs multiply faster. */
final class SparseWeights {
    private SparseWeights() {}

    /** Whether a graph has such weights. */
    static boolean occurIn(Graph graph) {
        Map<Value, Tensor> constants = new IdentityHashMap<>();
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant c && c.value().element().isFloat()) {
                constants.put(n.result(), c.value());
            }
        }
        return graph.allNodes().stream().anyMatch(n -> switch (n.op()) {
            case Conv c -> isSparse(constants.get(c.weights()), 1);
            case MatMul m -> isSparse(constants.get(m.y()), m.y().tensorType().rank() - 2);
            default -> false;
        });
    }

    /** Whether in each group of four along {@code axis} at most two are not zero. */
    static boolean isSparse(@Nullable Tensor t, int axis) {
        if (t == null || axis < 0 || t.dim(axis) % 4 != 0 || t.size() == 0) {
            return false;
        }
        long inner = 1;
        for (int i = axis + 1; i < t.rank(); i++) {
            inner *= t.dim(i);
        }
        for (long group = 0; group < t.size() / 4; group++) {
            long first = group / inner * 4 * inner + group % inner;
            int filled = 0;
            for (int i = 0; i < 4; i++) {
                filled += t.getDouble(first + i * inner) != 0 ? 1 : 0;
            }
            if (filled > 2) {
                return false;
            }
        }
        return true;
    }
}
