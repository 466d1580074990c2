package dev.lathe.serve;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** What is counted of the requests for one model. The text format of Prometheus is these few lines, so it is here. */
final class ModelMetrics {
    private static final double[] SECONDS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
    };
    private static final double[] ROWS = {1, 2, 4, 8, 16, 32, 64, 128, 256};

    private final String labels;
    private final Map<Integer, LongAdder> byStatus = new ConcurrentSkipListMap<>();
    private final LongAdder inFlight = new LongAdder();
    private final LongAdder queued = new LongAdder();
    private final Histogram queueSeconds = new Histogram(SECONDS);
    private final Histogram inferenceSeconds = new Histogram(SECONDS);
    private final Histogram batchRows = new Histogram(ROWS);

    ModelMetrics(String model) {
        this.labels = "model=\"" + model + "\"";
    }

    void began() {
        inFlight.increment();
    }

    /** A request is answered. */
    void ended(int status) {
        byStatus.computeIfAbsent(status, _ -> new LongAdder()).increment();
        inFlight.decrement();
    }

    void queued(int more) {
        queued.add(more);
    }

    void waited(long nanos) {
        queueSeconds.add(nanos / 1e9);
    }

    /** @param rows of a batch; 0 for one request that could not be in any */
    void called(long nanos, long rows) {
        inferenceSeconds.add(nanos / 1e9);
        batchRows.add(Math.max(1, rows));
    }

    /** All metrics of all models, each under its heading. */
    static String text(Collection<ModelMetrics> all) {
        return family(
                        all,
                        "lathe_requests_total",
                        "counter",
                        "Inference requests that were answered, by the status of the answer; 499 if the client was"
                                + " gone",
                        m -> {
                            StringBuilder s = new StringBuilder();
                            m.byStatus.forEach((status, count) -> s.append("lathe_requests_total{" + m.labels
                                    + ",code=\"" + status + "\"} " + count.sum() + "\n"));
                            return s.toString();
                        })
                + family(
                        all,
                        "lathe_requests_in_flight",
                        "gauge",
                        "Inference requests that are read, wait, compute or are answered",
                        m -> "lathe_requests_in_flight{" + m.labels + "} " + m.inFlight.sum() + "\n")
                + family(
                        all,
                        "lathe_requests_queued",
                        "gauge",
                        "Inference requests that wait for the model",
                        m -> "lathe_requests_queued{" + m.labels + "} " + m.queued.sum() + "\n")
                + family(
                        all,
                        "lathe_queue_seconds",
                        "histogram",
                        "How long a request waits for the model, and for others to share its call",
                        m -> m.queueSeconds.text("lathe_queue_seconds", m.labels))
                + family(
                        all,
                        "lathe_inference_seconds",
                        "histogram",
                        "How long a call of the model takes",
                        m -> m.inferenceSeconds.text("lathe_inference_seconds", m.labels))
                + family(
                        all,
                        "lathe_batch_rows",
                        "histogram",
                        "Rows that a call of the model has; 1 for a request that shares no call",
                        m -> m.batchRows.text("lathe_batch_rows", m.labels));
    }

    private static String family(
            Collection<ModelMetrics> all, String name, String type, String help, Function<ModelMetrics, String> lines) {
        StringBuilder s = new StringBuilder("# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n");
        all.forEach(m -> s.append(lines.apply(m)));
        return s.toString();
    }
}
