package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTensorsTest {
    private static byte[] file(String header, int dataBytes) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .array();
    }

    private static Map<String, Tensor> read(byte[] bytes) {
        return SafeTensors.read(MemorySegment.ofArray(bytes), "test");
    }

    @Test
    void everyStorableTypeComesBackBitForBit(@TempDir Path folder) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Random random = new Random(3);
        for (ElementType element : ElementType.values()) {
            if (SafeTensors.isStorable(element)) {
                Tensor t = Tensor.zeros(element, 3, 2, 2);
                for (int i = 0; i < t.size() * element.bits() / 8; i++) {
                    t.data().set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
                }
                tensors.put("w/" + element.text() + " \"ä\n\\", t);
            }
        }
        tensors.put("empty", Tensor.zeros(ElementType.F32, 0, 4));
        tensors.put("scalar", Tensor.scalar(4L));
        Path path = folder.resolve("w.safetensors");
        SafeTensors.write(tensors, path);
        assertThat(SafeTensors.read(path)).isEqualTo(tensors);
    }

    @Test
    void tensorsAreAligned(@TempDir Path folder) {
        Path path = folder.resolve("w.safetensors");
        SafeTensors.write(Map.of("a", Tensor.zeros(ElementType.U8, 3), "b", Tensor.zeros(ElementType.F64, 2)), path);
        SafeTensors.read(path)
                .forEach((name, t) -> assertThat(
                                t.data().address() % (t.element().bits() / 8))
                        .isZero());
    }

    @Test
    void aTypeThatTheFormatLacksIsRefusedWithAWayOut(@TempDir Path folder) {
        assertThatThrownBy(() -> SafeTensors.write(
                        Map.of("w", Tensor.zeros(ElementType.I4, 2)), folder.resolve("w.safetensors")))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("\"w\"")
                .hasMessageContaining("fix: ");
    }

    @Test
    void metadataIsPassedOver() {
        assertThat(read(file(
                        "{\"__metadata__\":{\"format\":\"pt\"},\"x\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[1,3]}}"
                            + "  ",
                        3)))
                .containsOnlyKeys("x");
        assertThat(read(file("{}", 0))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,80]}}",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4],\"data_offsets\":[0,8]}}",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[999999999999999999999],\"data_offsets\":[0,8]}}",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[0,999999999999999999,999999999999999999],\"data_offsets\":[0,0]}}",
                "{\"x\":{\"dtype\":\"F6_E2M3\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2]}}",
                "{\"x\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[0,1]},\"x\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[0,1]}}",
                "{\"x\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[0,1]}}x",
                "{\"x",
                "{\"\\u00",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                "{{{{{{{{{{{{{{{{{{{{{{{{{{{{",
                "",
            })
    void hostileHeadersAreRefused(String header) {
        assertThatThrownBy(() -> read(file(header, 8)))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("fix: ");
    }

    @Test
    void lyingLengthsAreRefused(@TempDir Path folder) throws IOException {
        for (long length : new long[] {-1, 0, 9, 1L << 40, Long.MIN_VALUE, Long.MAX_VALUE}) {
            byte[] bytes = file("{}      ", 0);
            MemorySegment.ofArray(bytes).set(Tensor.LONG, 0, length);
            assertThatThrownBy(() -> read(bytes)).as("%d", length).isInstanceOf(LatheException.class);
        }
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThatThrownBy(() -> SafeTensors.read(empty)).isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> SafeTensors.read(folder)).isInstanceOf(LatheException.class);
    }

    @Test
    void flippedBytesNeverEscape() {
        byte[] whole = file("{\"x\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[1,3]}}", 3);
        Random random = new Random(2);
        for (int i = 0; i < 5000; i++) {
            byte[] bad = whole.clone();
            for (int k = 0; k < 3; k++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(read(bad)).isNotNull();
            } catch (LatheException e) {
                assertThat(e.diagnostics()).isNotEmpty();
            }
        }
    }
}
