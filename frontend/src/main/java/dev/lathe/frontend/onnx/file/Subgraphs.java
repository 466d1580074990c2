package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Subgraphs of nodes as they stand in a file: what they use of the graphs around them, how many nodes they have, and
 * the same with other names.
 */
public final class Subgraphs {
    private Subgraphs() {}

    /** The subgraphs that an attribute holds. */
    public static List<GraphProto> of(AttributeProto a) {
        return a.hasG() ? List.of(a.getG()) : a.getGraphsList();
    }

    /** The names that {@code g} uses and does not define. */
    public static Set<String> captures(GraphProto g) {
        Set<String> free = new LinkedHashSet<>();
        collect(g, Set.of(), free);
        return free;
    }

    private static void collect(GraphProto g, Set<String> around, Set<String> free) {
        Set<String> defined = new HashSet<>(around);
        g.getInputList().forEach(v -> defined.add(v.getName()));
        g.getInitializerList().forEach(t -> defined.add(t.getName()));
        g.getSparseInitializerList().forEach(t -> defined.add(t.getValues().getName()));
        g.getNodeList().forEach(n -> defined.addAll(n.getOutputList()));
        for (NodeProto n : g.getNodeList()) {
            n.getInputList().stream()
                    .filter(i -> !i.isEmpty() && !defined.contains(i))
                    .forEach(free::add);
            for (AttributeProto a : n.getAttributeList()) {
                of(a).forEach(s -> collect(s, defined, free));
            }
        }
        g.getOutputList().stream()
                .map(o -> o.getName())
                .filter(o -> !defined.contains(o))
                .forEach(free::add);
    }

    /** The nodes of {@code nodes}, those of subgraphs included. */
    public static long count(Collection<NodeProto> nodes) {
        long count = 0;
        for (NodeProto n : nodes) {
            count++;
            for (AttributeProto a : n.getAttributeList()) {
                for (GraphProto s : of(a)) {
                    count += count(s.getNodeList());
                }
            }
        }
        return count;
    }

    public static long count(FunctionProto f) {
        return count(f.getNodeList());
    }

    /** {@code node} with other names for what its subgraphs capture. */
    public static NodeProto rename(NodeProto node, UnaryOperator<String> captured) {
        NodeProto.Builder b = node.toBuilder();
        for (AttributeProto.Builder a : b.getAttributeBuilderList()) {
            if (a.hasG()) {
                a.setG(rename(a.getG(), Set.of(), captured));
            }
            for (int i = 0; i < a.getGraphsCount(); i++) {
                a.setGraphs(i, rename(a.getGraphs(i), Set.of(), captured));
            }
        }
        return b.build();
    }

    private static GraphProto rename(GraphProto g, Set<String> around, UnaryOperator<String> captured) {
        Set<String> defined = new HashSet<>(around);
        g.getInputList().forEach(v -> defined.add(v.getName()));
        g.getInitializerList().forEach(t -> defined.add(t.getName()));
        g.getSparseInitializerList().forEach(t -> defined.add(t.getValues().getName()));
        g.getNodeList().forEach(n -> defined.addAll(n.getOutputList()));
        UnaryOperator<String> name = n -> n.isEmpty() || defined.contains(n) ? n : captured.apply(n);
        GraphProto.Builder b = g.toBuilder();
        for (NodeProto.Builder n : b.getNodeBuilderList()) {
            List<String> inputs = n.getInputList().stream().map(name).toList();
            n.clearInput().addAllInput(inputs);
            for (AttributeProto.Builder a : n.getAttributeBuilderList()) {
                if (a.hasG()) {
                    a.setG(rename(a.getG(), defined, captured));
                }
                for (int i = 0; i < a.getGraphsCount(); i++) {
                    a.setGraphs(i, rename(a.getGraphs(i), defined, captured));
                }
            }
        }
        b.getOutputBuilderList().forEach(o -> o.setName(name.apply(o.getName())));
        return b.build();
    }
}
