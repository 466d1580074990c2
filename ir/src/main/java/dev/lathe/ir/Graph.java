package dev.lathe.ir;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An immutable computation: inputs, nodes in topological order, outputs with their names. A region of an op may use
 * values of the graphs around it; those are its {@link #captures}.
 *
 * <p>Made only by a {@link Builder}. Two graphs are equal only if they are the same object; equal text means equal
 * computation.
 */
public final class Graph {
    private final String name;
    private final List<Value> inputs;
    private final List<Node> nodes;
    private final List<Value> outputs;
    private final List<String> outputNames;
    private final List<Value> captures;

    Graph(String name, List<Value> inputs, List<Node> nodes, List<Value> outputs, List<String> outputNames) {
        this.name = name;
        this.inputs = List.copyOf(inputs);
        this.nodes = List.copyOf(nodes);
        this.outputs = List.copyOf(outputs);
        this.outputNames = List.copyOf(outputNames);
        this.captures = findCaptures();
        if (outputs.size() != outputNames.size()) {
            throw new IllegalArgumentException(outputs.size() + " outputs, but " + outputNames.size() + " names");
        }
    }

    private List<Value> findCaptures() {
        Set<Value> defined = new HashSet<>(inputs);
        Set<Value> free = new LinkedHashSet<>();
        for (Node node : nodes) {
            for (Value v : node.op().dependencies()) {
                if (!defined.contains(v)) {
                    free.add(v);
                }
            }
            defined.addAll(node.results());
        }
        for (Value v : outputs) {
            if (!defined.contains(v)) {
                free.add(v);
            }
        }
        return List.copyOf(free);
    }

    public String name() {
        return name;
    }

    public List<Value> inputs() {
        return inputs;
    }

    public List<Node> nodes() {
        return nodes;
    }

    public List<Value> outputs() {
        return outputs;
    }

    /** The names of the outputs as the model's callers know them, in the order of {@link #outputs}. */
    public List<String> outputNames() {
        return outputNames;
    }

    /** The inputs as those of an executable, in order. */
    public List<Executable.Port> inputPorts() {
        return inputs.stream().map(v -> new Executable.Port(v.name(), v.type())).toList();
    }

    /** The outputs as those of an executable, in order. */
    public List<Executable.Port> outputPorts() {
        List<Executable.Port> ports = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            ports.add(new Executable.Port(outputNames.get(i), outputs.get(i).type()));
        }
        return List.copyOf(ports);
    }

    /** Values used here, or in a region inside, that a surrounding graph defines; empty for a whole model. */
    public List<Value> captures() {
        return captures;
    }

    /** The node that defines each value of this graph; inputs and captured values have none. */
    public Map<Value, Node> definitions() {
        Map<Value, Node> map = new IdentityHashMap<>();
        for (Node n : nodes) {
            n.results().forEach(v -> map.put(v, n));
        }
        return map;
    }

    /** How often each value is used, by operands, captures of regions and outputs. */
    public Map<Value, Integer> uses() {
        Map<Value, Integer> map = new IdentityHashMap<>();
        for (Node n : nodes) {
            n.op().dependencies().forEach(v -> map.merge(v, 1, Integer::sum));
        }
        outputs.forEach(v -> map.merge(v, 1, Integer::sum));
        return map;
    }

    /** The names of the symbols that the input types bind. */
    public Set<String> inputSymbols() {
        Set<String> symbols = new LinkedHashSet<>();
        inputs.forEach(v -> v.type().collectSymbols(symbols));
        return symbols;
    }

    /** The nodes of this graph and of all regions inside, outermost first. */
    public List<Node> allNodes() {
        List<Node> all = new ArrayList<>();
        collect(all);
        return all;
    }

    private void collect(List<Node> into) {
        for (Node n : nodes) {
            into.add(n);
            n.op().regions().forEach(r -> r.collect(into));
        }
    }

    /** The name and the size; {@code Printer} prints the whole. */
    @Override
    public String toString() {
        return "@" + name + " of " + allNodes().size() + " nodes";
    }
}
