package dev.lathe.cli;

import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tiny models in files. */
final class TinyModels {
    static final int F32 = 1;
    static final int I64 = 7;

    private TinyModels() {}

    /** {@code y = relu(x * w)}, with a symbolic batch. */
    static Path mlp(Path folder) {
        return write(folder.resolve("mlp.lir"), """
            graph @mlp(%x: f32[batch, 3]) -> (y: f32[batch, 2]) {
              %w = constant [1, 2, 3, 4, 5, 6] : f32[3, 2]
              %h = mat_mul(%x, %w) : f32[batch, 2]
              %y = relu(%h) : f32[batch, 2]
              return %y
            }
            """);
    }

    /** An embedding of 5 tokens, masked: {@code y[i] = table[ids[i]] * mask[i]}. */
    static Path embedding(Path folder) {
        return write(folder.resolve("embedding.lir"), """
            graph @embedding(%ids: i64[batch, sequence], %mask: f32[batch, sequence, 1]) -> (y: f32[batch, sequence, 2]) {
              %table = constant [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : f32[5, 2]
              %e = gather(%table, %ids) {axis=0} : f32[batch, sequence, 2]
              %y = multiply(%e, %mask) : f32[batch, sequence, 2]
              return %y
            }
            """);
    }

    /** {@code y = Operator(x)}, as an ONNX file. */
    static Path onnx(Path file, String operator) {
        return onnx(file, operator, "2", "3");
    }

    /** One node that makes y from x, whose dimensions are given. */
    static Path onnx(Path file, String operator, String... dims) {
        return write(file, model(operator, 13, List.of("x"), List.of(input("x", F32, dims))));
    }

    /** One node that makes y from its operands. */
    static ModelProto model(String operator, int opset, List<String> operands, List<ValueInfoProto> inputs) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(GraphProto.newBuilder()
                        .setName("tiny")
                        .addAllInput(inputs)
                        .addOutput(ValueInfoProto.newBuilder()
                                .setName("y")
                                .setType(TypeProto.newBuilder()
                                        .setTensorType(
                                                TypeProto.Tensor.newBuilder().setElemType(F32))))
                        .addNode(NodeProto.newBuilder()
                                .setName("only")
                                .setOpType(operator)
                                .addAllInput(operands)
                                .addOutput("y")))
                .build();
    }

    /** An input; dimensions that are no numbers are symbols. */
    static ValueInfoProto input(String name, int type, String... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (String dim : dims) {
            TensorShapeProto.Dimension.Builder d = shape.addDimBuilder();
            if (dim.matches("[0-9]+")) {
                d.setDimValue(Long.parseLong(dim));
            } else {
                d.setDimParam(dim);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
                .build();
    }

    /** A test in ONNX's layout, with one data set. */
    static Path test(Path folder, ModelProto model, List<Tensor> inputs, Tensor output) {
        try {
            Path set = Files.createDirectories(folder.resolve("test_data_set_0"));
            write(folder.resolve("model.onnx"), model);
            for (int i = 0; i < inputs.size(); i++) {
                Files.write(set.resolve("input_" + i + ".pb"), OnnxTensors.write(inputs.get(i), ""));
            }
            Files.write(set.resolve("output_0.pb"), OnnxTensors.write(output, ""));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A test that {@code y = Relu(x)} for two values. */
    static Path reluTest(Path folder, float first, float second) {
        return test(
                folder,
                model("Relu", 13, List.of("x"), List.of(input("x", F32, "2"))),
                List.of(Tensor.of(new float[] {-1, 2}, 2)),
                Tensor.of(new float[] {first, second}, 2));
    }

    static TensorProto proto(Tensor t, String name) throws IOException {
        return TensorProto.parseFrom(OnnxTensors.write(t, name));
    }

    static Path write(Path file, ModelProto model) {
        return write(file, model.toByteArray());
    }

    static Path write(Path file, String text) {
        return write(file, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
