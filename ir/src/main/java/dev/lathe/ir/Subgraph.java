package dev.lathe.ir;

import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The part of a graph that leads from some of its values to others. Its nodes and values are those of the graph. */
public final class Subgraph {
    private final Graph graph;
    private final Set<Value> given;
    private final Set<Value> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    /** Those that the part speaks of. */
    private final Set<String> symbols = new HashSet<>();
    /** Those that a node of the part binds. */
    private final Set<String> bound = new HashSet<>();

    private final List<Node> kept = new ArrayList<>();

    private Subgraph(Graph graph, Collection<Value> given) {
        this.graph = graph;
        this.given = Collections.newSetFromMap(new IdentityHashMap<>());
        this.given.addAll(given);
    }

    /** The part that computes {@code outputs}, under the names that they have. */
    public static Graph of(Graph graph, List<Value> outputs) {
        return of(graph, List.of(), outputs, outputs.stream().map(Value::name).toList());
    }

    /**
     * The part of {@code graph} that computes some of its values, nodes without use left out.
     *
     * @param given values that are not computed, but inputs, where they are needed
     * @param outputs what it gives, under {@code outputNames}
     * @return a graph whose inputs are those of {@code graph} that it needs, for their values or for the sizes that
     * their types have, and then those of {@code given}, in the order of the graph. A name may be missing, and a symbol
     * unbound where only a value that is cut off would bind it; the {@link Verifier} tells.
     */
    public static Graph of(Graph graph, Collection<Value> given, List<Value> outputs, List<String> outputNames) {
        Subgraph part = new Subgraph(graph, given);
        part.collect(outputs);
        Builder b = Builder.graph(graph.name());
        part.inputs().forEach(b::input);
        part.kept.reversed().forEach(b::reuse);
        return b.build(outputs, outputNames);
    }

    private void collect(List<Value> outputs) {
        needed.addAll(outputs);
        outputs.forEach(v -> v.type().collectSymbols(symbols));
        for (Node n : graph.nodes().reversed()) {
            boolean cut = n.results().stream().allMatch(v -> given.contains(v) || !needed.contains(v));
            boolean binds = n.op().binds().stream().anyMatch(symbols::contains);
            if (cut && !binds) {
                continue;
            }
            kept.add(n);
            bound.addAll(n.op().binds());
            needed.addAll(n.op().dependencies());
            collectSymbols(n);
        }
        given.retainAll(needed);
        given.forEach(v -> v.type().collectSymbols(symbols));
    }

    private void collectSymbols(Node node) {
        symbols.addAll(OpSchema.of(node.op().getClass()).attributeSymbols(node.op()));
        node.results().forEach(v -> v.type().collectSymbols(symbols));
        node.op().operands().forEach(v -> v.type().collectSymbols(symbols));
        node.op().regions().forEach(r -> r.nodes().forEach(this::collectSymbols));
    }

    private List<Value> inputs() {
        Set<Value> taken = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.inputs().stream().filter(needed::contains).forEach(taken::add);
        taken.addAll(given);
        taken.forEach(v -> bound.addAll(plainSymbols(v.type())));
        for (Value input : graph.inputs()) {
            Set<String> open = plainSymbols(input.type());
            open.retainAll(symbols);
            if (!bound.containsAll(open)) {
                taken.add(input);
                bound.addAll(plainSymbols(input.type()));
            }
        }
        List<Value> ordered = new ArrayList<>();
        graph.inputs().stream().filter(taken::contains).forEach(ordered::add);
        // What a node gives that is kept for the symbols it binds must not be defined twice.
        Set<Node> present = Collections.newSetFromMap(new IdentityHashMap<>());
        present.addAll(kept);
        for (Node n : graph.nodes()) {
            if (!present.contains(n)) {
                n.results().stream().filter(given::contains).forEach(ordered::add);
            }
        }
        return ordered;
    }

    /** The symbols that are dimensions of their own, and so bound by an input of this type. */
    private static Set<String> plainSymbols(Type type) {
        Set<String> names = new HashSet<>();
        if (type instanceof TensorType t && t.isRanked()) {
            t.shape().dims().stream().filter(d -> d.isSymbol()).forEach(d -> names.add(d.symbolName()));
        } else {
            type.collectSymbols(names);
        }
        return names;
    }
}
