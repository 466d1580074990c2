package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.guides.Page.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the programs of the guide to embedding, and compares what they print with what the page says. */
class EmbeddingGuideTest {
    private static final Page GUIDE = new Page("docs/guides/embedding.md");
    private static final Pattern FLOAT = Pattern.compile("[0-9]+\\.[0-9]+(E-?[0-9]+)?");

    @TempDir
    private Path folder;

    @Test
    void thePageIsTrueOnAClassPath() throws Exception {
        check(paths -> List.of("-classpath", paths), paths -> List.of("-classpath", paths));
    }

    /** Whatever the page uses is exported, and what Lathe finds at run time it finds in modules too. */
    @Test
    void thePageIsTrueOnAModulePath() throws Exception {
        assumeTrue(EmbedderClassPath.isKnown(), "only Maven knows the modules");
        check(
                paths -> List.of("--module-path", paths, "--add-modules", "dev.lathe"),
                paths -> List.of("--module-path", paths, "--add-modules", "com.example.models.Iris"));
    }

    /**
     * Runs the programs of the page.
     *
     * @param serviceOptions of the program that has Lathe, by the places of its jars
     * @param clientOptions of the program that has a model's jar
     */
    private void check(Function<String, List<String>> serviceOptions, Function<String, List<String>> clientOptions)
            throws Exception {
        OnnxExporter.write(IrText.parse("""
            graph @iris(%measurements: f32[flowers, 4]) -> (probabilities: f32[flowers, 3]) {
              %w = constant [-0.4, 0.5, -0.1, 1.0, -0.3, -0.7, -2.5, -0.2, 2.7, -1.1, -0.9, 2.0] : f32[4, 3]
              %b = constant [9.9, 2.2, -12.1] : f32[3]
              %h = mat_mul(%measurements, %w) : f32[flowers, 3]
              %s = add(%h, %b) : f32[flowers, 3]
              %p = softmax(%s) {axis=1} : f32[flowers, 3]
              return %p
            }
            """), folder.resolve("iris.onnx"));
        GuideProgram service = new GuideProgram(); // has Lathe, and nothing else
        GuideProgram client = new GuideProgram(); // has the model's jar only
        List<String> serviceOutputs = new ArrayList<>();
        List<String> clientOutputs = new ArrayList<>();
        List<Block> blocks = GUIDE.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).language().equals("java")) {
                boolean isClient = blocks.get(i).text().contains("import com.example");
                (isClient ? client : service).add(blocks.get(i));
                boolean tells =
                        i + 1 < blocks.size() && blocks.get(i + 1).language().equals("text");
                (isClient ? clientOutputs : serviceOutputs)
                        .add(tells ? blocks.get(i + 1).text() : "");
            }
        }
        assertSame(service.run(folder, serviceOptions.apply(EmbedderClassPath.text())), serviceOutputs);
        assertThat(client.isEmpty()).isFalse();
        assertSame(
                client.run(
                        folder, clientOptions.apply(folder.resolve("iris.jar").toString())),
                clientOutputs);
    }

    private static void assertSame(List<String> printed, List<String> expected) {
        for (int i = 0; i < printed.size(); i++) {
            assertThat(rounded(printed.get(i)))
                    .as("what block %d of %s prints", i, GUIDE.path())
                    .isEqualTo(rounded(expected.get(i)));
        }
        assertThat(printed).hasSameSizeAs(expected);
    }

    /** The last digits of a float depend on the machine. */
    private static String rounded(String text) {
        return FLOAT.matcher(text).replaceAll(m -> String.format(Locale.ROOT, "%.4g", Double.parseDouble(m.group())));
    }

    @Test
    void theReadmeShowsTheFirstProgram() throws IOException {
        Block first = GUIDE.blocks().stream()
                .filter(b -> b.language().equals("java"))
                .findFirst()
                .orElseThrow();
        assertThat(new Page("README.md").blocks()).extracting(Block::text).contains(first.text());
    }

    @Test
    void theCoordinatesAreThoseOfThisBuild() throws IOException {
        Matcher version = Pattern.compile("<artifactId>lathe-parent</artifactId>\\s*<version>(.*?)</version>")
                .matcher(Files.readString(Page.root().resolve("pom.xml")));
        assertThat(version.find()).isTrue();
        assertThat(GUIDE.blocks())
                .filteredOn(b -> b.language().equals("xml") && b.text().contains("lathe"))
                .hasSize(2)
                .allSatisfy(b -> assertThat(b.text())
                        .contains("<groupId>dev.lathe</groupId>", "<version>" + version.group(1) + "</version>"));
    }
}
