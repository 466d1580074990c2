package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.ModelArchive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TimeZone;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars of models: whole or reported, equal everywhere, written by many at once. */
class JarTest {
    private static final Tensor X = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

    @TempDir
    private static Path folder;

    private static JavaArtifact artifact;
    private static byte[] jar;
    private static Tensor expected;

    @BeforeAll
    static void compile() throws IOException {
        Builder b = Builder.graph("jar");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(3))));
        Value y = b.relu(b.multiply(x, b.constant(Tensor.of(new float[] {1.5f, 2, -3}, 3))));
        artifact = JavaBackendTest.compile(b.build(List.of(y), List.of("y")));
        Path file = folder.resolve("model.jar");
        artifact.write(file);
        jar = Files.readAllBytes(file);
        try (Executable model = JavaArtifact.load(file, 1)) {
            expected = model.call(Map.of("x", X)).get("y");
        }
    }

    private static String load(byte[] bytes) throws IOException {
        Path file = folder.resolve("damaged.jar");
        Files.write(file, bytes);
        try (Executable model = JavaArtifact.load(file, 1)) {
            assertThat(model.call(Map.of("x", X))).isEqualTo(Map.of("y", expected));
            return "whole";
        } catch (LatheException e) {
            assertThat(e.diagnostics()).hasSize(1);
            return e.diagnostics().getFirst().code();
        }
    }

    @Test
    void aFlippedBitIsReportedOrChangesNothing() throws IOException {
        Random random = new Random(1);
        int corrupt = 0;
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            places.add(random.nextInt(jar.length));
        }
        for (int i = Math.max(0, jar.length - 300); i < jar.length; i++) {
            places.add(i); // of the table of contents
        }
        for (int at : places) {
            byte[] damaged = jar.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            String outcome = load(damaged);
            assertThat(outcome).as("byte %d", at).isIn("whole", "artifact.corrupt", "artifact.no-model");
            corrupt += outcome.equals("artifact.corrupt") ? 1 : 0;
        }
        assertThat(corrupt).isGreaterThan(300);
    }

    @Test
    void aJarThatIsCutOffIsReported() throws IOException {
        Random random = new Random(2);
        for (int i = 0; i < 50; i++) {
            byte[] part = java.util.Arrays.copyOf(jar, random.nextInt(jar.length));
            assertThat(load(part)).isIn("artifact.corrupt", "artifact.no-model");
        }
        assertThat(load(java.util.Arrays.copyOf(jar, jar.length / 2))).isEqualTo("artifact.corrupt");
    }

    /** Changes the bytes of the weights, wherever they are, and nothing else. */
    @Test
    void aDamagedWeightIsNamed() throws IOException {
        byte[] damaged = jar.clone();
        int at = new String(jar, StandardCharsets.ISO_8859_1)
                .lastIndexOf(new String(new byte[] {0, 0, (byte) 0xc0, 0x3f}, StandardCharsets.ISO_8859_1)); // 1.5
        damaged[at + 3] ^= 1;
        Path file = folder.resolve("weight.jar");
        Files.write(file, damaged);
        assertThatThrownBy(() -> JavaArtifact.load(file, 1))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("artifact.corrupt")
                .hasMessageContaining("weight 0 of 1, f32[3]")
                .hasMessageContaining("weight.jar");
    }

    @Test
    void nothingIsReadOfAnotherFile() throws IOException {
        assertThat(load("not a jar".getBytes(StandardCharsets.UTF_8))).isEqualTo("artifact.no-model");
        assertThat(load(new byte[0])).isEqualTo("artifact.no-model");
    }

    @Test
    void aJarIsTheSameInEveryTimeZone() throws IOException {
        TimeZone before = TimeZone.getDefault();
        try {
            for (String zone : List.of("UTC", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu")) {
                TimeZone.setDefault(TimeZone.getTimeZone(zone));
                Path file = folder.resolve("zone.jar");
                artifact.write(file);
                assertThat(Files.readAllBytes(file)).as(zone).isEqualTo(jar);
            }
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void manyWriteOneJar() throws Exception {
        Path own = Files.createDirectory(folder.resolve("many"));
        Path file = own.resolve("model.jar");
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                all.add(threads.submit(() -> {
                    artifact.write(file);
                    assertThat(Files.readAllBytes(file)).isEqualTo(jar);
                    return null;
                }));
            }
            for (Future<?> f : all) {
                f.get();
            }
        }
        try (Stream<Path> left = Files.list(own)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void aJarMayBeReplacedWhileItsModelIsOpen() throws IOException {
        Path file = folder.resolve("replaced.jar");
        Files.write(file, jar);
        Builder b = Builder.graph("jar");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(3))));
        Value y = b.relu(b.multiply(x, b.constant(Tensor.of(new float[] {7, 7, 7}, 3))));
        JavaArtifact other = JavaBackendTest.compile(b.build(List.of(y), List.of("y")));
        try (Executable first = JavaArtifact.load(file, 1)) {
            other.write(file);
            try (Executable second = JavaArtifact.load(file, 1)) {
                assertThat(second.call(Map.of("x", X)).get("y").getFloat(0)).isEqualTo(7);
                assertThat(first.call(Map.of("x", X))).isEqualTo(Map.of("y", expected));
            }
        }
    }

    @Test
    void aJarSaysWhatItHoldsWithoutRunning() throws IOException {
        Path file = folder.resolve("told.jar");
        Files.write(file, jar);
        try (ModelArchive archive = ModelArchive.open(file)) {
            assertThat(archive.check()).containsKey("META-INF/MANIFEST.MF");
            assertThat(archive.ports())
                    .containsExactly(
                            new ModelArchive.PortLine("input", "\"x\"", "f32[n, 3]"),
                            new ModelArchive.PortLine("output", "\"y\"", "f32[n, 3]"));
            assertThat(archive.weights()).containsExactly(Tensor.of(new float[] {1.5f, 2, -3}, 3));
        } catch (LatheException e) {
            assertThat(e.diagnostics()).extracting(Diagnostic::code).isEmpty();
        }
    }
}
