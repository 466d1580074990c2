package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.report.Units;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a demo gets its models, and where it writes. */
final class DemoModels {
    private static final long WARM_UP_NANOS = 2_000_000_000L;
    private static final int MAX_RUNS = 200;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Where to write compiled models and images. Default: lathe/demo in the user's cache folder.")
    private @Nullable Path output;

    @Mixin
    private TargetFlags target = new TargetFlags();

    /** The folder for results; made if it does not exist. */
    Path folder() {
        Path folder = output == null ? Zoo.folder().resolveSibling("demo") : output;
        OutputFile.requireFolder(folder);
        return folder;
    }

    /** Fetches a model, compiles it to a jar, and loads that; says how long each took. */
    Executable load(Zoo zoo, String jarName, Terminal terminal) {
        Path folder = folder();
        try (ProgressLine progress = new ProgressLine(terminal)) {
            Path file = zoo.fetch(progress);
            long start = System.nanoTime();
            var options = target.options().progress(progress);
            zoo.shapes().forEach(options::shape);
            Model model = Lathe.compile(file, options.build());
            Path jar = folder.resolve(jarName);
            if (model.isFile()) {
                write(model, jar);
            }
            long compiled = System.nanoTime();
            Executable executable =
                    model.isFile() ? Lathe.open(jar, target.threads()).load() : model.load();
            long loaded = System.nanoTime();
            progress.clear();
            terminal.out()
                    .println(terminal.bold(zoo.title()) + ", "
                            + Units.bytes(size(file)) + ", compiled in "
                            + Units.millis((compiled - start) / 1e6) + ", loaded in "
                            + Units.millis((loaded - compiled) / 1e6)
                            + (model.isFile() ? terminal.faint("  " + jar) : ""));
            return executable;
        }
    }

    private static void write(Model model, Path jar) {
        try {
            model.write(jar);
        } catch (IOException e) {
            throw OutputFile.failed(jar, e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new LatheException(Diagnostic.error("demo.model", "cannot read " + file, "fetch it again"));
        }
    }

    /**
     * Runs once, again until the JVM has compiled what is hot, and then for the median.
     *
     * @return the first and the steady latency, for people, and why they differ
     */
    static String latency(Runnable run) {
        double first = millis(run);
        long warm = System.nanoTime() + WARM_UP_NANOS;
        while (System.nanoTime() < warm) {
            run.run();
        }
        List<Double> samples = new ArrayList<>();
        long end = System.nanoTime() + WARM_UP_NANOS / 2;
        while (samples.isEmpty() || System.nanoTime() < end && samples.size() < MAX_RUNS) {
            samples.add(millis(run));
        }
        double[] sorted = samples.stream().mapToDouble(d -> d).sorted().toArray();
        return "first " + Units.millis(first) + " (while the JVM compiles the kernels to machine code), steady "
                + Units.millis(sorted[sorted.length / 2]);
    }

    private static double millis(Runnable run) {
        long start = System.nanoTime();
        run.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** A bar of eighths, such as {@code ▁▃█}; each value from 0 to 1. */
    static String bars(double[] values) {
        StringBuilder bars = new StringBuilder();
        Arrays.stream(values).forEach(v -> bars.append("▁▂▃▄▅▆▇█".charAt((int) Math.clamp(v * 8, 0, 7))));
        return bars.toString();
    }
}
