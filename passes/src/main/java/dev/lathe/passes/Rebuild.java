package dev.lathe.passes;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Copies a graph node by node, regions included, while a visitor replaces some of them. What is not touched is shared
 * with the old graph, and what is no longer used is left out; if nothing happens the result is the old graph itself.
 */
public final class Rebuild {

    /** Decides what becomes of a node. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * The values that replace the results of {@code node}, made in {@code b}, or null to keep the node.
         *
         * @param node a node whose operands are values of {@code b}, not yet added
         * @param original the node as it stands in the old graph
         */
        @Nullable
        List<Value> visit(Node node, Node original, Builder b);
    }

    private static final Visitor KEEP = (_, _, _) -> null;

    private static final ScopedValue<Equalities> OBSERVER = ScopedValue.newInstance();

    private final Visitor visitor;
    private final UnaryOperator<Dim> dims;
    /** What the visitor finds out about symbols; a region's symbols are its own. */
    private final Map<String, Dim> symbols;

    private final UnaryOperator<Op> ops;
    /** Of the inputs of the graph itself. */
    private final UnaryOperator<String> inputNames;

    private final Map<Value, Value> replaced = new IdentityHashMap<>();

    /** What nodes in regions would give that cannot run with the sizes known now. */
    private final Set<Value> impossible = Collections.newSetFromMap(new IdentityHashMap<>());

    /** How many regions this is in. */
    private int depth;

    private Rebuild(Visitor visitor, UnaryOperator<Dim> dims, Map<String, Dim> symbols, UnaryOperator<Op> ops) {
        this(visitor, dims, symbols, ops, UnaryOperator.identity());
    }

    private Rebuild(
            Visitor visitor,
            UnaryOperator<Dim> dims,
            Map<String, Dim> symbols,
            UnaryOperator<Op> ops,
            UnaryOperator<String> inputNames) {
        this.inputNames = inputNames;
        this.visitor = visitor;
        this.dims = dims;
        this.symbols = symbols;
        this.ops = ops;
    }

    /** Runs {@code passes} and notes in {@code equalities} by which values they replace which. */
    public static Graph observed(Equalities equalities, Supplier<Graph> passes) {
        return ScopedValue.where(OBSERVER, equalities).call(passes::get);
    }

    /** Runs a pass that puts values in the place of others that they do not equal: nothing is noted. */
    static Graph unobserved(Supplier<Graph> pass) {
        return OBSERVER.isBound()
                ? ScopedValue.where(OBSERVER, new Equalities()).call(pass::get)
                : pass.get();
    }

    /**
     * Notes that a pass has put {@code replacement} in the place of {@code value}; for passes that copy nodes
     * themselves.
     */
    public static void noteReplaced(Value value, Value replacement) {
        if (value != replacement && OBSERVER.isBound()) {
            OBSERVER.get().same(value, replacement);
        }
    }

    public static Graph run(Graph graph, Visitor visitor) {
        return run(graph, visitor, new HashMap<>());
    }

    /**
     * {@link #run(Graph, Visitor)}, with symbols replaced by what {@code symbols} says, from where the visitor adds
     * to it to the end of the graph that binds them: two regions may use one name for different symbols.
     */
    public static Graph run(Graph graph, Visitor visitor, Map<String, Dim> symbols) {
        return new Rebuild(visitor, Dim.substitution(symbols), symbols, UnaryOperator.identity())
                .graph(graph, Builder.graph(graph.name()));
    }

    /** A region with the symbols renamed that it and the regions inside bind. */
    public static Graph rename(Graph region, UnaryOperator<String> name) {
        return new Rebuild(KEEP, d -> d.rename(name), new HashMap<>(), op -> op.rename(name))
                .graph(region, Builder.graph(region.name()));
    }

    /** The same graph with dimensions in the types of its inputs and in attributes replaced. */
    public static Graph mapDims(Graph graph, UnaryOperator<Dim> dims) {
        return new Rebuild(KEEP, dims, new HashMap<>(), UnaryOperator.identity())
                .graph(graph, Builder.graph(graph.name()));
    }

    /** The same graph with other names of its inputs, and nodes as {@code visitor} makes them. */
    public static Graph renameInputs(Graph graph, UnaryOperator<String> name, Visitor visitor) {
        return new Rebuild(visitor, d -> d, new HashMap<>(), UnaryOperator.identity(), name)
                .graph(graph, Builder.graph(graph.name()));
    }

    private Graph graph(Graph old, Builder b) {
        boolean changed = false;
        for (Value input : old.inputs()) {
            String name = depth == 0 ? inputNames.apply(input.name()) : input.name();
            if (input.type().mapDims(dims).equals(input.type()) && name.equals(input.name())) {
                b.input(input);
            } else {
                replaced.put(input, b.input(name, input.type().mapDims(dims)));
                noteReplaced(input, current(input));
                changed = true;
            }
        }
        for (Node node : old.nodes()) {
            changed |= node(node, b);
        }
        changed |= old.outputs().stream().anyMatch(replaced::containsKey); // a region may return what it captures
        if (changed) {
            List<Value> outputs = old.outputs().stream().map(this::current).toList();
            return DeadNodes.remove(b.build(outputs, old.outputNames()));
        }
        return DeadNodes.remove(old);
    }

    private Graph region(Graph region, Node owner, Builder b) {
        Map<String, Dim> outside = Map.copyOf(symbols);
        depth++;
        Graph made = graph(region, b.at(owner.location()).region(region.name()));
        depth--;
        symbols.clear();
        symbols.putAll(outside);
        return made;
    }

    /**
     * Copies a node. One that is not possible with the sizes that symbols have got fails when it runs, if it is in a
     * region, since that may never run.
     */
    private List<Value> copy(Node original, Op op, Builder b) {
        try {
            return b.copy(original, op);
        } catch (InvalidOpException e) {
            if (!isBySizes(original)) {
                throw e;
            }
            String why = "with the sizes that are known, " + original.op().mnemonic() + " is not possible: "
                    + e.getMessage();
            if (depth == 0) {
                throw new LatheException(Diagnostic.error(
                        "shape.impossible",
                        original.location(),
                        why,
                        "give the inputs other sizes with --shape, or correct the model where it computes them"));
            }
            List<Type> types = original.results().stream()
                    .map(v -> v.type().mapDims(d -> nonNegative(dims.apply(d))))
                    .toList();
            List<Value> results = b.copy(original, new Fail(why, types));
            impossible.addAll(results);
            return results;
        }
    }

    /** Whether nothing but sizes tells the operands of a node from those that it had. */
    private boolean isBySizes(Node original) {
        return original.op().operands().stream()
                .allMatch(v -> impossible.contains(current(v))
                        || current(v).type().equals(v.type().mapDims(dims)));
    }

    private static Dim nonNegative(Dim d) {
        return d.isConstant() && d.constant() < 0 ? Dim.of(0) : d;
    }

    /** Whether the node became another one. */
    private boolean node(Node original, Builder b) {
        original.op().binds().forEach(symbols::remove); // another symbol of that name, of a region before
        Op mapped = original.op().map(this::current, region -> region(region, original, b), dims);
        Op op = ops.apply(mapped);
        Node node = op == original.op() ? original : new Node(op, original.results(), original.location());
        List<Value> results = visitor.visit(node, original, b);
        if (results == null) {
            results = node == original ? b.reuse(original) : copy(original, op, b);
        }
        boolean changed = false;
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i) != original.results().get(i)) {
                replaced.put(original.results().get(i), results.get(i));
                noteReplaced(original.results().get(i), results.get(i));
                changed = true;
            }
        }
        return changed || node != original;
    }

    private Value current(Value v) {
        return replaced.getOrDefault(v, v);
    }

    /** Copies the named nodes of a graph, in order, for visitors that build regions. */
    public static List<Value> copy(List<Node> nodes, Map<Value, Value> map, Builder b) {
        List<Value> last = new ArrayList<>();
        for (Node n : nodes) {
            last = b.copy(n, n.op().mapOperands(v -> map.getOrDefault(v, v)));
            for (int i = 0; i < last.size(); i++) {
                map.put(n.results().get(i), last.get(i));
            }
        }
        return last;
    }
}
