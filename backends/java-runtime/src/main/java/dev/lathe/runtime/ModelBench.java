package dev.lathe.runtime;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Times the calls of a model. */
final class ModelBench {
    private static final long SECOND = 1_000_000_000L;
    private static final int MOST = 100_000;

    private final ConcurrentModel model;
    private final Map<String, Datum> inputs;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Tensor> results = new LinkedHashMap<>();
    private boolean allTensors = true;

    ModelBench(ConcurrentModel model, Map<String, Datum> inputs) {
        this.model = model;
        this.inputs = inputs;
    }

    /**
     * Prints the time to load, of the first call, and the median and 99th percentile of {@code runs} calls, or of those
     * of two seconds.
     */
    void run(int runs, long loadNanos, PrintStream out) {
        long start = System.nanoTime();
        Map<String, Datum> first = model.run(inputs);
        long firstNanos = System.nanoTime() - start;
        keepTensors(inputs, tensors);
        keepTensors(first, results);

        boolean byTime = runs == ModelOptions.BENCH_BY_TIME;
        times(byTime ? SECOND : Long.MAX_VALUE, byTime ? MOST : Math.max(10, runs / 5)); // until the code is compiled
        long[] nanos = times(byTime ? 2 * SECOND : Long.MAX_VALUE, byTime ? MOST : runs);
        Arrays.sort(nanos);
        out.printf(Locale.ROOT, "load    %10.3f ms%n", loadNanos / 1e6);
        out.printf(Locale.ROOT, "first   %10.3f ms%n", firstNanos / 1e6);
        out.printf(Locale.ROOT, "median  %10.3f ms%n", nanos[nanos.length / 2] / 1e6);
        out.printf(Locale.ROOT, "p99     %10.3f ms%n", nanos[(int) ((nanos.length - 1) * 0.99)] / 1e6);
        out.printf(Locale.ROOT, "        %10d calls, %s%n", nanos.length, model.runsOn());
    }

    private void keepTensors(Map<String, Datum> from, Map<String, Tensor> to) {
        from.forEach((name, value) -> {
            if (value instanceof Tensor t) {
                to.put(name, t);
            } else {
                allTensors = false;
            }
        });
    }

    private long[] times(long most, int count) {
        long[] nanos = new long[count];
        int n = 0;
        long begin = System.nanoTime();
        long now = begin;
        while (n < count && (n == 0 || now - begin < most)) {
            if (allTensors) {
                model.callInto(tensors, results);
            } else {
                model.run(inputs);
            }
            long end = System.nanoTime();
            nanos[n++] = end - now;
            now = end;
        }
        return Arrays.copyOf(nanos, n);
    }
}
