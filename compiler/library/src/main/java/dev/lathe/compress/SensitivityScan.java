package dev.lathe.compress;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.weights.WeightRole;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Tries each weight in each way, with one compiled model. */
final class SensitivityScan {
    /** Weights of fewer elements are not worth a choice. */
    static final long LEAST = 1024;

    /** Calls that show what a change of one weight does: noise is a sum over many numbers, so a few are enough. */
    private static final int CALLS = 8;

    private final Graph graph;
    private final CompileOptions options;
    private final Dataset data;
    private final Map<String, List<Value>> layers = new LinkedHashMap<>();
    private final Map<Value, WeightRole> roles = new LinkedHashMap<>();
    private final TrialModel trial;

    SensitivityScan(Graph graph, Dataset data, CompileOptions options) {
        this.graph = graph;
        this.options = options;
        this.data = data.first(CALLS);
        Map<Value, WeightRole> all = WeightRole.of(graph, LEAST);
        WeightRole.names(graph, LEAST).forEach((v, name) -> {
            if (graph.definitions().containsKey(v)) { // not of a region
                layers.computeIfAbsent(name, _ -> new ArrayList<>()).add(v);
                roles.put(v, all.get(v));
            }
        });
        this.trial = new TrialModel(graph, options);
    }

    TrialModel trial() {
        return trial;
    }

    Map<String, List<Value>> layers() {
        return layers;
    }

    /** What each strategy makes of the weights. */
    List<Candidates> candidates(List<? extends Strategy> strategies, PassContext context) {
        List<Candidates> all = new ArrayList<>();
        for (int i = 0; i < strategies.size(); i++) {
            options.progress().report("try precisions", i, strategies.size());
            all.add(Candidates.of(graph, roles, strategies.get(i), context));
        }
        return all;
    }

    Sensitivity run(List<? extends Strategy> strategies, List<Candidates> candidates, Baseline baseline) {
        int total = layers.size() * strategies.size();
        int done = 0;
        List<Sensitivity.Row> rows = new ArrayList<>();
        for (Map.Entry<String, List<Value>> layer : layers.entrySet()) {
            List<Value> values = layer.getValue();
            long bytes = values.stream().mapToLong(SensitivityScan::bytes).sum();
            List<Sensitivity.Cell> cells = new ArrayList<>();
            for (Candidates c : candidates) {
                options.progress().report("sensitivity", done++, total);
                cells.add(cell(values, c, bytes, baseline));
            }
            rows.add(new Sensitivity.Row(
                    layer.getKey(),
                    Objects.requireNonNull(roles.get(values.getFirst()), "no role")
                            .kind()
                            .name()
                            .toLowerCase(java.util.Locale.ROOT),
                    values.stream().mapToLong(SensitivityScan::elements).sum(),
                    bytes,
                    cells));
        }
        return new Sensitivity(strategies.stream().map(Strategy::words).toList(), rows, Math.min(data.size(), CALLS));
    }

    private Sensitivity.Cell cell(List<Value> values, Candidates c, long bytes, Baseline baseline) {
        if (!c.tensors().keySet().containsAll(values)) {
            return new Sensitivity.Cell(false, bytes, 0);
        }
        Map<Value, Tensor> others = new IdentityHashMap<>();
        values.forEach(v -> others.put(v, c.tensors().get(v)));
        try (Executable model = trial.load(others)) {
            return new Sensitivity.Cell(
                    true, values.stream().mapToLong(c.bytes()::get).sum(), noise(model::run, baseline));
        }
    }

    /** How a changed model is run. */
    interface Changed {
        Map<String, Datum> run(Map<String, ? extends Datum> sample);
    }

    /** What is changed of the outputs, see {@link Sensitivity.Cell#noise}. */
    double noise(Changed model, Baseline baseline) {
        double noise = 0;
        double signal = 0;
        for (int i = 0; i < data.size(); i++) {
            Map<String, ? extends Datum> sample = data.sample(i);
            Map<String, Datum> expected = baseline.expected(i, sample);
            Map<String, Datum> actual = model.run(sample);
            for (Map.Entry<String, Datum> output : expected.entrySet()) {
                if (output.getValue() instanceof Tensor e
                        && e.element().isFloat()
                        && actual.get(output.getKey()) instanceof Tensor a) {
                    if (!a.shape().equals(e.shape())) {
                        return Double.POSITIVE_INFINITY;
                    }
                    for (long k = 0; k < e.size(); k++) {
                        double x = e.getDouble(k);
                        double d = x - a.getDouble(k);
                        signal += x * x;
                        noise += d * d;
                    }
                }
            }
        }
        double share = noise == 0 ? 0 : noise / signal;
        return Double.isNaN(share) ? Double.POSITIVE_INFINITY : share;
    }

    private static long elements(Value v) {
        return v.tensorType().shape().dims().stream()
                .mapToLong(d -> d.constant())
                .reduce(1, Math::multiplyExact);
    }

    private static long bytes(Value v) {
        return v.tensorType().element().bytes(elements(v));
    }
}
