package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Container;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.Creation;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.ImageDecode;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.MaxRoiPool;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.op.Ordering;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.Random;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.ReadDims;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.op.Sampling;
import dev.lathe.ir.op.Tabular;
import dev.lathe.ir.op.Text;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.Unique;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What each op says of the axes of its operands and results. Two positions are tied if an element at one is computed
 * from elements at the other. What an op reads from removed positions must be as good as nothing, or they are pinned.
 */
final class AxisRules {
    /** A composite as other ops; made once, so that its nodes stay the same. */
    private record Expansion(List<Node> nodes, List<Value> results) {}

    final Choices choices = new Choices();
    final Map<Value, Tensor> constants;
    final Uses uses;
    AxisUnions unions = new AxisUnions(Set.of());
    /** Whether means and layer normalizations leave the axes that they go over as they are. */
    private final boolean acrossNormalizations;

    private final Map<Node, Expansion> expansions = new IdentityHashMap<>();

    AxisRules(Map<Value, Tensor> constants, Uses uses, boolean acrossNormalizations) {
        this.constants = constants;
        this.uses = uses;
        this.acrossNormalizations = acrossNormalizations;
    }

    /** Finds the relations of a whole graph; each use of a constant in {@code apart} is for itself. */
    AxisUnions find(Graph graph, Set<Value> apart) {
        do {
            choices.restart();
            unions = new AxisUnions(apart);
            add(graph);
        } while (choices.reject(unions));
        return unions;
    }

    private void add(Graph graph) {
        for (Value v : graph.inputs()) {
            pin(v);
        }
        for (Node n : graph.nodes()) {
            unions.use(n);
            add(n);
        }
        for (Value v : graph.outputs()) {
            unions.pinShared(v);
        }
    }

    private void add(Node n) {
        switch (n.op()) {
            case CompositeOp op -> composite(n, op);
            case Elementwise op -> elementwise(op.operands(), n.result());
            case Contraction op -> ContractionAxes.add(this, n, op);
            case Reduction op -> reduction(n, op);
            case Movement op -> MovementAxes.add(this, n, op);
            case Indexing op -> IndexingAxes.add(this, n, op);
            case Creation op -> creation(n, op);
            case Sampling op -> sampling(n, op);
            case Ordering op -> ordering(n, op);
            case Control _, Container _, Text _, Tabular _, Random _ -> pinAll(n);
        }
        if (!(n.op() instanceof Constant)) { // each use of a constant may have axes of its own
            n.results().forEach(v -> unions.settle(axes(v)));
        }
    }

    List<Axis> axes(Value v) {
        return unions.of(v);
    }

    Axis axis(Value v, int axis) {
        return axes(v).get(axis);
    }

    void pin(Value v) {
        unions.pin(axes(v));
    }

    /** What this op needs of its operands, and makes of them, is not known. */
    void pinAll(Node n) {
        n.op().dependencies().forEach(this::pin);
        n.results().forEach(this::pin);
    }

    /** The axes of {@code v} broadcast to those of {@code result}. */
    void broadcast(Value v, Value result) {
        List<Axis> from = axes(v);
        List<Axis> to = axes(result);
        int missing = to.size() - from.size();
        for (int i = 0; i < from.size(); i++) {
            along(from.get(i), to.get(missing + i));
        }
    }

    /** An axis that is the same as another, or has size 1 and is repeated. */
    void along(Axis from, Axis to) {
        if (from.size().equals(to.size())) {
            unions.tie(from, to);
        } else if (!from.size().isConstant(1)) {
            unions.pin(from);
            unions.pin(to);
        }
    }

    private void elementwise(List<Value> operands, Value result) {
        operands.forEach(v -> broadcast(v, result));
    }

    /** All axes of {@code y} are those of {@code x}, but for the one that is pinned in both. */
    void sameBut(Value x, Value y, int pinned) {
        for (int i = 0; i < axes(x).size(); i++) {
            if (i == pinned) {
                unions.pin(axis(x, i));
                unions.pin(axis(y, i));
            } else {
                unions.tie(axis(x, i), axis(y, i));
            }
        }
    }

    private void reduction(Node n, Reduction op) {
        switch (op) {
            case Reduce r ->
                reduce(
                        r.x(),
                        n.result(),
                        r.axes(),
                        r.keepDims(),
                        switch (r.function()) {
                            case REDUCE_SUM -> true;
                            case REDUCE_MEAN -> acrossNormalizations;
                            case REDUCE_PROD, REDUCE_MIN, REDUCE_MAX -> false;
                        });
            case ArgReduce r -> reduce(r.x(), n.result(), List.of(r.axis()), r.keepDims(), false);
            case Cumulative c -> sameBut(c.x(), n.result(), c.axis());
            case Pool p -> {
                int channel = p.layout().channelAxis(axes(p.x()).size());
                window(p.x(), n.result(), channel);
                unions.tie(axis(p.x(), channel), axis(n.result(), channel));
            }
            case PoolIndices _ -> pinAll(n); // an index counts the elements of all channels before
        }
    }

    /** The batch is the same, and the spatial axes are pinned. */
    void window(Value x, Value y, int channel) {
        for (int i = 0; i < axes(x).size(); i++) {
            if (i == 0) {
                unions.tie(axis(x, 0), axis(y, 0));
            } else if (i != channel) {
                unions.pin(axis(x, i));
                unions.pin(axis(y, i));
            }
        }
    }

    private void reduce(Value x, Value y, List<Integer> over, boolean keepDims, boolean ends) {
        int at = 0;
        for (int i = 0; i < axes(x).size(); i++) {
            if (over.contains(i)) {
                if (!ends) {
                    unions.pin(axis(x, i));
                }
                at += keepDims ? 1 : 0;
            } else {
                unions.tie(axis(x, i), axis(y, at++));
            }
        }
    }

    private void creation(Node n, Creation op) {
        switch (op) {
            case Constant _ -> {
                // Every axis can lose positions.
            }
            case Dims _, Range _, ReadDims _, ImageDecode _ -> pinAll(n);
        }
    }

    private void sampling(Node n, Sampling op) {
        Value y = n.results().getFirst();
        switch (op) {
            case GridSample s -> regions(s.x(), y, List.of(s.grid()), true);
            case RoiAlign r -> regions(r.x(), y, List.of(r.rois(), r.batchIndices()), false);
            case MaxRoiPool r -> regions(r.x(), y, List.of(r.rois()), false);
            case DeformConv c -> ContractionAxes.deformed(this, n, c);
        }
    }

    /** Channels are sampled each for itself. */
    private void regions(Value x, Value y, List<Value> places, boolean sameBatch) {
        places.forEach(this::pin);
        for (int i = 0; i < axes(x).size(); i++) {
            if (i == 1 || i == 0 && sameBatch) {
                unions.tie(axis(x, i), axis(y, i));
            } else {
                unions.pin(axis(x, i));
                unions.pin(axis(y, i));
            }
        }
    }

    private void ordering(Node n, Ordering op) {
        switch (op) {
            case TopK t -> n.results().forEach(y -> sameBut(t.x(), y, t.axis()));
            case Unique _, NonMaxSuppression _ -> pinAll(n);
        }
    }

    private void composite(Node n, CompositeOp op) {
        if (op.isElementwise()) {
            elementwise(op.operands(), n.result());
            return;
        }
        switch (op) {
            case Softmax s -> sameBut(s.x(), n.result(), s.axis());
            case LayerNorm l -> layerNorm(l, n.result());
            case ScaledDotProductAttention a -> attention(a, n.result());
            case Quantize q -> {
                scale(q.scale(), q.x(), q.axis(), q.blockSize());
                q.zeroPoint().ifPresent(z -> scale(z, q.x(), q.axis(), q.blockSize()));
                broadcast(q.x(), n.result());
            }
            case Dequantize d -> {
                scale(d.scale(), d.x(), d.axis(), d.blockSize());
                d.zeroPoint().ifPresent(z -> scale(z, d.x(), d.axis(), d.blockSize()));
                broadcast(d.x(), n.result());
            }
            default -> {
                if (op instanceof Fused || countsElements(op)) {
                    pinAll(n);
                } else {
                    expanded(n, op);
                }
            }
        }
    }

    /** Whether an attribute may be a size, which would have to change with the types of the operands. */
    private static boolean countsElements(Op op) {
        return OpSchema.of(op.getClass()).components().stream()
                .filter(c -> c.role() == OpSchema.Role.ATTRIBUTE)
                .anyMatch(c -> c.type() != double.class
                        && c.type() != boolean.class
                        && !(c.type() instanceof Class<?> type && type.isEnum()));
    }

    private void expanded(Node n, CompositeOp op) {
        Expansion e = expansions.computeIfAbsent(n, _ -> {
            Builder b = Builder.graph(op.mnemonic());
            List<Value> results = op.expandAll(b);
            return new Expansion(
                    b.build(results, results.stream().map(Value::name).toList()).nodes(), results);
        });
        e.nodes.forEach(this::add);
        for (int i = 0; i < e.results.size(); i++) {
            broadcast(e.results.get(i), n.results().get(i));
        }
    }

    private void layerNorm(LayerNorm l, Value y) {
        broadcast(l.x(), y);
        l.scale().ifPresent(v -> broadcast(v, y));
        l.bias().ifPresent(v -> broadcast(v, y));
        for (int i = l.axis(); i < axes(y).size() && !acrossNormalizations; i++) {
            unions.pin(axis(y, i));
        }
    }

    private void attention(ScaledDotProductAttention a, Value y) {
        List<Axis> q = axes(a.q());
        List<Axis> k = axes(a.k());
        List<Axis> v = axes(a.v());
        List<Axis> out = axes(y);
        for (int i = 0; i < 2; i++) {
            unions.tie(q.get(i), k.get(i));
            unions.tie(q.get(i), v.get(i));
            unions.tie(q.get(i), out.get(i));
        }
        unions.tie(q.get(2), out.get(2));
        unions.tie(q.get(3), k.get(3));
        unions.pin(k.get(2));
        unions.pin(v.get(2));
        unions.tie(v.get(3), out.get(3));
        Optional<List<Axis>> mask = a.mask().map(this::axes);
        if (mask.isPresent()) {
            List<Axis> scores = List.of(q.get(0), q.get(1), q.get(2), k.get(2));
            int missing = 4 - mask.get().size();
            for (int i = 0; i < mask.get().size(); i++) {
                along(mask.get().get(i), scores.get(missing + i));
            }
        }
    }

    /** A scale or zero point of {@code x}: one number, or one for each index of an axis, or for each block of them. */
    private void scale(Value v, Value x, int axis, long blockSize) {
        TensorType t = v.tensorType();
        int rank = x.tensorType().rank();
        boolean single = t.rank() == 0 || t.rank() == 1 && t.dim(0).isConstant(1);
        if (blockSize != 0) {
            pin(v);
            pin(x);
        } else if (!single && t.rank() == 1 && rank != 1) {
            unions.tie(axis(v, 0), axis(x, axis));
        } else if (!single) {
            broadcast(v, x);
        }
    }
}
