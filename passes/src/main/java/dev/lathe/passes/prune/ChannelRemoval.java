package dev.lathe.passes.prune;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.axes.AxisRelations;
import dev.lathe.ir.analysis.axes.ReducedAxes;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Rebuild;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes units out of a graph: constants lose positions, attributes that say sizes follow, and types are found anew.
 * What comes out is a smaller dense graph.
 */
public final class ChannelRemoval {
    /** A constant that lost positions; {@code kept} has a list for each axis. */
    private record Part(Value constant, List<List<Integer>> kept) {}

    private final AxisRelations relations;
    private final ReducedAxes axes;
    private final Map<Node, Tensor> repaired;
    private final Map<Part, Value> parts = new HashMap<>();

    private ChannelRemoval(AxisRelations relations, ReducedAxes axes, Map<Node, Tensor> repaired) {
        this.relations = relations;
        this.axes = axes;
        this.repaired = repaired;
    }

    /** The graph without {@code removed}. */
    public static Graph of(Graph graph, AxisRelations relations, Collection<AxisRelations.Unit> removed) {
        return of(graph, relations, relations.without(removed), Map.of());
    }

    /**
     * The graph with the axes that are left.
     *
     * @param repaired weights of products and convolutions to take in the place of those that they have, of the same
     *     shapes, by the node
     */
    static Graph of(Graph graph, AxisRelations relations, ReducedAxes axes, Map<Node, Tensor> repaired) {
        ChannelRemoval removal = new ChannelRemoval(relations, axes, repaired);
        return Rebuild.run(graph, removal::visit);
    }

    private @Nullable List<Value> visit(Node node, Node original, Builder b) {
        Map<Value, Value> constants = new IdentityHashMap<>();
        b.at(original.location());
        for (Value v : original.op().operands()) {
            Tensor t = relations.constants().get(v);
            if (t != null) {
                constants.computeIfAbsent(v, _ -> constant(v, t, original, b));
            }
        }
        Op narrow = node.op().mapOperands(v -> constants.getOrDefault(v, v));
        Op op = original.results().isEmpty() ? narrow : resized(narrow, original);
        if (op == original.op() || op.equals(original.op())) {
            return null;
        }
        List<Value> results = b.copy(original, op);
        for (int i = 0; i < results.size(); i++) {
            Value old = original.results().get(i);
            if (!results.get(i).type().equals(axes.type(old, original))) {
                throw new IllegalStateException("%s: %%%s became %s, but the relations say %s"
                        .formatted(op.mnemonic(), old.name(), results.get(i).type(), axes.type(old, original)));
            }
        }
        return results;
    }

    private Value constant(Value v, Tensor t, Node user, Builder b) {
        Tensor now = repaired.getOrDefault(user, t);
        boolean isWeight = now != t && v.tensorType().shape().equals(now.shape());
        List<int[]> kept = axes.kept(v, user);
        if (!isWeight && kept.stream().allMatch(k -> k.length == 0)) {
            return v;
        }
        List<List<Integer>> key =
                kept.stream().map(k -> Arrays.stream(k).boxed().toList()).toList();
        if (isWeight) {
            return b.constant(gather(now, kept), v.name());
        }
        return parts.computeIfAbsent(new Part(v, key), _ -> b.constant(gather(t, kept), v.name()));
    }

    /** The elements at the positions of each axis; all where there are none. */
    static Tensor gather(Tensor t, List<int[]> kept) {
        long[] dims = t.dims().clone();
        for (int i = 0; i < dims.length; i++) {
            dims[i] = kept.get(i).length == 0 ? dims[i] : kept.get(i).length;
        }
        Tensor result = Tensor.zeros(t.element(), dims);
        copy(t, 0, result, 0, 0, kept);
        return result;
    }

    /** Copies what lies under one index of the axes before {@code axis}; the place after what was written. */
    private static long copy(Tensor from, long source, Tensor to, long target, int axis, List<int[]> kept) {
        if (axis == from.rank()) {
            to.copyElement(target, from, source);
            return target + 1;
        }
        long inner = 1;
        for (int i = axis + 1; i < from.rank(); i++) {
            inner *= from.dim(i);
        }
        long at = target;
        int[] positions = kept.get(axis);
        for (long i = 0; i < to.dim(axis); i++) {
            long index = positions.length == 0 ? i : positions[(int) i];
            at = copy(from, source + index * inner, to, at, axis + 1, kept);
        }
        return at;
    }

    /** {@code op} with the sizes that its attributes say as they are now. */
    private Op resized(Op op, Node original) {
        Value y = original.results().getFirst();
        return switch (op) {
            case Reshape r -> new Reshape(r.x(), shape(y, original));
            case Broadcast c -> new Broadcast(c.x(), shape(y, original));
            case Slice s -> slice(s, (Slice) original.op(), original);
            case Pad p -> pad(p, original);
            case Resize r ->
                new Resize(
                        r.x(),
                        r.scales(),
                        r.roi(),
                        shape(y, original),
                        r.mode(),
                        r.coordinates(),
                        r.nearest(),
                        r.cubicCoefficient(),
                        r.excludeOutside(),
                        r.extrapolation(),
                        r.antialias());
            case Conv c -> {
                Value x = ((Conv) original.op()).x();
                int channel = c.layout().channelAxis(x.tensorType().rank());
                yield new Conv(
                        c.x(), c.weights(), c.window(), axes.groups(original, x, channel, c.groups()), c.layout());
            }
            case ConvTranspose c -> {
                Value x = ((ConvTranspose) original.op()).x();
                int channel = c.layout().channelAxis(x.tensorType().rank());
                yield new ConvTranspose(
                        c.x(), c.weights(), c.window(), axes.groups(original, x, channel, c.groups()), c.layout());
            }
            case DeformConv c -> {
                Value x = ((DeformConv) original.op()).x();
                yield new DeformConv(
                        c.x(),
                        c.weights(),
                        c.offset(),
                        c.mask(),
                        c.window(),
                        axes.groups(original, x, 1, c.groups()),
                        c.offsetGroups());
            }
            default -> op;
        };
    }

    private Shape shape(Value y, Node original) {
        return ((TensorType) axes.type(y, original)).shape();
    }

    private Slice slice(Slice now, Slice old, Node original) {
        List<Dim> starts = new ArrayList<>();
        for (int i = 0; i < old.starts().size(); i++) {
            starts.add(axes.left(old.x(), original, i, Dim.ZERO, old.starts().get(i)));
        }
        return new Slice(now.x(), starts, shape(original.result(), original).dims(), now.steps());
    }

    private Pad pad(Pad p, Node original) {
        Value y = original.result();
        List<Dim> before = new ArrayList<>();
        List<Dim> after = new ArrayList<>();
        for (int i = 0; i < p.before().size(); i++) {
            Dim size = y.tensorType().dim(i);
            before.add(axes.left(y, original, i, Dim.ZERO, p.before().get(i)));
            after.add(axes.left(y, original, i, size.minus(p.after().get(i)), size));
        }
        return new Pad(p.x(), p.value(), before, after, p.mode());
    }
}
