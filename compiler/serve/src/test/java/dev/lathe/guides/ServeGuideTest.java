package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.guides.Page.Block;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the program of the guide to serving, and compares what it prints with what the page says. */
class ServeGuideTest {
    private static final Page GUIDE = new Page("docs/guides/serve.md");
    private static final Pattern FLOAT = Pattern.compile("[0-9]+\\.[0-9]+(E-?[0-9]+)?");

    @TempDir
    private Path folder;

    @Test
    void theProgramPrintsWhatThePageSays() throws Exception {
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
        List<Block> blocks = GUIDE.blocks();
        GuideProgram program = new GuideProgram();
        String expected = "";
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).language().equals("java")) {
                program.add(blocks.get(i));
                expected = blocks.get(i + 1).text();
            }
        }
        List<String> printed = program.run(folder, List.of("-classpath", System.getProperty("java.class.path")));
        assertThat(printed).hasSize(1);
        assertThat(rounded(printed.getFirst())).isEqualTo(rounded(expected));
    }

    /** The last digits of a float depend on the machine. */
    private static String rounded(String text) {
        return FLOAT.matcher(text).replaceAll(m -> String.format(Locale.ROOT, "%.4g", Double.parseDouble(m.group())));
    }
}
