package dev.lathe.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTaskTest {
    @TempDir
    private Path folder;

    private static String sum(ModelTask.Source source) throws IOException {
        Fingerprint sum = new Fingerprint();
        source.addTo(sum);
        return sum.text();
    }

    @Test
    void theWeightsBesideAModelCount() throws IOException {
        Path model = Files.writeString(folder.resolve("a.onnx"), "model");
        ModelTask.Source source = new ModelTask.ModelFile(model, true);
        String before = sum(source);
        Files.writeString(folder.resolve("other.onnx"), "another model");
        assertThat(sum(source)).isEqualTo(before);
        Files.writeString(folder.resolve("a.data"), "weights");
        String with = sum(source);
        assertThat(with).isNotEqualTo(before);
        Files.writeString(folder.resolve("a.data"), "Weights");
        assertThat(sum(source)).isNotEqualTo(with);
        assertThat(sum(new ModelTask.ModelFile(model, false))).isEqualTo(before);
    }

    @Test
    void aModelInAJarIsUnpackedByItsNameAlone() throws IOException {
        Path jar = folder.resolve("models.jar");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            zip.putNextEntry(new ZipEntry("../../deep/a.onnx"));
            zip.write(new byte[] {1, 2, 3});
            zip.closeEntry();
        }
        Path to = folder.resolve("unpacked");
        Path file = new ModelTask.ModelEntry(jar, "../../deep/a.onnx").file(to);
        assertThat(file).isEqualTo(to.resolve("a.onnx")).hasBinaryContent(new byte[] {1, 2, 3});
        assertThatThrownBy(() -> sum(new ModelTask.ModelEntry(jar, "b.onnx")))
                .hasMessageContaining("there is no file b.onnx")
                .hasMessageContaining("deep/a.onnx");
    }

    @Test
    void wordsForJavaAreQuoted() {
        assertThat(CompilerProcess.quoted("C:\\a b\\\"c\"")).isEqualTo("\"C:\\\\a b\\\\\\\"c\\\"\"");
    }
}
