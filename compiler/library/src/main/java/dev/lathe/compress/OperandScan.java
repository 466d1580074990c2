package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.quantize.QuantizeStatic;
import dev.lathe.passes.quantize.Ranges;
import dev.lathe.passes.statistics.Bounds;
import dev.lathe.passes.weights.WeightRole;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Rounds each operand of layers with constant weights alone, to 8 bits over the range that data have of it. One model
 * is compiled for all of them: an input of its own has a factor for each operand, 1 for the one that is rounded and 0
 * for the others.
 */
final class OperandScan {
    /** No input of a model has such a name. */
    private static final String CHOICE = "rounded operand\n";

    private final Graph graph;
    private final CompileOptions options;
    /** The layers that read each operand. */
    private final Map<Value, List<Node>> layers;

    private final Map<Value, Bounds> bounds;
    private final List<Value> operands;

    OperandScan(Graph graph, Dataset data, CompileOptions options) {
        this.graph = graph;
        this.options = options;
        Ranges ranges = new Ranges(Ranges.Method.AUTO, false);
        layers = Ranges.layers(graph, WeightRole.of(graph, SensitivityScan.LEAST));
        bounds = ranges.choose(graph, layers, new Calibration(data, options).measure(graph, ranges.measures(layers)));
        operands = layers.keySet().stream().filter(bounds::containsKey).toList();
    }

    /**
     * A row for each operand.
     *
     * @param at which of the columns is that of numbers with one scale for a tensor
     * @param columns how many columns there are
     */
    List<Sensitivity.Row> rows(Baseline baseline, SensitivityScan scan, int at, int columns) {
        List<Sensitivity.Row> rows = new ArrayList<>();
        if (operands.isEmpty()) {
            return rows;
        }
        try (Executable model = Lathe.compile(chosen(), options).load()) {
            for (int i = 0; i < operands.size(); i++) {
                options.progress().report("sensitivity of operands", i, operands.size());
                float[] choice = new float[operands.size()];
                choice[i] = 1;
                double noise = scan.noise(sample -> run(model, sample, choice), baseline);
                List<Sensitivity.Cell> cells =
                        new ArrayList<>(Collections.nCopies(columns, new Sensitivity.Cell(false, 0, 0)));
                cells.set(at, new Sensitivity.Cell(true, 0, noise));
                rows.add(new Sensitivity.Row(name(operands.get(i)), "operand", 0, 0, cells));
            }
        }
        return rows;
    }

    private static Map<String, Datum> run(Executable model, Map<String, ? extends Datum> sample, float[] choice) {
        Map<String, Datum> inputs = new HashMap<>(sample);
        inputs.put(CHOICE, Tensor.of(choice, choice.length));
        return model.run(inputs);
    }

    private String name(Value operand) {
        Node reader = layers.getOrDefault(operand, List.of()).getFirst();
        return operand.name().isEmpty() ? "operand of " + reader.result().name() : operand.name();
    }

    /** The graph with all operands rounded, each times its factor. */
    private Graph chosen() {
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        Value choice = b.input(CHOICE, new TensorType(ElementType.F32, Shape.of(List.of(Dim.of(operands.size())))));
        Map<Value, Value> rounded = new IdentityHashMap<>();
        Map<Node, Value> readers = new IdentityHashMap<>();
        operands.forEach(x -> layers.getOrDefault(x, List.of()).forEach(n -> readers.put(n, x)));
        for (Node n : graph.nodes()) {
            Value x = readers.get(n);
            if (x == null) {
                b.reuse(n);
                continue;
            }
            Value y = rounded.computeIfAbsent(x, _ -> {
                Value factor = b.reshape(
                        b.add(new Slice(choice, List.of(Dim.of(operands.indexOf(x))), List.of(Dim.ONE), List.of(1L))),
                        Shape.of(List.of()));
                Bounds range = Objects.requireNonNull(bounds.get(x), "no range");
                Value change = b.subtract(QuantizeStatic.rounded(x, range, false, b), x);
                return b.add(x, b.multiply(change, factor));
            });
            Op op = n.op().mapOperands(v -> v == x ? y : v);
            b.reuse(new Node(op, n.results(), n.location()));
        }
        return b.build(graph.outputs(), graph.outputNames());
    }
}
