package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A model whose weights are chosen when it is loaded: it is compiled once, and tried with as many weights as needed.
 */
final class TrialModel {
    private final Graph graph;
    private final CompileOptions options;
    private final Model model;

    TrialModel(Graph graph, CompileOptions options) {
        this.graph = graph;
        this.options = options;
        options.progress().report("compile", 0, 0);
        this.model = Lathe.compile(graph, options);
    }

    /** The model with other tensors for some of its constants; the caller closes it. */
    Executable load(Map<Value, Tensor> weights) {
        Map<Value, Node> definitions = graph.definitions();
        Map<Tensor, Tensor> others = new IdentityHashMap<>();
        weights.forEach((v, t) -> {
            Node constant = Objects.requireNonNull(definitions.get(v), "not of this graph");
            others.put(((Constant) constant.op()).value(), t);
        });
        return model.with(others)
                .map(Model::load)
                // A target that looks into the numbers compiles anew.
                .orElseGet(() -> Lathe.compile(replaced(weights), options).load());
    }

    private Graph replaced(Map<Value, Tensor> weights) {
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        for (Node n : graph.nodes()) {
            Tensor other = n.results().size() == 1 ? weights.get(n.result()) : null;
            b.reuse(other == null ? n : new Node(new Constant(other), n.results(), n.location()));
        }
        return b.build(graph.outputs(), graph.outputNames());
    }
}
