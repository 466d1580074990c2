package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.Progress;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.quantize.ActivationRanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Runs a graph on data and notes what its inner values are: the same graph, with these values as outputs. */
final class Calibration {
    private Calibration() {}

    /**
     * The ranges of {@code wanted}, values of {@code graph}. What is kept of a value has one size, however many calls
     * there are.
     */
    static ActivationRanges ranges(
            Graph graph, Collection<Value> wanted, Dataset data, CompileOptions options, Progress progress) {
        List<Value> observed = List.copyOf(wanted);
        List<Histogram> histograms = observed.stream().map(_ -> new Histogram()).toList();
        try (Executable model =
                Lathe.compile(instrumented(graph, observed), options).load()) {
            for (int i = 0; i < data.size(); i++) {
                progress.report("calibrate", i, data.size());
                Map<String, Datum> results = model.run(data.sample(i));
                for (int v = 0; v < observed.size(); v++) {
                    if (results.get(name(v)) instanceof Tensor t) {
                        histograms.get(v).add(t);
                    }
                }
            }
        }
        Map<Value, ActivationRanges.Range> ranges = new IdentityHashMap<>();
        for (int v = 0; v < observed.size(); v++) {
            ranges.put(observed.get(v), histograms.get(v).range());
        }
        return new ActivationRanges(ranges);
    }

    private static Graph instrumented(Graph graph, List<Value> observed) {
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        graph.nodes().forEach(b::reuse);
        List<Value> outputs = new ArrayList<>(graph.outputs());
        List<String> names = new ArrayList<>(graph.outputNames());
        for (int v = 0; v < observed.size(); v++) {
            outputs.add(observed.get(v));
            names.add(name(v));
        }
        return b.build(outputs, names);
    }

    /** No name of an output of a model has a line break. */
    private static String name(int observed) {
        return "observed " + observed + "\n";
    }
}
