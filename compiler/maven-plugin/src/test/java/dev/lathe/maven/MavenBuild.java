package dev.lathe.maven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A project that Maven builds, with the plugin that was just built.
 *
 * @param folder of the project
 */
record MavenBuild(Path folder) {
    private static final long MOST_SECONDS = 300;

    /** What a command printed, and its exit code. */
    record Result(int exit, String text) {}

    /** The project's parent folder in this checkout. */
    static Path checkout() {
        Path at = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        while (!Files.isRegularFile(at.resolve("mvnw"))) {
            at = Objects.requireNonNull(at.getParent(), "the tests do not run in the project's folder");
        }
        return at;
    }

    /**
     * Runs Maven. It takes this build's jars from a repository of their own, and all else from the user's.
     */
    Result maven(String... arguments) throws IOException, InterruptedException {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        List<String> command = new ArrayList<>();
        command.add(Path.of(property("maven.home"), "bin", windows ? "mvn.cmd" : "mvn")
                .toString());
        command.add("-B");
        command.add("-ntp");
        command.add("-Dmaven.repo.local=" + property("lathe.repository"));
        command.add("-Dmaven.repo.local.tail=" + property("lathe.users.repository"));
        if (property("lathe.maven.mode").equals("offline=true")) {
            command.add("-o");
        }
        command.addAll(List.of(arguments));
        return run(command);
    }

    /** Runs the Java of the tests. */
    Result java(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(arguments));
        return run(command);
    }

    private Result run(List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile("lathe", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().put("MAVEN_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1");
            Process process = builder.start();
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            return new Result(process.exitValue(), Files.readString(log));
        } finally {
            Files.delete(log);
        }
    }

    static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), name);
    }

    /** Writes a file of the project. */
    void write(String path, String text) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /**
     * Writes a POM that has the plugin.
     *
     * @param dependencies elements of the project's dependencies
     * @param configuration elements of the plugin's configuration
     */
    void writePom(String dependencies, String configuration) throws IOException {
        String example = Files.readString(checkout().resolve("docs/examples/edges/pom.xml"));
        int from = example.indexOf("  <dependencies>");
        int to = example.indexOf("  <build>");
        String own = example.substring(0, from) + "  <dependencies>" + dependencies + "</dependencies>\n\n"
                + example.substring(to);
        write(
                "pom.xml",
                own.replaceFirst(
                        "(?s)(lathe-maven-plugin.*?</executions>)",
                        "$1\n        <configuration>" + configuration + "</configuration>"));
    }
}
