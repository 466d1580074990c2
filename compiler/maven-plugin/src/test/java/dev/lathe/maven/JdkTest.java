package dev.lathe.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdkTest {
    @TempDir
    private Path folder;

    private Path jdk(String name, String release) throws IOException {
        Path home = Files.createDirectories(folder.resolve(name));
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("bin/javac"), "");
        Files.writeString(home.resolve("release"), release);
        return home;
    }

    @Test
    void theFirstThatIsNewEnoughIsTaken() throws IOException {
        Path old = jdk("17", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\n");
        Path next = jdk("26", "JAVA_VERSION=\"26-ea\"\n");
        Path last = jdk("25", "JAVA_VERSION=\"25.0.1\"\n");
        assertThat(Jdk.first(List.of(
                        new Jdk.Candidate("a", old),
                        new Jdk.Candidate("b", folder.resolve("nowhere")),
                        new Jdk.Candidate("c", next),
                        new Jdk.Candidate("d", last))))
                .contains(new Jdk(next, 26));
    }

    @Test
    void whatWasTriedIsTold() throws IOException {
        Path old = jdk("17", "JAVA_VERSION=\"17.0.15\"\n");
        Path silent = jdk("silent", "");
        List<Jdk.Candidate> all = List.of(
                new Jdk.Candidate("JAVA_HOME", old),
                new Jdk.Candidate("toolchains.xml", silent),
                new Jdk.Candidate("the Java that runs Maven", folder.resolve("jre")));
        assertThat(Jdk.first(all)).isEmpty();
        assertThat(Jdk.missing(all))
                .contains(
                        "JAVA_HOME: " + old + ", a JDK 17",
                        silent + ", a JDK without a version",
                        "jre, no JDK",
                        "fix:");
    }
}
