package dev.lathe.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildRecordsTest {
    @TempDir
    private Path folder;

    private BuildRecords records;

    @BeforeEach
    void records() {
        CompilerProcess.Output output = new CompilerProcess.Output(folder.resolve("java"), folder.resolve("resources"));
        records = new BuildRecords(folder.resolve("built"), output, folder.resolve("classes"));
    }

    private Path file(String path) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, path);
    }

    @Test
    void aResultIsKnownUntilAFileOfItIsGone() throws IOException {
        Path source = file("java/a/B.java");
        Path weights = file("resources/a/B.weights");
        records.put(records.built("b.onnx", "1", List.of(source, weights)));
        assertThat(records.find("b.onnx").orElseThrow())
                .isEqualTo(new BuildRecords.Built(
                        "b.onnx",
                        "1",
                        List.of(Path.of("a/B.java").toString()),
                        List.of(Path.of("a/B.weights").toString())));
        assertThat(records.find("c.onnx")).isEmpty();
        Files.delete(weights);
        assertThat(records.find("b.onnx")).isEmpty();
    }

    @Test
    void whatAModelLeavesBehindGoes() throws IOException {
        Path source = file("java/a/B.java");
        Path kernel = file("resources/a/b/Kernel.class");
        Path other = file("java/a/C.java");
        Path shared = file("resources/shared");
        records.put(records.built("b.onnx", "1", List.of(source, kernel, shared)));
        records.put(records.built("c.onnx", "1", List.of(other, shared)));
        Path compiled = file("classes/a/B.class");
        Path copied = file("classes/a/b/Kernel.class");

        Path again = file("java/a/D.java");
        records.put(records.built("b.onnx", "2", List.of(again, kernel, shared)));
        assertThat(source).doesNotExist();
        assertThat(compiled).doesNotExist();
        assertThat(List.of(kernel, copied, again)).allMatch(Files::exists);

        assertThat(records.keep(Set.of("c.onnx"))).containsExactly("b.onnx");
        assertThat(List.of(kernel, copied, again)).noneMatch(Files::exists);
        assertThat(List.of(other, shared)).allMatch(Files::exists);
        assertThat(records.all()).extracting(BuildRecords.Built::name).containsExactly("c.onnx");
    }

    @Test
    void aRecordIsDroppedWithItsFiles() throws IOException {
        Path source = file("java/a/B.java");
        BuildRecords.Built built = records.built("b.onnx", "1", List.of(source));
        records.put(built);
        records.drop(built);
        assertThat(source).doesNotExist();
        assertThat(records.all()).isEmpty();
    }

    @Test
    void whatWasHalfWrittenGoes() throws IOException {
        Path half = file("resources/a/.B.weights.1-2-3.part");
        Path whole = file("resources/a/B.part");
        records.removeParts();
        assertThat(half).doesNotExist();
        assertThat(whole).exists();
    }

    @Test
    void nothingElseIsRemoved() throws IOException {
        Path mine = file("mine.txt");
        records.put(new BuildRecords.Built("b.onnx", "1", List.of("../mine.txt"), List.of()));
        assertThatThrownBy(() -> records.keep(Set.of())).hasMessageContaining("run mvn clean");
        assertThat(mine).exists();
    }
}
