package dev.lathe.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.cli.Main;
import dev.lathe.guides.Page;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guide to passes shows the files of its example, all of them; and the example's jar is one that
 * {@code --pass-path} takes.
 */
class CustomPassGuideTest {
    private static final Page GUIDE = new Page("docs/guides/custom-pass.md");
    private static final Path EXAMPLE = Page.root().resolve("tests/examples/custom-pass");

    @TempDir
    private Path folder;

    @Test
    void thePageShowsTheFiles() throws IOException {
        new Example(GUIDE, EXAMPLE).assertShown();
    }

    @Test
    void theCommandLineTakesItsJar() throws IOException {
        Path jar = jar();
        assertThat(lathe("passes", "--pass-path", jar)).contains("merge-exponentials", "always=false");
        Path in = EXAMPLE.resolve("src/test/lir/merge-exponentials.lir");
        Path model = folder.resolve("model.lir");
        String text = Files.readString(in);
        Files.writeString(model, text.substring(text.indexOf("graph @used_elsewhere"), text.indexOf("// expect:")));
        Path out = folder.resolve("out.lir");
        String passes = "merge-exponentials{always=true}";
        lathe("opt", model, "--pass-path", jar, "--passes", passes, "-o", out);
        assertThat(Files.readString(out)).contains("add(%x, %y)");
    }

    private static String lathe(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = Stream.of(args).map(Object::toString).toArray(String[]::new);
        assertThat(Main.execute(new PrintWriter(out), new PrintWriter(err), words))
                .as(err.toString())
                .isZero();
        return out.toString();
    }

    /** The example's classes and service files. */
    private Path jar() throws IOException {
        Path classes = folder.resolve("classes");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.walk(EXAMPLE.resolve("src/main/java"))) {
            List<Path> files =
                    sources.filter(f -> f.toString().endsWith(".java")).toList();
            List<String> options = List.of(
                    "-d", classes.toString(), "-classpath", System.getProperty("java.class.path"), "-proc:none");
            assertThat(compiler.getTask(null, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files))
                            .call())
                    .isTrue();
        }
        Path jar = folder.resolve("my-passes.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            add(out, classes);
            add(out, EXAMPLE.resolve("src/main/resources"));
        }
        return jar;
    }

    private static void add(JarOutputStream jar, Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                jar.putNextEntry(new JarEntry(root.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, jar);
                jar.closeEntry();
            }
        }
    }
}
