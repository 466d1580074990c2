package dev.lathe.filetests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlessTest {
    @TempDir
    Path folder;

    private Path file(String op) throws IOException {
        return Files.writeString(folder.resolve("some.lir"), """
            // test: dead-code
            // run: @f(random(seed=1)) ~ reference
            graph @f(%%x: f32[8]) -> (f32[8]) {
              %%y = %s
              return %%y
            }
            """.formatted(op));
    }

    @Test
    void whatRunsRightIsWritten() throws IOException {
        Path file = file("exp(%x)");
        FileTests.result(FileTest.read(file), true);
        assertThat(file).content().contains("// expect:");
    }

    /** Random numbers without a seed are others after the passes. */
    @Test
    void whatRunsWronglyIsNotWritten() throws IOException {
        Path file = file("random_uniform() {shape=[8], element=f32, low=0.0, high=1.0}");
        String before = Files.readString(file);
        FileTest test = FileTest.read(file);
        assertThatThrownBy(() -> FileTests.result(test, true)).hasMessageContaining("after the passes");
        assertThat(file).hasContent(before);
    }
}
