package dev.lathe.conformance.hostile;

import static dev.lathe.conformance.hostile.HostileParts.floats;
import static dev.lathe.conformance.hostile.HostileParts.input;
import static dev.lathe.conformance.hostile.HostileParts.line;
import static dev.lathe.conformance.hostile.HostileParts.model;
import static dev.lathe.conformance.hostile.HostileParts.node;
import static dev.lathe.conformance.hostile.HostileParts.picture;

import com.google.protobuf.ByteString;
import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.StringStringEntryProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Bytes that do not fit together, types that do not exist, and tensors of nothing. */
final class HostileFiles {
    private HostileFiles() {}

    static void addTo(HostileModels all) {
        for (String length : List.of("4611686018427387904", "-1", "x", "99999999999999999999", "")) {
            for (String key : List.of("length", "offset")) {
                all.add(
                        "files/external-" + key + length,
                        () -> model(
                                line(),
                                TensorProto.newBuilder()
                                        .setName("w")
                                        .setDataType(1)
                                        .addDims(2)
                                        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                                        .addExternalData(StringStringEntryProto.newBuilder()
                                                .setKey("location")
                                                .setValue("model.onnx"))
                                        .addExternalData(StringStringEntryProto.newBuilder()
                                                .setKey(key)
                                                .setValue(length))
                                        .build(),
                                node("Add", "x w", "y")));
            }
        }
        for (int type = -1; type < 30; type++) {
            int number = type;
            all.add(
                    "files/payload-of-type" + type,
                    () -> model(
                            line(),
                            TensorProto.newBuilder()
                                    .setName("w")
                                    .setDataType(number)
                                    .addDims(3)
                                    .setRawData(ByteString.copyFrom(new byte[5]))
                                    .build(),
                            node("Shape", "w", "y")));
            all.add(
                    "files/numbers-of-type" + type,
                    () -> model(
                            line(),
                            TensorProto.newBuilder()
                                    .setName("w")
                                    .setDataType(number)
                                    .addDims(3)
                                    .addInt32Data(-1)
                                    .addInt32Data(1 << 20)
                                    .addInt32Data(3)
                                    .build(),
                            node("Cast", "w", "y", "to", ElementType.F32)));
            all.add("files/input-of-type" + type, () -> {
                ValueInfoProto.Builder v = line().toBuilder();
                v.getTypeBuilder().getTensorTypeBuilder().setElemType(number);
                return model(v.build(), node("Identity", "x", "y"));
            });
        }
        all.add(
                "files/no-type",
                () -> model(ValueInfoProto.newBuilder().setName("x").build(), node("Relu", "x", "y")));
        all.add("files/same-input", () -> model(line(), line(), node("Relu", "x", "y")));
        all.add("files/same-result", () -> model(line(), node("Relu", "x", "y"), node("Exp", "x", "y")));
        all.add("files/same-initializer", () -> model(line(), floats("w", 1), floats("w", 2), node("Add", "x w", "y")));
        all.add("files/empty-name", () -> model(line().toBuilder().setName("").build(), node("Relu", "_", "y")));
        all.add("files/no-nodes", () -> model(GraphProto.newBuilder()));
        all.add("files/zero", () -> model(input("x", ElementType.F32, 0, 0), node("Relu", "x", "y")));
        for (String type : List.of(
                "Softmax",
                "ArgMax",
                "ReduceMax",
                "ReduceMean",
                "GlobalMaxPool",
                "LogSoftmax",
                "Unique",
                "NonZero",
                "Det",
                "GlobalAveragePool",
                "Hardmax",
                "LpNormalization",
                "MeanVarianceNormalization")) {
            all.add("files/zero-" + type, () -> model(input("x", ElementType.F32, 0, 0, 0, 0), node(type, "x", "y")));
        }
        all.add(
                "files/zero-matmul",
                () -> model(
                        input("x", ElementType.F32, -1, 0),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 0, 4)),
                        node("MatMul", "x w", "y")));
        all.add(
                "files/zero-conv",
                () -> model(
                        input("x", ElementType.F32, 1, 0, -1, -1),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 0, 0, 1, 1)),
                        node("Conv", "x w", "y")));
        all.add(
                "files/zero-kernel",
                () -> model(
                        picture(),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 0, 0)),
                        node("Conv", "x w", "y")));
        all.add(
                "files/zero-lstm",
                () -> model(
                        input("x", ElementType.F32, 0, 0, 0),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 0, 0)),
                        Protos.tensor("r", Tensor.zeros(ElementType.F32, 1, 0, 0)),
                        node("LSTM", "x w r", "y", "hidden_size", 0L)));
        all.add(
                "files/attribute-of-other-type",
                () -> model(
                        picture(),
                        node("MaxPool", "x", "y", "kernel_shape", "text", "strides", 1.5f, "pads", new String[] {"a"
                        })));
    }
}
