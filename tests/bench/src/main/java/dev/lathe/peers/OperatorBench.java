package dev.lathe.peers;

import ai.onnxruntime.OrtException;
import com.sun.management.ThreadMXBean;
import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Each operator as a model of its own, by Lathe's Java backend and by ONNX Runtime, in turns in one process and on one
 * thread, whose processor time is what is compared.
 */
@Command(
        name = "operator-bench",
        mixinStandardHelpOptions = true,
        description = "Each operator by itself beside ONNX Runtime: processor time of the calling thread.")
public final class OperatorBench implements Callable<Integer> {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    /** The just-in-time compiler needs its time. */
    private static final long WARM_UP_NANOS = 300_000_000L;

    /** How often the warm-up starts again, since calls have become faster. */
    private static final int LONGEST_WARM_UP = 8;

    /** Slow calls are those that are not compiled yet. */
    private static final int FEWEST_CALLS = 300;

    private static final double BETTER = 0.85;
    private static final long OTHER_WARM_UP_NANOS = 30_000_000L;
    private static final long BLOCK_NANOS = 6_000_000L;

    @Option(names = "--only", split = ",", description = "Regular expressions of whole case names. Default: all cases.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--samples", defaultValue = "7", description = "Samples of each side. Default: 7.")
    private int samples;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new OperatorBench()).execute(arguments));
    }

    /** Microseconds of a call of each side, and what runs it in Lathe. */
    private record Row(String name, double lathe, double onnxRuntime, String kernels) {
        double ratio() {
            return lathe / onnxRuntime;
        }
    }

    @Override
    public Integer call() throws IOException {
        Pattern wanted = Pattern.compile(only.isEmpty() ? ".*" : String.join("|", only));
        List<OperatorCase> cases =
                cases().stream().filter(c -> wanted.matcher(c.name()).matches()).toList();
        List<Row> rows = new ArrayList<>();
        List<String> alone = new ArrayList<>();
        Path file = Files.createTempFile("operator", ".onnx");
        try {
            for (OperatorCase c : cases) {
                Files.write(file, c.model().toByteArray());
                measure(c, file, rows, alone);
            }
        } finally {
            Files.deleteIfExists(file);
        }
        rows.sort(Comparator.comparingDouble(Row::ratio).reversed());
        System.out.printf("%-44s %11s %11s %8s  %s%n", "operator", "Lathe µs", "ORT µs", "ratio", "kernels");
        rows.forEach(OperatorBench::print);
        System.out.printf("%nONNX Runtime cannot run %d of %d:%n", alone.size(), cases.size());
        alone.forEach(System.out::println);
        return 0;
    }

    private static List<OperatorCase> cases() {
        List<OperatorCase> all = new ArrayList<>();
        ElementwiseCases.addTo(all);
        MovementCases.addTo(all);
        LayerCases.addTo(all);
        TabularCases.addTo(all);
        MicrosoftCases.addTo(all);
        return all;
    }

    private static void print(Row r) {
        System.out.printf(
                Locale.ROOT, "%-44s %11.1f %11.1f %8.2f  %s%n", r.name, r.lathe, r.onnxRuntime, r.ratio(), r.kernels);
    }

    private void measure(OperatorCase c, Path file, List<Row> rows, List<String> alone) {
        Model model;
        try {
            model = Lathe.compile(file, CompileOptions.builder().threads(1).build());
        } catch (LatheException e) {
            throw new IllegalStateException(c.name() + ": " + e.getMessage(), e);
        }
        Set<String> kernels =
                model.steps().stream().map(ModelStep::kernel).collect(Collectors.toCollection(TreeSet::new));
        try (Side lathe = Side.lathe(model.load(), c.inputs())) {
            Calls ours = new Calls(lathe, WARM_UP_NANOS);
            try (Side onnxRuntime = Side.onnxRuntime(file, c.inputs(), 1)) {
                Calls theirs = new Calls(onnxRuntime, OTHER_WARM_UP_NANOS);
                double[] a = new double[samples];
                double[] b = new double[samples];
                for (int i = 0; i < samples; i++) {
                    a[i] = ours.sample();
                    b[i] = theirs.sample();
                }
                Row row = new Row(c.name(), quartile(a), quartile(b), String.join(" ", kernels));
                System.err.printf(Locale.ROOT, "%s %.1f %.2f%n", row.name, row.lathe, row.ratio());
                rows.add(row);
            } catch (OrtException | IllegalArgumentException e) {
                alone.add(alone(c, ours, e));
            } catch (IllegalStateException e) {
                if (!(e.getCause() instanceof OrtException failure)) {
                    throw e;
                }
                alone.add(alone(c, ours, failure)); // it fails only when it runs
            }
        }
    }

    private static String alone(OperatorCase c, Calls ours, Exception why) {
        String[] lines = String.valueOf(why.getMessage()).split("\n", 2);
        return String.format(Locale.ROOT, "%-44s %11.1f  %s", c.name(), ours.sample(), lines[0]);
    }

    /** A side that is warm. */
    private static final class Calls {
        private final Side side;
        private final int block;

        Calls(Side side, long warmUp) {
            this.side = side;
            double best = Double.MAX_VALUE;
            long start = THREADS.getCurrentThreadCpuTime();
            long end = start + warmUp;
            long limit = start + LONGEST_WARM_UP * warmUp;
            long before = start;
            int calls = 0;
            while (before < end || calls < FEWEST_CALLS && before < limit) {
                calls++;
                side.run();
                long after = THREADS.getCurrentThreadCpuTime();
                double took = Math.max(1, after - before);
                before = after;
                if (took < BETTER * best) { // code that the compiler made in the meantime
                    best = took;
                    end = Math.min(limit, after + warmUp);
                }
            }
            block = Math.clamp((long) (BLOCK_NANOS / best), 1, 10_000);
        }

        /** Microseconds of processor time of a call. */
        double sample() {
            side.run();
            long start = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < block; i++) {
                side.run();
            }
            return (THREADS.getCurrentThreadCpuTime() - start) / 1e3 / block;
        }
    }

    private static double quartile(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 4];
    }
}
