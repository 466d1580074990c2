package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
    /** A version 1 file with this header and data. */
    private static byte[] npy(String header, byte... data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        out.write(header.length());
        out.write(header.length() >> 8);
        out.writeBytes(header.getBytes(StandardCharsets.ISO_8859_1));
        out.writeBytes(data);
        return out.toByteArray();
    }

    private static byte[] npy(String descr, boolean fortran, String shape, byte... data) {
        return npy(
                "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape
                        + ", }\n",
                data);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL", "C64", "C128"})
    void everyTypeThatNumPyHasComesBackBitForBit(ElementType element) {
        Tensor t = Tensor.zeros(element, 2, 3, 5);
        byte[] random = new byte[(int) t.byteSize()];
        new Random(1).nextBytes(random);
        if (element.isBool()) {
            for (int i = 0; i < random.length; i++) {
                random[i] &= 1;
            }
        }
        t.data().copyFrom(java.lang.foreign.MemorySegment.ofArray(random));
        assertThat(Npy.read(Npy.bytes(t))).isEqualTo(t);
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F8E4M3FN", "F8E5M2", "F4E2M1", "I4", "U2"})
    void aTypeThatNumPyLacksIsRefusedWithAWayOut(ElementType element) {
        assertThatThrownBy(() -> Npy.bytes(Tensor.zeros(element, 2)))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining(element.text())
                .hasMessageContaining("cast to");
    }

    @Test
    void scalarsAndEmptyTensorsComeBack() {
        assertThat(Npy.read(Npy.bytes(Tensor.scalar(1.5f)))).isEqualTo(Tensor.scalar(1.5f));
        Tensor empty = Tensor.zeros(ElementType.F32, 3, 0);
        assertThat(Npy.read(Npy.bytes(empty))).isEqualTo(empty);
    }

    @Test
    void stringsComeBack() {
        Tensor t = Tensor.ofStrings(new String[] {"", "längeres Wort", "a\nb", "😀"}, 2, 2);
        assertThat(Npy.read(Npy.bytes(t))).isEqualTo(t);
        Tensor none = Tensor.ofStrings(new String[] {"", ""}, 2);
        assertThat(Npy.read(Npy.bytes(none))).isEqualTo(none);
    }

    @Test
    void byteStringsAreStrings() {
        assertThat(Npy.read(
                        npy("|S3", false, "(2,)", (byte) 'a', (byte) 'b', (byte) 0, (byte) 'c', (byte) 0, (byte) 0)))
                .isEqualTo(Tensor.ofStrings(new String[] {"ab", "c"}, 2));
    }

    @Test
    void bigEndianAndFortranOrder() {
        // numpy.arange(6, dtype='>i2').reshape(2, 3), saved in Fortran order
        byte[] data = {0, 0, 0, 3, 0, 1, 0, 4, 0, 2, 0, 5};
        Tensor t = Npy.read(npy(">i2", true, "(2, 3)", data));
        assertThat(t.element()).isEqualTo(ElementType.I16);
        assertThat(t.toLongArray()).containsExactly(0, 1, 2, 3, 4, 5);
        ByteBuffer complex =
                ByteBuffer.allocate(8).order(ByteOrder.BIG_ENDIAN).putFloat(1).putFloat(-2);
        Tensor c = Npy.read(npy(">c8", false, "()", complex.array()));
        assertThat(c.getComplex(0, 0)).isEqualTo(1);
        assertThat(c.getComplex(0, 1)).isEqualTo(-2);
    }

    @Test
    void otherSpellingsOfTheHeader() {
        assertThat(Npy.read(npy("{\"shape\":(2L,),'fortran_order':False,\"descr\":'u1'}", (byte) 7, (byte) 8))
                        .toLongArray())
                .containsExactly(7, 8);
        assertThat(Npy.read(npy("|b1", false, "(2,)", (byte) 0, (byte) 200)))
                .isEqualTo(Tensor.of(new boolean[] {false, true}, 2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000000, 1000000000000000000), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1000000000000000000, 1000000000000000000), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000,), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,",
                "{'descr': '<f4', 'fortran_order': False, }",
                "{'descr': '<U0', 'fortran_order': False, 'shape': (2000000000,), }",
                "{'descr': '<U999999999', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '<V2', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': '', 'fortran_order': False, 'shape': (1,), }",
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
                "((((((((((((((((((((((((((((",
                "",
            })
    void hostileHeadersAreRefused(String header) {
        assertThatThrownBy(() -> Npy.read(npy(header, new byte[8])))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("fix: ");
    }

    @Test
    void everyCutIsNoticed() {
        byte[] whole = Npy.bytes(Tensor.of(new float[] {1, 2, 3}, 3));
        for (int n = 0; n < whole.length; n++) {
            byte[] cut = java.util.Arrays.copyOf(whole, n);
            assertThatThrownBy(() -> Npy.read(cut)).as("%d bytes", n).isInstanceOf(LatheException.class);
        }
    }

    @Test
    void flippedBytesNeverEscape() {
        byte[] whole = Npy.bytes(Tensor.ofStrings(new String[] {"ab", "c"}, 2));
        Random random = new Random(2);
        for (int i = 0; i < 5000; i++) {
            byte[] bad = whole.clone();
            for (int k = 0; k < 3; k++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(Npy.read(bad)).isNotNull();
            } catch (LatheException e) {
                assertThat(e.diagnostics()).isNotEmpty();
            }
        }
    }

    @Test
    void filesComeBack(@TempDir Path folder) throws Exception {
        Tensor t = Tensor.of(new double[] {1, Double.NaN, -0.0}, 3);
        Path file = folder.resolve("x.npy");
        Npy.write(t, file);
        assertThat(Npy.read(file)).isEqualTo(t);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
        assertThatThrownBy(() -> Npy.read(folder.resolve("none.npy"))).hasMessageContaining("there is no file");
        assertThatThrownBy(() -> Npy.write(t, folder.resolve("no/where.npy")))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("cannot be written");
    }

    @Test
    void anArchiveIsToldApart() {
        assertThatThrownBy(() -> Npy.read("PK\3\4 and so on".getBytes(StandardCharsets.US_ASCII)))
                .hasMessageContaining("unpack");
    }
}
