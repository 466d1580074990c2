package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
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
import java.io.InputStream;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TimeZone;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

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
            expected = Tensor.named(model.call(Map.of("x", X)), "y");
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

    private static Element pom(Path file, String path) throws Exception {
        try (ZipFile zip = new ZipFile(file.toFile());
                InputStream in = zip.getInputStream(zip.getEntry(path))) {
            return DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(in)
                    .getDocumentElement();
        }
    }

    private static Map<String, String> children(Element of) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = 0; i < of.getChildNodes().getLength(); i++) {
            if (of.getChildNodes().item(i) instanceof Element e) {
                texts.put(e.getTagName(), e.getTextContent());
            }
        }
        return texts;
    }

    @Test
    void mavenKnowsAJar() throws Exception {
        Path file = folder.resolve("maven.jar");
        compile("textDetector", new JavaOptions("com.example.models", "", "2.1-SNAPSHOT"))
                .write(file);
        String maven = "META-INF/maven/com.example.models/text-detector/";
        Element pom = pom(file, maven + "pom.xml");
        assertThat(pom.getTagName()).isEqualTo("project");
        assertThat(children(pom))
                .containsEntry("modelVersion", "4.0.0")
                .containsEntry("groupId", "com.example.models")
                .containsEntry("artifactId", "text-detector")
                .containsEntry("version", "2.1-SNAPSHOT")
                .containsEntry("packaging", "jar")
                .doesNotContainKey("dependencies");
        try (ZipFile zip = new ZipFile(file.toFile());
                InputStream in = zip.getInputStream(zip.getEntry(maven + "pom.properties"))) {
            Properties properties = new Properties();
            properties.load(in);
            assertThat(properties)
                    .containsExactlyInAnyOrderEntriesOf(Map.of(
                            "groupId", "com.example.models",
                            "artifactId", "text-detector",
                            "version", "2.1-SNAPSHOT"));
        }
    }

    /** Java takes more letters than Maven does. */
    @Test
    void coordinatesAreOfLettersThatMavenTakes() throws Exception {
        Path file = folder.resolve("letters.jar");
        compile("g", new JavaOptions("mod\u00e8les.$x", "D\u00e9tecteurB2", "1"))
                .write(file);
        assertThat(children(pom(file, "META-INF/maven/mod_les._x/dtecteur-b2/pom.xml")))
                .containsEntry("groupId", "mod_les._x")
                .containsEntry("artifactId", "dtecteur-b2");
        assertThat(moduleName(file)).isEqualTo("mod\u00e8les.$x.DTecteurB2");
    }

    private static String moduleName(Path file) {
        return ModuleFinder.of(file).findAll().iterator().next().descriptor().name();
    }

    @Test
    void theModuleIsNamedAfterTheModelNotAfterTheFile() throws IOException {
        Path file = folder.resolve("some-other-name-7.jar");
        Files.write(file, jar);
        assertThat(moduleName(file)).isEqualTo("model.Jar");
    }

    private static JavaArtifact compile(String name, JavaOptions names) {
        Builder b = Builder.graph(name);
        Value x = b.input("x", TensorType.of(ElementType.F32, 2));
        Graph graph = b.build(List.of(b.relu(x)), List.of("y"));
        return new JavaBackend()
                .compile(graph, CompileOptions.builder().targetOptions(names).build());
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
                assertThat(Tensor.named(second.call(Map.of("x", X)), "y").getFloat(0))
                        .isEqualTo(7);
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
