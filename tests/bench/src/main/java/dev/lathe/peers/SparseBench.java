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
import dev.lathe.passes.Numerics;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Products with sparse matrices beside dense ones, in turns on one thread, by the CPU time of the thread: what the
 * costs in {@code Sparsity} of the runtime are taken from. All read one input and write one result, so that these are
 * as near as they are between two layers of a model. A ratio of one means that the matrix stays dense.
 *
 * <pre>{@code SparseBench [ROWSxDEPTHxCOLUMNS [SECONDS]]}</pre>
 */
public final class SparseBench {
    private static final int[] BLOCKS = {1, 16, 32};
    private static final double[] SHARES = {0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05};
    private static final int WARM_UP = 300;

    private final ThreadMXBean time = ManagementFactory.getThreadMXBean();
    private final int rows;
    private final int depth;
    private final int columns;

    private SparseBench(int[] shape) {
        rows = shape[0];
        depth = shape[1];
        columns = shape[2];
    }

    public static void main(String[] arguments) {
        String shape = arguments.length > 0 ? arguments[0] : "128x384x1536";
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
        System.out.printf(Locale.ROOT, "%s: times as fast as dense%n%-14s", shape, "not zero");
        Arrays.stream(SHARES).forEach(s -> System.out.printf(Locale.ROOT, "%7.0f %%", 100 * s));
        System.out.println();
        SparseBench bench = new SparseBench(
                Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray());
        for (int block : BLOCKS) {
            System.out.printf(Locale.ROOT, "%-14s", "blocks 1x" + block);
            for (double share : SHARES) {
                System.out.printf(Locale.ROOT, "%9.2f", bench.ratio(block, share, seconds * 1e9));
            }
            System.out.println();
        }
    }

    /** How many times as fast as dense a product is whose matrix has zeros in blocks of columns. */
    private double ratio(int block, double share, double nanos) {
        Random random = new Random(1);
        float[] w = new float[depth * columns];
        for (int at = 0; at < w.length; at += columns) {
            for (int c = 0; c < columns; c += block) {
                boolean kept = random.nextDouble() < share;
                for (int j = c; j < Math.min(columns, c + block); j++) {
                    w[at + j] = kept ? random.nextFloat() - 0.5f : 0;
                }
            }
        }
        float[] x = new float[rows * depth];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextFloat() - 0.5f;
        }
        Map<String, Tensor> inputs = Map.of("x", Tensor.of(x, rows, depth));
        try (Executable dense = load(w, Numerics.STRICT);
                Executable sparse = load(w, Numerics.DEFAULT)) {
            Map<String, Tensor> outputs = dense.call(inputs);
            List<Double> ratios = new ArrayList<>();
            long end = System.nanoTime() + (long) nanos;
            for (int i = 0; i < 2 * WARM_UP || System.nanoTime() < end; i++) {
                double a = seconds(dense, inputs, outputs);
                double b = seconds(sparse, inputs, outputs);
                if (i >= WARM_UP) {
                    ratios.add(a / b);
                }
            }
            ratios.sort(null);
            return ratios.get(ratios.size() / 2);
        }
    }

    private double seconds(Executable model, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        long start = time.getCurrentThreadCpuTime();
        model.callInto(inputs, outputs);
        return (time.getCurrentThreadCpuTime() - start) * 1e-9;
    }

    private Executable load(float[] w, Numerics numerics) {
        Builder b = Builder.graph("product");
        Value x = b.input("x", TensorType.of(ElementType.F32, rows, depth));
        Graph graph = b.build(List.of(b.matMul(x, b.constant(Tensor.of(w, depth, columns)))), List.of("y"));
        return Lathe.compile(
                        graph,
                        CompileOptions.builder().threads(1).numerics(numerics).build())
                .load();
    }
}
