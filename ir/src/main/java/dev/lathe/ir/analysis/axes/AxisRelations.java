package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Analysis;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What can be removed of a graph together: channels, neurons, heads. An element of a result depends on elements of
 * operands; so a position along an axis is tied to positions along other axes, through sums, concatenations, reshapes
 * and convolutions, and what is tied stays or goes as one {@link Unit}. The axes of inputs and outputs of the graph
 * stay as they are, and so do those that an op reads as a whole, such as that of a softmax.
 *
 * <p>If the ops after a removed channel read only zeros from it, the results stay the same.
 */
public final class AxisRelations {
    /**
     * The relations of a graph.
     *
     * @param acrossNormalizations whether channels can be removed over which a mean or a layer normalization goes;
     *     it then goes over those that are left, and results change
     */
    public record Of(boolean acrossNormalizations) implements Analysis<AxisRelations> {
        @Override
        public AxisRelations of(Graph graph) {
            return new AxisRelations(graph, acrossNormalizations);
        }
    }

    /** Positions along an axis, in order. */
    public record Slot(Axis axis, int[] positions) {}

    /** Positions along axes that stay or go together, some of them of constants. */
    public static final class Unit {
        private final int root;
        private final List<Slot> slots;

        private Unit(int root, List<Slot> slots) {
            this.root = root;
            this.slots = List.copyOf(slots);
        }

        int root() {
            return root;
        }

        /** All axes that have positions in it, those of intermediate values too. */
        public List<Slot> slots() {
            return slots;
        }
    }

    /**
     * Units that stand beside each other along the same axes, such as the channels of a convolution; at least one of
     * them must stay. In the order of their positions.
     */
    public record Group(List<Unit> units) {
        /** Whether there is more than one. */
        boolean hasChoice() {
            return units.size() > 1;
        }
    }

    private final AxisUnions unions;
    private final Choices choices;
    private final Map<Value, Tensor> constants = new LinkedHashMap<>();
    private final List<Group> groups;

    private AxisRelations(Graph graph, boolean acrossNormalizations) {
        Set<Value> apart = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Constant(Tensor t)) {
                constants.put(n.result(), t);
                if (isVector(t)) {
                    apart.add(n.result());
                }
            }
        }
        AxisRules rules = new AxisRules(constants, Uses.OF_NODES.of(graph), acrossNormalizations);
        unions = rules.find(graph, apart);
        choices = rules.choices;
        groups = makeGroups();
    }

    /** Vectors of equal numbers are one constant, though they may belong to different layers. */
    private static boolean isVector(Tensor t) {
        return IntStream.range(0, t.rank()).filter(i -> t.dim(i) != 1).count() <= 1;
    }

    private List<Group> makeGroups() {
        Map<Integer, List<Slot>> slots = new TreeMap<>();
        for (Axis axis : unions.all()) {
            Map<Integer, List<Integer>> positions = new LinkedHashMap<>();
            for (int i = 0; i < axis.count; i++) {
                int root = unions.find(axis.first + i);
                if (!unions.isPinned(root)) {
                    positions.computeIfAbsent(root, _ -> new ArrayList<>()).add(i);
                }
            }
            positions.forEach((root, list) -> slots.computeIfAbsent(root, _ -> new ArrayList<>())
                    .add(new Slot(axis, list.stream().mapToInt(i -> i).toArray())));
        }
        Map<List<Object>, List<Unit>> byAxes = new LinkedHashMap<>();
        slots.forEach((root, list) -> {
            if (list.stream().anyMatch(s -> constants.containsKey(s.axis.value))) {
                List<Object> key = new ArrayList<>();
                for (Slot s : list) {
                    key.add(s.axis);
                    key.add(s.positions.length);
                }
                byAxes.computeIfAbsent(key, _ -> new ArrayList<>()).add(new Unit(root, list));
            }
        });
        return byAxes.values().stream().map(Group::new).filter(Group::hasChoice).toList();
    }

    /** What can be removed, group by group. Of no group all units can be removed. */
    public List<Group> groups() {
        return groups;
    }

    /** The constants of the graph, those of regions left out. */
    public Map<Value, Tensor> constants() {
        return Collections.unmodifiableMap(constants);
    }

    /** The axes that are left when units are removed. */
    public ReducedAxes without(Collection<Unit> removed) {
        return new ReducedAxes(unions, choices, removed);
    }
}
