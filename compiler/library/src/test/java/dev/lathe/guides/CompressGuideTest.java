package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.guides.Page.Block;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the program of the guide to compression, and compares what it prints with what the page says. */
class CompressGuideTest {
    private static final Page GUIDE = new Page("docs/guides/compress.md");
    private static final int SAMPLES = 40;

    @TempDir
    private Path folder;

    @Test
    void thePageIsTrue() throws Exception {
        Random r = new Random(1);
        OnnxExporter.write(IrText.parse("""
            graph @dense(%%x: f32[batch, 64]) -> (y: f32[batch, 32]) {
              %%w = constant [%s] : f32[64, 32]
              %%y = mat_mul(%%x, %%w) : f32[batch, 32]
              return %%y
            }
            """.formatted(numbers(r, 64 * 32))), folder.resolve("model.onnx"));
        Files.writeString(
                folder.resolve("rows.csv"),
                IntStream.range(0, SAMPLES)
                        .mapToObj(i -> numbers(r, 64) + "," + i % 32 + "\n")
                        .collect(Collectors.joining(
                                "",
                                IntStream.range(0, 64)
                                                .mapToObj(i -> "c" + i + ",")
                                                .collect(Collectors.joining()) + "label\n",
                                "")));
        GuideProgram program = new GuideProgram();
        List<String> expected = new ArrayList<>();
        List<Block> blocks = GUIDE.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).language().equals("java")) {
                program.add(blocks.get(i));
                assertThat(blocks.get(i + 1).language()).isEqualTo("text");
                expected.add(blocks.get(i + 1).text());
            }
        }
        assertThat(expected).hasSize(3);
        assertThat(program.run(folder, List.of("-classpath", EmbedderClassPath.text())))
                .extracting(String::strip)
                .isEqualTo(expected.stream().map(String::strip).toList());
        assertThat(folder.resolve("small.onnx")).exists();
        assertThat(folder.resolve("report.html")).content().contains("<svg");
    }

    private static String numbers(Random r, int count) {
        return r.doubles(count).mapToObj(d -> Float.toString((float) (d - 0.5))).collect(Collectors.joining(","));
    }
}
