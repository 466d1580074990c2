package dev.lathe.frontend.onnx;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.InvalidOpException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One graph, subgraph or function body: its names, and its nodes in an order in which they can run. */
final class GraphImporter {
    private static final int NESTING_LIMIT = 64;

    private final ModelImporter model;
    private final Builder b;
    private final @Nullable GraphImporter outer;
    private final Map<String, Integer> opsets;
    private final int depth;
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, TensorProto> initializers = new HashMap<>();
    /** The nodes so far. */
    private final List<NodeProto> imported = new ArrayList<>();

    /** Names whose node could not be lowered, which has been told. */
    private final Set<String> failed = new HashSet<>();
    /** Operands that the call of this function leaves out. */
    private final Set<String> absent = new HashSet<>();
    /** What the attribute references of a function body stand for. */
    private Map<String, AttributeProto> arguments = Map.of();
    /** The functions in whose expansion this is. */
    private final Set<FunctionProto> callers = Collections.newSetFromMap(new IdentityHashMap<>());

    private final Forks forks;

    GraphImporter(ModelImporter model, Builder b, @Nullable GraphImporter outer, Map<String, Integer> opsets) {
        this(model, b, outer, opsets, outer == null ? 0 : outer.depth + 1, null);
    }

    /** The graph of a model; null if it has problems. */
    @Nullable
    Graph whole(GraphProto proto) {
        takeInitializers(proto);
        for (ValueInfoProto input : proto.getInputList()) {
            if (values.containsKey(input.getName()) || failed.contains(input.getName())) {
                duplicate(Location.NONE, input.getName());
            } else if (!initializers.containsKey(input.getName())) {
                try {
                    values.put(input.getName(), b.input(input.getName(), InputTypes.of(input, model, b)));
                } catch (InvalidOpException | ArithmeticException | IllegalArgumentException e) {
                    failed.add(input.getName());
                    model.problem(
                            "onnx.input",
                            Location.NONE,
                            "input \"" + input.getName() + "\": " + e.getMessage(),
                            "fix its shape with --shape " + input.getName()
                                    + "=1x3x224x224, or export the model with one");
                }
            }
        }
        List<String> names =
                proto.getOutputList().stream().map(ValueInfoProto::getName).toList();
        nodes(proto.getNodeList(), names);
        try {
            forks.finish(names, Forks.End.ANY_RANK);
        } catch (LatheException e) {
            e.diagnostics().forEach(d -> model.problem(d.code(), d.location(), d.what(), d.fix()));
            return null;
        }
        List<Value> outputs = results(names);
        return outputs == null ? null : b.build(outputs, names);
    }

    private void takeInitializers(GraphProto proto) {
        proto.getInitializerList().forEach(t -> {
            if (initializers.putIfAbsent(t.getName(), t) != null) {
                duplicate(Location.NONE, t.getName());
            }
        });
        proto.getSparseInitializerList().forEach(s -> {
            try {
                values.put(
                        s.getValues().getName(),
                        b.constant(
                                SparseTensors.dense(s, model.decoder),
                                s.getValues().getName()));
                model.source.add(values.get(s.getValues().getName()), s);
            } catch (InvalidOpException | ArithmeticException | IllegalArgumentException e) {
                fail(
                        "onnx.tensor",
                        Location.NONE,
                        String.valueOf(e.getMessage()),
                        List.of(s.getValues().getName()));
            }
        });
    }

    /** The values of these names; null if one has failed. */
    private @Nullable List<Value> results(List<String> names) {
        List<Value> all = new ArrayList<>();
        boolean complete = true;
        for (String name : names) {
            Value v = find(name);
            if (v != null) {
                all.add(v);
            } else {
                complete = false;
                if (!hasFailed(name)) {
                    model.problem(
                            "onnx.undefined-value",
                            Location.NONE,
                            "output \"" + name + "\" is computed by no node",
                            "remove the output, or export the model again");
                }
            }
        }
        return complete ? all : null;
    }

    /** The nodes that {@code name} needs once more, in {@code into}, from other values for the names {@code from}. */
    private Value recompute(Builder into, String name, List<String> from, List<Value> inputs) {
        GraphImporter again = inside(into);
        Set<String> needed = new HashSet<>(List.of(name));
        List<NodeProto> needs = new ArrayList<>();
        for (NodeProto node : imported.reversed()) {
            boolean wanted = node.getOutputList().stream().anyMatch(o -> needed.contains(o) && !from.contains(o));
            if (wanted) {
                needs.addFirst(node);
                needed.addAll(node.getInputList());
            }
        }
        for (int i = 0; i < from.size(); i++) {
            again.values.put(from.get(i), inputs.get(i));
        }
        needs.forEach(again::node);
        again.forks.finish(List.of(name), Forks.End.ONE_TYPE);
        Value v = again.find(name);
        if (v == null) {
            throw new InvalidOpException("there is no value \"" + name + "\"");
        }
        return v;
    }

    private void nodes(List<NodeProto> nodes, List<String> results) {
        LastUses uses = new LastUses(NodeOrder.of(distinct(nodes), this::unresolvable), results);
        for (int i = 0; i < uses.nodes().size(); i++) {
            NodeProto node = uses.nodes().get(i);
            int at = i;
            forks.needed(name -> uses.of(name) >= at);
            node(node);
            imported.add(node);
            forks.needed(name -> uses.of(name) > at);
            settle(node);
        }
    }

    private void settle(NodeProto node) {
        try {
            forks.settle();
        } catch (InvalidOpException | LatheException e) {
            undecidable(node, e);
        }
    }

    private void undecidable(NodeProto node, RuntimeException e) {
        Location location = location(node, ModelImporter.normal(node.getDomain()), 0);
        failed.addAll(node.getOutputList());
        if (e instanceof LatheException l) {
            l.diagnostics().forEach(d -> model.problem(d.code(), location, d.what(), d.fix()));
        } else {
            fail("onnx.invalid-node", location, String.valueOf(e.getMessage()), List.of());
        }
    }

    /** The nodes without those that give a name a second meaning, which are told. */
    private List<NodeProto> distinct(List<NodeProto> nodes) {
        Set<String> defined = new HashSet<>(values.keySet());
        defined.addAll(initializers.keySet());
        List<NodeProto> good = new ArrayList<>();
        for (NodeProto node : nodes) {
            List<String> again = node.getOutputList().stream()
                    .filter(name -> !name.isEmpty() && !defined.add(name))
                    .toList();
            if (again.isEmpty()) {
                good.add(node);
            } else {
                Location location = location(node, ModelImporter.normal(node.getDomain()), 0);
                again.forEach(name -> duplicate(location, name));
                node.getOutputList().stream()
                        .filter(name -> !again.contains(name))
                        .forEach(failed::add);
            }
        }
        return good;
    }

    private void duplicate(Location location, String name) {
        model.problem(
                "onnx.duplicate-name",
                location,
                "\"" + name + "\" is the name of two values",
                "export the model again: each input, weight and result needs a name of its own");
    }

    /** Tells of nodes that wait for each other. */
    private void unresolvable(List<NodeProto> cycle) {
        NodeProto first = cycle.getFirst();
        model.problem(
                "onnx.cycle",
                location(first, ModelImporter.normal(first.getDomain()), 0),
                "the graph has a cycle of " + cycle.size() + " nodes: "
                        + String.join(
                                " -> ",
                                cycle.stream()
                                        .limit(5)
                                        .map(GraphImporter::nameOf)
                                        .toList())
                        + (cycle.size() > 5 ? " -> …" : ""),
                "export the model again: the results of a node cannot be among what it needs");
        cycle.forEach(n -> failed.addAll(n.getOutputList()));
    }

    static String nameOf(NodeProto node) {
        return !node.getName().isEmpty()
                ? node.getName()
                : node.getOutputCount() > 0 ? node.getOutput(0) : node.getOpType();
    }

    private static Location location(NodeProto node, String domain, int opset) {
        return Location.of(nameOf(node), domain.isEmpty() ? node.getOpType() : domain + ":" + node.getOpType(), opset);
    }

    void node(NodeProto node) {
        try {
            if (forks.take(node)) {
                return;
            }
        } catch (InvalidOpException | LatheException e) {
            undecidable(node, e);
            return;
        }
        String domain = ModelImporter.normal(node.getDomain());
        int opset = opsets.getOrDefault(domain, domain.isEmpty() ? 1 : 0);
        Location location = location(node, domain, opset);
        model.countNode(location);
        List<Optional<Value>> inputs = new ArrayList<>();
        boolean known = true;
        for (String name : node.getInputList()) {
            boolean given = !name.isEmpty() && !absent.contains(name);
            Value v = given ? find(name) : null;
            if (v == null && given) {
                known = false;
                if (!hasFailed(name)) {
                    model.problem(
                            "onnx.undefined-value",
                            location,
                            "operand \"" + name + "\" is no input, no initializer, and no node computes it",
                            "export the model again; it may have been cut");
                }
            }
            inputs.add(Optional.ofNullable(v));
        }
        if (!known) {
            failed.addAll(node.getOutputList());
            return;
        }
        Location around = b.location();
        b.at(location);
        try {
            List<Value> results = lower(node, domain, opset, inputs);
            if (results == null) {
                failed.addAll(node.getOutputList());
                return;
            }
            Set<Value> shared = repeated(results);
            for (int i = 0; i < node.getOutputCount() && i < results.size(); i++) {
                if (!node.getOutput(i).isEmpty()) {
                    // A value that stands for several results keeps the name it has.
                    Value v = results.get(i);
                    boolean alone = !shared.contains(v);
                    values.put(node.getOutput(i), alone ? b.named(v, node.getOutput(i)) : v);
                }
            }
            if (results.size() < node.getOutputCount()) {
                failed.addAll(node.getOutputList().subList(results.size(), node.getOutputCount()));
                throw new InvalidOpException(
                        "it has " + results.size() + " results, but the model names " + node.getOutputCount());
            }
            remember(node, opset, inputs);
        } catch (UnknownCountException e) {
            List<String> names = node.getInputList().stream()
                    .filter(name -> known(name) == e.value())
                    .toList();
            if (names.isEmpty()) {
                fail("onnx.invalid-node", location, e.getMessage() + typesOf(inputs), node.getOutputList());
            } else {
                forks.byCount(names, e.value());
                node(node);
            }
        } catch (InvalidOpException | ArithmeticException e) {
            fail("onnx.invalid-node", location, e.getMessage() + typesOf(inputs), node.getOutputList());
        } catch (IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | NoSuchElementException e) {
            // A lowering relied on what an attribute or operand of this node does not hold to.
            fail(
                    "onnx.invalid-node",
                    location,
                    "its attributes and operands do not fit together (" + e.getMessage() + ")" + typesOf(inputs),
                    node.getOutputList());
        } catch (LatheException e) {
            // Those of a subgraph say where in it they are.
            e.diagnostics()
                    .forEach(d -> model.problem(
                            d.code(), d.location().isNone() ? location : d.location(), d.what(), d.fix()));
            failed.addAll(node.getOutputList());
        } finally {
            b.at(around);
        }
    }

    /** The values that stand for more than one of {@code results}. */
    private static Set<Value> repeated(List<Value> results) {
        Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Value> again = Collections.newSetFromMap(new IdentityHashMap<>());
        results.stream().filter(v -> !seen.add(v)).forEach(again::add);
        return again;
    }

    /** Keeps the node for an exporter, if all that it says stands in it. */
    private void remember(NodeProto node, int opset, List<Optional<Value>> inputs) {
        NodeProto whole = node;
        if (node.getAttributeList().stream().anyMatch(a -> !a.getRefAttrName().isEmpty())) {
            NodeProto.Builder resolved = node.toBuilder().clearAttribute();
            attributes(node)
                    .forEach((name, a) -> resolved.addAttribute(a.toBuilder().setName(name)));
            whole = resolved.build();
        }
        if (!OnnxSource.isComplete(whole) || NodeOrder.namesValues(whole) || hasOwnLayout(whole)) {
            return;
        }
        List<Optional<Value>> outputs = new ArrayList<>();
        for (String name : node.getOutputList()) {
            outputs.add(Optional.ofNullable(name.isEmpty() ? null : values.get(name)));
        }
        Map<String, Value> captures = new HashMap<>();
        for (AttributeProto a : whole.getAttributeList()) {
            for (GraphProto g : OnnxSource.subgraphs(a)) {
                for (String name : Subgraphs.captures(g)) {
                    Value v = find(name);
                    if (v == null) {
                        return;
                    }
                    captures.put(name, v);
                }
            }
        }
        model.source.add(new OnnxSource.Origin(
                whole, opset, List.copyOf(inputs), outputs, captures, model.function(node), b.depth()));
    }

    /** Whether what the node gives lies otherwise in memory than the value that stands for it here. */
    private static boolean hasOwnLayout(NodeProto node) {
        return node.getDomain().equals(BlockedChannels.DOMAIN);
    }

    private static String typesOf(List<Optional<Value>> inputs) {
        if (inputs.isEmpty()) {
            return "";
        }
        return "; its operands are "
                + String.join(
                        ", ",
                        inputs.stream()
                                .map(v -> v.map(x -> x.type().toString()).orElse("absent"))
                                .toList());
    }

    private void fail(String code, Location location, String what, List<String> outputs) {
        failed.addAll(outputs);
        model.problem(
                code, location, what, "check the node's operands and attributes against the operator's specification");
    }

    private @Nullable List<Value> lower(NodeProto node, String domain, int opset, List<Optional<Value>> inputs) {
        FunctionProto function = model.function(node);
        if (function != null) {
            return call(function, attributes(node), inputs);
        }
        String name = domain.isEmpty() ? node.getOpType() : domain + ":" + node.getOpType();
        Optional<Operators.Lowering> lowering = Operators.table().find(name, opset);
        if (lowering.isEmpty()) {
            unknown(node, domain, name, opset, inputs);
            return null;
        }
        int needed = node.getOutputCount();
        while (needed > 0 && node.getOutput(needed - 1).isEmpty()) {
            needed--;
        }
        return lowering.get()
                .lower(new OnnxNode(
                        b,
                        node.getOpType(),
                        opset,
                        inputs,
                        needed,
                        attributes(node),
                        model.decoder,
                        proto -> new Subgraph(proto, model, this),
                        this::recompute,
                        (condition, yes, no) -> forks.branch(node, b.location(), condition, yes, no),
                        model.openSequences));
    }

    private void unknown(NodeProto node, String domain, String name, int opset, List<Optional<Value>> inputs) {
        Location location = location(node, domain, opset);
        if (!model.hasEnoughProblems()) {
            model.problem(UnknownOperators.problem(location, domain, name, opset, typesOf(inputs)));
        }
    }

    private Map<String, AttributeProto> attributes(NodeProto node) {
        Map<String, AttributeProto> all = new HashMap<>();
        for (AttributeProto a : node.getAttributeList()) {
            if (a.getRefAttrName().isEmpty()) {
                all.put(a.getName(), a);
            } else if (arguments.get(a.getRefAttrName()) instanceof AttributeProto given) {
                all.put(a.getName(), given);
            }
        }
        if (node.getDomain().equals(BlockedChannels.DOMAIN)) {
            all.put(BlockedOps.BLOCK, model.block());
        }
        return all;
    }

    /** The body of a function in the place of its call. */
    private @Nullable List<Value> call(
            FunctionProto f, Map<String, AttributeProto> given, List<Optional<Value>> inputs) {
        if (callers.contains(f)) {
            throw new InvalidOpException("function " + f.getName() + " calls itself");
        }
        Map<String, Integer> own = new HashMap<>(opsets);
        own.putAll(ModelImporter.opsets(f.getOpsetImportList()));
        GraphImporter body = new GraphImporter(model, b, nested(), own);
        Map<String, AttributeProto> all = new HashMap<>();
        f.getAttributeProtoList().forEach(a -> all.put(a.getName(), a));
        all.putAll(given);
        body.arguments = all;
        body.callers.addAll(callers);
        body.callers.add(f);
        for (int i = 0; i < f.getInputCount(); i++) {
            Optional<Value> operand = i < inputs.size() ? inputs.get(i) : Optional.empty();
            if (operand.isPresent()) {
                body.values.put(f.getInput(i), operand.get());
            } else {
                body.absent.add(f.getInput(i));
            }
        }
        body.nodes(f.getNodeList(), f.getOutputList());
        body.forks.finish(f.getOutputList(), Forks.End.CASES);
        return body.results(f.getOutputList());
    }

    /** Where a subgraph of this graph is imported: its nodes go to {@code into}, and it sees the names of this one. */
    GraphImporter inside(Builder into) {
        GraphImporter importer = new GraphImporter(model, into, this, opsets);
        importer.arguments = arguments;
        importer.callers.addAll(callers);
        return importer;
    }

    /** Where the nodes of this graph go that are in a branch: they see the names of the branch and of this graph. */
    GraphImporter branch(Builder into) {
        GraphImporter importer = new GraphImporter(model, into, this, opsets, depth, forks);
        importer.arguments = arguments;
        importer.callers.addAll(callers);
        return importer;
    }

    Builder builder() {
        return b;
    }

    Forks forks() {
        return forks;
    }

    /** The value of a name; null if it has none yet. */
    @Nullable
    Value known(String name) {
        Value v = values.get(name);
        return v != null || outer == null ? v : outer.known(name);
    }

    /** The names that have values in this graph alone. */
    List<String> definedNames() {
        return List.copyOf(values.keySet());
    }

    /** Notes that a name has no value, which has been told. */
    void markFailed(String name) {
        values.remove(name);
        failed.add(name);
    }

    void define(String name, Value value) {
        values.put(name, value);
    }

    /** A scope without names, one deeper: a function does not see the names around its call. */
    private GraphImporter nested() {
        return new GraphImporter(model, b, null, opsets, depth, null);
    }

    private GraphImporter(
            ModelImporter model,
            Builder b,
            @Nullable GraphImporter outer,
            Map<String, Integer> opsets,
            int depth,
            @Nullable Forks trunk) {
        this.model = model;
        this.b = b;
        this.outer = outer;
        this.opsets = opsets;
        this.depth = depth;
        this.forks = new Forks(this, model, trunk);
        if (depth > NESTING_LIMIT) {
            throw new InvalidOpException("subgraphs and functions are nested more than " + NESTING_LIMIT + " deep");
        }
    }

    boolean hasFailed(String name) {
        return failed.contains(name) || (outer != null && outer.hasFailed(name));
    }

    private @Nullable Value find(String name) {
        Value v = values.get(name);
        if (v != null) {
            return v;
        }
        TensorProto initializer = initializers.get(name);
        if (initializer != null && !failed.contains(name)) {
            try {
                Value constant = b.constant(model.decoder.decode(initializer), name);
                values.put(name, constant);
                model.source.add(constant, initializer);
                return constant;
            } catch (InvalidOpException | IllegalArgumentException | ArithmeticException e) {
                fail("onnx.tensor", Location.NONE, String.valueOf(e.getMessage()), List.of(name));
                return null;
            }
        }
        return outer == null ? null : outer.find(name);
    }

    /** The results of a subgraph whose inputs are defined. */
    List<Value> body(GraphProto proto, Forks.End how) {
        takeInitializers(proto);
        List<String> names =
                proto.getOutputList().stream().map(ValueInfoProto::getName).toList();
        nodes(proto.getNodeList(), names);
        forks.finish(names, how);
        List<Value> outputs = results(names);
        if (outputs == null) {
            throw new LatheException(LatheException.Fault.INPUT, List.of()); // told already
        }
        return outputs;
    }
}
