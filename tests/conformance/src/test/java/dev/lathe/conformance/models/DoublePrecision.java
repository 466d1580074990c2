package dev.lathe.conformance.models;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph of f32 computed in f64. What two right implementations of f32 make of a graph may be far apart where the
 * graph makes much of little, as a softmax of large numbers does; how far each is from this says whether it is right.
 */
final class DoublePrecision {
    private DoublePrecision() {}

    /** The graph with f64 for f32 in inputs and constants, of which casts to f32 are no part. */
    static Graph of(Graph graph) {
        Builder b = Builder.graph(graph.name());
        Map<Value, Value> twins = new IdentityHashMap<>();
        for (Value v : graph.inputs()) {
            boolean wide = v.tensorType().element() == ElementType.F32;
            twins.put(
                    v,
                    wide
                            ? b.input(
                                    v.name(),
                                    new TensorType(
                                            ElementType.F64, v.tensorType().shape()))
                            : b.input(v));
        }
        for (Node n : graph.nodes()) {
            b.at(n.location());
            List<Value> results = n.op() instanceof Constant(Tensor t) && t.element() == ElementType.F32
                    ? List.of(b.constant(of(t), n.result().name()))
                    : b.copy(n, n.op().mapOperands(v -> twins.getOrDefault(v, v)));
            for (int i = 0; i < results.size(); i++) {
                twins.put(n.results().get(i), results.get(i));
            }
        }
        return b.build(
                graph.outputs().stream().map(v -> twins.getOrDefault(v, v)).toList(), graph.outputNames());
    }

    /** The same numbers as f64. */
    static Tensor of(Tensor t) {
        Tensor wide = Tensor.zeros(ElementType.F64, t.dims());
        for (long i = 0; i < t.size(); i++) {
            wide.setDouble(i, t.getDouble(i));
        }
        return wide;
    }
}
