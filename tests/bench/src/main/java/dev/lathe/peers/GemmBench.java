package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.FmaPeak;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * The generated matrix product on one thread, as JMH measures it, beside the machine's peak that the same process measures before and after. The first shape stays
 * in the caches and shows the micro-kernel; the others are those of MiniLM at 128 tokens.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
public class GemmBench {
    @Param({"192x256x256", "128x384x384", "128x384x1536", "128x1536x384"})
    private String shape = "";

    private Executable executable;
    private Map<String, Tensor> inputs = Map.of();
    private Map<String, Tensor> outputs = Map.of();

    /** Compiles {@code y = x · w} for the shape. */
    @Setup
    public void compile() {
        int[] s = sizes(shape);
        executable = Lathe.compile(
                        product(s[0], s[1], s[2]),
                        CompileOptions.builder().threads(1).build())
                .load();
        inputs = Map.of("x", random(1, s[0], s[1]));
        outputs = executable.call(inputs);
    }

    /** The peak before and after, so that a machine that changes its clock shows. */
    @Setup(Level.Trial)
    @TearDown(Level.Trial)
    public void peak() {
        System.out.printf(Locale.ROOT, "%npeak %.1f GFLOP/s%n", FmaPeak.measure(1) / 1e9);
    }

    @Benchmark
    public void gemm() {
        executable.callInto(inputs, outputs);
    }

    private static Graph product(int rows, int depth, int columns) {
        Builder b = Builder.graph("product");
        Value x = b.input("x", TensorType.of(ElementType.F32, rows, depth));
        Value w = b.constant(random(2, depth, columns));
        return b.build(List.of(b.matMul(x, w)), List.of("y"));
    }

    private static Tensor random(int seed, int rows, int columns) {
        Random random = new Random(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return Tensor.of(values, rows, columns);
    }

    private static int[] sizes(String shape) {
        return java.util.Arrays.stream(shape.split("x"))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    public static void main(String[] arguments) throws RunnerException {
        double before = FmaPeak.measure(1);
        var results = new Runner(new OptionsBuilder()
                        .include(GemmBench.class.getSimpleName())
                        .jvmArgsAppend("--add-modules=jdk.incubator.vector")
                        .build())
                .run();
        double peak = Math.max(before, FmaPeak.measure(1));
        System.out.printf(Locale.ROOT, "%npeak of one thread: %.1f GFLOP/s%n", peak / 1e9);
        for (RunResult result : results) {
            String shape = result.getParams().getParam("shape");
            double flops = 2;
            for (int s : sizes(shape)) {
                flops *= s;
            }
            double rate = flops / (result.getPrimaryResult().getScore() * 1e-6);
            System.out.printf(
                    Locale.ROOT, "%-14s %8.1f GFLOP/s  %5.1f %% of the peak%n", shape, rate / 1e9, 100 * rate / peak);
        }
    }
}
