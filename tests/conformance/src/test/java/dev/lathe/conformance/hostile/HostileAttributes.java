package dev.lathe.conformance.hostile;

import static dev.lathe.conformance.hostile.HostileParts.attribute;
import static dev.lathe.conformance.hostile.HostileParts.floats;
import static dev.lathe.conformance.hostile.HostileParts.input;
import static dev.lathe.conformance.hostile.HostileParts.line;
import static dev.lathe.conformance.hostile.HostileParts.longs;
import static dev.lathe.conformance.hostile.HostileParts.model;
import static dev.lathe.conformance.hostile.HostileParts.node;
import static dev.lathe.conformance.hostile.HostileParts.picture;
import static dev.lathe.conformance.hostile.HostileParts.scalar;

import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Attributes and operands of every size and sign. */
final class HostileAttributes {
    private static final long HUGE = 1L << 62;

    private HostileAttributes() {}

    static void addTo(HostileModels all) {
        long[] numbers = {HUGE, -1, 0, 1L << 31, 1L << 30, Long.MIN_VALUE, Long.MAX_VALUE, -HUGE};
        for (long v : numbers) {
            windows(all, v);
            axes(all, v);
            images(all, v);
            blocks(all, v);
            counts(all, v);
            indices(all, v);
            integers(all, v);
        }
        fractions(all);
    }

    private static void windows(HostileModels all, long v) {
        for (String attribute : List.of("kernel_shape", "strides", "dilations", "pads")) {
            for (String type : List.of("MaxPool", "AveragePool", "LpPool")) {
                all.add(
                        "attributes/" + type + "-" + attribute + v,
                        () -> model(picture(), windowed(type, "x", "y", attribute, v)));
            }
            for (String type : List.of("Conv", "ConvTranspose")) {
                all.add(
                        "attributes/" + type + "-" + attribute + v,
                        () -> model(
                                picture(),
                                Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 2, 2)),
                                windowed(type, "x w", "y", attribute, v)));
            }
        }
        all.add(
                "attributes/pool-index" + v,
                () -> model(
                        picture(), node("MaxPool", "x", "y i", "kernel_shape", new long[] {v, v}, "pads", new long[] {
                            v / 2, v / 2, v / 2, v / 2
                        })));
        all.add(
                "attributes/pool-padded" + v,
                () -> model(
                        picture(),
                        node(
                                "AveragePool",
                                "x",
                                "y",
                                "kernel_shape",
                                new long[] {v, v},
                                "pads",
                                new long[] {v / 2, v / 2, v / 2, v / 2},
                                "count_include_pad",
                                1)));
        all.add(
                "attributes/transpose-output" + v,
                () -> model(
                        picture(),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 2, 2)),
                        node("ConvTranspose", "x w", "y", "output_padding", new long[] {v, v})));
        all.add(
                "attributes/transpose-shape" + v,
                () -> model(
                        picture(),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 2, 2)),
                        node("ConvTranspose", "x w", "y", "output_shape", new long[] {v, v})));
        all.add(
                "attributes/conv-group" + v,
                () -> model(
                        picture(),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 2, 2)),
                        node("Conv", "x w", "y", "group", v)));
    }

    private static void axes(HostileModels all, long v) {
        for (String type :
                List.of("Softmax", "Flatten", "LayerNormalization", "ArgMax", "Concat", "Hardmax", "LpNormalization")) {
            all.add(
                    "attributes/" + type + "-axis" + v,
                    () -> model(
                            picture(),
                            type.startsWith("Layer")
                                    ? node(type, "x x", "y", "axis", v)
                                    : node(type, "x", "y", "axis", v)));
        }
        all.add(
                "attributes/gather-axis" + v,
                () -> model(line(), longs("i", v), node("Gather", "x i", "y", "axis", v)));
        all.add(
                "attributes/transpose" + v,
                () -> model(picture(), node("Transpose", "x", "y", "perm", new long[] {v, 1, 2, 3})));
        all.add(
                "attributes/gathernd" + v,
                () -> model(picture(), longs("i", 0, 0, 0), node("GatherND", "x i", "y", "batch_dims", v)));
        all.add("attributes/unsqueeze" + v, () -> model(line(), longs("a", v), node("Unsqueeze", "x a", "y")));
        all.add("attributes/squeeze" + v, () -> model(line(), longs("a", v), node("Squeeze", "x a", "y")));
        all.add("attributes/cumsum" + v, () -> model(line(), scalar("a", v), node("CumSum", "x a", "y")));
        all.add("attributes/reduce" + v, () -> model(line(), longs("a", v), node("ReduceSum", "x a", "y")));
        all.add("attributes/shape" + v, () -> model(picture(), node("Shape", "x", "y", "start", v, "end", v)));
        all.add("attributes/unique" + v, () -> model(line(), node("Unique", "x", "y", "axis", v)));
        all.add(
                "attributes/quantize-axis" + v,
                () -> model(picture(), floats("s", 1), node("QuantizeLinear", "x s", "y", "axis", v)));
    }

    private static void images(HostileModels all, long v) {
        all.add("attributes/lrn" + v, () -> model(picture(), node("LRN", "x", "y", "size", v)));
        all.add(
                "attributes/depth-to-space" + v,
                () -> model(picture(), node("DepthToSpace", "x", "y", "blocksize", v)));
        all.add(
                "attributes/space-to-depth" + v,
                () -> model(picture(), node("SpaceToDepth", "x", "y", "blocksize", v)));
        all.add(
                "attributes/group-norm" + v,
                () -> model(picture(), floats("s", 1), node("GroupNormalization", "x s s", "y", "num_groups", v)));
        all.add("attributes/trilu" + v, () -> model(picture(), scalar("k", v), node("Trilu", "x k", "y")));
        all.add(
                "attributes/eye" + v,
                () -> model(input("x", ElementType.F32, -1, -1), node("EyeLike", "x", "y", "k", v)));
        all.add(
                "attributes/roi-align" + v,
                () -> model(
                        picture(),
                        Protos.tensor("r", Tensor.of(new float[] {0, 0, 2, 2}, 1, 4)),
                        longs("i", 0),
                        node("RoiAlign", "x r i", "y", "output_height", v, "output_width", 2, "sampling_ratio", v)));
        all.add(
                "attributes/roi-sampling" + v,
                () -> model(
                        picture(),
                        Protos.tensor("r", Tensor.of(new float[] {0, 0, 2, 2}, 1, 4)),
                        longs("i", 0),
                        node("RoiAlign", "x r i", "y", "output_height", 2, "output_width", 2, "sampling_ratio", v)));
        all.add(
                "attributes/max-roi" + v,
                () -> model(
                        picture(),
                        Protos.tensor("r", Tensor.of(new float[] {0, 0, 0, 2, 2}, 1, 5)),
                        node("MaxRoiPool", "x r", "y", "pooled_shape", new long[] {v, 2})));
        all.add(
                "attributes/grid" + v,
                () -> model(
                        picture(),
                        Protos.tensor("g", Tensor.of(new float[] {v, v, v, v, v, v, v, v}, 1, 2, 2, 2)),
                        node("GridSample", "x g", "y")));
    }

    private static void blocks(HostileModels all, long v) {
        all.add(
                "attributes/lstm" + v,
                () -> model(
                        input("x", ElementType.F32, -1, 1, 2),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 8, 2)),
                        Protos.tensor("r", Tensor.zeros(ElementType.F32, 1, 8, 2)),
                        node("LSTM", "x w r", "y", "hidden_size", v, "layout", v)));
        all.add(
                "attributes/quantize-block" + v,
                () -> model(
                                picture(),
                                Protos.tensor("s", Tensor.zeros(ElementType.F32, 1, 1, 1, 1)),
                                node("QuantizeLinear", "x s", "y", "axis", 3, "block_size", v))
                        .toBuilder()
                        .setOpsetImport(0, OperatorSetIdProto.newBuilder().setVersion(21))
                        .build());
        all.add(
                "attributes/heads" + v,
                () -> model(
                        input("x", ElementType.F32, 1, -1, 8),
                        node("com.microsoft:MultiHeadAttention", "x x x", "y", "num_heads", v)));
        all.add(
                "attributes/n-bits" + v,
                () -> model(
                        input("x", ElementType.F32, 1, -1, 8),
                        Protos.tensor("w", Tensor.zeros(ElementType.U8, 8, 1, 8)),
                        Protos.tensor("s", Tensor.zeros(ElementType.F32, 8)),
                        node("com.microsoft:MatMulNBits", "x w s", "y", "K", v, "N", v, "block_size", v, "bits", 4)));
    }

    private static void counts(HostileModels all, long v) {
        all.add("attributes/split" + v, () -> model(line(), node("Split", "x", "y z", "num_outputs", v)));
        all.add("attributes/cast" + v, () -> model(line(), node("Cast", "x", "y", "to", v)));
        all.add("attributes/scan" + v, () -> model(line(), scanNode(v)));
        all.add("attributes/loop" + v, () -> model(line(), scalar("m", v > 5 ? 5 : v), loop("m", "_", "x", "y")));
        all.add(
                "attributes/split-to-sequence" + v,
                () -> model(
                        line(), scalar("i", v), node("SplitToSequence", "x i", "s"), node("SequenceLength", "s", "y")));
        all.add(
                "attributes/nms" + v,
                () -> model(
                        input("x", ElementType.F32, 1, -1, 4),
                        input("s", ElementType.F32, 1, 1, -1),
                        scalar("m", v),
                        node("NonMaxSuppression", "x s m", "y")));
        all.add(
                "attributes/det" + v,
                () -> model(
                        line(),
                        node("Multinomial", "p", "y", "sample_size", v),
                        Protos.tensor("p", Tensor.zeros(ElementType.F32, 1, 3))));
        all.add(
                "attributes/opset" + v,
                () -> model(line(), node("Relu", "x", "y")).toBuilder()
                        .setOpsetImport(0, OperatorSetIdProto.newBuilder().setVersion(v))
                        .build());
    }

    private static void indices(HostileModels all, long v) {
        all.add("attributes/gather" + v, () -> model(line(), longs("i", v), node("Gather", "x i", "y")));
        all.add(
                "attributes/roll" + v,
                () -> model(
                        input("x", ElementType.F32, -1, -1, -1), longs("l", v), node("ReverseSequence", "x l", "y")));
        all.add(
                "attributes/scatter" + v,
                () -> model(line(), longs("i", v), floats("u", 1), node("ScatterElements", "x i u", "y")));
        all.add(
                "attributes/scatter-nd" + v,
                () -> model(
                        line(),
                        Protos.tensor("i", Tensor.of(new long[] {v}, 1, 1)),
                        floats("u", 1),
                        node("ScatterND", "x i u", "y")));
        all.add(
                "attributes/sequence-at" + v,
                () -> model(
                        line(), scalar("i", v), node("SequenceConstruct", "x x", "s"), node("SequenceAt", "s i", "y")));
    }

    private static void integers(HostileModels all, long v) {
        all.add(
                "attributes/bit-shift" + v,
                () -> model(
                        input("x", ElementType.U64, -1),
                        Protos.tensor("s", Tensor.scalar(ElementType.U64, v)),
                        node("BitShift", "x s", "y", "direction", "LEFT")));
        all.add(
                "attributes/mod" + v,
                () -> model(input("x", ElementType.I64, -1), scalar("s", v), node("Mod", "x s", "y")));
        all.add(
                "attributes/div-shape" + v,
                () -> model(
                        line(),
                        longs("s", v),
                        node("Shape", "x", "n"),
                        node("Div", "n s", "d"),
                        node("Expand", "x d", "y")));
        all.add(
                "attributes/mul-shape" + v,
                () -> model(
                        line(),
                        longs("s", v),
                        node("Shape", "x", "n"),
                        node("Mul", "n s", "d"),
                        node("Expand", "x d", "y")));
        all.add(
                "attributes/add-shape" + v,
                () -> model(
                        line(),
                        longs("s", v),
                        node("Shape", "x", "n"),
                        node("Add", "n s", "d"),
                        node("ConstantOfShape", "d", "y")));
    }

    private static void fractions(HostileModels all) {
        for (float f : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -1, 0}) {
            all.add("attributes/leaky" + f, () -> model(line(), node("LeakyRelu", "x", "y", "alpha", f)));
            all.add(
                    "attributes/batch-norm" + f,
                    () -> model(
                            picture(),
                            floats("s", 1),
                            node("BatchNormalization", "x s s s s", "y", "epsilon", f, "momentum", f)));
            all.add(
                    "attributes/roi-scale" + f,
                    () -> model(
                            picture(),
                            Protos.tensor("r", Tensor.of(new float[] {0, 0, 2e9f, 2e9f}, 1, 4)),
                            longs("i", 0),
                            node("RoiAlign", "x r i", "y", "output_height", 2, "output_width", 2, "spatial_scale", f)));
            all.add("attributes/dropout" + f, () -> model(line(), node("Dropout", "x", "y", "ratio", f)));
            all.add(
                    "attributes/lrn" + f,
                    () -> model(picture(), node("LRN", "x", "y", "size", 3, "alpha", f, "beta", f)));
        }
    }

    private static NodeProto windowed(String type, String inputs, String output, String attribute, long v) {
        boolean conv = type.startsWith("Conv");
        NodeProto.Builder n = node(type, inputs, output).toBuilder();
        if (!conv || attribute.equals("kernel_shape")) {
            n.addAttribute(attribute(
                    "kernel_shape", attribute.equals("kernel_shape") ? new long[] {v, v} : new long[] {2, 2}));
        }
        if (!attribute.equals("kernel_shape")) {
            n.addAttribute(
                    attribute(attribute, attribute.equals("pads") ? new long[] {v, v, v, v} : new long[] {v, v}));
        }
        return n.build();
    }

    private static NodeProto scanNode(long scans) {
        GraphProto body = GraphProto.newBuilder()
                .setName("b")
                .addInput(ValueInfoProto.newBuilder().setName("e"))
                .addNode(node("Relu", "e", "o"))
                .addOutput(ValueInfoProto.newBuilder().setName("o"))
                .build();
        return node("Scan", "x", "y", "body", body, "num_scan_inputs", scans, "scan_input_axes", new long[] {scans});
    }

    private static NodeProto loop(String count, String condition, String state, String output) {
        GraphProto body = GraphProto.newBuilder()
                .setName("b")
                .addInput(input("i", ElementType.I64))
                .addInput(input("c", ElementType.BOOL))
                .addInput(ValueInfoProto.newBuilder().setName("s"))
                .addNode(node("Identity", "c", "d"))
                .addNode(node("Exp", "s", "t"))
                .addOutput(ValueInfoProto.newBuilder().setName("d"))
                .addOutput(ValueInfoProto.newBuilder().setName("t"))
                .build();
        return node("Loop", count + " " + condition + " " + state, output, "body", body);
    }
}
