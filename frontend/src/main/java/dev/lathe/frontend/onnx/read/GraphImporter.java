package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.BlockedChannels;
import dev.lathe.frontend.onnx.file.Completeness;
import dev.lathe.frontend.onnx.file.NodeOrder;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.file.Subgraphs;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.node.UnknownCountException;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
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
    private final Map<String, Integer> opsets;
    private final int depth;
    /** The functions in whose expansion this is. */
    private final Calls calls;

    private final Scope scope;
    /** The nodes so far. */
    private final List<NodeProto> imported = new ArrayList<>();

    private final Forks forks;

    /** The graph of a model. */
    GraphImporter(ModelImporter model, Builder b, Map<String, Integer> opsets) {
        this(model, b, null, opsets, Calls.NONE, 0, null);
    }

    /** The graph of a model; null if it has problems. */
    @Nullable
    Graph whole(GraphProto proto) {
        scope.takeInitializers(proto);
        scope.takeInputs(proto);
        List<String> names =
                proto.getOutputList().stream().map(ValueInfoProto::getName).toList();
        nodes(proto.getNodeList(), names);
        try {
            forks.finish(names, Forks.End.ANY_RANK);
        } catch (LatheException e) {
            e.diagnostics().forEach(d -> model.problem(d.code(), d.location(), d.what(), d.fix()));
            return null;
        }
        List<Value> outputs = scope.results(names);
        return outputs == null ? null : b.build(outputs, names);
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
            again.scope.define(from.get(i), inputs.get(i));
        }
        needs.forEach(again::node);
        again.forks.finish(List.of(name), Forks.End.ONE_TYPE);
        Value v = again.scope.find(name);
        if (v == null) {
            throw new InvalidOpException("there is no value \"" + name + "\"");
        }
        return v;
    }

    private void nodes(List<NodeProto> nodes, List<String> results) {
        LastUses uses = new LastUses(NodeOrder.of(scope.distinct(nodes), this::unresolvable), results);
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
        Location location = OnnxNames.location(node, 0);
        scope.markFailed(node.getOutputList());
        if (e instanceof LatheException l) {
            l.diagnostics().forEach(d -> model.problem(d.code(), location, d.what(), d.fix()));
        } else {
            scope.fail("onnx.invalid-node", location, String.valueOf(e.getMessage()), List.of());
        }
    }

    /** Tells of nodes that wait for each other. */
    private void unresolvable(List<NodeProto> cycle) {
        NodeProto first = cycle.getFirst();
        model.problem(
                "onnx.cycle",
                OnnxNames.location(first, 0),
                "the graph has a cycle of " + cycle.size() + " nodes: "
                        + String.join(
                                " -> ",
                                cycle.stream().limit(5).map(OnnxNames::nameOf).toList())
                        + (cycle.size() > 5 ? " -> …" : ""),
                "export the model again: the results of a node cannot be among what it needs");
        cycle.forEach(n -> scope.markFailed(n.getOutputList()));
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
        int opset = OnnxNames.opset(node, opsets);
        Location location = OnnxNames.location(node, opset);
        model.countNode(location);
        List<Optional<Value>> inputs = scope.operands(node, location);
        if (inputs == null) {
            scope.markFailed(node.getOutputList());
            return;
        }
        Location around = b.location();
        b.at(location);
        try {
            List<Value> results = lower(node, opset, inputs);
            if (results == null) {
                scope.markFailed(node.getOutputList());
                return;
            }
            Set<Value> shared = repeated(results);
            for (int i = 0; i < node.getOutputCount() && i < results.size(); i++) {
                if (!node.getOutput(i).isEmpty()) {
                    // A value that stands for several results keeps the name it has.
                    Value v = results.get(i);
                    boolean alone = !shared.contains(v);
                    scope.define(node.getOutput(i), alone ? b.named(v, node.getOutput(i)) : v);
                }
            }
            if (results.size() < node.getOutputCount()) {
                scope.markFailed(node.getOutputList().subList(results.size(), node.getOutputCount()));
                throw new InvalidOpException(
                        "it has " + results.size() + " results, but the model names " + node.getOutputCount());
            }
            remember(node, opset, inputs);
        } catch (UnknownCountException e) {
            List<String> names = node.getInputList().stream()
                    .filter(name -> scope.known(name) == e.value())
                    .toList();
            if (names.isEmpty()) {
                scope.fail("onnx.invalid-node", location, e.getMessage() + typesOf(inputs), node.getOutputList());
            } else {
                forks.byCount(names, e.value());
                node(node);
            }
        } catch (InvalidOpException | ArithmeticException e) {
            scope.fail("onnx.invalid-node", location, e.getMessage() + typesOf(inputs), node.getOutputList());
        } catch (IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | NoSuchElementException e) {
            // A lowering relied on what an attribute or operand of this node does not hold to.
            scope.fail(
                    "onnx.invalid-node",
                    location,
                    "its attributes and operands do not fit together (" + e.getMessage() + ")" + typesOf(inputs),
                    node.getOutputList());
        } catch (LatheException e) {
            // Those of a subgraph say where in it they are.
            e.diagnostics()
                    .forEach(d -> model.problem(
                            d.code(), d.location().isNone() ? location : d.location(), d.what(), d.fix()));
            scope.markFailed(node.getOutputList());
        } finally {
            b.at(around);
        }
    }

    /** The values that stand for more than one of {@code results}. */
    private static Set<Value> repeated(List<Value> results) {
        if (results.size() < 2) {
            return Set.of();
        }
        Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Value> again = Collections.newSetFromMap(new IdentityHashMap<>());
        results.stream().filter(v -> !seen.add(v)).forEach(again::add);
        return again;
    }

    /** Keeps the node for an exporter, if all that it says stands in it. */
    private void remember(NodeProto node, int opset, List<Optional<Value>> inputs) {
        NodeProto whole = calls.resolved(node);
        if (!Completeness.isComplete(whole) || NodeOrder.namesValues(whole) || hasOwnLayout(whole)) {
            return;
        }
        List<Optional<Value>> outputs = new ArrayList<>();
        for (String name : node.getOutputList()) {
            outputs.add(Optional.ofNullable(name.isEmpty() ? null : scope.own(name)));
        }
        Map<String, Value> captures = new HashMap<>();
        for (AttributeProto a : whole.getAttributeList()) {
            for (GraphProto g : Subgraphs.of(a)) {
                for (String name : Subgraphs.captures(g)) {
                    Value v = scope.find(name);
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

    private @Nullable List<Value> lower(NodeProto node, int opset, List<Optional<Value>> inputs) {
        FunctionProto function = model.function(node);
        if (function != null) {
            return call(function, attributes(node), inputs);
        }
        Optional<Operators.Lowering> lowering = model.operators.find(OnnxNames.operator(node), opset);
        if (lowering.isEmpty()) {
            unknown(node, opset, inputs);
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

    private void unknown(NodeProto node, int opset, List<Optional<Value>> inputs) {
        if (!model.hasEnoughProblems()) {
            model.problem(UnknownOperators.problem(model.operators, node, opset, typesOf(inputs)));
        }
    }

    private Map<String, AttributeProto> attributes(NodeProto node) {
        Map<String, AttributeProto> all = calls.attributes(node);
        if (node.getDomain().equals(BlockedChannels.DOMAIN)) {
            all.put(BlockedChannels.BLOCK, model.block());
        }
        return all;
    }

    /** The body of a function in the place of its call. */
    private @Nullable List<Value> call(
            FunctionProto f, Map<String, AttributeProto> given, List<Optional<Value>> inputs) {
        Map<String, Integer> own = new HashMap<>(opsets);
        own.putAll(OnnxNames.opsets(f.getOpsetImportList()));
        GraphImporter body = called(own, calls.into(f, given));
        for (int i = 0; i < f.getInputCount(); i++) {
            Optional<Value> operand = i < inputs.size() ? inputs.get(i) : Optional.empty();
            if (operand.isPresent()) {
                body.scope.define(f.getInput(i), operand.get());
            } else {
                body.scope.leaveOut(f.getInput(i));
            }
        }
        body.nodes(f.getNodeList(), f.getOutputList());
        body.forks.finish(f.getOutputList(), Forks.End.CASES);
        return body.scope.results(f.getOutputList());
    }

    /** Where a subgraph of this graph is imported: its nodes go to {@code into}, and it sees the names of this one. */
    GraphImporter inside(Builder into) {
        return new GraphImporter(model, into, scope, opsets, calls, depth + 1, null);
    }

    /** Where the nodes of this graph go that are in a branch: they see the names of the branch and of this graph. */
    GraphImporter branch(Builder into) {
        return new GraphImporter(model, into, scope, opsets, calls, depth, forks);
    }

    /** Where the body of a function is imported, which does not see the names around its call. */
    private GraphImporter called(Map<String, Integer> own, Calls around) {
        return new GraphImporter(model, b, null, own, around, depth + 1, null);
    }

    private GraphImporter(
            ModelImporter model,
            Builder b,
            @Nullable Scope outer,
            Map<String, Integer> opsets,
            Calls calls,
            int depth,
            @Nullable Forks trunk) {
        this.model = model;
        this.b = b;
        this.opsets = opsets;
        this.calls = calls;
        this.depth = depth;
        this.scope = new Scope(model, b, outer);
        this.forks = new Forks(this, model, trunk);
        if (depth > NESTING_LIMIT) {
            throw new InvalidOpException("subgraphs and functions are nested more than " + NESTING_LIMIT + " deep");
        }
    }

    Builder builder() {
        return b;
    }

    Scope scope() {
        return scope;
    }

    Forks forks() {
        return forks;
    }

    /** The results of a subgraph whose inputs are defined. */
    List<Value> body(GraphProto proto, Forks.End how) {
        scope.takeInitializers(proto);
        List<String> names =
                proto.getOutputList().stream().map(ValueInfoProto::getName).toList();
        nodes(proto.getNodeList(), names);
        forks.finish(names, how);
        List<Value> outputs = scope.results(names);
        if (outputs == null) {
            throw new LatheException(LatheException.Fault.INPUT, List.of()); // told already
        }
        return outputs;
    }
}
