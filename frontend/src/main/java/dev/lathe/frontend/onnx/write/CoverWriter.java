package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.Subgraphs;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes what a {@link Cover} has chosen: gives each class a name, and puts it into the slots. */
final class CoverWriter {
    private final Cover cover;
    private final @Nullable CoverWriter outer;
    private final ModelNames model;
    private final GraphProto.Builder proto = GraphProto.newBuilder();
    private final Map<ValueClass, String> names = new IdentityHashMap<>();
    private final Set<Candidate> done = Collections.newSetFromMap(new IdentityHashMap<>());

    CoverWriter(Cover cover, @Nullable CoverWriter outer, ModelNames model) {
        this.cover = cover;
        this.outer = outer;
        this.model = model;
    }

    /** A whole model's graph: the names of its inputs and outputs stay as they are. */
    GraphProto whole() {
        Graph graph = cover.graph();
        for (int i = 0; i < graph.inputs().size(); i++) {
            input(graph.inputs().get(i), model.input(i, graph.inputs().get(i)));
        }
        List<ValueInfoProto> outputs = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            outputs.add(
                    model.output(i, graph.outputNames().get(i), graph.outputs().get(i)));
        }
        body(outputs);
        return model.complete(proto, graph.name());
    }

    /** A region; it sees the names of the graphs around it. */
    private GraphProto region() {
        Graph graph = cover.graph();
        for (Value v : graph.inputs()) {
            input(v, ExportedModel.info(model.unique(v.name()), v.type()));
        }
        List<ValueInfoProto> outputs = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            String name = model.unique(graph.outputNames().get(i));
            outputs.add(ExportedModel.info(name, graph.outputs().get(i).type()));
        }
        body(outputs);
        return proto.setName(graph.name().isEmpty() ? "g" : graph.name()).build();
    }

    private void input(Value v, ValueInfoProto info) {
        names.putIfAbsent(cover.of(v), info.getName());
        proto.addInput(info);
    }

    private void body(List<ValueInfoProto> outputs) {
        List<ValueClass> classes = cover.outputs();
        for (int i = 0; i < outputs.size(); i++) {
            ValueClass c = classes.get(i);
            if (!c.isGiven()) {
                names.putIfAbsent(c, outputs.get(i).getName());
            }
        }
        for (ValueClass c : Selection.order(classes)) {
            if (!c.isGiven() && c.chosen != null && done.add(c.chosen)) {
                candidate(c.chosen);
            }
        }
        for (int i = 0; i < outputs.size(); i++) {
            String name = name(classes.get(i));
            if (!name.equals(outputs.get(i).getName())) {
                proto.addNode(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .addInput(name)
                        .addOutput(outputs.get(i).getName()));
            }
            proto.addOutput(outputs.get(i));
        }
    }

    private String name(ValueClass c) {
        if (c.outside != null) {
            if (outer == null) {
                throw new IllegalStateException("a value of no graph");
            }
            return outer.name(c.outside);
        }
        return names.computeIfAbsent(c, x -> model.name(x, cover.depth()));
    }

    private void candidate(Candidate c) {
        for (FunctionProto f : c.functions) {
            model.add(f);
        }
        if (c.written != null) {
            proto.addInitializer(c.written.toBuilder().setName(resultName(c, 0)));
        } else if (c.sparse != null) {
            proto.addSparseInitializer(c.sparse.toBuilder()
                    .setValues(c.sparse.getValues().toBuilder().setName(resultName(c, 0))));
        } else if (c.weight != null) {
            proto.addInitializer(model.tensor(c.weight, resultName(c, 0)));
        }
        Map<String, String> locals = new HashMap<>();
        for (NodeProto n : c.nodes) {
            NodeProto.Builder node = n.toBuilder().clearInput().clearOutput();
            n.getInputList().forEach(slot -> node.addInput(filled(c, slot, locals)));
            n.getOutputList().forEach(slot -> node.addOutput(filled(c, slot, locals)));
            for (AttributeProto.Builder a : node.getAttributeBuilderList()) {
                if (a.hasG() && Candidate.isSlot(a.getG().getName())) {
                    Cover region = c.regions.get(Candidate.index(a.getG().getName()));
                    a.setG(new CoverWriter(region, this, model).region());
                }
            }
            NodeProto named = model.named(node);
            proto.addNode(
                    c.captures.isEmpty()
                            ? named
                            : Subgraphs.rename(
                                    named, name -> c.captures.containsKey(name) ? name(c.captures.get(name)) : name));
        }
    }

    private String filled(Candidate c, String slot, Map<String, String> locals) {
        if (!Candidate.isSlot(slot)) {
            return slot;
        }
        int index = Candidate.index(slot);
        return switch (Candidate.kind(slot)) {
            case 'o' -> name(c.operands.get(index));
            case 'r' -> resultName(c, index);
            default -> locals.computeIfAbsent(slot, _ -> model.fresh());
        };
    }

    /** The name of a result; one that another candidate gives has another name here. */
    private String resultName(Candidate c, int index) {
        ValueClass result = c.results().get(index);
        return result != null && result.chosen == c && c.isFirst(index) ? name(result) : model.fresh();
    }
}
