package dev.lathe.passes.prune;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.statistics.Moments;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Removes whole blocks, of which the result is <i>x + f(x)</i>, until the graph has about a given share less: what is
 * left of one is <i>x</i>. The layers of a transformer are two such blocks each.
 */
public record PruneLayers(
        @Option("the share to remove, from 0 to 1; the nearest that whole blocks make")
        double ratio,

        @Option("of what") PruneMeasure of,

        @Option("what tells how important a block is: l1, l2, activations")
        Importance importance)
        implements Pass {

    public PruneLayers {
        if (!(ratio >= 0 && ratio < 1)) {
            throw new IllegalArgumentException("a ratio of " + ratio);
        }
        if (importance == Importance.TAYLOR || importance == Importance.BATCH_NORM) {
            throw new IllegalArgumentException("the importance of a block can be l1, l2, or activations");
        }
    }

    public PruneLayers() {
        this(0.3, PruneMeasure.PARAMETERS, Importance.L2);
    }

    /** A sum of {@code x} and {@code change}, which is computed from it by {@code inside}. */
    private record Block(Node sum, Value x, Value change, List<Node> inside) {}

    @Override
    public String name() {
        return "prune-layers";
    }

    @Override
    public String description() {
        return "remove the least important blocks that add to what they read";
    }

    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FoldConstants.class, "weights that are computed from constants must be literal"));
    }

    @Override
    public List<? extends Statistic<?>> measures(Graph graph) {
        if (importance != Importance.ACTIVATIONS) {
            return List.of();
        }
        List<Moments> wanted = new ArrayList<>();
        for (Block block : blocks(graph)) {
            moments(block.x).ifPresent(wanted::add);
            moments(block.change).ifPresent(wanted::add);
        }
        return wanted.stream().distinct().toList();
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<Block, Double> scores = new IdentityHashMap<>();
        Map<Value, Tensor> constants = new IdentityHashMap<>();
        graph.nodes().forEach(n -> {
            if (n.op() instanceof Constant(Tensor t)) {
                constants.put(n.result(), t);
            }
        });
        List<Block> blocks = blocks(graph);
        blocks.forEach(block -> scores.put(block, score(block, constants, context)));
        List<Block> order =
                blocks.stream().sorted(Comparator.comparingDouble(scores::get)).toList();
        Graph result = PruneSearch.nearest(
                name(),
                "ask for less, or remove channels too: prune-channels",
                graph,
                ratio,
                order.size(),
                step -> without(graph, order.subList(0, step)),
                g -> of.of(g, context));
        if (result != graph) {
            context.applied(this, "blocks removed", graph.nodes().getFirst());
        }
        return result;
    }

    private static Graph without(Graph graph, List<Block> removed) {
        Map<Node, Block> bySum = new IdentityHashMap<>();
        removed.forEach(block -> bySum.put(block.sum, block));
        return Rebuild.run(graph, (node, original, _) -> {
            Block block = bySum.get(original);
            if (block == null) {
                return null;
            }
            Binary old = (Binary) original.op();
            Binary now = (Binary) node.op();
            return List.of(old.x() == block.x ? now.x() : now.y());
        });
    }

    /** The blocks of a graph, those of regions left out, in order. */
    private static List<Block> blocks(Graph graph) {
        Uses uses = Uses.OF_NODES.of(graph);
        List<Block> blocks = new ArrayList<>();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Binary(BinaryFunction f, Value x, Value y) && f == BinaryFunction.ADD) {
                Block block = block(n, x, y, uses);
                block = block == null ? block(n, y, x, uses) : block;
                if (block != null) {
                    blocks.add(block);
                }
            }
        }
        return blocks;
    }

    /** The block with this sum, if {@code change} is computed from {@code x} by floats of the same type. */
    private static @Nullable Block block(Node sum, Value x, Value change, Uses uses) {
        boolean fits = x != change
                && x.type().equals(sum.result().type())
                && x.type() instanceof TensorType t
                && t.element().isFloat()
                && uses.definition(x) != null;
        if (!fits || uses.definition(x) instanceof Node d && d.op() instanceof Constant) {
            return null;
        }
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Node> before = Collections.newSetFromMap(new IdentityHashMap<>());
        boolean reads = collect(change, x, uses, seen);
        collect(x, null, uses, before);
        seen.removeAll(before);
        boolean learned = seen.stream().anyMatch(n -> n.op() instanceof Constant(Tensor t) && t.size() > 1);
        return reads && learned ? new Block(sum, x, change, List.copyOf(seen)) : null;
    }

    /** Collects what {@code from} is computed by, as far as {@code end}; whether that is reached. */
    private static boolean collect(Value from, @Nullable Value end, Uses uses, Set<Node> into) {
        boolean reached = false;
        Deque<Value> open = new ArrayDeque<>(List.of(from));
        while (!open.isEmpty()) {
            Value v = open.pop();
            if (v == end) {
                reached = true;
                continue;
            }
            Node n = uses.definition(v);
            if (n != null && into.add(n)) {
                n.op().dependencies().forEach(open::push);
            }
        }
        return reached;
    }

    private double score(Block block, Map<Value, Tensor> constants, PassContext context) {
        if (importance == Importance.ACTIVATIONS) {
            Optional<Double> x = moments(block.x).flatMap(m -> meanSquare(m, context));
            Optional<Double> change = moments(block.change).flatMap(m -> meanSquare(m, context));
            return x.isEmpty() || change.isEmpty() ? Double.POSITIVE_INFINITY : change.get() / Math.max(x.get(), 1e-30);
        }
        double sum = 0;
        double count = 0;
        Set<Value> counted = new HashSet<>();
        for (Node n : block.inside) {
            for (Value v : n.op().operands()) {
                Tensor t = constants.get(v);
                if (t != null && t.element().isFloat() && t.rank() >= 2 && counted.add(v)) {
                    for (double s : ChannelScores.sums(t, 0, importance == Importance.L1 ? 1 : 2)) {
                        sum += s;
                    }
                    count += t.size();
                }
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    private static Optional<Double> meanSquare(Moments m, PassContext context) {
        return context.statistics().get(m).map(sums -> {
            double all = 0;
            for (double s : sums.squares()) {
                all += s;
            }
            return sums.count() == 0 ? 0 : all / sums.count();
        });
    }

    /** What is measured of a value, if an axis has a known size. */
    private static Optional<Moments> moments(Value v) {
        TensorType t = v.tensorType();
        OptionalInt axis =
                IntStream.range(0, t.rank()).filter(i -> t.dim(i).isConstant()).max();
        return axis.isPresent() && t.element() == ElementType.F32
                ? Optional.of(new Moments(v, axis.getAsInt()))
                : Optional.empty();
    }
}
