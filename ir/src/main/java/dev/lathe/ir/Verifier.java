package dev.lathe.ir;

import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks that a graph is what every pass and backend may rely on:
 *
 * <ol>
 *   <li>a value is defined once, as an input of a graph or a result of a node;
 *   <li>a value is defined before it is used: an operand and an output by the same graph or one around it, so a whole
 *       model captures nothing;
 *   <li>the inputs of the model have names, and no two the same; so do its outputs;
 *   <li>the results of a node have the types that its op infers, and the op accepts its operands and attributes;
 *   <li>a node defines a value, binds a symbol, or is not pure: nothing is there for nothing;
 *   <li>a symbol in a type or an attribute is bound before: by the type of an input of the same graph or one around it,
 *       or by a node;
 *   <li>a node binds no symbol that is bound already;
 *   <li>the results of a region, and the values that a region or a fused body takes, fit the types that its op
 *       declares;
 *   <li>the body of a fused group captures nothing.
 * </ol>
 */
public final class Verifier {

    /**
     * A broken rule.
     *
     * @param node where, as an index into {@link Graph#allNodes}; -1 for the signature of the graph
     */
    public record Violation(int node, Location location, String what, String fix) {}

    private static final String ANY = "_";

    private final List<Violation> violations = new ArrayList<>();
    private final Set<Value> visible = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Value> everDefined = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<String> symbols = new HashSet<>();
    private int next;
    private int current = -1;
    private Location location = Location.NONE;

    private Verifier() {}

    /** Every broken rule of {@code graph}, each with the line of the printed graph it is on; empty if there is none. */
    public static List<Diagnostic> check(Graph graph) {
        List<Violation> violations = violations(graph);
        if (violations.isEmpty()) {
            return List.of();
        }
        Printer.Listing listing = Printer.listing(graph);
        List<String> text = listing.text().lines().toList();
        return violations.stream()
                .map(v -> {
                    int line = v.node < 0 ? 1 : listing.lines().get(v.node);
                    return Diagnostic.error(
                            "ir.invalid",
                            v.location,
                            "@" + graph.name() + " line " + line + ": " + v.what + ", in `"
                                    + shortened(text.get(line - 1).strip()) + "`",
                            v.fix);
                })
                .toList();
    }

    /**
     * Does nothing if no rule is broken.
     *
     * @throws LatheException with every broken rule
     */
    public static void require(Graph graph) {
        List<Diagnostic> problems = check(graph);
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
    }

    /** Every broken rule, for callers that have a text of their own. */
    public static List<Violation> violations(Graph graph) {
        Verifier verifier = new Verifier();
        verifier.ports(graph);
        verifier.graph(graph);
        return verifier.violations;
    }

    private static String shortened(String line) {
        return line.length() <= 200 ? line : line.substring(0, 200) + "…";
    }

    private void violation(String what, String fix) {
        violations.add(new Violation(current, location, what, fix));
    }

    private void ports(Graph graph) {
        names("input", graph.inputs().stream().map(Value::name).toList());
        names("output", graph.outputNames());
    }

    private void names(String kind, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (name.isEmpty()) {
                violation("an " + kind + " has no name", "name every " + kind);
            } else if (!seen.add(name)) {
                violation("two " + kind + "s are named \"" + name + "\"", "rename one of them");
            }
        }
    }

    private void graph(Graph graph) {
        List<String> bound = new ArrayList<>();
        graph.inputs().forEach(v -> bind(symbols(v.type()), bound));
        graph.inputs().forEach(this::define);
        for (Node node : graph.nodes()) {
            node(node, bound);
        }
        for (Value v : graph.outputs()) {
            use(v);
            known(symbols(v.type()), "the type of an output");
        }
        graph.inputs().forEach(visible::remove);
        graph.nodes().forEach(n -> n.results().forEach(visible::remove));
        bound.forEach(symbols::remove);
    }

    /** The symbols of a type; the sizes of a container's elements are constants or {@code _}, and bind nothing. */
    private static Set<String> symbols(Type type) {
        return type instanceof TensorType ? type.symbols() : Set.of();
    }

    private void bind(Iterable<String> names, List<String> bound) {
        for (String name : names) {
            if (symbols.add(name)) {
                bound.add(name);
            }
        }
    }

    private void define(Value v) {
        if (!everDefined.add(v)) {
            violation("%" + v.name() + " is defined twice", "give each definition a value of its own");
        }
        visible.add(v);
    }

    private void use(Value v) {
        if (!visible.contains(v)) {
            violation(
                    "%" + v.name()
                            + (everDefined.contains(v) ? " is not visible here" : " is used before it is defined"),
                    "define it before, in the same graph or one around it");
        }
    }

    private void known(Set<String> names, String where) {
        Set<String> unknown = new LinkedHashSet<>(names);
        unknown.removeAll(symbols);
        if (!unknown.isEmpty()) {
            violation(
                    where + " speaks of " + String.join(", ", unknown) + ", which nothing binds",
                    "a symbol comes from the type of an input, or from an op that binds it such as read_dims");
        }
    }

    private void node(Node node, List<String> bound) {
        int outerNode = current;
        Location outerLocation = location;
        current = next++;
        location = node.location();
        node.op().operands().forEach(this::use);
        List<String> binds = List.of();
        if (accepts(node)) {
            binds = node.op().binds();
            for (String symbol : binds) {
                if (symbols.contains(symbol)) {
                    violation(
                            node.op().mnemonic() + " binds " + symbol + ", which is bound already",
                            "choose a fresh symbol");
                }
            }
        }
        regions(node);
        node.op().regions().forEach(this::graph);
        bind(binds, bound); // by the results, so not yet in the regions
        Set<String> used = OpSchema.of(node.op().getClass()).attributeSymbols(node.op());
        used.remove(ANY); // of the items of a container
        node.results().forEach(v -> used.addAll(symbols(v.type())));
        known(used, node.op().mnemonic());
        node.results().forEach(this::define);
        if (node.results().isEmpty() && binds.isEmpty() && node.op().isPure()) {
            violation(node.op().mnemonic() + " defines nothing", "remove it");
        }
        current = outerNode;
        location = outerLocation;
    }

    /** Whether the op accepts its operands and attributes, whatever the types of the results. */
    private boolean accepts(Node node) {
        try {
            List<Type> inferred = node.op().infer(Check.INSTANCE);
            List<Type> declared = types(node.results());
            if (!inferred.equals(declared)) {
                violation(
                        node.op().mnemonic() + " gives " + inferred + ", not " + declared,
                        "let the builder decide the types of results");
            }
            return true;
        } catch (RuntimeException e) { // ops are open, and this one is known to be wrong
            violation(node.op().mnemonic() + ": " + e.getMessage(), "change the operands or attributes");
            return false;
        }
    }

    private void regions(Node node) {
        switch (node.op()) {
            case If i -> {
                fit("the then branch", types(i.thenBranch().outputs()), i.resultTypes());
                fit("the else branch", types(i.elseBranch().outputs()), i.resultTypes());
            }
            case Loop l -> loop(l);
            case Fused f -> {
                if (!f.body().captures().isEmpty()) {
                    violation("the body captures " + f.body().captures(), "pass them as arguments");
                }
                fit("the arguments", types(f.arguments()), types(f.body().inputs()));
            }
            default -> {}
        }
    }

    private void loop(Loop l) {
        int carried = l.initial().size();
        List<Value> inputs = l.body().inputs();
        List<Value> outputs = l.body().outputs();
        if (inputs.size() != 2 + carried
                || outputs.size() != 1 + l.resultTypes().size()
                || l.resultTypes().size() < carried) {
            return; // the op says so itself
        }
        List<Type> carriedTypes = types(inputs.subList(2, inputs.size()));
        fit("the initial values", types(l.initial()), carriedTypes);
        fit("the carried results of the body", types(outputs.subList(1, 1 + carried)), carriedTypes);
        fit(
                "the carried results",
                types(outputs.subList(1, 1 + carried)),
                l.resultTypes().subList(0, carried));
        for (int i = carried; i < l.resultTypes().size(); i++) {
            if (l.resultTypes().get(i) instanceof TensorType t && t.isRanked()) {
                Type item = t.rank() == 0 ? t : t.withShape(t.shape().without(0));
                fit("a scanned result", List.of(outputs.get(1 + i).type()), List.of(item));
            }
        }
    }

    private static List<Type> types(List<Value> values) {
        return values.stream().map(Value::type).toList();
    }

    private void fit(String what, List<Type> given, List<Type> wanted) {
        for (int i = 0; i < Math.min(given.size(), wanted.size()); i++) {
            if (!fits(given.get(i), wanted.get(i))) {
                violation(
                        what + " have type " + given.get(i) + " at position " + i + ", not " + wanted.get(i),
                        "make them agree");
            }
        }
        if (given.size() != wanted.size()) {
            violation(what + " are " + given.size() + " values, not " + wanted.size(), "make them agree");
        }
    }

    /** Whether both types can describe one value: only what is known of both can differ. */
    private static boolean fits(Type given, Type wanted) {
        if (given instanceof SequenceType g && wanted instanceof SequenceType w) {
            return fits(g.element(), w.element());
        }
        if (given instanceof MapType g && wanted instanceof MapType w) {
            return g.key() == w.key() && fits(g.value(), w.value());
        }
        if (wanted instanceof OptionalType w) {
            return fits(given instanceof OptionalType g ? g.element() : given, w.element());
        }
        if (!(given instanceof TensorType g) || !(wanted instanceof TensorType w)) {
            return false;
        }
        if (g.element() != w.element() || !g.isRanked() || !w.isRanked()) {
            return g.element() == w.element();
        }
        if (g.rank() != w.rank()) {
            return false;
        }
        for (int i = 0; i < g.rank(); i++) {
            if (g.dim(i).isConstant() && w.dim(i).isConstant() && !g.dim(i).equals(w.dim(i))) {
                return false;
            }
        }
        return true;
    }
}
