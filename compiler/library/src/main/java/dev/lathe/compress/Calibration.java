package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.Statistics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Runs a graph on data and adds up what is wanted of it: the same graph, with more outputs. What is kept has one size,
 * however many calls there are.
 *
 * @param options how the graph is run
 */
record Calibration(Dataset data, CompileOptions options) implements Statistics.Source {

    /** A statistic while calls are added. */
    private record Running<R>(Statistic<R> statistic, List<String> outputs, Statistic.Accumulator<R> sum) {
        void add(Map<String, Datum> results) {
            sum.add(outputs.stream().map(o -> (Tensor) results.get(o)).toList());
        }

        void finish(Map<Statistic<?>, Object> into) {
            into.put(statistic, sum.result());
        }
    }

    @Override
    public Statistics measure(Graph graph, Collection<? extends Statistic<?>> wanted) {
        List<Running<?>> all = new ArrayList<>();
        Graph instrumented = instrumented(graph, wanted, all);
        try (Executable model = Lathe.compile(instrumented, options).load()) {
            for (int i = 0; i < data.size(); i++) {
                options.progress().report("calibrate", i, data.size());
                Map<String, Datum> results = model.run(data.sample(i));
                all.forEach(r -> r.add(results));
            }
        }
        Map<Statistic<?>, Object> results = new LinkedHashMap<>();
        all.forEach(r -> r.finish(results));
        return new Statistics(results);
    }

    private static Graph instrumented(
            Graph graph, Collection<? extends Statistic<?>> wanted, List<Running<?>> running) {
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        graph.nodes().forEach(b::reuse);
        Map<Value, String> names = new IdentityHashMap<>();
        List<Value> outputs = new ArrayList<>(graph.outputs());
        List<String> outputNames = new ArrayList<>(graph.outputNames());
        for (Statistic<?> s : new LinkedHashSet<>(wanted)) {
            List<String> own = new ArrayList<>();
            for (Value v : s.observed(b)) {
                own.add(names.computeIfAbsent(v, _ -> {
                    // No name of an output of a model has a line break.
                    String name = "observed " + names.size() + "\n";
                    outputs.add(v);
                    outputNames.add(name);
                    return name;
                }));
            }
            running.add(started(s, own));
        }
        return b.build(outputs, outputNames);
    }

    private static <R> Running<R> started(Statistic<R> s, List<String> outputs) {
        return new Running<>(s, outputs, s.accumulator());
    }
}
