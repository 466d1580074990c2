package dev.lathe.regions;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A region as a graph of its own. Its nodes and values are those of the whole. It reads what other regions make, and
 * where it must know a size that none of this tells, also a value that has it.
 */
final class RegionGraph {
    /** Elements that every target takes: a size is read from such a tensor where there is one. */
    private static final Set<ElementType> COMMON =
            Set.of(ElementType.F32, ElementType.F16, ElementType.BOOL, ElementType.I32, ElementType.I64);
    /** The size of a container's element, which is any. */
    private static final String ANY = "_";

    private final Graph whole;
    private final Map<Value, Node> definitions;
    private final Set<Node> nodes = Collections.newSetFromMap(new IdentityHashMap<>());
    /** What the nodes of the region itself make, without constants that it brings along. */
    private final Set<Value> own = Collections.newSetFromMap(new IdentityHashMap<>());

    private final Set<Value> defined = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Value> inputs = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<String> symbols = new LinkedHashSet<>();
    private final Set<String> bound = new HashSet<>();

    RegionGraph(Graph whole, Map<Value, Node> definitions, List<Node> region) {
        this.whole = whole;
        this.definitions = definitions;
        region.forEach(n -> own.addAll(n.results()));
        defined.addAll(own);
        region.forEach(this::add);
        for (Optional<String> missing = missing(); missing.isPresent(); missing = missing()) {
            bring(missing.get());
        }
    }

    private Optional<String> missing() {
        return symbols.stream().filter(s -> !bound.contains(s)).findFirst();
    }

    private void add(Node n) {
        nodes.add(n);
        bound.addAll(n.op().binds());
        symbols.addAll(symbols(n));
        n.op().dependencies().forEach(this::read);
    }

    /** Makes a value available. */
    private void read(Value v) {
        if (defined.contains(v)) {
            return;
        }
        Node made = definitions.get(v);
        if (made != null && made.op() instanceof Constant) {
            defined.addAll(made.results());
            nodes.add(made);
            return;
        }
        if (inputs.add(v)) {
            collect(v, symbols);
            bound.addAll(plainSymbols(v));
        }
    }

    /** Makes a symbol known that other regions, or inputs of the graph, bind. */
    private void bring(String symbol) {
        Optional<Value> input = whole.inputs().stream()
                .filter(v -> plainSymbols(v).contains(symbol))
                .min(Comparator.comparing(v -> !COMMON.contains(v.tensorType().element())));
        if (input.isPresent()) {
            read(input.get());
            return;
        }
        for (Node n : whole.nodes()) {
            Optional<Value> result = n.results().stream()
                    .filter(v -> plainSymbols(v).contains(symbol))
                    .findFirst();
            if (result.isPresent()) {
                read(result.get());
                return;
            }
        }
        throw new IllegalStateException("no value has the size " + symbol);
    }

    /** What must be given, in the order of the graph. */
    List<Value> inputs() {
        return inOrder(inputs);
    }

    private List<Value> inOrder(Set<Value> wanted) {
        return Stream.concat(whole.inputs().stream(), whole.nodes().stream().flatMap(n -> n.results().stream()))
                .filter(wanted::contains)
                .toList();
    }

    /** The graph, with those of the values {@code wanted} as outputs that it makes, under their own names. */
    Graph graph(Set<Value> wanted) {
        Builder b = Builder.graph(whole.name());
        inputs().forEach(b::input);
        whole.nodes().stream().filter(nodes::contains).forEach(b::reuse);
        Set<Value> made = Collections.newSetFromMap(new IdentityHashMap<>());
        made.addAll(own);
        made.retainAll(wanted);
        List<Value> outputs = inOrder(made);
        return b.build(outputs, outputs.stream().map(Value::name).toList());
    }

    /** The symbols that are a dimension of a tensor alone. */
    static Set<String> plainSymbols(Value v) {
        Set<String> names = new HashSet<>();
        if (v.type() instanceof TensorType t && t.isRanked()) {
            t.shape().dims().stream().filter(Dim::isSymbol).forEach(d -> names.add(d.symbolName()));
        }
        return names;
    }

    /** The symbols that a node speaks of, without those that regions of its op bind. */
    static Set<String> symbols(Node n) {
        Set<String> all = new LinkedHashSet<>();
        collect(n, all);
        all.remove(ANY);
        return all;
    }

    private static void collect(Value v, Set<String> into) {
        if (v.type() instanceof TensorType t) {
            t.collectSymbols(into);
        }
    }

    private static void collect(Node n, Set<String> into) {
        into.addAll(OpSchema.of(n.op().getClass()).attributeSymbols(n.op()));
        n.op().dependencies().forEach(v -> collect(v, into));
        n.results().forEach(v -> collect(v, into));
        for (Graph region : n.op().regions()) {
            Set<String> inside = new HashSet<>();
            region.nodes().forEach(m -> collect(m, inside));
            region.outputs().forEach(v -> collect(v, inside));
            inside.removeAll(region.inputSymbols());
            region.nodes().forEach(m -> inside.removeAll(m.op().binds()));
            into.addAll(inside);
        }
    }
}
