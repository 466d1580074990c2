package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code lathe}, in a checkout that is built, with a Java that is a script too. */
class LauncherTest {
    @TempDir
    private Path folder;

    private record Result(int exit, String out, String err) {}

    private static Path script() {
        Path root = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        while (!Files.isRegularFile(root.resolve("lathe"))) {
            root = Objects.requireNonNull(root.getParent(), "the tests do not run in the project's folder");
        }
        return root.resolve("lathe");
    }

    @BeforeEach
    void build() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "this system has no shell");
        Files.copy(script(), folder.resolve("lathe"));
        Files.writeString(folder.resolve("pom.xml"), "");
        Files.createDirectories(folder.resolve("compiler/cli/target/lathe/lib"));
        Files.writeString(folder.resolve("compiler/cli/target/lathe-cli-1.jar"), "");
        Files.writeString(folder.resolve("compiler/cli/target/lathe/built"), "");
        Files.writeString(folder.resolve("compiler/cli/target/lathe/targets"), "");
        Files.createDirectories(folder.resolve("jdk/bin"));
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
        executable("jdk/bin/javac", "exit 1");
    }

    private void executable(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result lathe(String... arguments) throws Exception {
        // What reads Java's errors may outlive it; cat ends after both.
        String script = "{ /bin/sh ./lathe \"$@\" 2>&1 >out.txt; echo $? >exit.txt; } | cat >err.txt";
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", script, "lathe"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        assertThat(builder.start().waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Result(
                Integer.parseInt(Files.readString(folder.resolve("exit.txt")).strip()),
                Files.readString(folder.resolve("out.txt")),
                Files.readString(folder.resolve("err.txt")));
    }

    @Test
    void theWarningOfTheJvmIsDroppedAndNothingElse() throws Exception {
        executable("jdk/bin/java", """
            echo "[0.1s][warning] early" >&2
            echo "WARNING: Using incubator modules: jdk.incubator.vector" >&2
            echo "error: real" >&2
            echo "WARNING: Using incubator modules: said twice" >&2
            printf 'no line end' >&2
            echo "ran $*"
            exit 7
            """);
        Result r = lathe("run", "a b");
        assertThat(r.exit()).isEqualTo(7);
        assertThat(r.out()).contains("dev.lathe.cli.Main run a b", "-Dlathe.terminal=false", "-Dlathe.piped=true");
        assertThat(r.err())
                .isEqualTo("[0.1s][warning] early\nerror: real\n"
                        + "WARNING: Using incubator modules: said twice\nno line end");
    }

    @Test
    void aJvmThatDoesNotStartIsTold() throws Exception {
        executable("jdk/bin/java", "echo 'Unrecognized option: -Xnonsense' >&2\nprintf 'Error' >&2\nexit 1");
        Result r = lathe();
        assertThat(r.exit()).isEqualTo(1);
        assertThat(r.err()).isEqualTo("Unrecognized option: -Xnonsense\nError");
    }

    @Test
    void theProcessIsTheJvm() throws Exception {
        executable("jdk/bin/java", "echo $$");
        List<String> command = List.of("/bin/sh", folder.resolve("lathe").toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(folder.resolve("out.txt").toFile());
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        Process p = builder.start();
        assertThat(p.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(folder.resolve("out.txt"))).isEqualTo(p.pid() + "\n");
    }

    /** The JVM fails at its end where it cannot save its classes. */
    @Test
    void nothingIsSavedInACheckoutThatCannotBeWritten() throws Exception {
        executable("jdk/bin/java", "echo \"$*\"");
        assertThat(lathe().out()).contains("-XX:+AutoCreateSharedArchive");
        Path out = folder.resolve("compiler/cli/target/lathe");
        Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            assumeTrue(!Files.isWritable(out), "root writes everywhere");
            assertThat(lathe().out()).contains("-Xshare:auto").doesNotContain("AutoCreateSharedArchive");
        } finally {
            Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
