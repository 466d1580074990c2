package dev.lathe.frontend.onnx.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.frontend.onnx.Onnx;
import dev.lathe.frontend.onnx.OnnxImporter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForeignFileTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        graph @f() -> () { return }      | IR text
        hello                            | text
        version https://git-lfs.github.com/spec/v1 | Git LFS
        <!DOCTYPE html><html>            | a web page
        GGUFxxxx                         | GGUF
        aaaaTFL3                         | TensorFlow Lite
        """)
    void aFileOfAnotherKindIsNamed(String start, String what) {
        assertThatThrownBy(() -> OnnxImporter.read(bytes(start), null))
                .hasMessageContaining("is not an ONNX model: it is ")
                .hasMessageContaining(what);
    }

    @Test
    void bytesThatTellNothingMayBeCutOff() {
        byte[] model = Onnx.model(13, Onnx.input("x", 2), Onnx.node("Relu", "x", "y"), "y")
                .build()
                .toByteArray();
        assertThat(ForeignFile.of(model)).isEmpty();
        assertThatThrownBy(() -> OnnxImporter.read(java.util.Arrays.copyOf(model, model.length - 3), null))
                .hasMessageContaining("it may be cut off");
    }

    @Test
    void aZipArchiveIsNamed() {
        assertThat(ForeignFile.of(bytes("PK\3\4xx")).orElseThrow().what()).contains("zip archive");
    }
}
