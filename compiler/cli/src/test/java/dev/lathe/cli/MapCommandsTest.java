package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.MapProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.SequenceProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maps on the command line: what a classifier gives, what a vectorizer takes. */
class MapCommandsTest {
    private static final String SCORES = "[[0.25, 0.75], [1, 0]]";

    @TempDir
    private Path folder;

    private static ModelProto model(NodeProto.Builder node, ValueInfoProto input) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(3))
                .setGraph(GraphProto.newBuilder()
                        .setName("tiny")
                        .addInput(input)
                        .addOutput(ValueInfoProto.newBuilder().setName("y"))
                        .addNode(node.setDomain("ai.onnx.ml").addInput("x").addOutput("y")))
                .build();
    }

    private static AttributeProto words(String name, String... words) {
        AttributeProto.Builder a =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.STRINGS);
        for (String word : words) {
            a.addStrings(ByteString.copyFromUtf8(word));
        }
        return a.build();
    }

    private static ModelProto zipMap() {
        return model(
                NodeProto.newBuilder().setOpType("ZipMap").addAttribute(words("classlabels_strings", "no", "yes")),
                TinyModels.input("x", TinyModels.F32, "n", "2"));
    }

    /** From a map, whose values are declared as scikit-learn's exporter does: without a shape. */
    private static ModelProto vectorizer() {
        TypeProto.Map.Builder type = TypeProto.Map.newBuilder()
                .setKeyType(TensorProto.DataType.STRING_VALUE)
                .setValueType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(TinyModels.F32)));
        return model(
                NodeProto.newBuilder()
                        .setOpType("DictVectorizer")
                        .addAttribute(words("string_vocabulary", "age", "height")),
                ValueInfoProto.newBuilder()
                        .setName("x")
                        .setType(TypeProto.newBuilder().setMapType(type))
                        .build());
    }

    private static MapProto map(List<String> keys, float... values) {
        MapProto.Builder map = MapProto.newBuilder().setKeyType(TensorProto.DataType.STRING_VALUE);
        keys.forEach(key -> map.addStringKeys(ByteString.copyFromUtf8(key)));
        for (float v : values) {
            map.getValuesBuilder()
                    .addTensorValues(
                            TensorProto.newBuilder().setDataType(TinyModels.F32).addFloatData(v));
        }
        return map.build();
    }

    @Test
    void resultsArePrinted() {
        Path model = TinyModels.write(folder.resolve("m.onnx"), zipMap());
        for (String target : List.of("reference", "java")) {
            Cli cli = Cli.lathe("run", model, "--target", target, "--input", SCORES);
            assertThat(cli.out()).as(cli.err()).isEqualTo("""
                y: seq<map<string, f32[]>> of 2
                  map<string, f32[]> of 2 {"no": 0.2500000, "yes": 0.7500000}; …
                """);
        }
    }

    @Test
    void jsonHoldsThemAll() throws IOException {
        Path model = TinyModels.write(folder.resolve("m.onnx"), zipMap());
        Cli cli = Cli.lathe("run", model, "--target", "reference", "--input", SCORES, "--json", "-");
        JsonNode y = new ObjectMapper().readTree(cli.out()).get("outputs").get(0);
        assertThat(y.get("type").asText()).isEqualTo("seq<map<string, f32[]>>");
        assertThat(y.get("values")).hasToString("[{\"no\":0.25,\"yes\":0.75},{\"no\":1.0,\"yes\":0.0}]");
    }

    @Test
    void inputsAreTypedOrRandomOrFiles() throws IOException {
        Path model = TinyModels.write(folder.resolve("m.onnx"), vectorizer());
        Path file = folder.resolve("x.pb");
        Files.write(file, map(List.of("height", "other"), 1.5f, 2).toByteArray());
        for (Object input : List.of("{\"height\": 1.5, \"other\": 2}", "x={\"height\": 1.5}", file)) {
            Cli cli = Cli.lathe("run", model, "--target", "reference", "--input", input);
            assertThat(cli.out()).as(cli.err()).isEqualTo("y: f32[1, 2]\n  0.000000 1.500000\n");
        }
        assertThat(Cli.lathe("run", model, "--target", "reference").exit()).isZero();
    }

    @Test
    void whatIsNoSuchMapIsTold() {
        Path model = TinyModels.write(folder.resolve("m.onnx"), vectorizer());
        for (String wrong : List.of("[1]", "{\"a\": \"b\"}", "{\"a\": 1, \"a\": 2}", "{a", "{\"a\": [1, 2]}")) {
            Cli cli = Cli.lathe("run", model, "--target", "reference", "--input", wrong);
            assertThat(cli.exit()).as(wrong).isEqualTo(1);
            assertThat(cli.err()).contains("map<string, f32[]>");
        }
    }

    @Test
    void testsInOnnxLayoutHoldMaps() throws IOException {
        for (float last : new float[] {0, 3}) {
            Path set = Files.createDirectories(folder.resolve("zip" + (int) last + "/test_data_set_0"));
            TinyModels.write(set.resolveSibling("model.onnx"), zipMap());
            Tensor x = Tensor.of(new float[] {0.25f, 0.75f, 1, 0}, 2, 2);
            Files.write(set.resolve("input_0.pb"), OnnxTensors.write(x, "x"));
            SequenceProto y = SequenceProto.newBuilder()
                    .addMapValues(map(List.of("yes", "no"), 0.75f, 0.25f))
                    .addMapValues(map(List.of("no", "yes"), 1, last))
                    .build();
            Files.write(set.resolve("output_0.pb"), y.toByteArray());
        }
        Path set = Files.createDirectories(folder.resolve("vector/test_data_set_0"));
        TinyModels.write(set.resolveSibling("model.onnx"), vectorizer());
        Files.write(set.resolve("input_0.pb"), map(List.of("age"), 41).toByteArray());
        Files.write(set.resolve("output_0.pb"), OnnxTensors.write(Tensor.of(new float[] {41, 0}, 1, 2), "y"));
        for (String target : List.of("reference", "java")) {
            assertThat(Cli.lathe("verify", folder, "--target", target).out().lines())
                    .containsExactly(
                            "FAIL zip3: output \"y\": item 1: key \"yes\": element [] is 0.0, expected 3.0 (off by"
                                    + " 3.00, allowed 0.00); 1 of 1 differ",
                            "2 passed, 1 failed, 0 skipped");
        }
    }
}
