package dev.lathe.peers;

import com.sun.management.OperatingSystemMXBean;
import dev.lathe.bench.Resources;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** One side of a framework in a process of its own. */
final class FrameworkSide {
    private static final List<String> TEXTS = List.of(
            "The central bank raised interest rates again, and nobody knows why.",
            "Someone plays music on a guitar while the kitten is napping in the sun.",
            "Borrowing money became more expensive, so fewer houses are being built.",
            "A man who lives by the sea has painted his boat blue every spring.");
    static final int CALLERS = 16;
    private static final int WARM_UP_TEXTS = 2000;
    private static final long WARM_UP_NANOS = 1_000_000_000L;
    private static final long LONGEST_WARM_UP_NANOS = 60_000_000_000L;

    private FrameworkSide() {}

    /** {@code FRAMEWORK own|lathe FOLDER SECONDS}. */
    public static void main(String[] arguments) throws Exception {
        long start = System.nanoTime();
        Framework framework = Framework.valueOf(arguments[0]);
        boolean isLathe = arguments[1].equals("lathe");
        Path folder = Path.of(arguments[2]);
        if (!isLathe) {
            System.setProperty("ai.djl.default_engine", "Rust"); // what pools there: the engine in DJL's tokenizers
        }
        Framework.Embedder embedder = isLathe ? framework.lathe(folder) : framework.own(folder);
        float[] first = embedder.embed(TEXTS.getFirst());
        Facts facts = new Facts();
        facts.put("first", (System.nanoTime() - start) / 1e6);
        facts.put("first.cpu", cpuNanos() / 1e6); // of the JVM's start, too
        facts.put("width", first.length);
        long nanos = TimeUnit.SECONDS.toNanos(Integer.parseInt(arguments[3]));
        warmUp(embedder);
        long cpu = cpuNanos();
        double one = rate(embedder, 1, nanos);
        facts.put("one", one);
        facts.put("cpu", (cpuNanos() - cpu) / 1e6 / (one * nanos / 1e9));
        facts.put("many", rate(embedder, CALLERS, nanos));
        Double peak = Resources.peakResidentBytes();
        facts.put("rss", peak == null ? Double.NaN : peak);
        facts.print();
        System.exit(0); // engines keep threads
    }

    /** Calls until the JVM has compiled what is hot, however busy the machine is. */
    private static void warmUp(Framework.Embedder embedder) throws Exception {
        long start = System.nanoTime();
        for (int texts = 0; texts < WARM_UP_TEXTS; ) {
            texts += (int) (rate(embedder, CALLERS, WARM_UP_NANOS) * WARM_UP_NANOS / 1e9);
            if (System.nanoTime() - start > LONGEST_WARM_UP_NANOS) {
                return;
            }
        }
    }

    /** Processor time of this process, all of its threads. */
    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** Texts a second. */
    private static double rate(Framework.Embedder embedder, int callers, long nanos) throws Exception {
        LongAdder texts = new LongAdder();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            Callable<Boolean> caller = () -> {
                for (int i = 0; System.nanoTime() - start < nanos; i++) {
                    embedder.embed(TEXTS.get(i % TEXTS.size()));
                    texts.increment();
                }
                return true;
            };
            for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(callers, caller))) {
                done.get();
            }
        }
        return texts.sum() * 1e9 / (System.nanoTime() - start);
    }
}
