package dev.lathe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sources in a jar are those of its classes: they compile against that jar alone. */
class JarSourcesTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                """
                graph @pointwise(%x: f32[n]) -> (f32[n]) {
                  %a = exp(%x) at "Shape, Dim and PadMode"(Exp-13)
                  %y = add(%a, %x)
                  return %y
                }
                """,
                """
                graph @product(%ids: i64[n], %x: f32[n, 4]) -> (f32[n, 3], f32[n, 2]) {
                  %w = constant [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] : f32[4, 3]
                  %t = constant [1, 2, 3, 4, 5, 6] : f32[3, 2]
                  %y = mat_mul(%x, %w)
                  %e = gather(%t, %ids) {axis=0}
                  return %y, %e
                }
                """,
                """
                graph @boxes(%x: f32[n]) -> (i64[1, ?k]) {
                  %z = non_zero(%x) {count=?k}
                  return %z
                }
                """,
            })
    void theyCompileAgainstTheJar(String text) throws Exception {
        assertCompiles(IrText.parse(text));
    }

    /** A model of more nodes than one class holds. */
    @Test
    void theyCompileInSeveralClasses() throws Exception {
        Builder b = Builder.graph("ports");
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < 2_200; i++) {
            outputs.add(b.relu(b.input("x" + i, TensorType.of(ElementType.F32, 2))));
        }
        List<String> names = outputs.stream().map(v -> "y of " + v.name()).toList();
        List<JavaFileObject> sources = assertCompiles(b.build(outputs, names));
        assertThat(sources).extracting(JavaFileObject::getName).contains("/model/ports/PortsExecution1.java");
    }

    /** The sources in the jar of a graph. */
    private List<JavaFileObject> assertCompiles(Graph graph) throws Exception {
        Path jar = folder.resolve("model.jar");
        Lathe.compile(graph, CompileOptions.standard()).write(jar);

        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> arguments = List.of(
                "-cp", jar.toString(), "-d", folder.toString(), "-proc:none", "--add-modules", "jdk.incubator.vector");
        List<JavaFileObject> sources = sources(jar);
        boolean compiled =
                javac.getTask(messages, null, null, arguments, null, sources).call();
        assertThat(compiled).as(messages.toString()).isTrue();
        return sources;
    }

    private static List<JavaFileObject> sources(Path jar) throws Exception {
        List<JavaFileObject> sources = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (ZipEntry entry : file.stream().toList()) {
                if (entry.getName().startsWith("sources/") && entry.getName().endsWith(".java")) {
                    String text = new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
                    URI uri = URI.create("string:///" + entry.getName().substring("sources/".length()));
                    sources.add(new SimpleJavaFileObject(uri, JavaFileObject.Kind.SOURCE) {
                        @Override
                        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                            return text;
                        }
                    });
                }
            }
        }
        assertThat(sources).isNotEmpty();
        return sources;
    }
}
