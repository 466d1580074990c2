package dev.lathe.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.input.InputValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The runtime's reader of ONNX tensors, which needs no library, reads what the frontend writes. */
class TensorFilesTest {
    @TempDir
    private Path folder;

    private Datum read(byte[] bytes, ElementType element) throws IOException {
        Path file = Files.write(folder.resolve("x.pb"), bytes);
        Port port = new Port("x", TensorType.unranked(element));
        return Datum.named(new InputValues(List.of(port), _ -> InputRole.ANY).read(List.of("x=" + file)), "x");
    }

    @ParameterizedTest
    @EnumSource
    void everyElementTypeIsRead(ElementType element) throws IOException {
        Tensor t = Tensor.zeros(element, 2, 3);
        for (int i = 0; i < 6; i++) {
            if (element.isString()) {
                t.setString(i, "é" + i);
            } else if (element.isComplex()) {
                t.setComplex(i, i, -i);
            } else {
                t.setDouble(i, i % 2);
            }
        }
        assertThat(read(OnnxTensors.write(t, "x"), element)).isEqualTo(t);
    }

    @Test
    void typedFieldsAreReadToo() throws IOException {
        TensorProto.Builder floats = TensorProto.newBuilder().addDims(3).setDataType(1);
        floats.addFloatData(1.5f).addFloatData(-2).addFloatData(0);
        assertThat(read(floats.build().toByteArray(), ElementType.F32))
                .isEqualTo(Tensor.of(new float[] {1.5f, -2, 0}, 3));
        TensorProto.Builder halves = TensorProto.newBuilder().addDims(1).setDataType(10);
        assertThat(read(halves.addInt32Data(0x3c00).build().toByteArray(), ElementType.F16)
                        .toString())
                .isEqualTo("f16[1] {1.0}");
        TensorProto.Builder nibbles = TensorProto.newBuilder().addDims(3).setDataType(22);
        Tensor three =
                (Tensor) read(nibbles.addInt32Data(0xf1).addInt32Data(2).build().toByteArray(), ElementType.I4);
        assertThat(three.toLongArray()).containsExactly(1, -1, 2);
    }

    @Test
    void whatIsNoTensorIsToldSo() {
        byte[][] bad = {
            {},
            {1, 2, 3},
            TensorProto.newBuilder().addDims(9).setDataType(1).build().toByteArray(),
            TensorProto.newBuilder()
                    .addDims(1L << 62)
                    .addDims(8)
                    .setDataType(1)
                    .build()
                    .toByteArray(),
            TensorProto.newBuilder().addDims(-1).setDataType(1).build().toByteArray(),
            TensorProto.newBuilder().setDataType(99).build().toByteArray(),
        };
        for (byte[] bytes : bad) {
            assertThatThrownBy(() -> read(bytes, ElementType.F32)).hasMessageContaining("holds no ONNX tensor");
        }
    }
}
