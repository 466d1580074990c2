package dev.lathe.maven;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole builds of small projects. */
class CompileMojoIT {
    private static final String RUNTIME =
            "<dependency><groupId>dev.lathe</groupId><artifactId>lathe-runtime</artifactId>"
                    + "<version>${lathe.version}</version></dependency>";

    private static final String DOUBLE = """
        graph @twice(%x: f32[n]) -> (f32[n]) {
          %y = add(%x, %x)
          return %y
        }
        """;

    @TempDir
    private Path folder;

    private MavenBuild project;

    @BeforeEach
    void project() {
        project = new MavenBuild(folder);
    }

    private void copyExample() throws IOException {
        Path example = MavenBuild.checkout().resolve("docs/examples/edges");
        try (Stream<Path> files = Files.walk(example)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path relative = example.relativize(file);
                if (!relative.startsWith("target")) {
                    project.write(relative.toString(), Files.readString(file));
                }
            }
        }
    }

    private List<String> files(String below) throws IOException {
        Path root = folder.resolve(below);
        List<String> found = new ArrayList<>();
        if (Files.isDirectory(root)) {
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(Files::isRegularFile)
                        .forEach(f -> found.add(root.relativize(f).toString().replace('\\', '/')));
            }
        }
        return found;
    }

    private static void succeeds(MavenBuild.Result result) {
        assertThat(result.exit()).as(result.text()).isZero();
    }

    /** The example of the guide, from an empty folder to a drawing, and what later builds do. */
    @Test
    void theExampleDraws() throws Exception {
        copyExample();
        MavenBuild.Result first = project.maven("package");
        succeeds(first);
        assertThat(first.text()).contains("compiled com/example/edges.lir in ");
        assertThat(files("target/generated-sources/lathe")).containsExactly("com/example/Edges.java");
        assertThat(files("target/classes"))
                .contains("com/example/Edges.weights", "com/example/edges/EdgesModel.class")
                .contains("com/example/Edges.class", "sources/com/example/edges/EdgesModel.java");
        drawsEdges();

        Path source = folder.resolve("target/generated-sources/lathe/com/example/Edges.java");
        FileTime then = Files.getLastModifiedTime(source);
        MavenBuild.Result again = project.maven("process-resources");
        succeeds(again);
        assertThat(again.text()).doesNotContain("compiled com/example/edges.lir");
        assertThat(Files.getLastModifiedTime(source)).isEqualTo(then);

        Path model = folder.resolve("src/main/models/com/example/edges.lir");
        Files.writeString(model, Files.readString(model).replace("-2", "-3"));
        succeeds(project.maven("process-resources"));
        assertThat(Files.getLastModifiedTime(source)).isGreaterThan(then);

        Files.delete(model);
        MavenBuild.Result without = project.maven("process-resources");
        succeeds(without);
        assertThat(without.text()).contains("removed what was made of com/example/edges.lir");
        assertThat(files("target/generated-resources/lathe")).isEmpty();
        assertThat(files("target/classes")).containsExactly("com/example/DrawEdges.class");
    }

    /** A white square on black has edges where it ends, and none inside. */
    private void drawsEdges() throws Exception {
        BufferedImage square = new BufferedImage(40, 30, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 100; i++) {
            square.getRaster().setSample(10 + i % 10, 10 + i / 10, 0, 255);
        }
        ImageIO.write(square, "png", folder.resolve("square.png").toFile());
        succeeds(project.java(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                "target/edges.jar" + File.pathSeparator + "target/lib/*",
                "com.example.DrawEdges",
                "square.png",
                "edges.png"));
        BufferedImage edges = ImageIO.read(folder.resolve("edges.png").toFile());
        assertThat(edges.getRaster().getSample(10, 15, 0)).isZero();
        assertThat(edges.getRaster().getSample(15, 15, 0)).isEqualTo(255);
        assertThat(edges.getRaster().getSample(30, 25, 0)).isEqualTo(255);
    }

    /** Every mistake is told in one build, with its node and what to do. */
    @Test
    void mistakesFailTheBuild() throws Exception {
        project.writePom("", "");
        project.write(
                "src/main/models/a.lir",
                DOUBLE.replace("add(%x, %x)", "concat([%x, %x]) {axis=3} at \"/head/Concat\"(Concat-13)"));
        project.write("src/main/models/b.onnx", "this is no model");
        MavenBuild.Result noRuntime = project.maven("generate-sources");
        assertThat(noRuntime.exit()).isEqualTo(1);
        assertThat(noRuntime.text())
                .contains("error[model.runtime]", "dev.lathe:lathe-runtime:", "fix: add <dependency>");

        project.writePom(RUNTIME, "");
        MavenBuild.Result bad = project.maven("generate-sources");
        assertThat(bad.exit()).isEqualTo(1);
        assertThat(bad.text()).contains("[ERROR]", "a.lir", "axis 3", "b.onnx", "error[onnx.", "fix");
        assertThat(files("target/generated-sources/lathe")).isEmpty();
    }

    /** Models from an artifact and from files, with options, in one package of a Java module that exports nothing. */
    @Test
    void modelsComeFromArtifactsToo() throws Exception {
        Path stored = Path.of(MavenBuild.property("lathe.repository"), "com/example/models/1.0");
        Files.createDirectories(stored);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(stored.resolve("models-1.0.jar")))) {
            zip.putNextEntry(new ZipEntry("nets/twice.lir"));
            zip.write(DOUBLE.getBytes(StandardCharsets.UTF_8));
            zip.closeEntry();
        }
        project.writePom(RUNTIME, """
            <packageName>com.example</packageName>
            <models>
              <model>
                <artifact>com.example:models:1.0!/nets/twice.lir</artifact>
                <className>TwoTimes</className>
              </model>
              <model>
                <file>thrice.lir</file>
                <shapes><x>5</x></shapes>
                <numerics>strict</numerics>
                <level>1</level>
                <arguments><argument>-T</argument><argument>class-name=Triple</argument></arguments>
              </model>
            </models>
            """);
        project.write(
                "src/main/models/thrice.lir",
                DOUBLE.replace("%y = add(%x, %x)", "%z = add(%x, %x)\n  %y = add(%z, %x)"));
        project.write("src/main/java/module-info.java", "module sums {\n    requires dev.lathe.runtime;\n}\n");
        project.write("src/main/java/com/example/Sum.java", """
            package com.example;

            import dev.lathe.ir.tensor.Tensor;

            final class Sum {
                public static void main(String[] args) {
                    try (var twice = TwoTimes.load(1); Triple thrice = Triple.load(1)) {
                        Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5}, 5);
                        System.out.println(thrice.infer(twice.infer(x)) + " " + thrice.inputs());
                    }
                }
            }
            """);
        succeeds(project.maven("package", "-DskipTests"));
        for (List<String> flags : List.of(
                List.of("-Dlathe.scalar=true"),
                List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=dev.lathe.runtime"))) {
            List<String> command = new ArrayList<>(flags);
            command.addAll(List.of(
                    "-p", "target/edges.jar" + File.pathSeparator + "target/lib", "-m", "sums/com.example.Sum"));
            MavenBuild.Result run = project.java(command.toArray(String[]::new));
            assertThat(run.text()).contains("f32[5] {6.0, 12.0, 18.0, 24.0, 30.0}", "f32[5]");
        }
    }
}
