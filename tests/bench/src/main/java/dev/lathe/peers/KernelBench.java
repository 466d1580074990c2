package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Numerics;
import dev.lathe.runtime.FmaPeak;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Products and convolutions on each target, on one thread, beside the machine's peak: the least time of their steps,
 * all in turns. What a call takes beside its steps, such as copying inputs and outputs, is not counted. Convolutions
 * are in strict numerics, so that each does the operations that are counted; Winograd's algorithm would do fewer.
 *
 * <p>The attainable time is that of the operations at the peak or that of a loop which moves the same bytes, whichever
 * is longer: a case that is marked {@code (memory)} cannot reach the peak.
 */
@Command(
        name = "kernel-bench",
        mixinStandardHelpOptions = true,
        description = "The share of the peak that products and convolutions reach.")
public final class KernelBench implements Callable<Integer> {
    private static final long SAMPLE_NANOS = 20_000_000L;
    private static final long WARM_UP_NANOS = 100_000_000L;
    /** The node of the steps that are not counted. */
    private static final String BEFORE = "before-what-is-measured";

    private static final int PEAK_ROUNDS = 20_000;
    /** Windows that reach over borders do fewer operations than are counted, but not by so much. */
    private static final double MOST_OF_PEAK = 1.5;

    @Option(names = "--target", description = "A target. Repeatable. Default: tvm and java.")
    private List<String> targets = List.of("tvm", "java");

    @Option(names = "--case", description = "Only cases whose names contain this.")
    private String part = "";

    @Option(
            names = "--behind-a-step",
            description = "Put a step that is not counted before each, so that its input is written as within a network"
                    + " and not by the caller.")
    private boolean behind;

    @Option(names = "--samples", defaultValue = "15", description = "Samples of each. Default: 15.")
    private int samples;

    /** A graph, and how many operations it has, a multiply-add counting as two. */
    private record Case(String name, Graph graph, double flops) {
        /** A loop that moves the bytes of its inputs, weights and outputs. */
        CopyLoop copy() {
            long weights = graph.nodes().stream()
                    .mapToLong(n ->
                            n.op() instanceof Constant(Tensor t) ? t.element().bytes(t.size()) : 0)
                    .sum();
            return new CopyLoop(bytes(graph.inputs()), weights, bytes(graph.outputs()));
        }

        private static long bytes(List<Value> values) {
            return values.stream()
                    .mapToLong(v -> v.type() instanceof TensorType(ElementType element, Shape shape)
                            ? element.bytes(shape.elements().constant())
                            : 0)
                    .sum();
        }
    }

    /** What tells the nanoseconds of a run, and the least that it told. */
    private record Timed(LongSupplier run, double[] least) {
        Timed(LongSupplier run) {
            this(run, new double[] {Double.POSITIVE_INFINITY});
        }

        double nanos() {
            return least[0];
        }
    }

    /** A case on a target, beside a loop that moves its bytes. */
    private record Row(Case of, String target, Timed steps, Timed copy) {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new KernelBench()).execute(arguments));
    }

    private List<Case> cases() {
        return List.of(
                product(192, 256, 256),
                product(128, 384, 384),
                product(128, 384, 1536),
                product(128, 1536, 384),
                product(512, 512, 512),
                batched(12, 128, 32, 128),
                batched(12, 128, 64, 128),
                batched(12, 128, 128, 32),
                batched(8, 256, 256, 256),
                convolution(112, 16, 96, 1, 1),
                convolution(56, 24, 144, 1, 1),
                convolution(56, 64, 256, 1, 1),
                convolution(56, 256, 64, 1, 1),
                convolution(28, 32, 192, 1, 1),
                convolution(28, 512, 128, 1, 1),
                convolution(14, 384, 64, 1, 1),
                convolution(14, 1024, 256, 1, 1),
                convolution(7, 160, 960, 1, 1),
                convolution(7, 2048, 512, 1, 1),
                convolution(56, 256, 512, 1, 2),
                convolution(14, 1024, 2048, 1, 2),
                convolution(56, 64, 64, 3, 1),
                convolution(28, 128, 128, 3, 1),
                convolution(14, 256, 256, 3, 1),
                convolution(7, 512, 512, 3, 1),
                convolution(56, 128, 128, 3, 2),
                convolution(28, 256, 256, 3, 2),
                convolution(14, 512, 512, 3, 2),
                convolution(224, 3, 32, 3, 2),
                convolution(224, 3, 64, 7, 2),
                transposed(160, 24, 24, 2, 2),
                transposed(320, 24, 1, 2, 2),
                transposed(32, 128, 64, 4, 2),
                depthwise(112, 32, 3, 1),
                depthwise(112, 96, 3, 1),
                depthwise(112, 96, 3, 2),
                depthwise(56, 144, 3, 1),
                depthwise(56, 144, 3, 2),
                depthwise(28, 192, 3, 1),
                depthwise(28, 240, 5, 1),
                depthwise(14, 384, 3, 1),
                depthwise(14, 480, 5, 1),
                depthwise(14, 576, 3, 2),
                depthwise(7, 960, 3, 1),
                depthwise(7, 1152, 5, 1));
    }

    @Override
    public Integer call() {
        FmaPeak.Kernel kernel = FmaPeak.kernel();
        float[] keep = new float[1];
        Timed peak = new Timed(() -> {
            long start = System.nanoTime();
            keep[0] += kernel.run(PEAK_ROUNDS);
            return System.nanoTime() - start;
        });
        List<Executable> loaded = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        for (Case c : cases()) {
            if (c.name.contains(part)) {
                Timed copy = new Timed(c.copy());
                for (String target : targets) {
                    rows.add(new Row(c, target, steps(c, target, loaded), copy));
                }
            }
        }
        List<Timed> all = new ArrayList<>(List.of(peak));
        for (Row r : rows) {
            all.add(r.steps);
            all.add(r.copy);
        }
        all.forEach(t -> sample(t, WARM_UP_NANOS));
        for (int i = 0; i < samples; i++) {
            all.forEach(t -> sample(t, SAMPLE_NANOS));
        }
        double rate = PEAK_ROUNDS * kernel.flopsPerRound() / peak.nanos();
        System.out.printf(Locale.ROOT, "peak %.1f GFLOP/s%n", rate);
        if (rows.stream().anyMatch(r -> r.of.flops / r.steps.nanos() > MOST_OF_PEAK * rate)) {
            System.out.println("too slow to be the peak: the JVM had no time to compile its loop; run it again");
        }
        System.out.printf(
                "%-36s %-8s %10s %10s %10s %10s %14s%n",
                "case", "target", "us", "copy us", "GFLOP/s", "of the peak", "of attainable");
        for (Row r : rows) {
            double nanos = r.steps.nanos();
            double arithmetic = r.of.flops / rate;
            System.out.printf(
                    Locale.ROOT,
                    "%-36s %-8s %10.1f %10.1f %10.1f %9.1f %% %12.1f %%%s%n",
                    r.of.name,
                    r.target,
                    nanos / 1e3,
                    r.copy.nanos() / 1e3,
                    r.of.flops / nanos,
                    100 * arithmetic / nanos,
                    100 * Math.max(arithmetic, r.copy.nanos()) / nanos,
                    r.copy.nanos() > arithmetic ? " (memory)" : "");
        }
        loaded.forEach(Executable::close);
        return Float.isNaN(keep[0]) ? 1 : 0;
    }

    /** The steps of a case on a target, on one thread. */
    private static Timed steps(Case c, String target, List<Executable> loaded) {
        CompileOptions options = CompileOptions.builder()
                .target(target)
                .numerics(Numerics.STRICT)
                .threads(1)
                .build();
        long[] steps = new long[1];
        Model model = Lathe.compile(c.graph, options);
        List<ModelStep> all = model.steps();
        Executable e = model.load((step, nanos) -> {
            if (all.get(step).nodes().stream().noneMatch(n -> n.contains(BEFORE))) {
                steps[0] += nanos;
            }
        });
        loaded.add(e);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        e.inputs().forEach(p -> inputs.put(p.name(), random(p.type().hashCode(), dims(p.type()))));
        Map<String, Tensor> outputs = e.call(inputs);
        return new Timed(() -> {
            steps[0] = 0;
            e.callInto(inputs, outputs);
            return steps[0];
        });
    }

    private static void sample(Timed t, long nanos) {
        for (long end = System.nanoTime() + nanos; System.nanoTime() < end; ) {
            t.least[0] = Math.min(t.least[0], t.run.getAsLong());
        }
    }

    private static long[] dims(dev.lathe.ir.type.Type type) {
        return ((TensorType) type)
                .shape().dims().stream().mapToLong(Dim::constant).toArray();
    }

    private static Tensor random(long seed, long... dims) {
        java.util.Random random = new java.util.Random(seed);
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, random.nextFloat() - 0.5f);
        }
        return t;
    }

    /** An input, or what a step makes of it. */
    private Value input(Builder b, String name, long... dims) {
        Value x = b.input(name, TensorType.of(ElementType.F32, dims));
        if (!behind) {
            return x;
        }
        b.at(Location.of(BEFORE, "Abs", 13));
        Value y = b.add(new Unary(UnaryFunction.ABS, x));
        b.at(Location.NONE);
        return y;
    }

    private Case product(long rows, long depth, long columns) {
        Builder b = Builder.graph("product");
        Value x = input(b, "x", rows, depth);
        Value y = b.matMul(x, b.constant(random(2, depth, columns)));
        return new Case(
                "product " + rows + "x" + depth + "x" + columns,
                b.build(List.of(y), List.of("y")),
                2.0 * rows * depth * columns);
    }

    private Case batched(long batch, long rows, long depth, long columns) {
        Builder b = Builder.graph("batched");
        Value x = input(b, "x", batch, rows, depth);
        Value z = input(b, "z", batch, depth, columns);
        return new Case(
                "batched " + batch + " of " + rows + "x" + depth + "x" + columns,
                b.build(List.of(b.matMul(x, z)), List.of("y")),
                2.0 * batch * rows * depth * columns);
    }

    private Case convolution(long size, long in, long out, long taps, long stride) {
        Graph graph = convolution(size, in, out, in, taps, stride, 1);
        double pixels = Math.pow(Math.ceilDiv(size, stride), 2);
        return new Case(
                "convolution " + taps + "x" + taps + "/" + stride + " " + size + "^2 " + in + "->" + out,
                graph,
                2 * pixels * in * out * taps * taps);
    }

    private Case transposed(long size, long in, long out, long taps, long stride) {
        Builder b = Builder.graph("transposed");
        Value x = input(b, "x", 1, size, size, in);
        Dim pad = Dim.of((taps - stride) / 2);
        TransposedWindow window = new TransposedWindow(
                List.of(stride, stride), List.of(pad, pad, pad, pad), List.of(0L, 0L), List.of(1L, 1L));
        Value w = b.constant(random(Arrays.hashCode(new long[] {in, out, taps}), in, out, taps, taps));
        Value y = b.add(new ConvTranspose(x, w, window, 1, ChannelLayout.CHANNELS_LAST));
        return new Case(
                "transposed " + taps + "x" + taps + "/" + stride + " " + size + "^2 " + in + "->" + out,
                b.build(List.of(y), List.of("y")),
                2.0 * size * size * in * out * taps * taps);
    }

    private Case depthwise(long size, long channels, long taps, long stride) {
        Graph graph = convolution(size, channels, channels, 1, taps, stride, channels);
        double pixels = Math.pow(Math.ceilDiv(size, stride), 2);
        return new Case(
                "depthwise " + taps + "x" + taps + "/" + stride + " " + size + "^2 " + channels,
                graph,
                2 * pixels * channels * taps * taps);
    }

    private Graph convolution(long size, long in, long out, long depth, long taps, long stride, long groups) {
        Builder b = Builder.graph("convolution");
        Value x = input(b, "x", 1, size, size, in);
        Dim pad = Dim.of(taps / 2);
        Window window = new Window(List.of(stride, stride), List.of(pad, pad, pad, pad), List.of(1L, 1L));
        Value w = b.constant(random(Arrays.hashCode(new long[] {in, out, taps}), out, depth, taps, taps));
        Value y = b.add(new Conv(x, w, window, groups, ChannelLayout.CHANNELS_LAST));
        return b.build(List.of(y), List.of("y"));
    }
}
