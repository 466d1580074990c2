package dev.lathe.conformance.fuzz;

import com.sun.management.ThreadMXBean;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Fuzzes with files: {@code FileFuzzer [first seed] [inputs] [formats…]}, without end if their number is not given.
 * Each input is an example of a format, changed; it is read, or refused with a diagnostic that says why and what to
 * do, without time and memory that its size does not justify. What is read goes on through the verifier, the printer
 * and the passes.
 */
public final class FileFuzzer {
    private static final long BASE_NANOS = 1_000_000_000L;

    /** Names, of which a file of many megabytes may have millions, are looked up in tables. */
    private static final long NANOS_PER_BYTE = 50;

    /** Each is verified, printed, read again and optimized. */
    private static final long NANOS_PER_NODE = 100_000;

    /** Until the JIT has compiled what reads a file, it takes longer. */
    private static final int TRIES = 3;

    /**
     * A reader may use this much, most of it for what branches multiply, and so much for each byte: a slice of forty
     * bytes between unknown ends computes with expressions of up to 64 terms.
     */
    private static final long BASE_BYTES = 16L << 20;

    private static final long BYTES_PER_BYTE = 20_000;

    /** Passes may also compute constants, of a limited size. */
    private static final long PASSES_BYTES = 512L << 20;
    /** A node of thirty bytes is looked at by every pass, some hundreds of times. */
    private static final long PASSES_PER_BYTE = 32_000;

    private static final long PASSES_PER_NODE = 64_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Path folder;
    private final Map<FileFormat, List<byte[]>> examples = new EnumMap<>(FileFormat.class);
    private final Tally tally = new Tally();

    /** How many nodes the last input became; how many these may be, the memory for reading bounds. */
    private long nodes;

    /** What is read now, since when of this thread's time. */
    private record Reading(String what, long since) {}

    private final AtomicReference<Reading> reading = new AtomicReference<>(new Reading("", Long.MAX_VALUE));

    FileFuzzer(List<FileFormat> formats) throws IOException {
        folder = Files.createTempDirectory("lathe-files");
        for (FileFormat f : formats) {
            List<byte[]> all = f.examples(folder);
            examples.put(f, all);
            all.forEach(bytes -> failure(f, bytes)); // so that classes are loaded
        }
    }

    public static void main(String[] args) throws IOException {
        long first = args.length > 0 ? Long.parseLong(args[0]) : System.currentTimeMillis();
        long inputs = args.length > 1 ? Long.parseLong(args[1]) : Long.MAX_VALUE;
        List<FileFormat> formats = new ArrayList<>();
        for (int i = 2; i < args.length; i++) {
            formats.add(FileFormat.valueOf(args[i].toUpperCase(java.util.Locale.ROOT)));
        }
        FileFuzzer fuzzer = new FileFuzzer(formats.isEmpty() ? List.of(FileFormat.values()) : formats);
        fuzzer.watch();
        long failures = 0;
        for (long n = 1; n <= inputs; n++) {
            Optional<String> problem = fuzzer.failure(first + n - 1);
            if (problem.isPresent()) {
                failures++;
                System.out.println(problem.get());
            }
            if (n % 50_000 == 0 || n == inputs) {
                System.out.println("# " + n + " inputs, " + failures + " failures, next seed " + (first + n));
                System.out.print(fuzzer.tally);
            }
        }
        System.exit(failures > 0 ? 1 : 0);
    }

    /** What is wrong with how the input of {@code seed} is read; empty if nothing is. */
    Optional<String> failure(long seed) {
        List<Map.Entry<FileFormat, List<byte[]>>> formats = List.copyOf(examples.entrySet());
        Map.Entry<FileFormat, List<byte[]>> chosen = formats.get(Math.floorMod(seed, formats.size()));
        FileFormat format = chosen.getKey();
        byte[] bytes = format.changed(new Random(seed), chosen.getValue());
        return failure(format, bytes)
                .map(problem -> "seed " + seed + ", " + format + ": " + problem + "\n  " + show(format, bytes));
    }

    private static String show(FileFormat format, byte[] bytes) {
        return format.words.isEmpty()
                ? Base64.getEncoder().encodeToString(bytes)
                : new String(bytes, StandardCharsets.UTF_8).replace("\n", "\n  ");
    }

    private Optional<String> failure(FileFormat format, byte[] bytes) {
        long nanos = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long start = THREADS.getCurrentThreadCpuTime();
            Optional<String> problem = problem(format, bytes, start);
            nanos = Math.min(nanos, THREADS.getCurrentThreadCpuTime() - start);
            if (problem.isPresent() || nanos <= BASE_NANOS + NANOS_PER_BYTE * bytes.length + NANOS_PER_NODE * nodes) {
                return problem;
            }
        }
        return Optional.of("took " + nanos / 1_000_000 + " ms");
    }

    /** What is wrong with how an input is read, apart from the time that it takes. */
    private Optional<String> problem(FileFormat format, byte[] bytes, long start) {
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        reading.set(new Reading(format + " " + show(format, bytes), start));
        String stage = "read";
        nodes = 0;
        try {
            List<Graph> graphs = format.read(bytes, folder);
            used(allocated, reads(bytes));
            stage = "after it was read";
            tally.add(format + " read");
            graphs.forEach(graph -> nodes += graph.allNodes().size());
            graphs.forEach(FileFormat::follow);
            used(allocated, passes(bytes));
        } catch (LatheException e) {
            tally.add(format + (stage.equals("read") ? " refused" : " refused by a pass"));
            try {
                requireReason(e);
                used(allocated, stage.equals("read") ? reads(bytes) : passes(bytes));
            } catch (AssertionError problem) {
                return Optional.of(stage + ": " + problem);
            }
        } catch (RuntimeException | AssertionError | StackOverflowError | OutOfMemoryError e) {
            return Optional.of(stage + ": " + Differential.trace(e));
        } finally {
            reading.set(new Reading("", Long.MAX_VALUE));
        }
        return Optional.empty();
    }

    private long reads(byte[] bytes) {
        return BASE_BYTES + BYTES_PER_BYTE * bytes.length;
    }

    private long passes(byte[] bytes) {
        return PASSES_BYTES + PASSES_PER_BYTE * bytes.length + PASSES_PER_NODE * nodes;
    }

    private static void used(long before, long limit) {
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (bytes > limit) {
            throw new AssertionError("allocated " + bytes + " bytes, more than " + limit);
        }
    }

    /** @throws AssertionError if a fault is told without what is wrong and what to do */
    static void requireReason(LatheException e) {
        boolean told = !e.diagnostics().isEmpty()
                && e.diagnostics().stream()
                        .noneMatch(d -> d.what().isBlank() || d.fix().isBlank());
        if (!told) {
            throw new AssertionError("refused without a reason: " + e);
        }
    }

    /** Ends the program if an input takes twenty seconds of processor time. */
    private void watch() {
        Thread reader = Thread.currentThread();
        Thread.ofPlatform().daemon().name("watch").start(() -> {
            while (true) {
                try {
                    Thread.sleep(1000);
                } catch (InterruptedException e) {
                    return;
                }
                Reading now = reading.get();
                if (THREADS.getThreadCpuTime(reader.threadId()) - now.since > 20 * BASE_NANOS
                        && now.since != Long.MAX_VALUE) {
                    System.out.println("hangs: " + now.what);
                    for (StackTraceElement frame : reader.getStackTrace()) {
                        System.out.println("      at " + frame);
                    }
                    Runtime.getRuntime().halt(1);
                }
            }
        });
    }
}
