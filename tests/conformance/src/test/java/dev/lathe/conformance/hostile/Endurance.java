package dev.lathe.conformance.hostile;

import com.sun.management.ThreadMXBean;
import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.ReferenceBackend;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.TensorType;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What becomes of a model on every way through Lathe. */
final class Endurance {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long BASE_NANOS = 10_000_000_000L;
    private static final long NANOS_PER_BYTE = 10_000;
    private static final long BASE_BYTES = 1L << 30;
    private static final long BYTES_PER_BYTE = 20_000;
    /** What a symbolic size is. */
    private static final long SIZE = 3;

    private static final long LARGEST_INPUT = 1 << 20;

    private Endurance() {}

    /** Hostile models in files, for a look: names of files or of folders with a {@code model.onnx}. */
    public static void main(String[] args) throws Exception {
        for (HostileModels.Hostile h : HostileModels.all()) {
            if (args.length == 0 || (args.length == 1 && h.name().startsWith(args[0]))) {
                report(h.name(), h.model().get().toByteArray(), Map.of());
            }
        }
        for (String arg : args) {
            Path p = Path.of(arg);
            Path file = Files.isDirectory(p) ? p.resolve("model.onnx") : p;
            if (Files.exists(file)) {
                report(arg, Files.readAllBytes(file), Map.of());
            }
        }
        System.exit(0);
    }

    private static void report(String name, byte[] model, Map<String, Datum> inputs) {
        long start = System.nanoTime();
        StringBuilder log = new StringBuilder();
        Optional<String> failure = failure(model, inputs, log);
        System.out.printf(
                "%-40s %6d ms %s%n%s", name, (System.nanoTime() - start) / 1_000_000, failure.orElse("ok"), log);
    }

    /** One way through Lathe. */
    private interface Stage {
        void run() throws Exception;
    }

    /** What is wrong with how Lathe takes a model; empty if nothing is. */
    static Optional<String> failure(byte[] model, Map<String, Datum> inputs, StringBuilder log) {
        Graph[] graph = {null};
        Optional<String> read =
                uninterrupted("read", model.length, log, () -> graph[0] = OnnxImporter.read(model, null));
        if (read.isPresent() || graph[0] == null) {
            return read;
        }
        Graph g = graph[0];
        String[] text = {""};
        return uninterrupted("export", model.length, log, () -> OnnxExporter.bytes(g))
                .or(() -> uninterrupted("print", model.length, log, () -> text[0] = Printer.print(g)))
                .or(() -> uninterrupted("reference", model.length, log, () -> run(g, ReferenceBackend.NAME, inputs)))
                .or(() -> uninterrupted("java", model.length, log, () -> run(g, "java", inputs)));
    }

    private static Optional<String> uninterrupted(String name, int bytes, StringBuilder log, Stage stage) {
        try {
            return stage(name, bytes, log, stage);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void run(Graph graph, String target, Map<String, Datum> given) {
        CompileOptions options = CompileOptions.standard().toBuilder()
                .target(target)
                .name("Hostile")
                .build();
        try (Executable executable = Lathe.compile(graph, options).load()) {
            Map<String, Datum> inputs = new LinkedHashMap<>();
            for (Executable.Port port : executable.inputs()) {
                Datum input = given.containsKey(port.name()) ? given.get(port.name()) : input(port);
                if (input == null) {
                    return;
                }
                inputs.put(port.name(), input);
            }
            executable.run(inputs);
        }
    }

    private static @Nullable Tensor input(Executable.Port port) {
        if (!(port.type() instanceof TensorType t) || !t.isRanked()) {
            return null;
        }
        long[] dims = t.shape().dims().stream()
                .mapToLong(d -> d.evaluate(symbol -> SIZE))
                .toArray();
        double size = 1;
        for (long d : dims) {
            size *= d;
        }
        return size > LARGEST_INPUT ? null : filled(t, dims);
    }

    private static Tensor filled(TensorType type, long[] dims) {
        Tensor t = Tensor.zeros(type.element(), dims);
        for (long i = 0; i < t.size(); i++) {
            if (type.element().isString()) {
                t.setString(i, "a b,aa".substring((int) (i % 4)));
            } else if (type.element().isFloat()) {
                t.setDouble(i, i % 5 - 2 + 0.25);
            } else if (!type.element().isComplex()) {
                t.setLong(i, i % 2);
            }
        }
        return t;
    }

    /** Runs a stage in a thread of its own, with the stack of a main thread, which is given up after a while. */
    private static Optional<String> stage(String name, int bytes, StringBuilder log, Stage stage)
            throws InterruptedException {
        @Nullable String[] problem = {null};
        long[] used = {0, 0};
        Thread t = new Thread(
                null,
                () -> {
                    try {
                        stage.run();
                        log.append("    ").append(name).append(": done\n");
                    } catch (LatheException e) {
                        boolean told = !e.diagnostics().isEmpty()
                                && e.diagnostics().stream()
                                        .noneMatch(d ->
                                                d.what().isBlank() || d.fix().isBlank());
                        log.append("    ")
                                .append(name)
                                .append(": ")
                                .append(shortened(String.valueOf(e.getMessage()), 300))
                                .append('\n');
                        problem[0] = told ? null : "refused without a reason: " + e;
                    } catch (Throwable e) { // whatever it is, it is told
                        StringWriter trace = new StringWriter();
                        trace.append(e.toString(), 0, Math.min(600, e.toString().length()));
                        for (StackTraceElement frame :
                                List.of(e.getStackTrace()).subList(0, Math.min(14, e.getStackTrace().length))) {
                            trace.append("\n      at ").append(frame.toString());
                        }
                        problem[0] = trace.toString();
                    }
                    used[0] = THREADS.getCurrentThreadCpuTime();
                    used[1] = THREADS.getCurrentThreadAllocatedBytes();
                },
                name,
                8 << 20);
        t.setDaemon(true);
        t.start();
        long limit = BASE_NANOS + NANOS_PER_BYTE * bytes;
        while (t.isAlive()) {
            t.join(100);
            if (t.isAlive() && THREADS.getThreadCpuTime(t.threadId()) > limit) {
                StringBuilder where = new StringBuilder(name + ": takes more than " + limit / 1_000_000 + " ms");
                StackTraceElement[] stack = t.getStackTrace();
                for (int i = 0; i < Math.min(14, stack.length); i++) {
                    where.append("\n      at ").append(stack[i]);
                }
                return Optional.of(where.toString());
            }
        }
        if (problem[0] != null) {
            return Optional.of(name + ": " + problem[0]);
        }
        return used[1] > BASE_BYTES + BYTES_PER_BYTE * bytes
                ? Optional.of(name + ": allocated " + (used[1] >> 20) + " MiB for " + bytes + " bytes")
                : Optional.empty();
    }

    private static String shortened(String s, int n) {
        return s.replace('\n', ' ').substring(0, Math.min(s.length(), n));
    }
}
