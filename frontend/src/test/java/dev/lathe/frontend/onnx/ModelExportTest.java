package dev.lathe.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.frontend.onnx.file.TensorDecoder;
import dev.lathe.frontend.onnx.file.TensorEncoder;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models read and written again: what no pass changed stands as it stood. */
class ModelExportTest {
    @TempDir
    private Path folder;

    private ModelProto again(ModelProto.Builder model) {
        return again(model, OptionalInt.empty());
    }

    private ModelProto again(ModelProto.Builder model, OptionalInt opset) {
        try {
            Path file = folder.resolve("model.onnx");
            Files.write(file, model.build().toByteArray());
            ImportedModel read = OnnxImporter.readModel(file, Map.of(), false);
            return ModelProto.parseFrom(
                    OnnxExporter.bytes(read.graph(), new ExportOptions(Optional.of(read), new Equalities(), opset)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> types(ModelProto model) {
        return model.getGraph().getNodeList().stream().map(NodeProto::getOpType).toList();
    }

    private static TensorProto.Builder weight(String name, Tensor t) {
        return TensorEncoder.proto(t, name);
    }

    @Test
    void anOperatorWithoutAnOpOfItsOwnStays() {
        ModelProto.Builder model = Onnx.model(
                13,
                Onnx.input("x", TensorProto.DataType.INT64, "n"),
                weight("low", Tensor.scalar(0L)),
                Onnx.node("Clip", "x low", "y"),
                "y");
        ModelProto out = again(model);
        assertThat(out.getGraph().getNodeList()).isEqualTo(model.getGraph().getNodeList());
        assertThat(out.getOpsetImport(0).getVersion()).isEqualTo(13);
        assertThat(out.getSerializedSize()).isLessThanOrEqualTo(model.build().getSerializedSize());
    }

    @Test
    void operatorsOfOtherDomainsStay() {
        NodeProto.Builder encoder = Onnx.node(
                        "LabelEncoder", "x", "y", Onnx.ints("keys_int64s", 1, 2), Onnx.ints("values_int64s", 10, 20))
                .setDomain("ai.onnx.ml");
        ModelProto.Builder model = Onnx.model(17, Onnx.input("x", TensorProto.DataType.INT64, "n"), encoder, "y")
                .addOpsetImport(Onnx.opset("ai.onnx.ml", 2));
        ModelProto out = again(model);
        assertThat(out.getGraph().getNode(0)).isEqualTo(encoder.build());
        assertThat(out.getOpsetImportList()).contains(Onnx.opset("ai.onnx.ml", 2));
    }

    @Test
    void generatedConstantsStayGenerated() {
        ModelProto.Builder model = Onnx.model(
                17,
                Onnx.input("x", TensorProto.DataType.FLOAT, 1000),
                weight("shape", Tensor.vector(1000L)),
                Onnx.node("ConstantOfShape", "shape", "zeros"),
                Onnx.node("Add", "x zeros", "y"),
                "y");
        ModelProto out = again(model);
        assertThat(out.getSerializedSize()).isLessThanOrEqualTo(model.build().getSerializedSize());
        assertThat(out.getGraph().getInitializerList())
                .allMatch(t -> t.getRawData().size() < 100);
    }

    @Test
    void equalShapeArithmeticIsWrittenOnce() {
        ModelProto out = again(Onnx.model(
                17,
                Onnx.input("x", TensorProto.DataType.FLOAT, "b", "s", "12"),
                Onnx.node("Relu", "x", "a"),
                Onnx.node("Shape", "x", "s1"),
                Onnx.node("Shape", "a", "s2"),
                Onnx.node("Exp", "a", "e"),
                Onnx.node("Reshape", "e s1", "r1"),
                Onnx.node("Reshape", "a s2", "r2"),
                Onnx.node("Add", "r1 r2", "y"),
                "y"));
        assertThat(types(out)).doesNotContain("Gather", "Concat");
        assertThat(types(out).stream().filter("Shape"::equals).count()).isLessThanOrEqualTo(1);
    }

    @Test
    void outputsThatAreInputsKeepTheirOperator() {
        ModelProto out = again(
                Onnx.model(13, Onnx.input("x", TensorProto.DataType.FLOAT, "n"), Onnx.node("Max", "x", "y"), "y"));
        assertThat(types(out)).hasSize(1);
        assertThat(out.getGraph().getOutput(0).getName()).isEqualTo("y");
    }

    @Test
    void aNewerOpsetIsWrittenWhenAskedFor() {
        ModelProto.Builder model = Onnx.model(
                11,
                Onnx.input("x", TensorProto.DataType.FLOAT, "n", "4"),
                Onnx.node("ReduceSum", "x", "y", Onnx.ints("axes", 1)),
                "y");
        assertThat(again(model).getOpsetImport(0).getVersion()).isEqualTo(11);
        ModelProto newer = again(model, OptionalInt.of(18));
        assertThat(newer.getOpsetImport(0).getVersion()).isEqualTo(18);
        assertThat(newer.getGraph().getNode(0).getInputCount()).isEqualTo(2);
    }

    @Test
    void anOpsetThatLacksAnOperatorIsAnError() {
        ModelProto.Builder model = Onnx.model(
                20, Onnx.input("x", TensorProto.DataType.STRING, "n"), Onnx.node("StringConcat", "x x", "y"), "y");
        assertThatThrownBy(() -> again(model, OptionalInt.of(13))).isInstanceOf(LatheException.class);
    }

    @Test
    void metadataStays() {
        ModelProto.Builder model = Onnx.model(
                        13, Onnx.input("x", TensorProto.DataType.FLOAT, "n"), Onnx.node("Relu", "x", "y"), "y")
                .setProducerName("somebody");
        model.addMetadataPropsBuilder().setKey("character").setValue("abc");
        ModelProto out = again(model);
        assertThat(out.getProducerName()).isEqualTo("somebody");
        assertThat(out.getMetadataPropsList()).isEqualTo(model.getMetadataPropsList());
    }

    @Test
    void smallIntegersTakeFewBytes() {
        Tensor t = Tensor.vector(1L, -1L, 64L, 300L);
        assertThat(TensorEncoder.compact(t, "t").build().getSerializedSize())
                .isLessThan(TensorEncoder.proto(t, "t").build().getSerializedSize());
        assertThat(new TensorDecoder(null).decode(TensorEncoder.compact(t, "t").build()))
                .isEqualTo(t);
        Tensor negative = Tensor.of(new int[] {-5, 7, 1}, 3);
        assertThat(negative.element()).isEqualTo(ElementType.I32);
        assertThat(new TensorDecoder(null)
                        .decode(TensorEncoder.compact(negative, "t").build()))
                .isEqualTo(negative);
    }
}
