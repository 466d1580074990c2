package dev.lathe.peers;

import dev.lathe.passes.Numerics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lathe beside ONNX Runtime, on real models and on known architectures; the Java backend, or any other. */
@Command(
        name = "peer-bench",
        mixinStandardHelpOptions = true,
        description = "Lathe beside ONNX Runtime, on real models and on known architectures.")
public final class PeerBench implements Callable<Integer> {
    /** Both sides make next to no garbage once they are warm, so they need no room for it. */
    private static final List<String> SMALL = List.of("-Xmn16m");

    @Option(names = "--threads", split = ",", defaultValue = "1,2", description = "Numbers of threads. Default: 1,2.")
    private List<Integer> threads = new ArrayList<>();

    @Option(
            names = "--target",
            split = ",",
            defaultValue = "java",
            description = "Targets of Lathe, each beside ONNX Runtime in turns. Default: java.")
    private List<String> targets = new ArrayList<>();

    @Option(names = "--samples", defaultValue = "21", description = "Samples of each side. Default: 21.")
    private int samples;

    @Option(names = "--only", split = ",", description = "Workloads: ${COMPLETION-CANDIDATES}. Default: all.")
    private List<Workload> only = new ArrayList<>();

    @Option(names = "--numerics", defaultValue = "default", description = "Numerics of Lathe. Default: default.")
    private Numerics numerics = Numerics.DEFAULT;

    @Option(
            names = "--cpu",
            description = "Processor time of the calling thread, for machines that others use; for one thread.")
    private boolean cpu;

    @Option(names = "--no-memory", description = "Leave out the memory and the cold starts.")
    private boolean noMemory;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new PeerBench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        List<Workload> workloads = only.isEmpty() ? List.of(Workload.values()) : only;
        System.out.printf(
                "%d processors, Java %s, ONNX Runtime %s%n",
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                ai.onnxruntime.OrtEnvironment.getEnvironment().getVersion());
        latencies(workloads);
        if (!noMemory) {
            coldStarts(workloads);
        }
        return 0;
    }

    /**
     * Medians; the ratio is of samples taken one after the other, below 1 where Lathe is faster; in brackets the 10th
     * and 90th percentile.
     */
    private void latencies(List<Workload> workloads) throws Exception {
        row(
                "%n%-26s %-9s %7s %11s %11s   %-20s %9s %7s",
                "steady latency", "target", "threads", "Lathe ms", "ORT ms", "ratio", "GFLOP/s", "peak");
        for (Workload workload : workloads) {
            for (int n : threads) {
                for (String target : targets) {
                    latency(workload, target, n);
                }
            }
        }
    }

    private void latency(Workload workload, String target, int n) throws Exception {
        Facts f = Facts.of(
                Pair.class, workload.name(), target, "" + n, "" + samples, numerics.name(), cpu ? "cpu" : "wall");
        double rate = f.get("flops") / f.get("lathe") / 1e6;
        row(
                "%-26s %-9s %7d %11.3f %11.3f   %-20s %9.1f %5.1f %%",
                workload.title(),
                target,
                n,
                f.get("lathe"),
                f.get("onnxruntime"),
                String.format(Locale.ROOT, "%.2f (%.2f…%.2f)", f.get("ratio"), f.get("ratio.low"), f.get("ratio.high")),
                rate,
                100 * rate * 1e9 / f.get("peak"));
    }

    /** Each figure from a process of its own; resident memory includes the JVM on both sides. */
    private void coldStarts(List<Workload> workloads) throws Exception {
        int n = threads.getLast();
        Path folder = Files.createTempDirectory("lathe-peers");
        row(
                "%n%-26s %10s %9s %9s %9s %11s %10s %10s",
                "cold start, " + n + " threads",
                "compile ms",
                "load ms",
                "first ms",
                "jar MB",
                "ORT load ms",
                "RSS MB",
                "ORT RSS");
        Map<String, Facts> compiled = new HashMap<>();
        for (Workload workload : workloads) {
            Path jar = folder.resolve(workload.model() + ".jar");
            Facts c = compiled.get(workload.model());
            if (c == null) {
                c = Facts.of(Alone.class, "compile", workload.name(), "" + n, jar.toString(), numerics.name());
                compiled.put(workload.model(), c);
            }
            Facts ours = Facts.of(SMALL, Alone.class, "load", workload.name(), "" + n, jar.toString());
            Facts theirs = Facts.of(SMALL, Alone.class, "onnxruntime", workload.name(), "" + n);
            row(
                    "%-26s %10.0f %9.0f %9.0f %9.2f %11.0f %10.0f %10.0f",
                    workload.title(),
                    c.get("compile"),
                    ours.get("load"),
                    ours.get("first"),
                    c.get("jar") / 1e6,
                    theirs.get("load"),
                    ours.get("rss") / 1e6,
                    theirs.get("rss") / 1e6);
        }
        for (String model : compiled.keySet()) {
            Files.deleteIfExists(folder.resolve(model + ".jar"));
        }
        Files.deleteIfExists(folder);
    }

    private static void row(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
        System.out.flush();
    }
}
