package dev.lathe.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.lathe.frontend.text.IrText;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.MapProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.SequenceProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Datum.Mapping;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.SequenceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Operators that make maps or take them. Each model runs as it is read, from its text, and, where ONNX can write it,
 * exported and read again.
 */
class MapImportTest {
    private static AttributeProto.Builder strings(String name, String... values) {
        AttributeProto.Builder a =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.STRINGS);
        for (String v : values) {
            a.addStrings(ByteString.copyFromUtf8(v));
        }
        return a;
    }

    private static ValueInfoProto.Builder map(DataType key, DataType value) {
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(value.getNumber());
        return ValueInfoProto.newBuilder()
                .setName("x")
                .setType(TypeProto.newBuilder()
                        .setMapType(TypeProto.Map.newBuilder()
                                .setKeyType(key.getNumber())
                                .setValueType(TypeProto.newBuilder().setTensorType(tensor))));
    }

    private static ModelProto.Builder model(
            ValueInfoProto.Builder input, String type, AttributeProto.Builder... attributes) {
        NodeProto.Builder node = Onnx.node(type, "x", "y", attributes).setDomain("ai.onnx.ml");
        GraphProto.Builder graph = Onnx.graph(input, node, "y");
        return Onnx.model(21, graph).addOpsetImport(Onnx.opset("ai.onnx.ml", 1));
    }

    private static Datum run(Graph graph, Datum x) {
        return Datum.named(new ReferenceEvaluator(graph).run(Map.of("x", x)), "y");
    }

    private static Datum run(ModelProto.Builder model, Datum x) {
        Graph graph = Onnx.read(model);
        Verifier.require(graph);
        Datum y = run(graph, x);
        assertThat(run(IrText.parse(Printer.print(graph)), x)).isEqualTo(y);
        return y;
    }

    private static Datum runAndExport(ModelProto.Builder model, Datum x) {
        Datum y = run(model, x);
        Graph again = OnnxImporter.read(OnnxExporter.bytes(Onnx.read(model)), null);
        assertThat(run(again, x)).isEqualTo(y);
        return y;
    }

    private static Mapping floats(Map<?, ?> values) {
        ElementType key =
                values.keySet().stream().allMatch(String.class::isInstance) ? ElementType.STRING : ElementType.I64;
        return Mapping.of(key, ElementType.F32, values);
    }

    private static Tensor row(float... values) {
        return Tensor.of(values, 1, values.length);
    }

    @Test
    void zipMapMakesAMapOfEachRow() {
        ModelProto.Builder model = model(Onnx.input("x", "n", 2), "ZipMap", Onnx.ints("classlabels_int64s", 7, -3));
        Datum y = runAndExport(model, Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
        MapType type = MapType.of(ElementType.I64, ElementType.F32);
        assertThat(y)
                .isEqualTo(new Datum.Sequence(type, List.of(floats(Map.of(7, 1, -3, 2)), floats(Map.of(7, 3, -3, 4)))));
        assertThat(Onnx.read(model).outputs().getFirst().type()).isEqualTo(new SequenceType(type));
        assertThat(run(model, Tensor.zeros(ElementType.F32, 0, 2))).isEqualTo(new Datum.Sequence(type, List.of()));
    }

    @Test
    void zipMapTakesAVectorAsARowAndTheLastOfEqualKeys() {
        ModelProto.Builder model = model(Onnx.input("x", 3), "ZipMap", strings("classlabels_strings", "b", "b", "a"));
        Datum y = runAndExport(model, Tensor.of(new float[] {1, 2, 9}, 3));
        assertThat(((Datum.Sequence) y).items()).containsExactly(floats(Map.of("a", 9, "b", 2)));
    }

    @Test
    void zipMapNeedsAKeyForEachColumn() {
        AttributeProto.Builder keys = Onnx.ints("classlabels_int64s", 0, 1);
        assertThat(Onnx.problems(model(Onnx.input("x", "n", 3), "ZipMap", keys)))
                .singleElement()
                .satisfies(d -> assertThat(d.what()).contains("columns and keys: 3 and 2 differ"));
        assertThatThrownBy(() -> run(model(Onnx.input("x", "n", "c"), "ZipMap", keys), row(1, 2, 3)))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("3 columns for 2 keys");
        assertThat(Onnx.problems(model(Onnx.input("x", "n", 2), "ZipMap")))
                .singleElement()
                .satisfies(d -> assertThat(d.what()).contains("has neither"));
        assertThat(Onnx.problems(
                        model(Onnx.input("x", "n", 2), "ZipMap", keys, strings("classlabels_strings", "a", "b"))))
                .singleElement()
                .satisfies(d -> assertThat(d.what()).contains("has both"));
    }

    @Test
    void dictVectorizerTakesTheValuesOfItsVocabulary() {
        ModelProto.Builder model = model(
                map(DataType.STRING, DataType.FLOAT),
                "DictVectorizer",
                strings("string_vocabulary", "a", "c", "b", "a"));
        assertThat(runAndExport(model, floats(Map.of("a", 4, "c", 8)))).isEqualTo(row(4, 8, 0, 4));
        assertThat(run(model, floats(Map.of("unknown", 4, "b", 2)))).isEqualTo(row(0, 0, 2, 0));
        assertThat(run(model, Mapping.of(ElementType.STRING, ElementType.F32, Map.of())))
                .isEqualTo(row(0, 0, 0, 0));
    }

    @Test
    void dictVectorizerKeepsTheTypeOfTheValues() {
        AttributeProto.Builder vocabulary = Onnx.ints("int64_vocabulary", 2, 5);
        assertThat(runAndExport(
                        model(map(DataType.INT64, DataType.STRING), "DictVectorizer", vocabulary),
                        Mapping.of(ElementType.I64, ElementType.STRING, Map.of(5, "five"))))
                .isEqualTo(Tensor.ofStrings(new String[] {"", "five"}, 1, 2));
        assertThat(runAndExport(
                        model(map(DataType.INT64, DataType.DOUBLE), "DictVectorizer", vocabulary),
                        Mapping.of(ElementType.I64, ElementType.F64, Map.of(2, 0.1))))
                .isEqualTo(Tensor.of(new double[] {0.1, 0}, 1, 2));
    }

    @Test
    void dictVectorizerIsRefusedForKeysOfAnotherType() {
        assertThat(Onnx.problems(model(
                        map(DataType.STRING, DataType.FLOAT), "DictVectorizer", Onnx.ints("int64_vocabulary", 1))))
                .singleElement()
                .satisfies(d -> assertThat(d.what()).contains("vocabulary is of i64", "map<string, f32[]>"));
        assertThat(Onnx.problems(model(Onnx.input("x", 2), "DictVectorizer", Onnx.ints("int64_vocabulary", 1))))
                .singleElement()
                .satisfies(d -> assertThat(d.what()).contains("is no map, but f32[2]"));
    }

    @Test
    void castMapTakesTheValuesInTheOrderOfTheKeys() {
        Mapping x = floats(Map.of(5, 1.5, 2, -2.75, -1, 7));
        ValueInfoProto.Builder input = map(DataType.INT64, DataType.FLOAT);
        assertThat(runAndExport(model(input, "CastMap"), x)).isEqualTo(row(7, -2.75f, 1.5f));
        assertThat(runAndExport(model(input, "CastMap", Onnx.s("cast_to", "TO_INT64")), x))
                .isEqualTo(Tensor.of(new long[] {7, -2, 1}, 1, 3));
        assertThat(run(model(input, "CastMap"), Mapping.of(ElementType.I64, ElementType.F32, Map.of())))
                .isEqualTo(Tensor.zeros(ElementType.F32, 1, 0));
    }

    @Test
    void castMapReadsNumbersFromStrings() {
        Mapping x = Mapping.of(ElementType.I64, ElementType.STRING, Map.of(3, "1.5", 0, "-2"));
        ValueInfoProto.Builder input = map(DataType.INT64, DataType.STRING);
        assertThat(runAndExport(model(input, "CastMap"), x)).isEqualTo(row(-2, 1.5f));
        assertThat(runAndExport(model(input, "CastMap", Onnx.s("map_form", "SPARSE"), Onnx.i("max_map", 5)), x))
                .isEqualTo(row(-2, 0, 0, 1.5f, 0));
        assertThat(runAndExport(
                        model(
                                input,
                                "CastMap",
                                Onnx.s("map_form", "SPARSE"),
                                Onnx.i("max_map", 4),
                                Onnx.s("cast_to", "TO_STRING")),
                        x))
                .isEqualTo(Tensor.ofStrings(new String[] {"-2", "0", "0", "1.5"}, 1, 4));
    }

    @Test
    void castMapPutsValuesWhereTheirKeysSay() {
        ModelProto.Builder model = model(
                map(DataType.INT64, DataType.FLOAT), "CastMap", Onnx.s("map_form", "SPARSE"), Onnx.i("max_map", 4));
        assertThat(runAndExport(model, floats(Map.of(3, 1.5, 0, 2)))).isEqualTo(row(2, 0, 0, 1.5f));
        for (int outside : new int[] {-1, 4}) {
            assertThatThrownBy(() -> run(model, floats(Map.of(outside, 1))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("the key " + outside + " of the map is none of the 4");
        }
    }

    @Test
    void aMapOfAnotherTypeIsRefused() {
        ModelProto.Builder model = model(map(DataType.INT64, DataType.FLOAT), "CastMap");
        for (Datum wrong : List.of(
                floats(Map.of("a", 1)),
                Mapping.of(ElementType.I64, ElementType.F64, Map.of(1, 1)),
                Tensor.scalar(1f))) {
            assertThatThrownBy(() -> run(model, wrong))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("but the model takes map<i64, f32[]>");
        }
        assertThat(Onnx.problems(Onnx.model(21, map(DataType.INT64, DataType.FLOAT), Onnx.node("Relu", "x", "y"), "y")))
                .singleElement()
                .satisfies(d -> assertThat(d.what()).contains("is a map<i64, f32[]>, where a tensor is needed"));
        assertThat(Onnx.problems(model(map(DataType.FLOAT, DataType.FLOAT), "CastMap")))
                .anySatisfy(d -> assertThat(d.what()).contains("keys of type f32, not strings or integers"));
    }

    @ParameterizedTest
    @CsvSource({"2, 2, true", "2, 1, false"})
    void filesHoldMaps(int keys, int values, boolean whole, @TempDir Path folder) throws IOException {
        SequenceProto.Builder items = SequenceProto.newBuilder();
        for (int i = 0; i < values; i++) {
            items.addTensorValues(TensorProto.newBuilder()
                    .setDataType(DataType.FLOAT_VALUE)
                    .addDims(1)
                    .addFloatData(i));
        }
        MapProto.Builder map =
                MapProto.newBuilder().setKeyType(DataType.STRING_VALUE).setValues(items);
        for (int i = 0; i < keys; i++) {
            map.addStringKeys(ByteString.copyFromUtf8("k" + i));
        }
        Path file = folder.resolve("x.pb");
        MapType type = MapType.of(ElementType.STRING, ElementType.F32);
        Files.write(file, map.build().toByteArray());
        if (whole) {
            Mapping expected = floats(Map.of("k0", 0, "k1", 1));
            assertThat(OnnxTensors.read(file, type)).isEqualTo(expected);
            Files.write(
                    file, SequenceProto.newBuilder().addMapValues(map).build().toByteArray());
            assertThat(OnnxTensors.read(file, new SequenceType(type)))
                    .isEqualTo(new Datum.Sequence(type, List.of(expected)));
        } else {
            assertThatThrownBy(() -> OnnxTensors.read(file, type))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("2 keys for 1 values");
        }
        Files.write(
                file, map.addStringKeys(ByteString.copyFromUtf8("k0")).build().toByteArray());
        assertThatThrownBy(() -> OnnxTensors.read(file, type)).isInstanceOf(LatheException.class);
    }
}
