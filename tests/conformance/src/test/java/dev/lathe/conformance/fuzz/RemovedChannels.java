package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.axes.ReducedAxes;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Rebuild;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of a removed channel: whatever sums up over it reads 0 from it. A graph in which that is written out, at
 * full size, must give what the smaller graph gives.
 */
final class RemovedChannels {
    private RemovedChannels() {}

    /** {@code graph} with zeros in the place of what sums read at positions that {@code axes} has not. */
    static Graph zeroed(Graph graph, ReducedAxes axes) {
        return Rebuild.run(graph, (node, original, b) -> zeroed(node, original, axes, b));
    }

    private static @Nullable List<Value> zeroed(Node node, Node original, ReducedAxes axes, Builder b) {
        Map<Value, Value> now = new IdentityHashMap<>();
        switch (original.op()) {
            case MatMul m -> {
                zero(node, original, now, axes, b, m.x(), m.x().tensorType().rank() - 1);
                zero(
                        node,
                        original,
                        now,
                        axes,
                        b,
                        m.y(),
                        Math.max(0, m.y().tensorType().rank() - 2));
            }
            case Conv c ->
                zero(
                        node,
                        original,
                        now,
                        axes,
                        b,
                        c.x(),
                        c.layout().channelAxis(c.x().tensorType().rank()));
            case ConvTranspose c ->
                zero(
                        node,
                        original,
                        now,
                        axes,
                        b,
                        c.x(),
                        c.layout().channelAxis(c.x().tensorType().rank()));
            case DeformConv c -> zero(node, original, now, axes, b, c.x(), 1);
            case Reduce r -> r.axes().forEach(axis -> zero(node, original, now, axes, b, r.x(), axis));
            case ScaledDotProductAttention a -> {
                zero(node, original, now, axes, b, a.q(), 3);
                zero(node, original, now, axes, b, a.k(), 3);
            }
            default -> {}
        }
        return now.isEmpty() ? null : b.copy(original, node.op().mapOperands(v -> now.getOrDefault(v, v)));
    }

    private static void zero(
            Node node, Node original, Map<Value, Value> now, ReducedAxes axes, Builder b, Value v, int axis) {
        int[] kept = axes.kept(v, original).get(axis);
        if (kept.length == 0) {
            return;
        }
        Value operand = node.op().operands().get(original.op().operands().indexOf(v));
        int rank = v.tensorType().rank();
        long size = v.tensorType().dim(axis).constant();
        boolean[] stays = new boolean[Math.toIntExact(size)];
        for (int i : kept) {
            stays[i] = true;
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank, Dim.ONE));
        dims.set(axis, Dim.of(size));
        Value mask = b.reshape(b.constant(Tensor.of(stays, size)), Shape.of(dims));
        ElementType element = operand.tensorType().element();
        Value so = now.getOrDefault(operand, operand);
        now.put(operand, b.select(mask, so, b.constant(Tensor.scalar(element, 0))));
    }
}
