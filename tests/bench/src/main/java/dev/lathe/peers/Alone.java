package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.bench.Resources;
import dev.lathe.ir.Executable;
import dev.lathe.passes.Numerics;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One side in a process of its own, for what cannot be told apart in a shared one: memory, and times from a cold start.
 */
final class Alone {
    private static final long RUN_NANOS = 3_000_000_000L;

    private Alone() {}

    /** {@code compile WORKLOAD THREADS JAR NUMERICS | load WORKLOAD THREADS JAR | onnxruntime WORKLOAD THREADS}. */
    public static void main(String[] arguments) throws Exception {
        int threads = Integer.parseInt(arguments[2]);
        Facts facts = new Facts();
        switch (arguments[0]) {
            case "compile" ->
                compile(
                        Workload.valueOf(arguments[1]),
                        threads,
                        Path.of(arguments[3]),
                        Numerics.valueOf(arguments[4]),
                        facts);
            case "load" -> load(Workload.valueOf(arguments[1]), threads, Path.of(arguments[3]), facts);
            case "onnxruntime" -> onnxRuntime(Workload.valueOf(arguments[1]), threads, facts);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        facts.print();
    }

    /** From a file to a loaded executable. */
    private static void compile(Workload workload, int threads, Path jar, Numerics numerics, Facts facts)
            throws Exception {
        Path file = workload.file();
        CompileOptions.Builder options =
                CompileOptions.builder().threads(threads).numerics(numerics);
        workload.shapes().forEach(options::shape);
        long start = System.nanoTime();
        Model model = Lathe.compile(file, options.build());
        try (Executable executable = model.load()) {
            facts.put("compile", since(start));
            facts.put("inputs", executable.inputs().size());
        }
        model.write(jar);
        facts.put("jar", Files.size(jar));
        facts.put("file", Files.size(file));
    }

    /** From a compiled jar to results. */
    private static void load(Workload workload, int threads, Path jar, Facts facts) {
        long start = System.nanoTime();
        Executable executable = Lathe.open(jar, threads).load();
        facts.put("load", since(start));
        var inputs = workload.inputs(executable.inputs());
        start = System.nanoTime();
        try (Side side = Side.lathe(executable, inputs)) {
            facts.put("first", since(start));
            runFor(side, facts);
        }
    }

    private static void onnxRuntime(Workload workload, int threads, Facts facts) throws Exception {
        Path file = workload.file();
        var ports = Lathe.read(file, workload.shapes()).inputPorts();
        var inputs = workload.inputs(ports);
        long start = System.nanoTime();
        try (Side side = Side.onnxRuntime(file, inputs, threads)) {
            facts.put("load", since(start));
            runFor(side, facts);
        }
    }

    private static void runFor(Side side, Facts facts) {
        for (long end = System.nanoTime() + RUN_NANOS; System.nanoTime() < end; ) {
            side.run();
        }
        Double peak = Resources.peakResidentBytes();
        facts.put("rss", peak == null ? Double.NaN : peak);
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e6;
    }
}
