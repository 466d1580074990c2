package dev.lathe.bench;

import dev.lathe.Model;
import dev.lathe.backend.Progress;
import dev.lathe.input.InputRoles;
import dev.lathe.input.LikelyShapes;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.profile.RandomCalls;
import dev.lathe.runtime.FmaPeak;
import dev.lathe.runtime.Machine;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Measures one model: load, first and steady latency, memory, and the share of the machine's peak. */
public final class Benchmark {
    private static final int MIN_RUNS = 5;

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
        try (Running running = start(compileMs, warmUp)) {
            running.measure(seconds, MIN_RUNS);
            return running.result();
        }
    }

    /** Loads the model, and runs it for about {@code warmUp} seconds; what it returns measures it. */
    public Running start(double compileMs, double warmUp) {
        progress.report("load", 0, 0);
        long start = System.nanoTime();
        Executable executable = model.load();
        try {
            return new Running(executable, compileMs, since(start), warmUp);
        } catch (RuntimeException | Error e) {
            executable.close();
            throw e;
        }
    }

    /** A model that is loaded and warm. */
    public final class Running implements AutoCloseable {
        private final Executable executable;
        private final double compileMs;
        private final double loadMs;
        private final double firstMs;
        private final RandomCalls calls;
        private final Runnable body;
        private double[] times = {};

        private Running(Executable executable, double compileMs, double loadMs, double warmUp) {
            this.executable = executable;
            this.compileMs = compileMs;
            this.loadMs = loadMs;
            calls = new RandomCalls(
                    executable,
                    source == null ? executable::role : new InputRoles(source)::of,
                    source == null ? shapes : LikelyShapes.of(source, shapes),
                    seed);
            long start = System.nanoTime();
            body = calls.first();
            firstMs = since(start);
            progress.report("warm up", 0, 0);
            RandomCalls.measure(body, warmUp, 1);
        }

        /** Runs the model for so many seconds more, and {@code least} times at least. */
        public void measure(double seconds, int least) {
            progress.report("measure", 0, 0);
            double[] more = RandomCalls.measure(body, seconds, least);
            int known = times.length;
            times = Arrays.copyOf(times, known + more.length);
            System.arraycopy(more, 0, times, known, more.length);
        }

        /** What the model makes of the inputs. */
        Map<String, Datum> outputs() {
            return executable.run(calls.inputs());
        }

        /** What was measured so far. */
        public Result result() {
            Double allocated = Resources.allocatedBy(body);
            Double peakRss = Resources.peakResidentBytes();
            progress.report("peak", 0, 0);
            double peak = FmaPeak.measure(threads);

            Arrays.sort(times);
            double median = times[times.length / 2];
            Graph counted = source == null ? model.graph().orElse(null) : source;
            Double gflops = counted == null ? null : new GraphCost(calls::size).flops(counted) / (median / 1e3) / 1e9;
            return new Result(
                    model.target(),
                    threads,
                    calls.types(),
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

        @Override
        public void close() {
            executable.close();
        }
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e6;
    }
}
