package dev.lathe.bench;

import dev.lathe.Model;
import dev.lathe.backend.Progress;
import dev.lathe.input.InputRoles;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.report.DatumText;
import dev.lathe.runtime.FmaPeak;
import dev.lathe.runtime.Machine;
import dev.lathe.runtime.input.RandomInputs;
import dev.lathe.runtime.input.SymbolSizes;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Measures one model: load, first and steady latency, memory, and the share of the machine's peak. */
public final class Benchmark {
    private static final int MIN_RUNS = 5;
    private static final int MAX_RUNS = 1_000_000;

    private final Model model;
    private final @Nullable Graph source;
    private final Map<String, Shape> shapes;
    private final int threads;
    private final long seed;
    private final Progress progress;

    /**
     * What was measured.
     *
     * @param target what the model ran on
     * @param threads how many threads a run may use
     * @param inputs the types of the inputs
     * @param compileMs from the file to a compiled model, in milliseconds; for an artifact, opening it
     * @param loadMs from the compiled model to a ready one
     * @param firstMs the first run
     * @param medianMs the median of the steady runs
     * @param p99Ms the time that 99 % of them do not exceed
     * @param runs how many steady runs there were
     * @param perSecond runs a second, one after the other
     * @param peakRssMb the most memory of this process so far, compilation included, in 10^6 bytes; null where the
     * system does not tell
     * @param allocatedBytes bytes of Java heap that the calling thread allocates for a run; null where the JVM does
     * not tell
     * @param gflops floating-point operations of a run over the median, in 10^9 a second; null for an artifact
     * @param peakGflops the best this machine does on as many threads
     * @param peakShare {@code gflops / peakGflops}
     */
    public record Result(
            String target,
            int threads,
            Map<String, String> inputs,
            double compileMs,
            double loadMs,
            double firstMs,
            double minMs,
            double medianMs,
            double p99Ms,
            int runs,
            double perSecond,
            @Nullable Double peakRssMb,
            @Nullable Double allocatedBytes,
            @Nullable Double gflops,
            double peakGflops,
            @Nullable Double peakShare) {}

    /** {@code source} tells the roles of inputs and the operations of a run; null for an artifact. */
    public Benchmark(
            Model model, @Nullable Graph source, Map<String, Shape> shapes, int threads, long seed, Progress progress) {
        this.model = model;
        this.source = source;
        this.shapes = shapes;
        this.threads = threads == 0 ? Machine.processors() : Math.min(threads, Machine.processors());
        this.seed = seed;
        this.progress = progress;
    }

    /** Runs the model for about {@code warmUp} and then {@code seconds} seconds. */
    public Result run(double compileMs, double warmUp, double seconds) {
        progress.report("load", 0, 0);
        long start = System.nanoTime();
        try (Executable executable = model.load()) {
            double loadMs = since(start);
            SymbolSizes sizes = SymbolSizes.of(executable.inputs(), Map.of(), shapes);
            Map<String, Datum> inputs = inputs(executable, sizes);
            start = System.nanoTime();
            Map<String, Datum> first = executable.run(inputs);
            double firstMs = since(start);

            Runnable body = body(executable, inputs, first);
            progress.report("warm up", 0, 0);
            measure(body, warmUp, 1);
            progress.report("measure", 0, 0);
            double[] times = measure(body, seconds, MIN_RUNS);
            Double allocated = Resources.allocatedBy(body);
            Double peakRss = Resources.peakResidentBytes();
            progress.report("peak", 0, 0);
            double peak = FmaPeak.measure(threads);

            Arrays.sort(times);
            double median = times[times.length / 2];
            Graph counted = source == null ? model.graph().orElse(null) : source;
            Double gflops = counted == null ? null : new GraphCost(sizes::size).flops(counted) / (median / 1e3) / 1e9;
            Map<String, String> types = new LinkedHashMap<>();
            inputs.forEach((name, value) -> types.put(name, DatumText.type(value)));
            return new Result(
                    model.target(),
                    threads,
                    types,
                    compileMs,
                    loadMs,
                    firstMs,
                    times[0],
                    median,
                    times[Math.min(times.length - 1, (int) Math.ceil(times.length * 0.99) - 1)],
                    times.length,
                    1e3 * times.length / Arrays.stream(times).sum(),
                    peakRss == null ? null : peakRss / 1e6,
                    allocated,
                    gflops,
                    peak / 1e9,
                    gflops == null || peak == 0 ? null : gflops * 1e9 / peak);
        }
    }

    private Map<String, Datum> inputs(Executable executable, SymbolSizes sizes) {
        RandomInputs random =
                new RandomInputs(source == null ? executable::role : new InputRoles(source)::of, sizes, seed);
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (Port port : executable.inputs()) {
            inputs.put(port.name(), random.value(port));
        }
        return inputs;
    }

    /** Tensors are written where those of the first run are, as a caller who cares for speed does it. */
    private static Runnable body(Executable executable, Map<String, Datum> inputs, Map<String, Datum> first) {
        boolean tensors = inputs.values().stream().allMatch(Tensor.class::isInstance)
                && first.values().stream()
                        .allMatch(d -> d instanceof Tensor t && !t.element().isString());
        if (!tensors || !executable.outputs().stream().allMatch(p -> dependsOnInputsOnly(executable, p))) {
            return () -> executable.run(inputs);
        }
        Map<String, Tensor> given = new LinkedHashMap<>();
        inputs.forEach((name, value) -> given.put(name, (Tensor) value));
        Map<String, Tensor> results = new LinkedHashMap<>();
        first.forEach((name, value) -> results.put(name, (Tensor) value));
        return () -> executable.callInto(given, results);
    }

    /** Whether the shape of an output follows from those of the inputs, and not from data. */
    private static boolean dependsOnInputsOnly(Executable executable, Port output) {
        java.util.Set<String> bound = new java.util.HashSet<>();
        executable.inputs().forEach(p -> p.type().collectSymbols(bound));
        return bound.containsAll(output.type().symbols());
    }

    private static double[] measure(Runnable body, double seconds, int least) {
        double[] times = new double[1024];
        int n = 0;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while ((n < least || System.nanoTime() < end) && n < MAX_RUNS) {
            if (n == times.length) {
                times = Arrays.copyOf(times, 2 * n);
            }
            long start = System.nanoTime();
            body.run();
            times[n++] = since(start);
        }
        return Arrays.copyOf(times, n);
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e6;
    }
}
