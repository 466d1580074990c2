package dev.lathe.compress;

import dev.lathe.ir.Graph;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.input.SymbolSizes;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a model costs.
 *
 * @param parameters elements of its constants
 * @param weightBytes bytes of its constants
 * @param nodes how many ops it has, those in regions included
 * @param flops operations of a call, a multiply-add counting as two; see {@link GraphCost#flops}
 * @param memoryBytes of weights, inputs and results that are alive at a time; see {@link GraphCost#peakBytes}
 * @param millis the median time of a call, of those after the model is warm
 * @param perSecond calls a second, one after the other
 * @param cpuMillis processor time of a call, of all threads
 * @param energy of a call
 */
public record Measure(
        long parameters,
        long weightBytes,
        long nodes,
        double flops,
        double memoryBytes,
        double millis,
        double perSecond,
        double cpuMillis,
        Energy energy) {

    /** What {@code graph} costs with inputs as those of {@code sample}. */
    static Measure of(Graph graph, Map<String, ? extends Datum> sample, Timing timing) {
        SymbolSizes sizes = SymbolSizes.of(graph.inputPorts(), sample, Map.of());
        GraphCost cost = new GraphCost(sizes::size);
        long bytes = weightBytes(graph);
        return new Measure(
                constants(graph).stream().mapToLong(Tensor::size).sum(),
                bytes,
                graph.allNodes().size(),
                cost.flops(graph),
                bytes + cost.peakBytes(graph),
                timing.millis(),
                timing.millis() == 0 ? 0 : 1000 / timing.millis(),
                timing.cpuMillis(),
                timing.energy());
    }

    /** Bytes of the constants of a graph, each once. */
    static long weightBytes(Graph graph) {
        return constants(graph).stream().mapToLong(Tensor::byteSize).sum();
    }

    private static Set<Tensor> constants(Graph graph) {
        Set<Tensor> all = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.allNodes().forEach(n -> {
            if (n.op() instanceof Constant(Tensor t)) {
                all.add(t);
            }
        });
        return all;
    }
}
