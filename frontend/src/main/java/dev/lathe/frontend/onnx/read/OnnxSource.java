package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.Completeness;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a graph was imported from: for each value the node or weight of the model that gave it, so that the exporter
 * can write that again.
 */
public final class OnnxSource {
    /**
     * A node of the model.
     *
     * @param node the node, with the attributes of the function around it in the place of references
     * @param captures the values that its subgraphs use, by name
     * @param function what the node calls, if that is a function of the model
     * @param depth in how many regions it stands
     */
    public record Origin(
            NodeProto node,
            int opset,
            List<Optional<Value>> inputs,
            List<Optional<Value>> outputs,
            Map<String, Value> captures,
            @Nullable FunctionProto function,
            int depth) {}

    /** What a node calls a value, and in how many regions the node stands. */
    public record Name(String name, int depth) {}

    public final ModelProto model;
    private final Map<Value, List<Origin>> origins = new IdentityHashMap<>();
    private final Map<Value, List<Name>> names = new IdentityHashMap<>();
    private final Map<Value, TensorProto> weights = new IdentityHashMap<>();
    private final Map<Value, SparseTensorProto> sparse = new IdentityHashMap<>();
    /** Whether sizes were given that the model does not declare. */
    public boolean hasShapes;

    private @Nullable Graph graph;

    OnnxSource(ModelProto model) {
        this.model = model;
    }

    void add(Origin origin) {
        origin.outputs.stream()
                .flatMap(Optional::stream)
                .distinct()
                .forEach(v -> origins.computeIfAbsent(v, _ -> new ArrayList<>()).add(origin));
        for (int i = 0; i < origin.outputs.size(); i++) {
            String name = origin.node.getOutput(i);
            origin.outputs
                    .get(i)
                    .ifPresent(v ->
                            names.computeIfAbsent(v, _ -> new ArrayList<>()).add(new Name(name, origin.depth)));
        }
    }

    void add(Value v, TensorProto weight) {
        weights.put(v, weight);
    }

    void add(Value v, SparseTensorProto weight) {
        sparse.put(v, weight);
    }

    void imported(Graph made) {
        this.graph = made;
    }

    /** The graph as it was imported. */
    public Graph graph() {
        if (graph == null) {
            throw new IllegalStateException("the model is not imported yet");
        }
        return graph;
    }

    /** The nodes that give {@code v}: several where nodes give what they take. */
    public List<Origin> origins(Value v) {
        return origins.getOrDefault(v, List.of());
    }

    /** What the nodes that give {@code v} call it. */
    public List<Name> names(Value v) {
        return names.getOrDefault(v, List.of());
    }

    @Nullable
    public TensorProto weight(Value v) {
        return weights.get(v);
    }

    @Nullable
    public SparseTensorProto sparseWeight(Value v) {
        return sparse.get(v);
    }

    /** Whether the model's file holds all of it. */
    public boolean isSelfContained() {
        return Completeness.isComplete(model.getGraph());
    }
}
