package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.ShapeText;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * One model on several targets in one process, in turns, on the same random inputs: the time of a call, the time that
 * the processors spent on it on average, and how far the results are from those of the first side. The processors' time
 * is that of all threads of the process; of a runtime whose threads wait by spinning it says little.
 */
@Command(
        name = "target-bench",
        mixinStandardHelpOptions = true,
        description = "One model on several targets, beside ONNX Runtime where it is there.")
public final class TargetBench implements Callable<Integer> {
    private static final long BLOCK_NANOS = 200_000_000L;

    @Parameters(
            arity = "1..*",
            paramLabel = "SIDE",
            description =
                    "TARGET:MODEL, onnxruntime:MODEL, or MODEL.jar, compiled for any target. MODEL is an ONNX file"
                            + " or the name of a known network, such as resnet_50.")
    private List<String> sides = new ArrayList<>();

    @Option(names = "--shape", description = "NAME=DIMS of an input, or SYMBOL=SIZE. Repeatable.")
    private List<String> shapes = new ArrayList<>();

    @Option(names = "--threads", defaultValue = "2", description = "Threads of targets that count them. Default: 2.")
    private int threads;

    @Option(names = "--samples", defaultValue = "11", description = "Samples of each side. Default: 11.")
    private int samples;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TargetBench()).execute(arguments));
    }

    /** A side with what was measured of it: milliseconds. */
    private record Entry(String name, Side side, double load, double difference, double[] wall, double[] cpu) {}

    @Override
    public Integer call() throws Exception {
        Backends.all().forEach(b -> System.out.println(b.name() + ": " + b.probe()));
        Map<String, Shape> given = ShapeText.parse(shapes);
        List<Entry> entries = new ArrayList<>();
        Map<String, Tensor> inputs = Map.of();
        Map<String, Tensor> expected = Map.of();
        for (String text : sides) {
            long start = System.nanoTime();
            if (text.startsWith("onnxruntime:")) {
                Side side = Side.onnxRuntime(model(text), inputs, threads);
                entries.add(entry("onnxruntime", side, start, Double.NaN));
                continue;
            }
            Executable executable = load(text);
            if (entries.isEmpty()) {
                inputs = inputs(executable, given);
            }
            Map<String, Tensor> results = executable.call(inputs);
            expected = entries.isEmpty() ? results : expected;
            entries.add(entry(text, Side.lathe(executable, inputs), start, difference(expected, results)));
        }
        for (int i = 0; i < samples; i++) {
            for (Entry e : entries) {
                sample(e, i);
            }
        }
        System.out.printf(
                "%-52s %10s %10s %10s %10s %12s%n", "side", "load ms", "best ms", "median ms", "CPU ms", "difference");
        for (Entry e : entries) {
            System.out.printf(
                    Locale.ROOT,
                    "%-52s %10.0f %10.3f %10.3f %10.3f %12.2g%n",
                    e.name,
                    e.load,
                    at(e.wall, 0),
                    at(e.wall, samples / 2),
                    Arrays.stream(e.cpu).average().orElse(Double.NaN),
                    e.difference);
            e.side.close();
        }
        return 0;
    }

    private static Entry entry(String name, Side side, long start, double difference, double[] wall, double[] cpu) {
        return new Entry(name, side, (System.nanoTime() - start) / 1e6, difference, wall, cpu);
    }

    private Entry entry(String name, Side side, long start, double difference) {
        return entry(name, side, start, difference, new double[samples], new double[samples]);
    }

    /** The file that a side names behind its target. */
    private static Path model(String side) throws IOException {
        String name = side.substring(side.indexOf(':') + 1);
        Optional<Network> known = Arrays.stream(Network.values())
                .filter(n -> n.name().equalsIgnoreCase(name))
                .findFirst();
        return known.isPresent() ? known.get().file() : Path.of(name);
    }

    private Executable load(String text) throws IOException {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return Lathe.open(Path.of(text), threads).load();
        }
        CompileOptions options = CompileOptions.builder()
                .target(text.substring(0, colon))
                .threads(threads)
                .build();
        return Lathe.compile(model(text), options).load();
    }

    private static Map<String, Tensor> inputs(Executable executable, Map<String, Shape> shapes) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        new InputValues(executable)
                .shapes(shapes)
                .read(List.of())
                .forEach((name, value) -> tensors.put(name, (Tensor) value));
        return tensors;
    }

    /** The largest difference of an element, as a share of the largest element of its tensor. */
    private static double difference(Map<String, Tensor> expected, Map<String, Tensor> results) {
        double most = 0;
        for (Map.Entry<String, Tensor> e : expected.entrySet()) {
            Tensor got = Tensor.named(results, e.getKey());
            double largest = 0;
            double apart = 0;
            for (long i = 0; i < e.getValue().size(); i++) {
                largest = Math.max(largest, Math.abs(e.getValue().getDouble(i)));
                apart = Math.max(apart, Math.abs(e.getValue().getDouble(i) - got.getDouble(i)));
            }
            most = Math.max(most, largest == 0 ? apart : apart / largest);
        }
        return most;
    }

    /** The mean of a block of runs, behind one that does not count. */
    private static void sample(Entry e, int number) {
        e.side.run();
        long cpu = cpu();
        long start = System.nanoTime();
        int runs = 0;
        while (System.nanoTime() - start < BLOCK_NANOS) {
            e.side.run();
            runs++;
        }
        e.wall[number] = (System.nanoTime() - start) / 1e6 / runs;
        e.cpu[number] = (cpu() - cpu) / 1e6 / runs;
    }

    /** Nanoseconds of all threads; 0 where the system does not tell. */
    private static long cpu() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }

    private static double at(double[] values, int place) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[place];
    }
}
