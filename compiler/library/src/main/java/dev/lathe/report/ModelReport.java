package dev.lathe.report;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.clean.DeadCode;
import dev.lathe.passes.listen.Statistics;
import dev.lathe.runtime.input.SymbolSizes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is in a model.
 *
 * @param name the graph's name
 * @param inputs what it takes; symbolic dimensions are symbolic
 * @param outputs what it gives
 * @param parameters elements of all weights
 * @param parameterBytes their bytes
 * @param parameterTypes bytes of weights by element type
 * @param sizes the sizes of symbols for which the numbers below hold
 * @param flops operations of one execution, a multiply-add counting as two
 * @param symbolicFlops the same as an expression of the symbols; empty if there is none
 * @param peakActivationBytes see {@link GraphCost#peakBytes}
 * @param operators how often each ONNX operator occurs, with its opset
 * @param ops how often each op occurs after optimization
 * @param layers the nodes after optimization in order, constants left out
 */
public record ModelReport(
        String name,
        List<PortText> inputs,
        List<PortText> outputs,
        long parameters,
        double parameterBytes,
        Map<String, Double> parameterTypes,
        Map<String, Long> sizes,
        double flops,
        String symbolicFlops,
        double peakActivationBytes,
        Map<String, Integer> operators,
        Map<String, Integer> ops,
        List<Layer> layers) {

    /** Floats of which more than one in so many is 0 are told as such, if they are not few. */
    private static final int MANY = 4;

    private static final int FEWEST = 1024;

    /** A longer expression says nothing to a reader. */
    private static final int MAX_EXPRESSION = 80;

    /** An input or output. */
    public record PortText(String name, String type) {}

    /**
     * A node.
     *
     * @param name the source node it comes from; for a fused one the first
     * @param parameters elements of its weights; those of several nodes count for each
     * @param storage of its constants: bytes by element type, and the share of zeros where floats have many, as text
     * @param kernels what a target runs for it, between commas; empty where that is not known, or nothing
     * @param bytes what its results occupy
     * @param trafficBytes what it reads and writes; see {@link GraphCost#trafficBytes}
     */
    public record Layer(
            String name,
            String op,
            String result,
            long parameters,
            String storage,
            String kernels,
            double flops,
            double bytes,
            double trafficBytes) {}

    /**
     * Describes a model.
     *
     * @param imported the graph as it was read
     * @param optimized the graph after passes
     * @param shapes shapes that fix symbolic dimensions; others are assumed as {@link SymbolSizes} says
     */
    public static ModelReport of(Graph imported, Graph optimized, Map<String, Shape> shapes) {
        return of(imported, optimized, shapes, List.of());
    }

    /**
     * As the other, with kernels.
     *
     * @param steps what a target makes of {@code optimized}
     */
    public static ModelReport of(Graph imported, Graph optimized, Map<String, Shape> shapes, List<ModelStep> steps) {
        Graph source = new DeadCode().run(imported, PassContext.standard());
        SymbolSizes sizes = SymbolSizes.of(optimized.inputPorts(), Map.of(), shapes);
        GraphCost cost = new GraphCost(sizes::size);
        Map<String, Long> told = new LinkedHashMap<>();
        optimized.inputSymbols().forEach(s -> told.put(s, sizes.size(s)));

        Map<String, Double> types = new TreeMap<>();
        long parameters = 0;
        double bytes = 0;
        for (Tensor t : weights(source)) {
            parameters += t.size();
            bytes += t.byteSize();
            types.merge(t.element().text(), (double) t.byteSize(), Double::sum);
        }
        return new ModelReport(
                optimized.name(),
                optimized.inputs().stream()
                        .map(v -> new PortText(v.name(), v.type().toString()))
                        .toList(),
                outputs(optimized),
                parameters,
                bytes,
                types,
                told,
                cost.flops(optimized),
                GraphCost.symbolicFlops(optimized)
                        .map(Dim::toString)
                        .filter(s -> s.length() <= MAX_EXPRESSION)
                        .orElse(""),
                cost.peakBytes(optimized),
                operators(source),
                Statistics.histogram(optimized),
                layers(optimized, cost, steps));
    }

    private static List<PortText> outputs(Graph graph) {
        List<PortText> all = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            all.add(new PortText(
                    graph.outputNames().get(i), graph.outputs().get(i).type().toString()));
        }
        return all;
    }

    private static Set<Tensor> weights(Graph graph) {
        Set<Tensor> all = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant(Tensor value)) {
                all.add(value);
            }
        }
        return all;
    }

    private static Map<String, Integer> operators(Graph graph) {
        Set<Location.Origin> origins = new LinkedHashSet<>();
        graph.allNodes().forEach(n -> origins.addAll(n.location().origins()));
        Map<String, Integer> counts = new TreeMap<>();
        origins.forEach(o -> counts.merge(o.opType() + "-" + o.opset(), 1, Integer::sum));
        return counts;
    }

    private static List<Layer> layers(Graph graph, GraphCost cost, List<ModelStep> steps) {
        Map<Value, Node> definitions = graph.definitions();
        List<Layer> layers = new ArrayList<>();
        for (Node n : graph.nodes()) {
            Op op = n.op();
            if (op instanceof Constant) {
                continue;
            }
            List<Tensor> constants = new ArrayList<>();
            for (Value v : op.dependencies()) {
                if (definitions.get(v) instanceof Node d && d.op() instanceof Constant(Tensor value)) {
                    constants.add(value);
                }
            }
            layers.add(new Layer(
                    n.location().isNone()
                            ? n.results().isEmpty()
                                    ? ""
                                    : n.results().getFirst().name()
                            : n.location().origins().getFirst().name(),
                    op.mnemonic(),
                    String.join(
                            ", ",
                            n.results().stream().map(v -> v.type().toString()).toList()),
                    constants.stream().mapToLong(Tensor::size).sum(),
                    storage(constants),
                    kernels(n, steps),
                    cost.flops(op),
                    n.results().stream().mapToDouble(v -> cost.bytes(v.type())).sum(),
                    cost.trafficBytes(n)));
        }
        return layers;
    }

    /** Of the steps that stand for a node of the source that this one comes from, or that make its result. */
    private static String kernels(Node n, List<ModelStep> steps) {
        Set<String> origins =
                n.location().origins().stream().map(Location.Origin::toString).collect(Collectors.toSet());
        Set<String> results = n.results().stream()
                .map(Value::name)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toSet());
        return steps.stream()
                .filter(s -> results.contains(s.value()) || !Collections.disjoint(s.nodes(), origins))
                .map(ModelStep::kernel)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String storage(List<Tensor> constants) {
        Map<String, Double> types = new TreeMap<>();
        long elements = 0;
        long zeros = 0;
        for (Tensor t : constants) {
            types.merge(t.element().text(), (double) t.byteSize(), Double::sum);
            if (t.element() == ElementType.F32) {
                elements += t.size();
                for (long i = 0; i < t.size(); i++) {
                    zeros += t.getFloat(i) == 0 ? 1 : 0;
                }
            }
        }
        String text = types.entrySet().stream()
                .map(e -> e.getKey() + " " + Units.bytes(e.getValue()))
                .collect(Collectors.joining(", "));
        return zeros * MANY > elements && elements >= FEWEST
                ? text + String.format(Locale.ROOT, ", %.0f %% zeros", 100.0 * zeros / elements)
                : text;
    }
}
