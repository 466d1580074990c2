package dev.lathe.regions;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.ReadDims;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a graph is cut. Regions are as few as can be, and so as large as can be: a path through the graph that changes
 * the target {@code n} times needs {@code n + 1} of them, and the longest such path is what there is. A region may hold
 * parts that do not touch each other. They run one after the other, so the graph of regions has no cycle.
 *
 * <p>Only tensors go from one region to another: what hands on a sequence, a map or an optional stays together with
 * what reads it, and so does what reads a size from data with what has that size. The target runs no node with a size
 * that only a run tells, unless the same region finds it out: its compiler would have to know it before. Constants
 * belong to every region that reads them; one that is an output of the graph is made by target java.
 */
public final class Regions {

    /**
     * A part of a graph.
     *
     * @param fallback whether target java runs it
     * @param nodes in the order of the graph, without constants that are no outputs
     */
    public record Part(boolean fallback, List<Node> nodes) {}

    /** The nodes without such constants, which have numbers in this order. */
    private final List<Node> nodes;

    private final Map<Value, Integer> definedBy = new IdentityHashMap<>();
    private final Map<String, Integer> boundBy = new HashMap<>();
    /** What each node needs of others: values, and sizes that they bind. */
    private final List<List<Integer>> needs = new ArrayList<>();

    private final List<Set<String>> symbols = new ArrayList<>();
    private final boolean[] fallback;
    private final int[] group;

    private Regions(Graph graph, Set<Node> refused) {
        nodes = graph.nodes().stream()
                .filter(n -> !(n.op() instanceof Constant) || graph.outputs().contains(n.result()))
                .toList();
        fallback = new boolean[nodes.size()];
        for (int i = 0; i < nodes.size(); i++) {
            Node n = nodes.get(i);
            int number = i;
            boolean constant = n.op() instanceof Constant;
            if (!constant) {
                n.results().forEach(v -> definedBy.put(v, number));
            }
            n.op().binds().forEach(s -> boundBy.put(s, number));
            fallback[i] = constant
                    || refused.contains(n)
                    || n.op().regions().stream()
                            .flatMap(r -> r.allNodes().stream())
                            .anyMatch(refused::contains);
            symbols.add(RegionGraph.symbols(n));
        }
        for (int i = 0; i < nodes.size(); i++) {
            int number = i;
            Set<Integer> all = new HashSet<>();
            nodes.get(i).op().dependencies().stream()
                    .filter(definedBy::containsKey)
                    .forEach(v -> all.add(maker(v)));
            symbols.get(i).stream().filter(boundBy::containsKey).forEach(s -> all.add(binder(s)));
            all.removeIf(n -> n == number);
            needs.add(all.stream().sorted().toList());
        }
        group = Groups.of(needs, together());
    }

    private int maker(Value v) {
        return definedBy.getOrDefault(v, -1);
    }

    private int binder(String symbol) {
        return boundBy.getOrDefault(symbol, -1);
    }

    /** Pairs of nodes that hand on what is no tensor: another value, or a size that no tensor has. */
    private List<int[]> together() {
        List<int[]> pairs = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (String s : symbols.get(i)) {
                boolean isOfTensor = binder(s) < 0
                        || nodes.get(binder(s)).results().stream()
                                .anyMatch(v -> RegionGraph.plainSymbols(v).contains(s));
                if (!isOfTensor) {
                    pairs.add(new int[] {binder(s), i});
                }
            }
            for (Value v : nodes.get(i).op().dependencies()) {
                if (!(v.type() instanceof TensorType) && maker(v) >= 0) {
                    pairs.add(new int[] {maker(v), i});
                }
            }
        }
        return pairs;
    }

    /**
     * The regions of a graph, in an order in which they can run.
     *
     * @param refused nodes that target java must run, of the graph or of regions of its ops; compared by identity
     */
    public static List<Part> of(Graph graph, Collection<Node> refused) {
        Set<Node> identical = Collections.newSetFromMap(new IdentityHashMap<>());
        identical.addAll(refused);
        return new Regions(graph, identical).cut();
    }

    private List<Part> cut() {
        while (true) {
            shareWithGroups();
            int[] engineFirst = levels(false);
            int[] fallbackFirst = levels(true);
            boolean first = count(fallbackFirst) < count(engineFirst);
            int[] levels = first ? fallbackFirst : engineFirst;
            if (!leaveUnknownSizes(levels)) {
                return regions(levels, first);
            }
        }
    }

    /** What is in a group with a node of target java runs there, too. */
    private void shareWithGroups() {
        boolean[] any = new boolean[nodes.size()];
        for (int i = 0; i < group.length; i++) {
            any[group[i]] |= fallback[i];
        }
        for (int i = 0; i < group.length; i++) {
            fallback[i] = any[group[i]];
        }
    }

    /** How often the target changes on the way to each group, where the first region is target java's or not. */
    private int[] levels(boolean fallbackFirst) {
        int[] levels = new int[nodes.size()];
        // Groups are numbered in topological order.
        List<List<Integer>> members = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            members.add(new ArrayList<>());
        }
        for (int i = 0; i < nodes.size(); i++) {
            members.get(group[i]).add(i);
        }
        for (List<Integer> all : members) {
            int level = 0;
            for (int i : all) {
                level = Math.max(level, fallback[i] == fallbackFirst ? 0 : 1);
                for (int from : needs.get(i)) {
                    if (group[from] != group[i]) {
                        level = Math.max(level, levels[from] + (fallback[from] == fallback[i] ? 0 : 1));
                    }
                }
            }
            for (int i : all) {
                levels[i] = level;
            }
        }
        return levels;
    }

    private static int count(int[] levels) {
        int most = -1;
        for (int level : levels) {
            most = Math.max(most, level);
        }
        return most + 1;
    }

    /** Gives nodes to target java whose sizes another region finds out; whether there were any. */
    private boolean leaveUnknownSizes(int[] levels) {
        boolean any = false;
        for (int i = 0; i < nodes.size(); i++) {
            int level = levels[i];
            boolean known = symbols.get(i).stream().allMatch(s -> binder(s) < 0 || levels[binder(s)] == level);
            boolean read =
                    nodes.get(i).op() instanceof ReadDims r && maker(r.x()) >= 0 && levels[maker(r.x())] != level;
            if (!fallback[i] && (!known || read)) {
                fallback[i] = true;
                any = true;
            }
        }
        return any;
    }

    private List<Part> regions(int[] levels, boolean fallbackFirst) {
        List<List<Node>> parts = new ArrayList<>();
        for (int level = 0; level < count(levels); level++) {
            parts.add(new ArrayList<>());
        }
        for (int i = 0; i < nodes.size(); i++) {
            parts.get(levels[i]).add(nodes.get(i));
        }
        List<Part> regions = new ArrayList<>();
        for (int level = 0; level < parts.size(); level++) {
            if (!parts.get(level).isEmpty()) {
                regions.add(new Part(level % 2 == 0 == fallbackFirst, List.copyOf(parts.get(level))));
            }
        }
        return regions;
    }
}
