package dev.lathe.passes.listen;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassListener;
import java.util.Map;
import java.util.TreeMap;

/** Counts how often each rule was applied. */
public final class Statistics implements PassListener {
    private final Map<String, Map<String, Integer>> counts = new TreeMap<>();

    @Override
    public void ruleApplied(Pass pass, String rule, Node node) {
        counts.computeIfAbsent(pass.name(), _ -> new TreeMap<>()).merge(rule, 1, Integer::sum);
    }

    /** Applications by rule by pass. */
    public Map<String, Map<String, Integer>> counts() {
        return counts;
    }

    /** How often each op occurs in a graph and its regions, by the op's name in IR text. */
    public static Map<String, Integer> histogram(Graph graph) {
        Map<String, Integer> ops = new TreeMap<>();
        graph.allNodes().forEach(n -> ops.merge(n.op().mnemonic(), 1, Integer::sum));
        return ops;
    }
}
