package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.demo.Zoo;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From the start of a process to the first result of all-MiniLM-L6-v2: a jar from Lathe, the same with an AOT cache of
 * the JDK, and ONNX Runtime, in turns. {@code FirstCallBench [ROUNDS [OPTION ...]]}: how often each is started, 15
 * times by default, and options of all JVMs, such as {@code -XX:+UseSerialGC}.
 */
public final class FirstCallBench {
    private static final int ROUNDS = 15;

    private final Path folder;
    private final int rounds;
    private final List<String> options;

    private FirstCallBench(Path folder, int rounds, List<String> options) {
        this.folder = folder;
        this.rounds = rounds;
        this.options = options;
    }

    public static void main(String[] args) throws Exception {
        int rounds = args.length == 0 ? ROUNDS : Integer.parseInt(args[0]);
        Path folder = Files.createTempDirectory("first-call");
        try {
            List<String> options = Arrays.stream(args).skip(1).toList();
            new FirstCallBench(folder, rounds, options).measure();
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private void measure() throws Exception {
        Path model = Zoo.MINILM.fetch();
        Path jar = folder.resolve("model.jar");
        Lathe.compile(model).write(jar);
        String name;
        try (JarFile file = new JarFile(jar.toFile())) {
            name = file.getManifest().getMainAttributes().getValue("Lathe-Model");
        }
        // Caches of the JDK are for class paths of jars.
        Path program = folder.resolve("program.jar");
        write(program, FirstCall.class);
        String classes = System.getProperty("java.class.path");
        String withJar = jar + File.pathSeparator + program;
        Path cache = folder.resolve("program.aot");
        run(List.of("-XX:AOTCacheOutput=" + cache, "-cp", withJar), "lathe", name);

        Map<String, List<String>> commands = new LinkedHashMap<>();
        commands.put("Lathe", List.of("-cp", withJar));
        commands.put("Lathe with an AOT cache", List.of("-XX:AOTCache=" + cache, "-cp", withJar));
        commands.put("ONNX Runtime", List.of("-cp", classes));
        Map<String, double[][]> measured = new LinkedHashMap<>();
        commands.forEach((side, _) -> measured.put(side, new double[4][rounds]));
        for (int round = -1; round < rounds; round++) { // the first warms the file cache
            for (Map.Entry<String, List<String>> side : commands.entrySet()) {
                boolean isLathe = !side.getKey().equals("ONNX Runtime");
                double[] values = isLathe
                        ? run(side.getValue(), "lathe", name)
                        : run(side.getValue(), "onnxruntime", model.toString());
                double[][] rows = Objects.requireNonNull(measured.get(side.getKey()));
                for (int i = 0; i < values.length && round >= 0; i++) {
                    rows[i][round] = values[i];
                }
            }
        }
        System.out.println("| | wall ms | its thread, CPU ms | process, CPU ms | peak memory, MiB |");
        System.out.println("|---|---:|---:|---:|---:|");
        measured.forEach((side, values) -> System.out.println("| " + side + " | "
                + Arrays.stream(values).map(FirstCallBench::text).collect(Collectors.joining(" | ")) + " |"));
    }

    /** Writes a jar of one class. */
    private static void write(Path jar, Class<?> type) throws IOException {
        String entry = type.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                InputStream in = Objects.requireNonNull(type.getClassLoader().getResourceAsStream(entry))) {
            out.putNextEntry(new JarEntry(entry));
            in.transferTo(out);
        }
    }

    /** The median, and in brackets the 10th and the 90th percentile. */
    private static String text(double[] values) {
        double[] sorted = Arrays.stream(values).sorted().toArray();
        int n = sorted.length;
        return String.format(
                Locale.ROOT, "%.0f (%.0f…%.0f)", sorted[n / 2], sorted[n / 10], sorted[Math.min(n - 1, n * 9 / 10)]);
    }

    /** Milliseconds to the first result by the clock, of the processor for the thread and the process; peak memory. */
    private double[] run(List<String> ofSide, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(ofSide);
        command.add(FirstCall.class.getName());
        command.addAll(List.of(arguments));
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            double wall = (System.nanoTime() - start) / 1e6;
            if (process.waitFor() != 0 || line == null) {
                throw new IOException("failed: " + String.join(" ", command));
            }
            double[] told = Arrays.stream(line.split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            return new double[] {wall, told[0], told[1], told[2]};
        }
    }
}
