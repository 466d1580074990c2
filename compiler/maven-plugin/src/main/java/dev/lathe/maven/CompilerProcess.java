package dev.lathe.maven;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Runs {@code lathe compile} in a JVM of its own. Arguments go there in a file, what comes back is JSON.
 *
 * @param jdk runs the compiler
 * @param classPath the jars of the command line
 * @param heap the most memory of that JVM, such as {@code 4g}; empty for the JVM's own bound
 */
record CompilerProcess(Jdk jdk, List<Path> classPath, String heap) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where the result goes. */
    record Output(Path sources, Path resources) {}

    /**
     * What came of it.
     *
     * @param files what was written; empty if it failed
     * @param problems what is wrong
     */
    record Result(List<Path> files, List<Problem> problems) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Report(List<String> files) {}

    /**
     * Compiles a model.
     *
     * @param scratch a folder for what goes to and fro
     * @throws InterruptedException if this thread is; the compiler is stopped then
     */
    Result run(Path model, List<String> options, Output output, Path scratch) throws IOException, InterruptedException {
        Files.createDirectories(scratch);
        Path report = scratch.resolve("report.json");
        Path diagnostics = scratch.resolve("diagnostics.json");
        Path log = scratch.resolve("compiler.log");
        Path arguments = scratch.resolve("arguments.txt");
        Files.deleteIfExists(report);
        Files.deleteIfExists(diagnostics);
        List<String> words = new ArrayList<>(List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator))));
        if (!heap.isEmpty()) {
            words.add("-Xmx" + heap);
        }
        words.addAll(List.of("dev.lathe.cli.Main", "--diagnostics", diagnostics.toString(), "compile"));
        words.add(model.toString());
        words.addAll(List.of("--sources", output.sources().toString()));
        words.addAll(List.of("--resources", output.resources().toString()));
        words.addAll(List.of("--json", report.toString()));
        words.addAll(options);
        Files.write(arguments, words.stream().map(CompilerProcess::quoted).toList());
        int exit = await(new ProcessBuilder(jdk.java().toString(), "@" + arguments)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start());
        List<Problem> problems = Files.exists(diagnostics)
                ? JSON.readValue(diagnostics.toFile(), new TypeReference<List<Problem>>() {})
                : List.of();
        if (exit == 0) {
            Report done = JSON.readValue(report.toFile(), Report.class);
            return new Result(done.files().stream().map(Path::of).toList(), problems);
        }
        return new Result(List.of(), problems.isEmpty() ? List.of(crash(exit, log)) : problems);
    }

    /** A JVM that did not start, or was killed. */
    private static Problem crash(int exit, Path log) throws IOException {
        return new Problem(
                "error",
                "compiler.exit",
                "",
                "the compiler ended with exit code " + exit,
                Files.readString(log).strip(),
                "if memory was short, set <heap>");
    }

    private static int await(Process process) throws InterruptedException {
        Thread stop = new Thread(process::destroyForcibly, "lathe-stop");
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly().waitFor();
            throw e;
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(stop);
            } catch (IllegalStateException e) {
                process.destroyForcibly(); // Maven is going down
            }
        }
    }

    /** A word as {@code java} reads it from a file of arguments. */
    static String quoted(String word) {
        return "\"" + word.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
