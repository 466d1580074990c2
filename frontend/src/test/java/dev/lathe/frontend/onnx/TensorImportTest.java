package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.problems;
import static dev.lathe.frontend.onnx.Onnx.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.grammar.onnx.StringStringEntryProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors in files: raw, typed, external, and wrong ones. */
class TensorImportTest {
    @TempDir
    Path folder = Path.of("");

    /** Three elements of each type with distinct values. */
    private static Tensor sample(ElementType type) {
        if (type.isString()) {
            return Tensor.ofStrings(new String[] {"a", "", "ü"}, 3);
        }
        Tensor t = Tensor.zeros(type, 3);
        for (int i = 0; i < 3; i++) {
            if (type.isComplex()) {
                t.setComplex(i, i + 1, -i);
            } else {
                t.setLong(i, i % 2 == 0 ? i : type.isBool() || type.isUnsigned() ? 1 : -1);
            }
        }
        return t;
    }

    /** The tensor in the fields for numbers. */
    private static TensorProto.Builder typed(Tensor t) {
        ElementType type = t.element();
        TensorProto.Builder proto = TensorProto.newBuilder()
                .setName("w")
                .setDataType(ElementTypes.number(type))
                .addDims(3);
        for (int i = 0; i < t.size(); i++) {
            switch (type) {
                case F32 -> proto.addFloatData(t.getFloat(i));
                case F64 -> proto.addDoubleData(t.getDouble(i));
                case C64 -> proto.addFloatData((float) t.getComplex(i, 0)).addFloatData((float) t.getComplex(i, 1));
                case C128 -> proto.addDoubleData(t.getComplex(i, 0)).addDoubleData(t.getComplex(i, 1));
                case I64 -> proto.addInt64Data(t.getLong(i));
                case U32, U64 -> proto.addUint64Data(t.getLong(i));
                case STRING -> proto.addStringData(ByteString.copyFromUtf8(t.getString(i)));
                case I8, I16, I32 -> proto.addInt32Data((int) t.getLong(i));
                default -> {
                    if (type.bits() >= 8 || type.bits() == 6) {
                        proto.addInt32Data((int) t.getBits(i));
                    }
                }
            }
        }
        if (type.bits() == 2 || type.bits() == 4) {
            for (long i = 0; i < t.byteSize(); i++) {
                proto.addInt32Data(t.data().get(ValueLayout.JAVA_BYTE, i) & 0xff);
            }
        }
        return proto;
    }

    private static TensorProto.Builder raw(Tensor t) {
        return TensorProto.newBuilder()
                .setName("w")
                .setDataType(ElementTypes.number(t.element()))
                .addDims(3)
                .setRawData(ByteString.copyFrom(t.data().toArray(ValueLayout.JAVA_BYTE)));
    }

    private static Tensor only(TensorProto.Builder initializer) {
        return Onnx.run(model(21, initializer, "w"));
    }

    @ParameterizedTest
    @EnumSource
    void numbersInTypedFields(ElementType type) {
        assertThat(only(typed(sample(type)))).isEqualTo(sample(type));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STRING")
    void numbersAsRawBytes(ElementType type) {
        assertThat(only(raw(sample(type)))).isEqualTo(sample(type));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STRING")
    void tooFewBytesAreAProblem(ElementType type) {
        var short1 = raw(sample(type)).setRawData(ByteString.EMPTY);
        assertThat(problems(model(21, short1, "w"))).singleElement().satisfies(TensorImportTest::namesTheTensor);
    }

    @ParameterizedTest
    @EnumSource
    void tooManyElementsAreAProblem(ElementType type) {
        var large = typed(sample(type)).setDims(0, 1L << 40);
        assertThat(problems(model(21, large, "w"))).singleElement().satisfies(TensorImportTest::namesTheTensor);
    }

    private static void namesTheTensor(Diagnostic d) {
        assertThat(d.code()).isEqualTo("onnx.tensor");
        assertThat(d.what()).contains("\"w\"");
        assertThat(d.fix()).isNotEmpty();
    }

    @Test
    void sixBitFloatsArePackedFourInThreeBytes() {
        byte[] bytes = {(byte) 0x88, 0x1c, 0x7c, 0x20};
        Tensor t = only(tensor("w", DataType.FLOAT6E2M3, 5).setRawData(ByteString.copyFrom(bytes)));
        assertThat(t.toFloatArray()).containsExactly(1, -2.5f, 0.125f, 7.5f, -0f);
        var numbers = tensor("w", DataType.FLOAT6E2M3, 2).addInt32Data(8).addInt32Data(64);
        assertThat(problems(model(28, numbers, "w"))).singleElement().satisfies(TensorImportTest::namesTheTensor);
    }

    @Test
    void zeroElementsNeedNoData() {
        assertThat(only(tensor("w", DataType.FLOAT, 0, 3)).dims()).containsExactly(0, 3);
    }

    @Test
    void sizesThatOverflowAreAProblem() {
        var w = tensor("w", DataType.FLOAT, 1L << 40, 1L << 40).setRawData(ByteString.EMPTY);
        assertThat(problems(model(13, w, "w"))).singleElement().satisfies(TensorImportTest::namesTheTensor);
    }

    @Test
    void negativeSizesAreAProblem() {
        var w = tensor("w", DataType.FLOAT, -2, -2).setRawData(ByteString.copyFrom(new byte[16]));
        assertThat(problems(model(13, w, "w"))).singleElement().satisfies(TensorImportTest::namesTheTensor);
    }

    @Test
    void unknownElementTypesAreAProblem() {
        var w = TensorProto.newBuilder().setName("w").setDataType(99).addDims(1);
        assertThat(problems(model(13, w, "w"))).singleElement().satisfies(d -> {
            assertThat(d.code()).isEqualTo("onnx.tensor");
            assertThat(d.what()).contains("99");
        });
    }

    @Test
    void aSparseTensorCannotClaimMoreThanItHolds() {
        var graph = Onnx.graph("w");
        graph.addSparseInitializer(dev.lathe.grammar.onnx.SparseTensorProto.newBuilder()
                .setValues(Onnx.floats("w", new float[] {1}, 1))
                .setIndices(Onnx.longs("", 0))
                .addDims(1L << 31)
                .addDims(1L << 31));
        assertThat(problems(model(13, graph)))
                .singleElement()
                .extracting(Diagnostic::code)
                .isEqualTo("onnx.tensor");
    }

    // External data.

    private static TensorProto.Builder external(String location, String... more) {
        TensorProto.Builder t = tensor("w", DataType.FLOAT, 2)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location));
        for (int i = 0; i < more.length; i += 2) {
            t.addExternalData(entry(more[i], more[i + 1]));
        }
        return t;
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private Tensor load(TensorProto.Builder w) throws IOException {
        Path file = Files.createDirectories(folder.resolve("model")).resolve("m.onnx");
        Files.write(file, model(13, w, "w").build().toByteArray());
        var graph = OnnxImporter.read(file);
        return Tensor.named(new ReferenceEvaluator(graph).call(Map.of()), "w");
    }

    private void assertRejected(TensorProto.Builder w, String because) {
        assertThatThrownBy(() -> load(w)).isInstanceOfSatisfying(LatheException.class, e -> {
            assertThat(e.diagnostics()).singleElement().satisfies(TensorImportTest::namesTheTensor);
            assertThat(e.diagnostics().getFirst().what()).contains(because);
        });
    }

    private void writeData(String name) throws IOException {
        Path file = folder.resolve("model").resolve(name).normalize();
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[] {0, 0, 0, 0, 0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40});
    }

    @Test
    void externalDataIsReadAtItsOffset() throws IOException {
        writeData("data/w.bin");
        assertThat(load(external("data/w.bin", "offset", "4", "length", "8")).toFloatArray())
                .containsExactly(1, 2);
    }

    @Test
    void externalDataMayLeaveOutOffsetAndLength() throws IOException {
        writeData("w.bin");
        assertThat(load(external("w.bin")).toFloatArray()).containsExactly(0, 1);
    }

    @Test
    void missingExternalDataIsAProblem() {
        assertRejected(external("nothing.bin"), "nothing.bin");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../w.bin", "data/../../w.bin", "/etc/passwd", ""})
    void externalDataStaysInTheModelsFolder(String location) throws IOException {
        writeData("../w.bin");
        assertRejected(external(location), "outside");
    }

    @Test
    void linksOutOfTheFolderAreNotFollowed() throws IOException {
        writeData("../w.bin");
        Files.createSymbolicLink(
                Files.createDirectories(folder.resolve("model")).resolve("link.bin"), folder.resolve("w.bin"));
        assertRejected(external("link.bin"), "links out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8", "-4", "9223372036854775807", "x", "99999999999999999999"})
    void wrongOffsetsAreAProblem(String offset) throws IOException {
        writeData("w.bin");
        assertRejected(external("w.bin", "offset", offset), "\"w\"");
    }

    @Test
    void aLengthThatDoesNotFitTheTypeIsAProblem() throws IOException {
        writeData("w.bin");
        assertRejected(external("w.bin", "length", "4"), "needs 8 bytes");
    }

    @Test
    void modelsFromMemoryHaveNoExternalData() {
        assertThat(problems(model(13, external("w.bin"), "w")))
                .singleElement()
                .satisfies(TensorImportTest::namesTheTensor);
    }
}
