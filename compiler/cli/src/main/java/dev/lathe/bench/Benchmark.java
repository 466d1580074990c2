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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Measures one model: load, first and steady latency, memory, and the share of the machine's peak. */
public final class Benchmark {
    private final Model model;
    private final @Nullable Graph source;
    private final Setup setup;
    private final Progress progress;

    /**
     * How a model is called.
     *
     * @param shapes shapes of inputs, and sizes of symbols
     * @param inputs values of inputs as {@code lathe run} takes them; others are random
     * @param threads of one call; 0 for one per processor
     * @param callers how many threads call at a time, each without a pause
     * @param seed of random inputs
     */
    public record Setup(Map<String, Shape> shapes, List<String> inputs, int threads, int callers, long seed) {}

    /**
     * What was measured.
     *
     * @param target what the model ran on
     * @param threads how many threads a run may use
     * @param callers how many threads call at a time; times are those that a caller sees
     * @param inputs the types of the inputs
     * @param compileMs from the file to a compiled model, in milliseconds; for an artifact, opening it
     * @param loadMs from the compiled model to a ready one
     * @param firstMs the first run
     * @param medianMs the median of the steady runs, p50
     * @param p90Ms the time that 90 % of them do not exceed
     * @param p99Ms the time that 99 % of them do not exceed
     * @param runs how many steady runs there were, of all callers
     * @param perSecond runs a second, of all callers
     * @param peakRssMb the most memory of this process so far, compilation included, in 10^6 bytes; null where the
     * system does not tell
     * @param allocatedBytes bytes of Java heap that the calling thread allocates for a run; null where the JVM does
     * not tell
     * @param gflops floating-point operations of all runs, in 10^9 a second; null for an artifact
     * @param peakGflops the best this machine does on as many threads
     * @param peakShare {@code gflops / peakGflops}
     * @param baselineRatio the median over that of the earlier measurement; null where there is none
     */
    public record Result(
            String target,
            int threads,
            int callers,
            Map<String, String> inputs,
            double compileMs,
            double loadMs,
            double firstMs,
            double minMs,
            double medianMs,
            double p90Ms,
            double p99Ms,
            int runs,
            double perSecond,
            @Nullable Double peakRssMb,
            @Nullable Double allocatedBytes,
            @Nullable Double gflops,
            double peakGflops,
            @Nullable Double peakShare,
            @Nullable Double baselineRatio) {

        /** This beside an earlier measurement. */
        public Result withBaseline(double ratio) {
            return new Result(
                    target,
                    threads,
                    callers,
                    inputs,
                    compileMs,
                    loadMs,
                    firstMs,
                    minMs,
                    medianMs,
                    p90Ms,
                    p99Ms,
                    runs,
                    perSecond,
                    peakRssMb,
                    allocatedBytes,
                    gflops,
                    peakGflops,
                    peakShare,
                    ratio);
        }
    }

    /** {@code source} tells the roles of inputs and the operations of a run; null for an artifact. */
    public Benchmark(Model model, @Nullable Graph source, Setup setup, Progress progress) {
        this.model = model;
        this.source = source;
        this.setup = setup;
        this.progress = progress;
    }

    private int threads() {
        return setup.threads() == 0 ? Machine.processors() : Math.min(setup.threads(), Machine.processors());
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
        /** A call of each caller, which has outputs of its own. */
        private final List<Runnable> bodies = new ArrayList<>();

        private double[] times = {};
        private double seconds;

        private Running(Executable executable, double compileMs, double loadMs, double warmUp) {
            this.executable = executable;
            this.compileMs = compileMs;
            this.loadMs = loadMs;
            calls = new RandomCalls(
                    executable,
                    source == null ? executable::role : new InputRoles(source)::of,
                    source == null || !setup.inputs().isEmpty()
                            ? setup.shapes()
                            : LikelyShapes.of(source, setup.shapes()),
                    setup.seed(),
                    setup.inputs());
            long start = System.nanoTime();
            bodies.add(calls.first());
            firstMs = since(start);
            while (bodies.size() < setup.callers()) {
                bodies.add(calls.first());
            }
            progress.report("warm up", 0, 0);
            Callers.measure(bodies, warmUp, 1);
        }

        /** Runs the model for so many seconds more, and {@code least} times at least. */
        public void measure(double duration, int least) {
            progress.report("measure", 0, 0);
            long start = System.nanoTime();
            double[] more = Callers.measure(bodies, duration, least);
            seconds += since(start) / 1e3;
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
            Double allocated = Resources.allocatedBy(bodies.getFirst());
            Double peakRss = Resources.peakResidentBytes();
            progress.report("peak", 0, 0);
            double peak = FmaPeak.measure(threads());

            double[] sorted = times.clone();
            Arrays.sort(sorted);
            double median = sorted[sorted.length / 2];
            double perSecond = setup.callers() == 1
                    ? 1e3 * sorted.length / Arrays.stream(sorted).sum()
                    : sorted.length / seconds;
            Graph counted = source == null ? model.graph().orElse(null) : source;
            // A median is not disturbed by pauses, but says nothing of how many callers there are.
            double rate = setup.callers() == 1 ? 1e3 / median : perSecond;
            Double gflops = counted == null ? null : new GraphCost(calls::size).flops(counted) * rate / 1e9;
            return new Result(
                    model.target(),
                    threads(),
                    setup.callers(),
                    calls.types(),
                    compileMs,
                    loadMs,
                    firstMs,
                    sorted[0],
                    median,
                    percentile(sorted, 0.90),
                    percentile(sorted, 0.99),
                    sorted.length,
                    perSecond,
                    peakRss == null ? null : peakRss / 1e6,
                    allocated,
                    gflops,
                    peak / 1e9,
                    gflops == null || peak == 0 ? null : gflops * 1e9 / peak,
                    null);
        }

        private static double percentile(double[] sorted, double share) {
            return sorted[Math.min(sorted.length - 1, (int) Math.ceil(sorted.length * share) - 1)];
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
