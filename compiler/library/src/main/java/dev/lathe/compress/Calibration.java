package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.Statistics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs a graph on data and adds up what is wanted of it: the same graph, with what is measured as its outputs. What is
 * kept has one size, however many calls there are. What needs more than {@value #BUDGET} bytes together is measured in
 * turns, each of which runs only the part of the graph that it needs.
 *
 * @param options how the graph is run
 */
record Calibration(Dataset data, CompileOptions options) implements Statistics.Source {
    /** Bytes of what is added up and of what one call gives. */
    private static final long BUDGET = 48L << 20;

    /** Calls whose shapes say how large the others are. */
    private static final int PROBES = 16;

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
        return Statistics.inTurns(turns(graph, new LinkedHashSet<>(wanted)), turn -> results(graph, turn));
    }

    private Map<Statistic<?>, Object> results(Graph graph, Collection<? extends Statistic<?>> wanted) {
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
        return results;
    }

    /** What is measured together, in order. */
    private List<List<Statistic<?>>> turns(Graph graph, Collection<Statistic<?>> wanted) {
        Map<String, Long> sizes = largestSizes(graph);
        Builder b = copy(graph);
        List<List<Statistic<?>>> turns = new ArrayList<>();
        Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        long left = 0;
        for (Statistic<?> s : wanted) {
            List<Value> observed = s.observed(b);
            long bytes = s.bytes();
            for (Value v : observed) {
                bytes += seen.contains(v) ? 0 : bytes(v.tensorType(), sizes);
            }
            if (bytes > left) {
                turns.add(new ArrayList<>());
                left = BUDGET;
                seen.clear();
            }
            seen.addAll(observed);
            turns.getLast().add(s);
            left -= bytes;
        }
        return turns;
    }

    /** The largest values that symbols of the inputs' types have in some of the calls. */
    private Map<String, Long> largestSizes(Graph graph) {
        Map<String, Long> sizes = new HashMap<>();
        int probes = Math.min(PROBES, data.size());
        for (int i = 0; i < probes; i++) {
            Map<String, ? extends Datum> sample = data.sample((int) ((long) i * data.size() / probes));
            for (Value input : graph.inputs()) {
                if (input.type() instanceof TensorType type
                        && type.isRanked()
                        && sample.get(input.name()) instanceof Tensor t
                        && t.rank() == type.rank()) {
                    for (int a = 0; a < t.rank(); a++) {
                        if (type.dim(a).isSymbol()) {
                            sizes.merge(type.dim(a).symbolName(), t.dim(a), Math::max);
                        }
                    }
                }
            }
        }
        return sizes;
    }

    /** The bytes of a tensor; 0 where its size depends on more than the inputs' sizes. */
    private static long bytes(TensorType type, Map<String, Long> sizes) {
        long elements = 1;
        for (Dim d : type.shape().dims()) {
            Set<String> symbols = new HashSet<>();
            d.collectSymbols(symbols);
            elements *= sizes.keySet().containsAll(symbols) ? Math.max(0, d.evaluate(sizes::get)) : 0;
        }
        return type.element().bytes(elements);
    }

    private static Builder copy(Graph graph) {
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        graph.nodes().forEach(b::reuse);
        return b;
    }

    private static Graph instrumented(
            Graph graph, Collection<? extends Statistic<?>> wanted, List<Running<?>> running) {
        Builder b = copy(graph);
        Map<Value, String> names = new IdentityHashMap<>();
        List<Value> outputs = new ArrayList<>();
        List<String> outputNames = new ArrayList<>();
        for (Statistic<?> s : wanted) {
            List<String> own = new ArrayList<>();
            for (Value v : s.observed(b)) {
                own.add(names.computeIfAbsent(v, _ -> {
                    String name = "observed " + names.size();
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
