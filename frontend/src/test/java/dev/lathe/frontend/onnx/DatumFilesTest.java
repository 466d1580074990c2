package dev.lathe.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link OnnxTensors} writes, it reads. */
class DatumFilesTest {
    @TempDir
    private Path folder;

    static Stream<Datum> values() {
        Tensor t = Tensor.of(new float[] {1, 2, 3}, 3);
        Datum map = Datum.Mapping.of(ElementType.STRING, ElementType.F32, Map.of("age", 41, "height", 1.8));
        Datum numbered = Datum.Mapping.of(ElementType.I64, ElementType.I64, Map.of(7L, 1, -2L, 5));
        Datum tensors = new Datum.Sequence(t.type(), List.of(t, t));
        return Stream.of(
                t,
                Tensor.ofStrings(new String[] {"a", "é"}, 2),
                tensors,
                new Datum.Sequence(t.type(), List.of()),
                new Datum.Sequence(tensors.type(), List.of(tensors, tensors)),
                map,
                numbered,
                new Datum.Sequence(map.type(), List.of(map)),
                new Datum.Maybe(t.type(), Optional.of(t)),
                new Datum.Maybe(t.type(), Optional.empty()),
                new Datum.Maybe(tensors.type(), Optional.of(tensors)));
    }

    @ParameterizedTest
    @MethodSource("values")
    void roundTrip(Datum value) throws IOException {
        Path file = folder.resolve("value.pb");
        Files.write(file, OnnxTensors.write(value, "name"));
        assertThat(OnnxTensors.read(file, value.type()).toString()).isEqualTo(value.toString());
    }
}
