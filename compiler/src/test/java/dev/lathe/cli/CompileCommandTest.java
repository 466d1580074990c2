package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompileCommandTest {
    @TempDir
    private Path folder;

    @Test
    void aJarRunsAsTheModelDoes() throws IOException {
        Path jar = folder.resolve("mlp.jar");
        Path json = folder.resolve("report.json");
        Cli cli = Cli.lathe("compile", Models.mlp(folder), "-o", jar, "--json", json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err()).contains("compiled", "mlp.jar", "target java, -O2");
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.get("bytes").asLong()).isEqualTo(Files.size(jar));
        assertThat(Cli.lathe("run", jar, "--input", "[[1, -1, 2], [0, 0, 1]]").out())
                .isEqualTo("y: f32[2, 2]\n  8.000000 10.00000 5.000000 6.000000\n");
        assertThat(Cli.files(folder)).containsExactly("mlp.jar", "mlp.lir", "report.json");
    }

    @Test
    void thePackageAndTheClassAreChosen() throws IOException {
        Path jar = folder.resolve("mlp.jar");
        Cli cli = Cli.lathe(
                "compile", Models.mlp(folder), "-o", jar, "--package", "com.example", "--class", "Detector", "-O0");
        assertThat(cli.exit()).as(cli.err()).isZero();
        try (JarFile file = new JarFile(jar.toFile())) {
            assertThat(file.getEntry("com/example/Detector.class")).isNotNull();
        }
    }

    @Test
    void namesThatAreNoJavaAreWrongUsage() throws IOException {
        Path model = Models.mlp(folder);
        for (String[] names : new String[][] {
            {"--package", "a;b"}, {"--package", "class"}, {"--class", "a b"}, {"--class", "x.y"}, {"--class", "int"}
        }) {
            Cli cli = Cli.lathe("compile", model, "-o", folder.resolve("out.jar"), names[0], names[1]);
            assertThat(cli.exit()).as(names[1]).isEqualTo(2);
            assertThat(cli.err()).contains("\"" + names[1] + "\" is no name of a Java");
        }
        assertThat(Cli.files(folder)).containsExactly("mlp.lir");
    }

    @Test
    void passesAreChosenTimedCheckedAndPrinted() {
        Cli cli = Cli.lathe(
                "compile",
                Models.mlp(folder),
                "-o",
                folder.resolve("mlp.jar"),
                "--passes",
                "fold-constants,canonicalize",
                "--verify-each",
                "--time-passes",
                "--print-changed");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err())
                .contains("// before specialize-shapes,fold-constants,canonicalize", "fuse-kernels", " ms  total");
    }

    @Test
    void anUnknownPassIsWrongUsage() throws IOException {
        Cli cli = Cli.lathe("compile", Models.mlp(folder), "-o", folder.resolve("out.jar"), "--passes", "canonicalise");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("no pass named canonicalise", "canonicalize");
        assertThat(Cli.files(folder)).containsExactly("mlp.lir");
    }

    @Test
    void aPassPathThatDoesNotExistIsWrongUsage() {
        Cli cli = Cli.lathe(
                "compile", Models.mlp(folder), "-o", folder.resolve("o.jar"), "--pass-path", folder.resolve("no.jar"));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("there is no file", "no.jar");
    }

    @Test
    void theReferenceHasNoArtifact() throws IOException {
        Cli cli = Cli.lathe("compile", Models.mlp(folder), "-o", folder.resolve("o.jar"), "--target", "reference");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("interprets", "another target");
        assertThat(Cli.files(folder)).containsExactly("mlp.lir");
    }

    @Test
    void anOutputIsRequired() {
        Cli cli = Cli.lathe("compile", Models.mlp(folder));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("--output");
    }

    @Test
    void negativeNumbersAreWrongUsage() {
        Path model = Models.mlp(folder);
        assertThat(Cli.lathe("compile", model, "-o", folder.resolve("o.jar"), "--threads", "-1")
                        .exit())
                .isEqualTo(2);
        assertThat(Cli.lathe("compile", model, "-o", folder.resolve("o.jar"), "--stop-after", "-1")
                        .exit())
                .isEqualTo(2);
    }

    @Test
    void anArtifactIsAJar() {
        Cli cli = Cli.lathe("compile", Models.mlp(folder), "-o", folder.resolve("b.txt"));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("does not end in .jar", "name it b.jar");
        assertThat(folder.resolve("b.txt")).doesNotExist();
    }
}
