package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lathe compile --sources --resources}: a model as a part of a module that another tool builds. */
class ModuleOutputTest {
    @TempDir
    private Path folder;

    private Path compile(String className) throws IOException {
        Path json = folder.resolve("report.json");
        Cli cli = Cli.lathe(
                "compile",
                TinyModels.mlp(folder),
                "--sources",
                folder.resolve("java"),
                "--resources",
                folder.resolve("resources"),
                "-T",
                "package-name=com.example",
                "-T",
                "class-name=" + className,
                "--json",
                json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        long bytes = 0;
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        for (JsonNode file : report.get("files")) {
            bytes += Files.size(Path.of(file.asText()));
        }
        assertThat(report.get("bytes").asLong()).isEqualTo(bytes).isPositive();
        return folder.resolve("java/com/example/" + className + ".java");
    }

    /** What the module compiles needs the runtime alone: no flag, and {@code --release} is allowed. */
    @Test
    void modelsShareAPackageOfAModule() throws Exception {
        List<Path> sources = List.of(compile("First"), compile("Second"));
        assertThat(Cli.files(folder.resolve("java/com/example"))).containsExactly("First.java", "Second.java");
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        Path classes = folder.resolve("classes");
        try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
            List<String> options =
                    List.of("-d", classes.toString(), "--release", "25", "-proc:none", "-Xlint:all", "-Werror");
            assertThat(javac.getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                            .call())
                    .isTrue();
        }
        URL[] urls = {
            classes.toUri().toURL(), folder.resolve("resources").toUri().toURL()
        };
        try (URLClassLoader loader = new URLClassLoader(urls, getClass().getClassLoader())) {
            for (String name : List.of("First", "Second")) {
                Class<?> type = loader.loadClass("com.example." + name);
                try (Executable model =
                        (Executable) type.getMethod("load", int.class).invoke(null, 1)) {
                    Tensor x = Tensor.of(new float[] {1, -1, 2}, 1, 3);
                    assertThat(model.call(Map.of("x", x)).get("y")).isEqualTo(Tensor.of(new float[] {8, 10}, 1, 2));
                    assertThat(model.getClass().getMethod("infer", Tensor.class).invoke(model, x))
                            .isEqualTo(Tensor.of(new float[] {8, 10}, 1, 2));
                }
            }
        }
    }

    @Test
    void thePlaceIsOneOfTwo() throws IOException {
        Path model = TinyModels.mlp(folder);
        for (List<Object> place : List.<List<Object>>of(
                List.of(),
                List.of("--sources", folder.resolve("java")),
                List.of("--resources", folder.resolve("r"), "-o", folder.resolve("mlp.jar")))) {
            Cli cli = Cli.lathe(
                    Stream.concat(Stream.of("compile", model), place.stream()).toArray());
            assertThat(cli.exit()).isEqualTo(2);
            assertThat(cli.err()).contains("error[usage.output]", "-o OUT, or both --sources FOLDER");
        }
        Cli other = Cli.lathe("compile", model, "--target", "reference", "--sources", folder, "--resources", folder);
        assertThat(other.exit()).isEqualTo(2);
        assertThat(other.err()).contains("error[target.no-module]");
    }

    @Test
    void whatIsWrongIsThereForPrograms() throws IOException {
        Path file = folder.resolve("wrong.json");
        Path model = folder.resolve("a.onnx");
        Cli cli = Cli.lathe("--diagnostics", file, "compile", model, "-o", folder.resolve("a.jar"));
        assertThat(cli.exit()).isEqualTo(1);
        JsonNode wrong = new ObjectMapper().readTree(file.toFile());
        assertThat(wrong).hasSize(1);
        assertThat(wrong.get(0).get("code").asText()).isEqualTo("onnx.file");
        assertThat(wrong.get(0).get("severity").asText()).isEqualTo("error");
        assertThat(wrong.get(0).get("what").asText()).contains(model.toString());
        assertThat(cli.err()).contains("error[onnx.file]");

        Cli usage = Cli.lathe("--diagnostics", file, "compile", model, "--no-such-option");
        assertThat(usage.exit()).isEqualTo(2);
        assertThat(new ObjectMapper().readTree(file.toFile()).get(0).get("what").asText())
                .contains("--no-such-option");
    }
}
