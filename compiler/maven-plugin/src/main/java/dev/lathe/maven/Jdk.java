package dev.lathe.maven;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A JDK.
 *
 * @param home its folder
 * @param version the feature version, such as 25; 0 if it does not tell
 */
record Jdk(Path home, int version) {
    /** The first version that runs Lathe. */
    static final int OLDEST = 25;

    private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");

    /** A JDK and who says that it is there. */
    record Candidate(String from, Path home) {}

    /** The JDK in a folder; empty if there is none that compiles. */
    static Optional<Jdk> at(Path home) {
        if (!Files.isRegularFile(tool(home, "javac"))) {
            return Optional.empty();
        }
        try {
            Matcher m = VERSION.matcher(Files.readString(home.resolve("release"), StandardCharsets.UTF_8));
            return Optional.of(new Jdk(home, m.find() ? Integer.parseInt(m.group(1)) : 0));
        } catch (IOException e) {
            return Optional.of(new Jdk(home, 0));
        }
    }

    /** The first of {@code candidates} that runs Lathe. */
    static Optional<Jdk> first(List<Candidate> candidates) {
        return candidates.stream()
                .flatMap(c -> at(c.home()).stream())
                .filter(jdk -> jdk.version() >= OLDEST)
                .findFirst();
    }

    /** What to say where none of {@code candidates} does. */
    static String missing(List<Candidate> candidates) {
        String tried = candidates.stream()
                .map(c -> "  " + c.from() + ": " + c.home()
                        + at(c.home())
                                .map(jdk -> ", a JDK " + (jdk.version() == 0 ? "without a version" : jdk.version()))
                                .orElse(", no JDK"))
                .collect(Collectors.joining("\n"));
        return "lathe:compile needs a JDK " + OLDEST + " or later, and found none:\n" + tried
                + "\n  fix: start Maven with JAVA_HOME at one, or let the build choose an installed one by the goal"
                + " select-jdk-toolchain of org.apache.maven.plugins:maven-toolchains-plugin:3.3.0, with"
                + " <version>[" + OLDEST + ",)</version>, or name one in ~/.m2/toolchains.xml";
    }

    /** Its program {@code java}. */
    Path java() {
        return tool(home, "java");
    }

    private static Path tool(Path home, String name) {
        Path windows = home.resolve("bin").resolve(name + ".exe");
        return Files.isRegularFile(windows) ? windows : home.resolve("bin").resolve(name);
    }
}
