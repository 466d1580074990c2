package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;

/** Puts nodes into an order in which they can run: that of the file where it already is one. */
public final class NodeOrder {
    private NodeOrder() {}

    /** The nodes in order; those on a cycle, and those that need them, are left out and given to {@code cycle}. */
    public static List<NodeProto> of(List<NodeProto> nodes, Consumer<List<NodeProto>> cycle) {
        Map<String, Integer> producer = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (String output : nodes.get(i).getOutputList()) {
                if (!output.isEmpty()) {
                    producer.putIfAbsent(output, i);
                }
            }
        }
        List<List<Integer>> users = new ArrayList<>();
        int[] waiting = new int[nodes.size()];
        nodes.forEach(n -> users.add(new ArrayList<>()));
        for (int i = 0; i < nodes.size(); i++) {
            for (String name : needs(nodes.get(i))) {
                Integer from = producer.get(name);
                if (from != null) {
                    users.get(from).add(i);
                    waiting[i]++;
                }
            }
        }
        PriorityQueue<Integer> ready = new PriorityQueue<>();
        for (int i = 0; i < waiting.length; i++) {
            if (waiting[i] == 0) {
                ready.add(i);
            }
        }
        List<NodeProto> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            int i = ready.poll();
            order.add(nodes.get(i));
            for (int user : users.get(i)) {
                if (--waiting[user] == 0) {
                    ready.add(user);
                }
            }
        }
        if (order.size() < nodes.size()) {
            List<NodeProto> left = new ArrayList<>();
            for (int i = 0; i < waiting.length; i++) {
                if (waiting[i] > 0) {
                    left.add(nodes.get(i));
                }
            }
            cycle.accept(left);
        }
        return order;
    }

    /** Whether attributes of the node name values of the graph. */
    public static boolean namesValues(NodeProto node) {
        return node.getOpType().equals("Gradient");
    }

    /** The names that a node uses: its operands, and what its subgraphs take from around. */
    public static Set<String> needs(NodeProto node) {
        Set<String> names = new LinkedHashSet<>(node.getInputList());
        if (namesValues(node)) {
            // It names the values that it is about.
            node.getAttributeList().forEach(a -> {
                names.add(a.getS().toStringUtf8());
                a.getStringsList().forEach(s -> names.add(s.toStringUtf8()));
            });
        }
        ArrayDeque<GraphProto> graphs = new ArrayDeque<>();
        node.getAttributeList().forEach(a -> addGraphs(a, graphs));
        while (!graphs.isEmpty()) {
            // Names that a subgraph defines itself may be named here too; a file that reuses outer names for them is
            // not valid.
            GraphProto g = graphs.pop();
            Set<String> own = new HashSet<>();
            g.getInputList().forEach(i -> own.add(i.getName()));
            g.getInitializerList().forEach(t -> own.add(t.getName()));
            g.getNodeList().forEach(n -> own.addAll(n.getOutputList()));
            for (NodeProto n : g.getNodeList()) {
                n.getInputList().stream().filter(name -> !own.contains(name)).forEach(names::add);
                n.getAttributeList().forEach(a -> addGraphs(a, graphs));
            }
            g.getOutputList().stream()
                    .map(o -> o.getName())
                    .filter(name -> !own.contains(name))
                    .forEach(names::add);
        }
        names.remove("");
        return names;
    }

    private static void addGraphs(AttributeProto a, ArrayDeque<GraphProto> into) {
        if (a.hasG()) {
            into.add(a.getG());
        }
        into.addAll(a.getGraphsList());
    }
}
