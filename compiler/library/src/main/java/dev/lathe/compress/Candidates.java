package dev.lathe.compress;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.weights.WeightRole;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What strategies make of each weight, as floats of the weight's shape: a strategy runs on the whole graph once, and
 * what stands for a weight then is computed.
 *
 * @param tensors by weight; those that the strategy does not change, or changes in another way, are left out
 * @param bytes what each takes then
 */
record Candidates(Map<Value, Tensor> tensors, Map<Value, Long> bytes) {

    /** What {@code strategy} makes of {@code weights}, top-level constants of {@code graph}. */
    static Candidates of(Graph graph, Map<Value, WeightRole> weights, Strategy strategy, PassContext context) {
        // A table is seen as what all of its rows are; the passes treat that as any other use.
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        graph.nodes().forEach(b::reuse);
        List<Value> outputs = new ArrayList<>(graph.outputs());
        List<String> names = new ArrayList<>(graph.outputNames());
        Map<Value, String> tables = new LinkedHashMap<>();
        Set<Tensor> rows = Collections.newSetFromMap(new IdentityHashMap<>());
        weights.forEach((v, role) -> {
            if (role.kind() == WeightRole.Kind.TABLE) {
                long[] all = new long
                        [Math.toIntExact(v.tensorType().dim(role.channelAxis()).constant())];
                java.util.Arrays.setAll(all, i -> i);
                Tensor indices = Tensor.vector(all);
                rows.add(indices);
                tables.put(v, "table " + tables.size() + "\n"); // no output of a model has such a name
                outputs.add(b.gather(v, b.constant(indices), role.channelAxis()));
                names.add(tables.get(v));
            }
        });
        Graph changed = PassManager.run(
                b.build(outputs, names), Pipeline.of(strategy.passes().toArray(Pass[]::new)), context);
        return read(graph, changed, weights, tables, rows);
    }

    private static Candidates read(
            Graph original,
            Graph changed,
            Map<Value, WeightRole> weights,
            Map<Value, String> tables,
            Set<Tensor> rows) {
        Map<Value, Node> definitions = changed.definitions();
        Map<String, Value> byName = new HashMap<>();
        changed.nodes().forEach(n -> n.results().forEach(v -> byName.putIfAbsent(v.name(), v)));
        Map<Value, Tensor> tensors = Collections.synchronizedMap(new IdentityHashMap<>());
        Map<Value, Long> bytes = Collections.synchronizedMap(new IdentityHashMap<>());
        weights.keySet().parallelStream().forEach(v -> {
            Value made = tables.containsKey(v)
                    ? changed.outputs().get(changed.outputNames().indexOf(tables.get(v)))
                    : v.name().isEmpty() ? operand(v, original, byName, definitions) : byName.get(v.name());
            if (made != null && made != v && made.type().equals(v.type())) {
                slice(made, changed, definitions).ifPresent(slice -> {
                    tensors.put(v, (Tensor) new ReferenceEvaluator(slice)
                            .run(Map.of())
                            .values()
                            .iterator()
                            .next());
                    bytes.put(v, bytes(slice, rows));
                });
            }
        });
        return new Candidates(tensors, bytes);
    }

    /** What stands where the weight {@code v}, which has no name, is used. */
    private static @Nullable Value operand(
            Value v, Graph original, Map<String, Value> byName, Map<Value, Node> definitions) {
        for (Node user : original.nodes()) {
            int at = user.op().operands().indexOf(v);
            if (at >= 0) {
                Value result = byName.get(user.results().getFirst().name());
                Node now = result == null ? null : definitions.get(result);
                return now != null && now.op().getClass() == user.op().getClass()
                        ? now.op().operands().get(at)
                        : null;
            }
        }
        return null;
    }

    private static long bytes(Graph slice, Set<Tensor> rows) {
        return slice.nodes().stream()
                .mapToLong(n -> n.op() instanceof Constant(Tensor t) && !rows.contains(t) ? t.byteSize() : 0)
                .sum();
    }

    /** The nodes that {@code made} is computed by, if they need no input. */
    private static Optional<Graph> slice(Value made, Graph changed, Map<Value, Node> definitions) {
        Set<Node> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Value> open = new ArrayDeque<>(List.of(made));
        while (!open.isEmpty()) {
            Node n = definitions.get(open.pop());
            if (n == null) {
                return Optional.empty();
            }
            if (needed.add(n)) {
                open.addAll(n.op().dependencies());
            }
        }
        Builder b = Builder.graph("weight");
        changed.nodes().stream().filter(needed::contains).forEach(b::reuse);
        return Optional.of(b.build(List.of(made), List.of("weight")));
    }
}
