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
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * The generated matrix product on one thread beside the machine's peak, both as JMH measures them: means over the same
 * time, whatever else the machine does. The first shape stays in the caches and shows the micro-kernel; the others are
 * those of MiniLM at 128 tokens.
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

    private static final int ROUNDS = 10_000;

    private final FmaPeak.Kernel kernel = FmaPeak.kernel();
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

    @Benchmark
    public void gemm() {
        executable.callInto(inputs, outputs);
    }

    /** Not inlined, since C2 keeps the sums of a loop within a loop in memory. */
    @Benchmark
    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    public float peak() {
        return kernel.run(ROUNDS);
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
        Map<String, Double> rates = new TreeMap<>();
        for (RunResult result : new Runner(new OptionsBuilder()
                        .include(GemmBench.class.getSimpleName())
                        .jvmArgsAppend("--add-modules=jdk.incubator.vector")
                        .build())
                .run()) {
            String shape = result.getParams().getParam("shape");
            String what = result.getPrimaryResult().getLabel();
            double flops = (double) ROUNDS * FmaPeak.kernel().flopsPerRound();
            if (what.equals("gemm")) {
                flops = 2;
                for (int s : sizes(shape)) {
                    flops *= s;
                }
            }
            rates.put(what + " " + shape, flops / (result.getPrimaryResult().getScore() * 1e-6));
        }
        double peak = rates.entrySet().stream()
                .filter(e -> e.getKey().startsWith("peak"))
                .mapToDouble(Map.Entry::getValue)
                .max()
                .orElseThrow();
        rates.forEach((what, rate) -> System.out.printf(
                Locale.ROOT, "%-20s %8.1f GFLOP/s  %5.1f %% of the peak%n", what, rate / 1e9, 100 * rate / peak));
    }
}
