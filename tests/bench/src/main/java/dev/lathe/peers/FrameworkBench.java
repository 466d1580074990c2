package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.demo.Zoo;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Frameworks that make vectors of texts: their own model of all-MiniLM-L6-v2 beside Lathe's. */
@Command(
        name = "framework-bench",
        mixinStandardHelpOptions = true,
        description = "The embedding models of JVM frameworks beside Lathe's, on all-MiniLM-L6-v2.")
public final class FrameworkBench implements Callable<Integer> {
    private static final List<String> SIDES = List.of("own", "lathe");
    /** What a library that compiles brings; its version begins with a digit. */
    private static final List<String> LATHE_JARS = List.of(
            "lathe-0",
            "lathe-grammar",
            "lathe-ir",
            "lathe-frontend",
            "lathe-passes",
            "lathe-backend-spi",
            "lathe-backend-plan",
            "lathe-backend-java",
            "lathe-runtime",
            "antlr4-runtime",
            "protobuf-java",
            "re2j");

    @Option(names = "--rounds", defaultValue = "3", description = "Processes of each side, in turns. Default: 3.")
    private int rounds;

    @Option(names = "--seconds", defaultValue = "5", description = "Time of each measurement. Default: 5.")
    private int seconds;

    @Option(names = "--only", split = ",", description = "Frameworks: ${COMPLETION-CANDIDATES}. Default: all.")
    private List<Framework> only = new ArrayList<>();

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new FrameworkBench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("lathe-frameworks");
        try {
            write(folder);
            System.out.println("| framework | model | first ms | its CPU ms | CPU ms/text | texts/s | by "
                    + FrameworkSide.CALLERS + " callers | peak MB | jars MB |");
            System.out.println("|---|---|---:|---:|---:|---:|---:|---:|---:|");
            for (Framework framework : only.isEmpty() ? List.of(Framework.values()) : only) {
                compare(framework, folder);
            }
        } finally {
            delete(folder);
        }
        return 0;
    }

    /** The model's files, also compiled. */
    private static void write(Path folder) throws IOException {
        Path onnx = folder.resolve("model.onnx");
        Files.copy(Zoo.MINILM.fetch(), onnx);
        Files.copy(Zoo.MINILM_TOKENIZER.fetch(), folder.resolve("tokenizer.json"));
        Lathe.compile(onnx).write(folder.resolve("model.jar"));
    }

    private void compare(Framework framework, Path folder) throws Exception {
        List<List<Facts>> all = List.of(new ArrayList<>(), new ArrayList<>());
        for (int r = 0; r < rounds; r++) {
            for (int side = 0; side < SIDES.size(); side++) {
                all.get(side)
                        .add(Facts.of(
                                FrameworkSide.class,
                                framework.name(),
                                SIDES.get(side),
                                folder.toString(),
                                "" + seconds));
            }
        }
        for (int side = 0; side < SIDES.size(); side++) {
            List<Facts> facts = all.get(side);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %.0f | %.0f | %.1f | %.0f | %.0f | %.0f | %.1f |%n",
                    framework.title(),
                    side == 0 ? "its own" : "Lathe",
                    median(facts, "first"),
                    median(facts, "first.cpu"),
                    median(facts, "cpu"),
                    median(facts, "one"),
                    median(facts, "many"),
                    median(facts, "rss") / 1e6,
                    bytes(side == 0 ? framework.ownJars() : latheJars(framework)) / 1e6);
        }
        System.out.flush();
    }

    private static double median(List<Facts> facts, String name) {
        double[] sorted = facts.stream().mapToDouble(f -> f.get(name)).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static List<String> latheJars(Framework framework) {
        return Stream.concat(LATHE_JARS.stream(), framework.latheJars().stream())
                .toList();
    }

    /** The sizes of jars on the class path, which a jar may list in its manifest. */
    private static long bytes(List<String> prefixes) throws IOException {
        List<Path> jars = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            collect(Path.of(entry), jars);
        }
        long sum = 0;
        for (Path jar : jars) {
            String name = jar.getFileName().toString();
            if (prefixes.stream().anyMatch(name::startsWith) && Files.isRegularFile(jar)) {
                sum += Files.size(jar);
            }
        }
        return sum;
    }

    private static void collect(Path entry, List<Path> jars) throws IOException {
        if (!entry.toString().endsWith(".jar")) {
            return;
        }
        try (JarFile jar = new JarFile(entry.toFile())) {
            Manifest manifest = jar.getManifest();
            String listed =
                    manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            if (listed == null || jar.size() > 2) {
                jars.add(entry);
                return;
            }
            Arrays.stream(listed.split(" "))
                    .map(entry.toAbsolutePath().toUri()::resolve)
                    .forEach(uri -> jars.add(Path.of(uri)));
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
