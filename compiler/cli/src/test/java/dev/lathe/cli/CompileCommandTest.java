package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        Cli cli = Cli.lathe("compile", TinyModels.mlp(folder), "-o", jar, "--json", json);
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
                "compile",
                TinyModels.mlp(folder),
                "-o",
                jar,
                "-T",
                "package-name=com.example",
                "-T",
                "class-name=Detector",
                "-T",
                "model-version=3.1",
                "-O0");
        assertThat(cli.exit()).as(cli.err()).isZero();
        try (JarFile file = new JarFile(jar.toFile())) {
            assertThat(file.getEntry("com/example/Detector.class")).isNotNull();
            byte[] pom = file.getInputStream(file.getEntry("META-INF/maven/com.example/detector/pom.xml"))
                    .readAllBytes();
            assertThat(new String(pom, StandardCharsets.UTF_8)).contains("<version>3.1</version>");
        }
    }

    @Test
    void namesThatAreNoJavaAreWrongUsage() throws IOException {
        Path model = TinyModels.mlp(folder);
        for (String option : List.of(
                "package-name=a;b", "package-name=class", "class-name=a b", "class-name=x.y", "class-name=int")) {
            Cli cli = Cli.lathe("compile", model, "-o", folder.resolve("out.jar"), "-T", option);
            assertThat(cli.exit()).as(option).isEqualTo(2);
            String name = option.substring(option.indexOf('=') + 1);
            assertThat(cli.err()).contains("\"" + name + "\" is not a name of a Java");
        }
        for (String version : List.of("", "1 0", "-1", "../1", "1</version>")) {
            Cli cli = Cli.lathe("compile", model, "-o", folder.resolve("out.jar"), "-T", "model-version=" + version);
            assertThat(cli.exit()).as(version).isEqualTo(2);
            assertThat(cli.err()).contains("\"" + version + "\" is not a version that Maven takes");
        }
        Cli other = Cli.lathe("compile", model, "-o", folder.resolve("out.jar"), "-T", "packagename=a");
        assertThat(other.exit()).isEqualTo(2);
        assertThat(other.err()).contains("target java has no option packagename", "did you mean package-name?");
        assertThat(Cli.files(folder)).containsExactly("mlp.lir");
    }

    @Test
    void passesAreChosenTimedCheckedAndPrinted() {
        Cli cli = Cli.lathe(
                "compile",
                TinyModels.mlp(folder),
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
        Cli cli = Cli.lathe(
                "compile", TinyModels.mlp(folder), "-o", folder.resolve("out.jar"), "--passes", "canonicalise");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("no pass named canonicalise", "canonicalize");
        assertThat(Cli.files(folder)).containsExactly("mlp.lir");
    }

    @Test
    void aPassPathThatDoesNotExistIsWrongUsage() {
        Cli cli = Cli.lathe(
                "compile",
                TinyModels.mlp(folder),
                "-o",
                folder.resolve("o.jar"),
                "--pass-path",
                folder.resolve("no.jar"));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("there is no file", "no.jar");
    }

    @Test
    void theReferenceHasNoArtifact() throws IOException {
        Cli cli = Cli.lathe("compile", TinyModels.mlp(folder), "-o", folder.resolve("o.jar"), "--target", "reference");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("interprets", "another target");
        assertThat(Cli.files(folder)).containsExactly("mlp.lir");
    }

    @Test
    void anOutputIsRequired() {
        Cli cli = Cli.lathe("compile", TinyModels.mlp(folder));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("-o OUT");
    }

    @Test
    void negativeNumbersAreWrongUsage() {
        Path model = TinyModels.mlp(folder);
        assertThat(Cli.lathe("compile", model, "-o", folder.resolve("o.jar"), "--threads", "-1")
                        .exit())
                .isEqualTo(2);
        assertThat(Cli.lathe("compile", model, "-o", folder.resolve("o.jar"), "--stop-after", "-1")
                        .exit())
                .isEqualTo(2);
    }

    @Test
    void anArtifactIsAJar() {
        Cli cli = Cli.lathe("compile", TinyModels.mlp(folder), "-o", folder.resolve("b.txt"));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("does not end in .jar", "name it b.jar");
        assertThat(folder.resolve("b.txt")).doesNotExist();
    }
}
