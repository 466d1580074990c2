package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.WeightsFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lathe inspect model.jar}, and what the commands say of damaged jars. */
class InspectJarTest {
    @TempDir
    private Path folder;

    private Path jar;

    @BeforeEach
    void compile() {
        jar = folder.resolve("mlp.jar");
        Cli cli = Cli.lathe("compile", TinyModels.mlp(folder), "-o", jar);
        assertThat(cli.exit()).as(cli.err()).isZero();
    }

    @Test
    void aJarIsDescribed() {
        Cli cli = Cli.lathe("inspect", jar);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out())
                .contains("Mlp", "inputs", "\"x\": f32[", "outputs", "\"y\": f32[", "weights", "parameters")
                .contains("model.Mlp", "classes of the model", "sources", "made by", "all right");
    }

    @Test
    void whatSaysHowAModelIsReadIsNotForJars() {
        for (String command : List.of("inspect", "run", "bench")) {
            Cli cli = Cli.lathe(command, jar, "--independent-dims");
            assertThat(cli.exit()).as(command).isEqualTo(2);
            assertThat(cli.err()).contains("usage.independent-dims");
        }
    }

    @Test
    void theDescriptionIsJsonToo() throws IOException {
        JsonNode report = new ObjectMapper()
                .readTree(Cli.lathe("inspect", jar, "--json", "-").out());
        assertThat(report.get("model_class").asText()).isEqualTo("model.Mlp");
        assertThat(report.get("inputs").get(0).get("type").asText()).startsWith("f32[");
        assertThat(report.get("weights").asInt()).isPositive();
        assertThat(report.get("bytes").asLong()).isEqualTo(jar.toFile().length());
    }

    @Test
    void damageIsOneDiagnosticOfEveryCommand() throws IOException {
        byte[] bytes = Files.readAllBytes(jar);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int entry = text.indexOf("model/mlp/MlpExecution.class");
        bytes[entry + 300] ^= 4;
        Files.write(jar, bytes);
        for (String command : new String[] {"inspect", "run"}) {
            Cli cli = Cli.lathe(command, jar);
            assertThat(cli.exit()).as(command).isEqualTo(1);
            assertThat(cli.err())
                    .as(command)
                    .containsOnlyOnce("error[")
                    .contains("artifact.corrupt", "model/mlp/MlpExecution.class");
        }
    }

    @Test
    void whatIsNoModelIsToldSo() throws IOException {
        Path other = folder.resolve("other.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        new JarOutputStream(Files.newOutputStream(other), manifest).close();
        Cli cli = Cli.lathe("inspect", other);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("artifact.no-model", "its manifest names no model");
        assertThat(Cli.lathe("inspect", folder.resolve("none.jar")).err()).contains("there is no file");
        assertThat(Cli.lathe("inspect", jar, "--layers").exit()).isEqualTo(2);
    }

    @Test
    void nothingOfAJarRuns() throws IOException {
        Path trace = folder.resolve("trace");
        Path evil = jarThatWrites(trace);
        Cli cli = Cli.lathe("inspect", evil);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("model.Evil");
        assertThat(trace).doesNotExist();
        assertThat(Cli.lathe("run", evil).exit()).isEqualTo(1); // it is no model
        assertThat(trace).exists();
    }

    /** A jar with right checksums, whose class leaves a file behind when it is initialized. */
    private Path jarThatWrites(Path trace) throws IOException {
        Path source = Files.writeString(folder.resolve("EvilModel.java"), """
            package model.evil;

            public class EvilModel {
                static {
                    new java.io.File("%s").mkdir();
                }

                public EvilModel(dev.lathe.runtime.Weights weights, int threads) {}
            }
            """.formatted(trace));
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", folder.toString(), source.toString());
        assertThat(compiled).isZero();
        ByteArrayOutputStream weights = new ByteArrayOutputStream();
        WeightsFile.write(List.of(), weights);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("model/evil/EvilModel.class", Files.readAllBytes(folder.resolve("model/evil/EvilModel.class")));
        entries.put("model/Evil.weights", weights.toByteArray());
        ModelArchive.Checksum sum = new ModelArchive.Checksum();
        entries.forEach((name, bytes) -> {
            CRC32 crc = new CRC32();
            crc.update(bytes);
            sum.add(name, bytes.length, crc.getValue());
        });
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue(ModelArchive.MODEL, "model.Evil");
        manifest.getMainAttributes().putValue(ModelArchive.CHECKSUM, sum.toString());
        Path evil = folder.resolve("evil.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(evil), manifest)) {
            for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                out.putNextEntry(new ZipEntry(e.getKey()));
                out.write(e.getValue());
                out.closeEntry();
            }
        }
        return evil;
    }
}
