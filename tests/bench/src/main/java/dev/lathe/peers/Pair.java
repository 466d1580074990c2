package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Numerics;
import dev.lathe.runtime.FmaPeak;
import dev.lathe.runtime.input.SymbolSizes;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Lathe and ONNX Runtime on one workload in one process, in turns: a sample is the mean of a block of runs; before
 * each block there is a pause, so that the threads of the other side, which wait for work by spinning, have gone to
 * sleep, and one run that does not count.
 */
final class Pair {
    private static final long WARM_UP_NANOS = 4_000_000_000L;
    private static final long BLOCK_NANOS = 60_000_000L;
    private static final long PAUSE_MILLIS = 30;
    /** How far results may be from those of ONNX Runtime, as a share of their size. */
    private static final double OFF = 1e-3;

    private static final double OFF_IF_FAST = 0.05;

    private Pair() {}

    /** {@code WORKLOAD TARGET THREADS SAMPLES NUMERICS cpu|wall}. */
    public static void main(String[] arguments) throws Exception {
        Workload workload = Workload.valueOf(arguments[0]);
        String target = arguments[1];
        int threads = Integer.parseInt(arguments[2]);
        int samples = Integer.parseInt(arguments[3]);
        Path file = workload.file();
        Numerics numerics = Numerics.valueOf(arguments[4]);
        LongSupplier clock = arguments[5].equals("cpu") ? Pair::threadNanos : System::nanoTime;
        CompileOptions.Builder options =
                CompileOptions.builder().target(target).threads(threads).numerics(numerics);
        workload.shapes().forEach(options::shape);
        Executable executable = Lathe.compile(file, options.build()).load();
        Map<String, Tensor> inputs = workload.inputs(executable.inputs());

        Facts facts = new Facts();
        Graph graph = Lathe.read(file, workload.shapes());
        SymbolSizes sizes = SymbolSizes.of(executable.inputs(), inputs, workload.shapes());
        facts.put("flops", new GraphCost(sizes::size).flops(graph));
        double peak = FmaPeak.measure(threads);
        try (Side lathe = Side.lathe(executable, inputs);
                Side onnxRuntime = Side.onnxRuntime(file, inputs, threads)) {
            int latheRuns = warmUp(lathe);
            int onnxRuntimeRuns = warmUp(onnxRuntime);
            requireSame(lathe.floats(), onnxRuntime.floats(), numerics);
            double[] ours = new double[samples];
            double[] theirs = new double[samples];
            for (int i = 0; i < samples; i++) {
                ours[i] = sample(lathe, latheRuns, clock);
                theirs[i] = sample(onnxRuntime, onnxRuntimeRuns, clock);
            }
            facts.put("peak", Math.max(peak, FmaPeak.measure(threads)));
            report(facts, "lathe", ours);
            report(facts, "onnxruntime", theirs);
            double[] ratios = new double[samples];
            Arrays.setAll(ratios, i -> ours[i] / theirs[i]);
            report(facts, "ratio", ratios);
        }
        facts.print();
    }

    /** Nobody is fast with other results. */
    private static void requireSame(Map<String, Tensor> ours, Map<String, Tensor> theirs, Numerics numerics) {
        double most = numerics == Numerics.FAST ? OFF_IF_FAST : OFF;
        ours.forEach((name, x) -> {
            Tensor y = theirs.get(name);
            if (y == null || !Arrays.equals(x.dims(), y.dims())) {
                throw new IllegalStateException("output " + name + " is " + x.type() + " here and "
                        + (y == null ? "not there" : y.type()) + " in ONNX Runtime");
            }
            double squares = 0;
            double differences = 0;
            for (long i = 0; i < x.size(); i++) {
                squares += y.getDouble(i) * y.getDouble(i);
                differences += Math.pow(x.getDouble(i) - y.getDouble(i), 2);
            }
            if (!(Math.sqrt(differences) <= most * Math.sqrt(squares))) {
                throw new IllegalStateException("output " + name + " differs from ONNX Runtime's by "
                        + Math.sqrt(differences / squares) + " of its size");
            }
        });
    }

    /** Runs a side for some seconds; returns how many runs make a block. */
    private static int warmUp(Side side) {
        long end = System.nanoTime() + WARM_UP_NANOS;
        long last = 1;
        while (System.nanoTime() < end) {
            long start = System.nanoTime();
            side.run();
            last = System.nanoTime() - start;
        }
        return Math.clamp(BLOCK_NANOS / Math.max(1, last), 1, 100_000);
    }

    /** Milliseconds of a run. */
    private static double sample(Side side, int runs, LongSupplier clock) throws InterruptedException {
        Thread.sleep(PAUSE_MILLIS);
        side.run();
        long start = clock.getAsLong();
        for (int i = 0; i < runs; i++) {
            side.run();
        }
        return (clock.getAsLong() - start) / 1e6 / runs;
    }

    private static long threadNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void report(Facts facts, String name, double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        facts.put(name, sorted[sorted.length / 2]);
        facts.put(name + ".low", sorted[sorted.length / 10]);
        facts.put(name + ".high", sorted[sorted.length - 1 - sorted.length / 10]);
    }
}
