package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The original model, loaded, and what it gives for the data: what others are compared with. Its results are kept
 * where they are small, so that it runs once, however many others there are.
 */
final class Baseline implements AutoCloseable {
    /** Bytes of results that are kept. */
    private static final long KEPT = 256L << 20;

    private final Dataset data;
    private final CompileOptions options;
    private final Executable model;
    private final List<Map<String, Datum>> kept = new ArrayList<>();
    private long bytes;

    /**
     * How near another model is.
     *
     * @param scores by metric
     */
    record Outcome(Fidelity fidelity, Map<Metric, Metric.Score> scores) {
        /** The score by one of the metrics that were compared by. */
        Metric.Score score(Metric metric) {
            return Objects.requireNonNull(scores.get(metric), "not compared by this metric");
        }
    }

    Baseline(Graph original, Dataset data, CompileOptions options) {
        this.data = data;
        this.options = options;
        options.progress().report("compile", 0, 0);
        this.model = Lathe.compile(original, options).load();
    }

    Executable model() {
        return model;
    }

    /** Runs {@code other} on the first {@code calls} of the data, and compares. */
    Outcome compare(Executable other, List<Metric> metrics, int calls) {
        Fidelity.Meter fidelity = new Fidelity.Meter();
        Map<Metric, Metric.Meter> meters = new LinkedHashMap<>();
        metrics.forEach(m -> meters.put(m, m.start()));
        int count = Math.min(calls, data.size());
        for (int i = 0; i < count; i++) {
            options.progress().report("compare", i, count);
            Map<String, ? extends Datum> sample = data.sample(i);
            Map<String, Datum> expected = expected(i, sample);
            Map<String, Datum> actual = other.run(sample);
            fidelity.add(expected, actual);
            Metric.Call call = new Metric.Call(expected, actual, data.labels(i));
            meters.values().forEach(m -> m.add(call));
        }
        Map<Metric, Metric.Score> scores = new LinkedHashMap<>();
        meters.forEach((metric, meter) -> scores.put(metric, meter.score()));
        return new Outcome(fidelity.result(), scores);
    }

    Outcome compare(Executable other, List<Metric> metrics) {
        return compare(other, metrics, data.size());
    }

    /** What the original gives for call {@code i}; asked for in order. */
    Map<String, Datum> expected(int i, Map<String, ? extends Datum> sample) {
        if (i < kept.size()) {
            return kept.get(i);
        }
        Map<String, Datum> results = model.run(sample);
        bytes += results.values().stream()
                .mapToLong(d -> d instanceof Tensor t && !t.element().isString() ? t.byteSize() : KEPT)
                .sum();
        if (i == kept.size() && bytes <= KEPT) {
            kept.add(results);
        }
        return results;
    }

    @Override
    public void close() {
        model.close();
    }
}
