package dev.lathe.conformance.hostile;

import com.google.protobuf.ByteString;
import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.grammar.onnx.StringStringEntryProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The table of hostile models. */
final class HostileModels {
    private static final long HUGE = 1L << 62;
    private static final int MANY = 100_000;

    private HostileModels() {}

    /** A model by what is wrong with it. */
    record Hostile(String name, Supplier<ModelProto> model) {}

    private final List<Hostile> all = new ArrayList<>();

    static List<Hostile> all() {
        HostileModels m = new HostileModels();
        m.sizes();
        m.attributes();
        m.lists();
        m.depth();
        m.texts();
        m.tables();
        m.files();
        return m.all;
    }

    // Parts of models.

    private void add(String name, Supplier<ModelProto> model) {
        all.add(new Hostile(name, model));
    }

    private static ModelProto model(Object... parts) {
        GraphProto.Builder g = GraphProto.newBuilder().setName("g");
        for (Object part : parts) {
            switch (part) {
                case NodeProto n -> g.addNode(n);
                case TensorProto t -> g.addInitializer(t);
                case SparseTensorProto t -> g.addSparseInitializer(t);
                case ValueInfoProto v -> g.addInput(v);
                case List<?> nodes -> nodes.forEach(n -> g.addNode((NodeProto) n));
                default -> throw new IllegalArgumentException(part.toString());
            }
        }
        g.addOutput(ValueInfoProto.newBuilder().setName("y"));
        return model(g);
    }

    private static ModelProto model(GraphProto.Builder g) {
        ModelProto.Builder m = ModelProto.newBuilder().setIrVersion(10).setGraph(g);
        List.of("", "ai.onnx.ml", "com.microsoft", "local")
                .forEach(domain -> m.addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain(domain)
                        .setVersion(domain.isEmpty() ? 20 : domain.equals("ai.onnx.ml") ? 5 : 1)));
        return m.build();
    }

    /** The node {@code Type} or {@code domain:Type}; names are separated by spaces, {@code _} is an absent one. */
    private static NodeProto node(String type, String inputs, String outputs, Object... attributes) {
        NodeProto.Builder n = NodeProto.newBuilder()
                .setDomain(type.substring(0, Math.max(0, type.indexOf(':'))))
                .setOpType(type.substring(type.indexOf(':') + 1));
        for (String s : inputs.isEmpty() ? new String[0] : inputs.split(" ")) {
            n.addInput(s.equals("_") ? "" : s);
        }
        for (String s : outputs.split(" ")) {
            n.addOutput(s.equals("_") ? "" : s);
        }
        for (int i = 0; i + 1 < attributes.length; i += 2) {
            n.addAttribute(attribute((String) attributes[i], attributes[i + 1]));
        }
        return n.build();
    }

    private static AttributeProto attribute(String name, Object value) {
        return value instanceof Long l
                ? AttributeProto.newBuilder()
                        .setName(name)
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(l)
                        .build()
                : Protos.attribute(name, value);
    }

    private static TensorProto longs(String name, long... values) {
        return Protos.tensor(name, Tensor.vector(values));
    }

    private static TensorProto scalar(String name, long value) {
        return Protos.tensor(name, Tensor.scalar(value));
    }

    private static TensorProto floats(String name, float... values) {
        return Protos.tensor(name, Tensor.of(values, values.length));
    }

    /** An input; a size of -1 is open. */
    private static ValueInfoProto input(String name, ElementType type, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] < 0) {
                shape.addDimBuilder().setDimParam("d" + i);
            } else {
                shape.addDimBuilder().setDimValue(dims[i]);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(Protos.number(type))
                                .setShape(shape)))
                .build();
    }

    private static ValueInfoProto line() {
        return input("x", ElementType.F32, -1);
    }

    private static ValueInfoProto picture() {
        return input("x", ElementType.F32, 1, 1, -1, -1);
    }

    private static ValueInfoProto text() {
        return input("x", ElementType.STRING, -1);
    }

    private static String repeat(String s, int n) {
        return s.repeat(n);
    }

    // Kinds.

    private void sizes() {
        for (long[] dims : List.of(
                new long[] {HUGE, HUGE},
                new long[] {0, HUGE, HUGE},
                new long[] {HUGE},
                new long[] {-1, HUGE},
                new long[] {1L << 31, 1L << 31})) {
            String text = java.util.Arrays.toString(dims);
            add("sizes/input" + text, () -> model(input("x", ElementType.F32, dims), node("Relu", "x", "y")));
            if (dims[0] >= 0) {
                add("sizes/initializer" + text, () -> {
                    TensorProto.Builder t =
                            TensorProto.newBuilder().setName("w").setDataType(1).setRawData(ByteString.EMPTY);
                    for (long d : dims) {
                        t.addDims(d);
                    }
                    return model(line(), t.build(), node("Add", "x w", "y"));
                });
            }
            add("sizes/expand" + text, () -> model(line(), longs("s", dims), node("Expand", "x s", "y")));
            add(
                    "sizes/constant-of-shape" + text,
                    () -> model(line(), longs("s", dims), node("ConstantOfShape", "s", "y")));
            add("sizes/random" + text, () -> model(line(), node("RandomNormal", "", "y", "shape", dims)));
            add("sizes/reshape" + text, () -> model(line(), longs("s", dims), node("Reshape", "x s", "y")));
        }
        add(
                "sizes/negative-initializer",
                () -> model(
                        line(),
                        TensorProto.newBuilder()
                                .setName("w")
                                .setDataType(1)
                                .addDims(-1)
                                .addDims(-2)
                                .setRawData(ByteString.EMPTY)
                                .build(),
                        node("Add", "x w", "y")));
        for (long end : new long[] {HUGE, 1L << 40, 1L << 31, -HUGE}) {
            add(
                    "sizes/range-" + end,
                    () -> model(
                            line(),
                            scalar("a", 0),
                            scalar("b", end),
                            scalar("c", end < 0 ? -1 : 1),
                            node("Range", "a b c", "y")));
        }
        add(
                "sizes/range-step-0",
                () -> model(line(), scalar("a", 0), scalar("b", 5), scalar("c", 0), node("Range", "a b c", "y")));
        add(
                "sizes/range-float-nan",
                () -> model(
                        line(),
                        Protos.tensor("a", Tensor.scalar(ElementType.F32, 0)),
                        Protos.tensor("b", Tensor.scalar(ElementType.F32, Double.NaN)),
                        Protos.tensor("c", Tensor.scalar(ElementType.F32, 1e-30)),
                        node("Range", "a b c", "y")));
        add(
                "sizes/range-float-inf",
                () -> model(
                        line(),
                        Protos.tensor("a", Tensor.scalar(ElementType.F32, 0)),
                        Protos.tensor("b", Tensor.scalar(ElementType.F32, Double.POSITIVE_INFINITY)),
                        Protos.tensor("c", Tensor.scalar(ElementType.F32, 1)),
                        node("Range", "a b c", "y")));
        add(
                "sizes/one-hot",
                () -> model(
                        input("x", ElementType.I64, -1),
                        longs("d", HUGE),
                        floats("v", 0, 1),
                        node("OneHot", "x d v", "y")));
        add(
                "sizes/one-hot-2^40",
                () -> model(
                        input("x", ElementType.I64, -1),
                        longs("d", 1L << 40),
                        floats("v", 0, 1),
                        node("OneHot", "x d v", "y")));
        add("sizes/tile", () -> model(line(), longs("r", HUGE), node("Tile", "x r", "y")));
        add("sizes/tile-negative", () -> model(line(), longs("r", -3), node("Tile", "x r", "y")));
        for (long pad : new long[] {HUGE, -HUGE, 1L << 31, -100, Long.MIN_VALUE, Long.MAX_VALUE}) {
            for (String mode : List.of("constant", "edge", "reflect", "wrap")) {
                add(
                        "sizes/pad-" + mode + pad,
                        () -> model(line(), longs("p", pad, 1), node("Pad", "x p", "y", "mode", mode)));
            }
        }
        add("sizes/eye", () -> model(input("x", ElementType.F32, 1L << 31, 1L << 31), node("EyeLike", "x", "y")));
        add("sizes/matmul", () -> model(input("x", ElementType.F32, 1L << 24, 1L << 24), node("MatMul", "x x", "y")));
        add(
                "sizes/slice",
                () -> model(
                        line(),
                        longs("s", Long.MIN_VALUE),
                        longs("e", Long.MAX_VALUE),
                        longs("a", 0),
                        longs("t", Long.MIN_VALUE),
                        node("Slice", "x s e a t", "y")));
        add(
                "sizes/slice-step",
                () -> model(
                        line(),
                        longs("s", -1),
                        longs("e", Long.MIN_VALUE),
                        longs("a", 0),
                        longs("t", -HUGE),
                        node("Slice", "x s e a t", "y")));
        add("sizes/shape-powers", () -> {
            List<NodeProto> nodes = new ArrayList<>(List.of(node("Shape", "x", "s0")));
            for (int i = 0; i < 40; i++) {
                nodes.add(node("Mul", "s" + i + " s" + i, "s" + (i + 1)));
            }
            nodes.add(node("ConstantOfShape", "s40", "y"));
            return model(line(), nodes);
        });
        for (float scale :
                new float[] {-1, 0, Float.NaN, 1e30f, Float.POSITIVE_INFINITY, 1e-30f, Float.NEGATIVE_INFINITY}) {
            for (String mode : List.of("linear", "nearest", "cubic")) {
                add(
                        "sizes/resize-" + mode + scale,
                        () -> model(
                                picture(), floats("s", 1, 1, scale, 1), node("Resize", "x _ s", "y", "mode", mode)));
            }
            add(
                    "sizes/resize-roi" + scale,
                    () -> model(
                            picture(),
                            floats("r", 0, 0, 0, scale, 1, 1, 1, scale),
                            floats("s", 1, 1, 2, 2),
                            node(
                                    "Resize",
                                    "x r s",
                                    "y",
                                    "mode",
                                    "linear",
                                    "coordinate_transformation_mode",
                                    "tf_crop_and_resize")));
            add("sizes/upsample" + scale, () -> {
                ModelProto m = model(picture(), floats("s", 1, 1, scale, 1), node("Upsample", "x s", "y"));
                return m.toBuilder()
                        .setOpsetImport(0, OperatorSetIdProto.newBuilder().setVersion(9))
                        .build();
            });
        }
        for (long size : new long[] {0, -1, HUGE, 1L << 31}) {
            add(
                    "sizes/resize-sizes" + size,
                    () -> model(picture(), longs("s", 1, 1, size, 1), node("Resize", "x _ _ s", "y")));
            add(
                    "sizes/affine-grid" + size,
                    () -> model(
                            input("x", ElementType.F32, -1, 2, 3),
                            longs("s", 1, 1, size, 2),
                            node("AffineGrid", "x s", "y")));
            add("sizes/top-k" + size, () -> model(line(), longs("k", size), node("TopK", "x k", "y i")));
            add("sizes/split" + size, () -> model(line(), longs("k", size, 1), node("Split", "x k", "y z")));
            add("sizes/center-crop" + size, () -> model(line(), longs("k", size), node("CenterCropPad", "x k", "y")));
            add("sizes/hann" + size, () -> model(line(), scalar("k", size), node("HannWindow", "k", "y")));
            add(
                    "sizes/mel" + size,
                    () -> model(
                            line(),
                            scalar("a", size),
                            scalar("b", size),
                            scalar("c", 8000),
                            Protos.tensor("l", Tensor.scalar(ElementType.F32, 0)),
                            Protos.tensor("h", Tensor.scalar(ElementType.F32, 4000)),
                            node("MelWeightMatrix", "a b c l h", "y")));
            add(
                    "sizes/dft" + size,
                    () -> model(
                            input("x", ElementType.F32, 1, -1, 1),
                            scalar("n", size),
                            scalar("a", 1),
                            node("DFT", "x n a", "y")));
            add(
                    "sizes/stft" + size,
                    () -> model(
                            input("x", ElementType.F32, 1, 64, 1),
                            scalar("n", size),
                            scalar("l", size),
                            node("STFT", "x n _ l", "y")));
            add(
                    "sizes/bernoulli" + size,
                    () -> model(line(), longs("s", size), node("Expand", "x s", "e"), node("Bernoulli", "e", "y")));
            add(
                    "sizes/max-unpool" + size,
                    () -> model(
                            picture(),
                            longs("s", 1, 1, size, 4),
                            node("MaxPool", "x", "m i", "kernel_shape", new long[] {1, 1}),
                            node("MaxUnpool", "m i s", "y", "kernel_shape", new long[] {1, 1})));
            add(
                    "sizes/col2im" + size,
                    () -> model(
                            input("x", ElementType.F32, 1, 4, -1),
                            longs("s", size, 2),
                            longs("b", 2, 2),
                            node("Col2Im", "x s b", "y")));
        }
        add("sizes/sparse", () -> model(line(), sparse(new long[] {HUGE, 4}, 1), node("Add", "x w", "y")));
        add("sizes/sparse-index", () -> model(line(), sparse(new long[] {2, 4}, HUGE), node("Add", "x w", "y")));
        add("sizes/sparse-negative", () -> model(line(), sparse(new long[] {-2, -4}, 1), node("Add", "x w", "y")));
        add(
                "sizes/sparse-overflow",
                () -> model(line(), sparse(new long[] {1L << 20, 1L << 20}, 1), node("Add", "x w", "y")));
    }

    private static SparseTensorProto sparse(long[] dims, long index) {
        SparseTensorProto.Builder s = SparseTensorProto.newBuilder()
                .setValues(floats("w", 1))
                .setIndices(Protos.tensor("i", Tensor.of(new long[] {0, index}, 1, 2)));
        for (long d : dims) {
            s.addDims(d);
        }
        return s.build();
    }

    private void attributes() {
        long[] numbers = {HUGE, -1, 0, 1L << 31, 1L << 30, Long.MIN_VALUE, Long.MAX_VALUE, -HUGE};
        for (long v : numbers) {
            for (String attribute : List.of("kernel_shape", "strides", "dilations", "pads")) {
                for (String type : List.of("MaxPool", "AveragePool", "LpPool")) {
                    add(
                            "attributes/" + type + "-" + attribute + v,
                            () -> model(picture(), windowed(type, "x", "y", attribute, v)));
                }
                for (String type : List.of("Conv", "ConvTranspose")) {
                    add(
                            "attributes/" + type + "-" + attribute + v,
                            () -> model(
                                    picture(),
                                    Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 2, 2)),
                                    windowed(type, "x w", "y", attribute, v)));
                }
            }
            add(
                    "attributes/pool-index" + v,
                    () -> model(
                            picture(),
                            node("MaxPool", "x", "y i", "kernel_shape", new long[] {v, v}, "pads", new long[] {
                                v / 2, v / 2, v / 2, v / 2
                            })));
            add(
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
            add(
                    "attributes/transpose-output" + v,
                    () -> model(
                            picture(),
                            Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 2, 2)),
                            node("ConvTranspose", "x w", "y", "output_padding", new long[] {v, v})));
            add(
                    "attributes/transpose-shape" + v,
                    () -> model(
                            picture(),
                            Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 2, 2)),
                            node("ConvTranspose", "x w", "y", "output_shape", new long[] {v, v})));
            add(
                    "attributes/conv-group" + v,
                    () -> model(
                            picture(),
                            Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 2, 2)),
                            node("Conv", "x w", "y", "group", v)));
            for (String type : List.of(
                    "Softmax", "Flatten", "LayerNormalization", "ArgMax", "Concat", "Hardmax", "LpNormalization")) {
                add(
                        "attributes/" + type + "-axis" + v,
                        () -> model(
                                picture(),
                                type.startsWith("Layer")
                                        ? node(type, "x x", "y", "axis", v)
                                        : node(type, "x", "y", "axis", v)));
            }
            add(
                    "attributes/gather-axis" + v,
                    () -> model(line(), longs("i", v), node("Gather", "x i", "y", "axis", v)));
            add("attributes/gather" + v, () -> model(line(), longs("i", v), node("Gather", "x i", "y")));
            add(
                    "attributes/transpose" + v,
                    () -> model(picture(), node("Transpose", "x", "y", "perm", new long[] {v, 1, 2, 3})));
            add("attributes/lrn" + v, () -> model(picture(), node("LRN", "x", "y", "size", v)));
            add(
                    "attributes/depth-to-space" + v,
                    () -> model(picture(), node("DepthToSpace", "x", "y", "blocksize", v)));
            add(
                    "attributes/space-to-depth" + v,
                    () -> model(picture(), node("SpaceToDepth", "x", "y", "blocksize", v)));
            add(
                    "attributes/group-norm" + v,
                    () -> model(picture(), floats("s", 1), node("GroupNormalization", "x s s", "y", "num_groups", v)));
            add("attributes/split" + v, () -> model(line(), node("Split", "x", "y z", "num_outputs", v)));
            add("attributes/cast" + v, () -> model(line(), node("Cast", "x", "y", "to", v)));
            add(
                    "attributes/gathernd" + v,
                    () -> model(picture(), longs("i", 0, 0, 0), node("GatherND", "x i", "y", "batch_dims", v)));
            add("attributes/unsqueeze" + v, () -> model(line(), longs("a", v), node("Unsqueeze", "x a", "y")));
            add("attributes/squeeze" + v, () -> model(line(), longs("a", v), node("Squeeze", "x a", "y")));
            add("attributes/cumsum" + v, () -> model(line(), scalar("a", v), node("CumSum", "x a", "y")));
            add("attributes/reduce" + v, () -> model(line(), longs("a", v), node("ReduceSum", "x a", "y")));
            add("attributes/trilu" + v, () -> model(picture(), scalar("k", v), node("Trilu", "x k", "y")));
            add(
                    "attributes/eye" + v,
                    () -> model(input("x", ElementType.F32, -1, -1), node("EyeLike", "x", "y", "k", v)));
            add("attributes/shape" + v, () -> model(picture(), node("Shape", "x", "y", "start", v, "end", v)));
            add(
                    "attributes/roll" + v,
                    () -> model(
                            input("x", ElementType.F32, -1, -1, -1),
                            longs("l", v),
                            node("ReverseSequence", "x l", "y")));
            add(
                    "attributes/lstm" + v,
                    () -> model(
                            input("x", ElementType.F32, -1, 1, 2),
                            Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 8, 2)),
                            Protos.tensor("r", Tensor.zeros(ElementType.F32, 1, 8, 2)),
                            node("LSTM", "x w r", "y", "hidden_size", v, "layout", v)));
            add(
                    "attributes/roi-align" + v,
                    () -> model(
                            picture(),
                            Protos.tensor("r", Tensor.of(new float[] {0, 0, 2, 2}, 1, 4)),
                            longs("i", 0),
                            node(
                                    "RoiAlign",
                                    "x r i",
                                    "y",
                                    "output_height",
                                    v,
                                    "output_width",
                                    2,
                                    "sampling_ratio",
                                    v)));
            add(
                    "attributes/roi-sampling" + v,
                    () -> model(
                            picture(),
                            Protos.tensor("r", Tensor.of(new float[] {0, 0, 2, 2}, 1, 4)),
                            longs("i", 0),
                            node(
                                    "RoiAlign",
                                    "x r i",
                                    "y",
                                    "output_height",
                                    2,
                                    "output_width",
                                    2,
                                    "sampling_ratio",
                                    v)));
            add(
                    "attributes/max-roi" + v,
                    () -> model(
                            picture(),
                            Protos.tensor("r", Tensor.of(new float[] {0, 0, 0, 2, 2}, 1, 5)),
                            node("MaxRoiPool", "x r", "y", "pooled_shape", new long[] {v, 2})));
            add("attributes/unique" + v, () -> model(line(), node("Unique", "x", "y", "axis", v)));
            add(
                    "attributes/quantize-axis" + v,
                    () -> model(picture(), floats("s", 1), node("QuantizeLinear", "x s", "y", "axis", v)));
            add(
                    "attributes/quantize-block" + v,
                    () -> model(
                                    picture(),
                                    Protos.tensor("s", Tensor.zeros(ElementType.F32, 1, 1, 1, 1)),
                                    node("QuantizeLinear", "x s", "y", "axis", 3, "block_size", v))
                            .toBuilder()
                            .setOpsetImport(0, OperatorSetIdProto.newBuilder().setVersion(21))
                            .build());
            add(
                    "attributes/heads" + v,
                    () -> model(
                            input("x", ElementType.F32, 1, -1, 8),
                            node("com.microsoft:MultiHeadAttention", "x x x", "y", "num_heads", v)));
            add(
                    "attributes/n-bits" + v,
                    () -> model(
                            input("x", ElementType.F32, 1, -1, 8),
                            Protos.tensor("w", Tensor.zeros(ElementType.U8, 8, 1, 8)),
                            Protos.tensor("s", Tensor.zeros(ElementType.F32, 8)),
                            node(
                                    "com.microsoft:MatMulNBits",
                                    "x w s",
                                    "y",
                                    "K",
                                    v,
                                    "N",
                                    v,
                                    "block_size",
                                    v,
                                    "bits",
                                    4)));
            add("attributes/scan" + v, () -> model(line(), scanNode(v)));
            add("attributes/loop" + v, () -> model(line(), scalar("m", v > 5 ? 5 : v), loop("m", "_", "x", "y")));
            add(
                    "attributes/scatter" + v,
                    () -> model(line(), longs("i", v), floats("u", 1), node("ScatterElements", "x i u", "y")));
            add(
                    "attributes/scatter-nd" + v,
                    () -> model(
                            line(),
                            Protos.tensor("i", Tensor.of(new long[] {v}, 1, 1)),
                            floats("u", 1),
                            node("ScatterND", "x i u", "y")));
            add(
                    "attributes/sequence-at" + v,
                    () -> model(
                            line(),
                            scalar("i", v),
                            node("SequenceConstruct", "x x", "s"),
                            node("SequenceAt", "s i", "y")));
            add(
                    "attributes/split-to-sequence" + v,
                    () -> model(
                            line(),
                            scalar("i", v),
                            node("SplitToSequence", "x i", "s"),
                            node("SequenceLength", "s", "y")));
            add(
                    "attributes/nms" + v,
                    () -> model(
                            input("x", ElementType.F32, 1, -1, 4),
                            input("s", ElementType.F32, 1, 1, -1),
                            scalar("m", v),
                            node("NonMaxSuppression", "x s m", "y")));
            add(
                    "attributes/det" + v,
                    () -> model(
                            line(),
                            node("Multinomial", "p", "y", "sample_size", v),
                            Protos.tensor("p", Tensor.zeros(ElementType.F32, 1, 3))));
            add(
                    "attributes/bit-shift" + v,
                    () -> model(
                            input("x", ElementType.U64, -1),
                            Protos.tensor("s", Tensor.scalar(ElementType.U64, v)),
                            node("BitShift", "x s", "y", "direction", "LEFT")));
            add(
                    "attributes/mod" + v,
                    () -> model(input("x", ElementType.I64, -1), scalar("s", v), node("Mod", "x s", "y")));
            add(
                    "attributes/div-shape" + v,
                    () -> model(
                            line(),
                            longs("s", v),
                            node("Shape", "x", "n"),
                            node("Div", "n s", "d"),
                            node("Expand", "x d", "y")));
            add(
                    "attributes/mul-shape" + v,
                    () -> model(
                            line(),
                            longs("s", v),
                            node("Shape", "x", "n"),
                            node("Mul", "n s", "d"),
                            node("Expand", "x d", "y")));
            add(
                    "attributes/add-shape" + v,
                    () -> model(
                            line(),
                            longs("s", v),
                            node("Shape", "x", "n"),
                            node("Add", "n s", "d"),
                            node("ConstantOfShape", "d", "y")));
            add(
                    "attributes/opset" + v,
                    () -> model(line(), node("Relu", "x", "y")).toBuilder()
                            .setOpsetImport(0, OperatorSetIdProto.newBuilder().setVersion(v))
                            .build());
            add(
                    "attributes/grid" + v,
                    () -> model(
                            picture(),
                            Protos.tensor("g", Tensor.of(new float[] {v, v, v, v, v, v, v, v}, 1, 2, 2, 2)),
                            node("GridSample", "x g", "y")));
        }
        for (float f : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -1, 0}) {
            add("attributes/leaky" + f, () -> model(line(), node("LeakyRelu", "x", "y", "alpha", f)));
            add(
                    "attributes/batch-norm" + f,
                    () -> model(
                            picture(),
                            floats("s", 1),
                            node("BatchNormalization", "x s s s s", "y", "epsilon", f, "momentum", f)));
            add(
                    "attributes/roi-scale" + f,
                    () -> model(
                            picture(),
                            Protos.tensor("r", Tensor.of(new float[] {0, 0, 2e9f, 2e9f}, 1, 4)),
                            longs("i", 0),
                            node("RoiAlign", "x r i", "y", "output_height", 2, "output_width", 2, "spatial_scale", f)));
            add("attributes/dropout" + f, () -> model(line(), node("Dropout", "x", "y", "ratio", f)));
            add("attributes/lrn" + f, () -> model(picture(), node("LRN", "x", "y", "size", 3, "alpha", f, "beta", f)));
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

    private void lists() {
        for (String type : List.of("Concat", "Sum", "Max", "Mean", "SequenceConstruct")) {
            add("lists/" + type, () -> {
                NodeProto.Builder n = node(type, "", "s").toBuilder();
                for (int i = 0; i < MANY; i++) {
                    n.addInput("x");
                }
                if (type.equals("Concat")) {
                    n.addAttribute(attribute("axis", 0));
                }
                return model(
                        line(),
                        n.build(),
                        type.startsWith("Seq") ? node("SequenceLength", "s", "y") : node("Relu", "s", "y"));
            });
        }
        add("lists/split", () -> {
            NodeProto.Builder n = node("Split", "x", "y", "num_outputs", (long) MANY).toBuilder();
            for (int i = 1; i < MANY; i++) {
                n.addOutput("o" + i);
            }
            return model(input("x", ElementType.F32, MANY), n.build());
        });
        add("lists/split-used", () -> {
            NodeProto.Builder n = node("Split", "x", "o0", "num_outputs", 20_000L).toBuilder();
            NodeProto.Builder c = node("Concat", "o0", "y", "axis", 0L).toBuilder();
            for (int i = 1; i < 20_000; i++) {
                n.addOutput("o" + i);
                c.addInput("o" + i);
            }
            return model(input("x", ElementType.F32, 20_000), n.build(), c.build());
        });
        add("lists/split-missing", () -> {
            NodeProto.Builder n = node("Split", "x", "y").toBuilder();
            for (int i = 1; i < MANY; i++) {
                n.addOutput("o" + i);
            }
            return model(line(), n.build());
        });
        add("lists/relu-outputs", () -> {
            NodeProto.Builder n = node("Relu", "x", "y").toBuilder();
            for (int i = 1; i < MANY; i++) {
                n.addOutput("o" + i);
            }
            return model(line(), n.build());
        });
        add("lists/inputs", () -> {
            GraphProto.Builder g = GraphProto.newBuilder().addInput(line()).addNode(node("Relu", "x", "y"));
            for (int i = 0; i < MANY; i++) {
                g.addInput(input("x" + i, ElementType.F32, 1));
            }
            return model(g.addOutput(ValueInfoProto.newBuilder().setName("y")));
        });
        add("lists/inputs-same-symbol-name", () -> {
            GraphProto.Builder g = GraphProto.newBuilder().addInput(line()).addNode(node("Relu", "x", "y"));
            for (int i = 0; i < MANY / 10; i++) {
                ValueInfoProto.Builder v =
                        input("x", ElementType.F32, -1).toBuilder().setName("i" + i);
                v.getTypeBuilder()
                        .getTensorTypeBuilder()
                        .getShapeBuilder()
                        .getDimBuilder(0)
                        .clear();
                g.addInput(v);
            }
            return model(g.addOutput(ValueInfoProto.newBuilder().setName("y")));
        });
        add("lists/outputs", () -> {
            GraphProto.Builder g = GraphProto.newBuilder().addInput(line()).addNode(node("Relu", "x", "y"));
            for (int i = 0; i < MANY; i++) {
                g.addOutput(ValueInfoProto.newBuilder().setName("y"));
            }
            return model(g);
        });
        add("lists/undefined", () -> {
            GraphProto.Builder g = GraphProto.newBuilder();
            for (int i = 0; i < MANY; i++) {
                g.addOutput(ValueInfoProto.newBuilder().setName("y" + i));
            }
            return model(g);
        });
        add("lists/rank", () -> {
            long[] dims = new long[MANY];
            java.util.Arrays.fill(dims, 1);
            return model(input("x", ElementType.F32, dims), node("Relu", "x", "y"));
        });
        add("lists/rank-constant", () -> {
            TensorProto.Builder t =
                    TensorProto.newBuilder().setName("w").setDataType(1).addFloatData(1);
            for (int i = 0; i < MANY; i++) {
                t.addDims(1);
            }
            return model(line(), t.build(), node("Add", "x w", "y"));
        });
        add("lists/transpose", () -> {
            long[] perm = new long[MANY];
            for (int i = 0; i < MANY; i++) {
                perm[i] = i;
            }
            return model(picture(), node("Transpose", "x", "y", "perm", perm));
        });
        add("lists/unsqueeze", () -> {
            long[] axes = new long[MANY];
            for (int i = 0; i < MANY; i++) {
                axes[i] = i;
            }
            return model(line(), longs("a", axes), node("Unsqueeze", "x a", "y"));
        });
        add("lists/reshape", () -> {
            long[] dims = new long[MANY];
            java.util.Arrays.fill(dims, 1);
            return model(line(), longs("a", dims), node("Reshape", "x a", "y"));
        });
        add("lists/attributes", () -> {
            NodeProto.Builder n = node("Relu", "x", "y").toBuilder();
            for (int i = 0; i < MANY; i++) {
                n.addAttribute(attribute("a" + i, 1L));
            }
            return model(line(), n.build());
        });
        add("lists/einsum", () -> {
            NodeProto.Builder n = node("Einsum", "", "y", "equation", "i" + repeat(",i", 2999) + "->i").toBuilder();
            for (int i = 0; i < 3000; i++) {
                n.addInput("x");
            }
            return model(line(), n.build());
        });
        add("lists/stop-words", () -> {
            String[] words = new String[MANY];
            for (int i = 0; i < MANY; i++) {
                words[i] = "w" + i;
            }
            return model(text(), node("StringNormalizer", "x", "y", "stopwords", words));
        });
        add("lists/shapes-of-constant", () -> {
            long[] values = new long[MANY];
            return model(input("x", ElementType.I64, -1), longs("c", values), node("Concat", "x c", "y", "axis", 0L));
        });
        add("lists/opsets", () -> {
            ModelProto.Builder m = model(line(), node("Relu", "x", "y")).toBuilder();
            for (int i = 0; i < MANY; i++) {
                m.addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("d" + i).setVersion(1));
            }
            return m.build();
        });
    }

    private void depth() {
        for (String type : List.of("Relu", "Identity", "Exp", "Neg", "Transpose", "Flatten", "Cast")) {
            add("depth/" + type, () -> {
                List<NodeProto> nodes = new ArrayList<>();
                for (int i = 0; i < MANY; i++) {
                    String in = i == 0 ? "x" : "v" + i;
                    String out = i == MANY - 1 ? "y" : "v" + (i + 1);
                    nodes.add(
                            type.equals("Cast")
                                    ? node(type, in, out, "to", i % 2 == 0 ? ElementType.F64 : ElementType.F32)
                                    : node(type, in, out));
                }
                return model(input("x", ElementType.F32, -1, -1), nodes);
            });
        }
        add("depth/add-doubling", () -> {
            List<NodeProto> nodes = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                nodes.add(node("Add", "v" + i + " v" + i, "v" + (i + 1)));
            }
            nodes.addFirst(node("Relu", "x", "v0"));
            nodes.add(node("Relu", "v2000", "y"));
            return model(line(), nodes);
        });
        add("depth/reversed", () -> {
            List<NodeProto> nodes = new ArrayList<>();
            for (int i = 20_000; i > 0; i--) {
                nodes.add(node("Relu", "v" + i, "v" + (i + 1)));
            }
            nodes.add(node("Relu", "x", "v1"));
            nodes.add(node("Relu", "v20001", "y"));
            return model(line(), nodes);
        });
        add("depth/cycle", () -> {
            List<NodeProto> nodes = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                nodes.add(node("Relu", "v" + i, "v" + (i + 1) % MANY));
            }
            nodes.add(node("Relu", "v1", "y"));
            return model(line(), nodes);
        });
        add("depth/shape-chain", () -> {
            List<NodeProto> nodes = new ArrayList<>(List.of(node("Shape", "x", "v0")));
            for (int i = 0; i < 20_000; i++) {
                nodes.add(node(i % 2 == 0 ? "Add" : "Mul", "v" + i + " one", "v" + (i + 1)));
            }
            nodes.add(node("Expand", "x v20000", "y"));
            return model(line(), longs("one", 1), nodes);
        });
        add("depth/shape-minima", () -> {
            List<NodeProto> nodes = new ArrayList<>(List.of(node("Shape", "x", "v0")));
            for (int i = 0; i < 200; i++) {
                nodes.add(node(
                        i % 2 == 0 ? "Div" : "Max", "v" + i + (i % 2 == 0 ? " two" : " v" + i / 2), "v" + (i + 1)));
            }
            nodes.add(node("ConstantOfShape", "v200", "y"));
            return model(line(), longs("two", 2), nodes);
        });
        add("depth/scans", () -> model(line(), ifs(60)));
        add("depth/ifs", () -> model(line(), ifs(14)));
        add("depth/branches", () -> model(line(), bushy(12)));
        add("depth/functions", () -> functions(25, 2));
        add("depth/functions-line", () -> functions(60, 1));
        add("depth/functions-long", () -> functions(5000, 1));
        add("depth/functions-self", () -> functions(1, 0));
        add("depth/sequence-type", () -> {
            TypeProto type = TypeProto.newBuilder()
                    .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1))
                    .build();
            for (int i = 0; i < 30; i++) {
                type = TypeProto.newBuilder()
                        .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(type))
                        .build();
            }
            return model(
                    ValueInfoProto.newBuilder().setName("x").setType(type).build(), node("SequenceLength", "x", "y"));
        });
        add("depth/optional-type", () -> {
            TypeProto type = TypeProto.newBuilder()
                    .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1))
                    .build();
            for (int i = 0; i < 30; i++) {
                type = TypeProto.newBuilder()
                        .setOptionalType(TypeProto.Optional.newBuilder().setElemType(type))
                        .build();
            }
            return model(
                    ValueInfoProto.newBuilder().setName("x").setType(type).build(),
                    node("OptionalHasElement", "x", "y"));
        });
        add("depth/map-type", () -> {
            TypeProto type = TypeProto.newBuilder()
                    .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1))
                    .build();
            for (int i = 0; i < 30; i++) {
                type = TypeProto.newBuilder()
                        .setMapType(TypeProto.Map.newBuilder().setKeyType(7).setValueType(type))
                        .build();
            }
            return model(ValueInfoProto.newBuilder().setName("x").setType(type).build(), node("Identity", "x", "y"));
        });
        for (String type : List.of("Concat", "Tile", "StringConcat", "Add", "Expand", "Pad")) {
            add("depth/doubling-" + type, () -> {
                List<NodeProto> nodes = new ArrayList<>();
                for (int i = 0; i < 45; i++) {
                    String v = "v" + i;
                    nodes.add(
                            switch (type) {
                                case "Concat" -> node("Concat", v + " " + v, "v" + (i + 1), "axis", 0L);
                                case "Tile" -> node("Tile", v + " two", "v" + (i + 1));
                                case "Expand" -> node("Expand", v + " two", "v" + (i + 1));
                                case "Pad" -> node("Pad", v + " two", "v" + (i + 1));
                                default -> node(type, v + " " + v, "v" + (i + 1));
                            });
                }
                nodes.add(node("Identity", "v45", "y"));
                TensorProto v0 = type.equals("StringConcat")
                        ? Protos.tensor("v0", Tensor.ofStrings(new String[] {"ab"}, 1))
                        : floats("v0", 1);
                TensorProto two = type.equals("Pad") ? longs("two", 1 << 26, 1 << 26) : longs("two", 2);
                return model(line(), v0, two, nodes);
            });
        }
    }

    private static NodeProto ifs(int depth) {
        NodeProto inner = node("Relu", "x", "y" + depth);
        for (int i = depth - 1; i >= 0; i--) {
            GraphProto branch = GraphProto.newBuilder()
                    .setName("b")
                    .addNode(node("ReduceMax", "x", "m" + (i + 1), "keepdims", 0L))
                    .addNode(node("Cast", "m" + (i + 1), "c" + (i + 1), "to", ElementType.BOOL))
                    .addNode(inner)
                    .addOutput(ValueInfoProto.newBuilder().setName("y" + (i + 1)))
                    .build();
            GraphProto other = GraphProto.newBuilder()
                    .setName("o")
                    .addNode(node("Exp", "x", "z" + i))
                    .addOutput(ValueInfoProto.newBuilder().setName("z" + i))
                    .build();
            inner = node(
                    "If", i == 0 ? "k" : "c" + i, i == 0 ? "y" : "y" + i, "then_branch", branch, "else_branch", other);
        }
        return inner;
    }

    /** An If whose branches both hold two Ifs, and so on: a file of a megabyte and more nodes than it has lines. */
    private static NodeProto bushy(int depth) {
        return NodeProto.newBuilder(bushyIf(depth, "y")).build();
    }

    private static NodeProto bushyIf(int depth, String name) {
        if (depth == 0) {
            return node("Exp", "x", name);
        }
        GraphProto left = GraphProto.newBuilder()
                .setName("l")
                .addNode(bushyIf(depth - 1, name + "l"))
                .addOutput(ValueInfoProto.newBuilder().setName(name + "l"))
                .build();
        GraphProto right = GraphProto.newBuilder()
                .setName("r")
                .addNode(bushyIf(depth - 1, name + "r"))
                .addOutput(ValueInfoProto.newBuilder().setName(name + "r"))
                .build();
        return node("If", "k", name, "then_branch", left, "else_branch", right);
    }

    /** Functions that each call the next {@code calls} times; 0 stands for one that calls itself. */
    private static ModelProto functions(int depth, int calls) {
        ModelProto.Builder m = model(line(), node("local:f0", "x", "y")).toBuilder();
        for (int i = 0; i < depth; i++) {
            FunctionProto.Builder f = FunctionProto.newBuilder()
                    .setDomain("local")
                    .setName("f" + i)
                    .addInput("a")
                    .addOutput("o")
                    .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(20))
                    .addOpsetImport(
                            OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1));
            String next = calls == 0 ? "local:f0" : i == depth - 1 ? "Exp" : "local:f" + (i + 1);
            if (calls < 2) {
                f.addNode(node(next, "a", "o"));
            } else {
                f.addNode(node(next, "a", "b")).addNode(node(next, "b", "o"));
            }
            m.addFunctions(f);
        }
        return m.build();
    }

    private void texts() {
        for (String pattern : List.of(
                "(.*a){22}b",
                "(a|b)*",
                "(a+)+$",
                repeat("(", 20_000) + repeat(")", 20_000),
                repeat("(?:a", 450) + repeat(")*", 450),
                "((a{1000}){1000}){1000}",
                "(((((a{10}){10}){10}){10}){10}){10}",
                "a{1001}",
                "[",
                "(?<x",
                "\\pX",
                "\\C",
                "(?P<n>a)(?P<n>b)",
                repeat("a*", 40_000),
                repeat("(x+x+)+y", 3),
                "[^" + repeat("a-z", 5000) + "]",
                "\\Q" + repeat("(", 2000))) {
            add(
                    "texts/regex-" + shortened(pattern),
                    () -> model(text(), node("RegexFullMatch", "x", "y", "pattern", pattern)));
            add(
                    "texts/separator-" + shortened(pattern),
                    () -> model(
                            text(),
                            node(
                                    "com.microsoft:Tokenizer",
                                    "x",
                                    "y",
                                    "separators",
                                    new String[] {pattern},
                                    "mincharnum",
                                    1L,
                                    "pad_value",
                                    "",
                                    "mark",
                                    1L)));
        }
        add("texts/split", () -> model(text(), node("StringSplit", "x", "y n", "delimiter", "", "maxsplit", HUGE)));
        add(
                "texts/locale",
                () -> model(
                        text(),
                        node(
                                "StringNormalizer",
                                "x",
                                "y",
                                "locale",
                                repeat("xx_", 10_000),
                                "case_change_action",
                                "LOWER")));
        String name = repeat("n", MANY);
        add(
                "texts/names",
                () -> model(input("x", ElementType.F32, -1), node("Relu", "x", name), node("Exp", name, "y")));
        add("texts/names-of-ports", () -> {
            ValueInfoProto.Builder v = input(name, ElementType.F32, -1).toBuilder();
            v.getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder()
                    .getDimBuilder(0)
                    .setDimParam(name + "d");
            return model(GraphProto.newBuilder()
                    .setName(name)
                    .addInput(v)
                    .addNode(node("Relu", name, name + "o").toBuilder().setName(name))
                    .addNode(node("Exp", name + "o", name + "p").toBuilder().setName(name + "2"))
                    .addOutput(ValueInfoProto.newBuilder().setName(name + "p")));
        });
        add(
                "texts/names-of-failures",
                () -> model(
                        line(),
                        node("Reshape", "x s", name).toBuilder().setName(name).build(),
                        longs("s", 7, 11),
                        node("Exp", name, "y")));
        add("texts/names-unknown", () -> model(line(), node(name, "x", "y")));
        add("texts/names-odd", () -> {
            String odd = "\u0000\"\\\n*/\u202e\ud800é\u2028";
            ValueInfoProto.Builder v = input(odd, ElementType.F32, -1).toBuilder();
            v.getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder()
                    .getDimBuilder(0)
                    .setDimParam(odd + "d");
            return model(GraphProto.newBuilder()
                    .setName(odd)
                    .addInput(v)
                    .addNode(NodeProto.newBuilder()
                            .setOpType("Relu")
                            .addInput(odd)
                            .addOutput(odd + "o")
                            .setName(odd))
                    .addOutput(ValueInfoProto.newBuilder().setName(odd + "o")));
        });
        add(
                "texts/utf8",
                () -> model(GraphProto.newBuilder()
                        .setNameBytes(ByteString.copyFrom(new byte[] {(byte) 0xff, (byte) 0xc0, 0, (byte) 0x80}))
                        .addInput(line())
                        .addNode(node("Relu", "x", "y"))
                        .addOutput(ValueInfoProto.newBuilder().setName("y"))));
        add(
                "texts/utf8-data",
                () -> model(
                        text(),
                        TensorProto.newBuilder()
                                .setName("w")
                                .setDataType(8)
                                .addDims(1)
                                .addStringData(ByteString.copyFrom(
                                        new byte[] {(byte) 0xff, (byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                                .build(),
                        node("StringConcat", "x w", "y")));
        add(
                "texts/long-data",
                () -> model(
                        text(),
                        TensorProto.newBuilder()
                                .setName("w")
                                .setDataType(8)
                                .addDims(1)
                                .addStringData(ByteString.copyFrom(new byte[10_000_000]))
                                .build(),
                        node("StringConcat", "x w", "y")));
        add(
                "texts/long-pattern",
                () -> model(text(), node("RegexFullMatch", "x", "y", "pattern", repeat("a", 1_000_000))));
        add(
                "texts/long-delimiter",
                () -> model(text(), node("StringSplit", "x", "y n", "delimiter", repeat("a", 1_000_000))));
        add("texts/equation", () -> model(line(), node("Einsum", "x", "y", "equation", repeat("i", MANY) + "->")));
        add("texts/equation-odd", () -> model(line(), node("Einsum", "x", "y", "equation", "...i,->->,")));
    }

    private static String shortened(String s) {
        return s.substring(0, Math.min(12, s.length()));
    }

    private void tables() {
        long[][] links = {{0, 0}, {1, 1}, {HUGE, 1}, {-1, 1}, {1, 2}};
        for (long[] link : links) {
            add(
                    "tables/tree-ensemble" + link[0] + "-" + link[1],
                    () -> model(
                            input("x", ElementType.F32, -1, 2),
                            node(
                                    "ai.onnx.ml:TreeEnsemble",
                                    "x",
                                    "y",
                                    "nodes_splits",
                                    Tensor.of(new float[] {0, 0}, 2),
                                    "nodes_featureids",
                                    new long[] {0, link[0]},
                                    "nodes_modes",
                                    Tensor.zeros(ElementType.U8, 2),
                                    "nodes_truenodeids",
                                    new long[] {1, link[0]},
                                    "nodes_falsenodeids",
                                    new long[] {link[1], 0},
                                    "nodes_trueleafs",
                                    new long[] {0, 0},
                                    "nodes_falseleafs",
                                    new long[] {0, 0},
                                    "leaf_targetids",
                                    new long[] {link[0]},
                                    "leaf_weights",
                                    Tensor.of(new float[] {1}, 1),
                                    "tree_roots",
                                    new long[] {link[0]},
                                    "n_targets",
                                    link[0] > 2 ? link[0] : 1L)));
            add(
                    "tables/tree-regressor" + link[0] + "-" + link[1],
                    () -> model(
                            input("x", ElementType.F32, -1, 2),
                            node(
                                    "ai.onnx.ml:TreeEnsembleRegressor",
                                    "x",
                                    "y",
                                    "nodes_treeids",
                                    new long[] {0, 0},
                                    "nodes_nodeids",
                                    new long[] {0, 1},
                                    "nodes_featureids",
                                    new long[] {link[0], 0},
                                    "nodes_modes",
                                    new String[] {"BRANCH_LEQ", "BRANCH_LEQ"},
                                    "nodes_values",
                                    new float[] {0, Float.NaN},
                                    "nodes_truenodeids",
                                    new long[] {link[0], link[1]},
                                    "nodes_falsenodeids",
                                    new long[] {1, 0},
                                    "target_treeids",
                                    new long[] {0},
                                    "target_nodeids",
                                    new long[] {1},
                                    "target_ids",
                                    new long[] {link[0]},
                                    "target_weights",
                                    new float[] {1},
                                    "n_targets",
                                    link[0] > 2 ? link[0] : 1L)));
        }
        add("tables/tree-deep", () -> {
            int n = 50_000;
            long[] ids = new long[n];
            long[] next = new long[n];
            String[] modes = new String[n];
            for (int i = 0; i < n; i++) {
                ids[i] = i;
                next[i] = i + 1 < n ? i + 1 : 0;
                modes[i] = i + 1 < n ? "BRANCH_LEQ" : "LEAF";
            }
            return model(
                    input("x", ElementType.F32, -1, 2),
                    node(
                            "ai.onnx.ml:TreeEnsembleRegressor",
                            "x",
                            "y",
                            "nodes_treeids",
                            new long[n],
                            "nodes_nodeids",
                            ids,
                            "nodes_featureids",
                            new long[n],
                            "nodes_modes",
                            modes,
                            "nodes_values",
                            new float[n],
                            "nodes_truenodeids",
                            next,
                            "nodes_falsenodeids",
                            next,
                            "target_treeids",
                            new long[] {0},
                            "target_nodeids",
                            new long[] {n - 1},
                            "target_ids",
                            new long[] {0},
                            "target_weights",
                            new float[] {1},
                            "n_targets",
                            1L));
        });
        add(
                "tables/ngrams",
                () -> model(
                        input("x", ElementType.I64, -1),
                        node(
                                "TfIdfVectorizer",
                                "x",
                                "y",
                                "mode",
                                "TF",
                                "min_gram_length",
                                1L,
                                "max_gram_length",
                                1L << 31,
                                "max_skip_count",
                                1L << 31,
                                "ngram_counts",
                                new long[] {0, 5, 99},
                                "ngram_indexes",
                                new long[] {0, 1L << 31},
                                "pool_int64s",
                                new long[] {1, 2})));
        for (long[] counts : List.of(new long[] {0, -1}, new long[] {HUGE}, new long[] {2, 0}, new long[0])) {
            add(
                    "tables/ngrams" + java.util.Arrays.toString(counts),
                    () -> model(
                            input("x", ElementType.I64, -1),
                            node(
                                    "TfIdfVectorizer",
                                    "x",
                                    "y",
                                    "mode",
                                    "TFIDF",
                                    "min_gram_length",
                                    1L,
                                    "max_gram_length",
                                    HUGE,
                                    "max_skip_count",
                                    HUGE,
                                    "ngram_counts",
                                    counts,
                                    "ngram_indexes",
                                    new long[] {0, 3},
                                    "weights",
                                    new float[] {1},
                                    "pool_int64s",
                                    new long[] {1, 2})));
        }
        add("tables/label-encoder", () -> {
            long[] keys = new long[MANY];
            String[] values = new String[MANY];
            for (int i = 0; i < MANY; i++) {
                keys[i] = i;
                values[i] = "v" + i;
            }
            return model(
                    input("x", ElementType.I64, -1),
                    node("ai.onnx.ml:LabelEncoder", "x", "y", "keys_int64s", keys, "values_strings", values));
        });
        add(
                "tables/label-encoder-uneven",
                () -> model(
                        input("x", ElementType.I64, -1),
                        node(
                                "ai.onnx.ml:LabelEncoder",
                                "x",
                                "y",
                                "keys_int64s",
                                new long[] {1, 2, 3},
                                "values_strings",
                                new String[] {"a"})));
        add(
                "tables/svm",
                () -> model(
                        input("x", ElementType.F32, -1, 2),
                        node(
                                "ai.onnx.ml:SVMClassifier",
                                "x",
                                "y p",
                                "classlabels_ints",
                                new long[] {0, 1},
                                "vectors_per_class",
                                new long[] {HUGE, -HUGE},
                                "support_vectors",
                                new float[] {1, 2, 3, 4},
                                "coefficients",
                                new float[] {1, 1},
                                "rho",
                                new float[] {0},
                                "kernel_type",
                                "RBF",
                                "kernel_params",
                                new float[] {Float.NaN, 0, 1e9f})));
        add(
                "tables/linear",
                () -> model(
                        input("x", ElementType.F32, -1, 2),
                        node("ai.onnx.ml:LinearRegressor", "x", "y", "targets", HUGE, "coefficients", new float[] {1, 2
                        })));
        add(
                "tables/one-hot-encoder",
                () -> model(
                        input("x", ElementType.I64, -1),
                        node("ai.onnx.ml:OneHotEncoder", "x", "y", "cats_int64s", new long[MANY])));
        add(
                "tables/array-feature",
                () -> model(
                        input("x", ElementType.F32, -1, 2),
                        longs("i", HUGE),
                        node("ai.onnx.ml:ArrayFeatureExtractor", "x i", "y")));
    }

    private void files() {
        for (String length : List.of("4611686018427387904", "-1", "x", "99999999999999999999", "")) {
            for (String key : List.of("length", "offset")) {
                add(
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
            add(
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
            add(
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
            add("files/input-of-type" + type, () -> {
                ValueInfoProto.Builder v = line().toBuilder();
                v.getTypeBuilder().getTensorTypeBuilder().setElemType(number);
                return model(v.build(), node("Identity", "x", "y"));
            });
        }
        add(
                "files/no-type",
                () -> model(ValueInfoProto.newBuilder().setName("x").build(), node("Relu", "x", "y")));
        add("files/same-input", () -> model(line(), line(), node("Relu", "x", "y")));
        add("files/same-result", () -> model(line(), node("Relu", "x", "y"), node("Exp", "x", "y")));
        add("files/same-initializer", () -> model(line(), floats("w", 1), floats("w", 2), node("Add", "x w", "y")));
        add("files/empty-name", () -> model(line().toBuilder().setName("").build(), node("Relu", "_", "y")));
        add("files/no-nodes", () -> model(GraphProto.newBuilder()));
        add("files/zero", () -> model(input("x", ElementType.F32, 0, 0), node("Relu", "x", "y")));
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
            add("files/zero-" + type, () -> model(input("x", ElementType.F32, 0, 0, 0, 0), node(type, "x", "y")));
        }
        add(
                "files/zero-matmul",
                () -> model(
                        input("x", ElementType.F32, -1, 0),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 0, 4)),
                        node("MatMul", "x w", "y")));
        add(
                "files/zero-conv",
                () -> model(
                        input("x", ElementType.F32, 1, 0, -1, -1),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 0, 0, 1, 1)),
                        node("Conv", "x w", "y")));
        add(
                "files/zero-kernel",
                () -> model(
                        picture(),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 1, 0, 0)),
                        node("Conv", "x w", "y")));
        add(
                "files/zero-lstm",
                () -> model(
                        input("x", ElementType.F32, 0, 0, 0),
                        Protos.tensor("w", Tensor.zeros(ElementType.F32, 1, 0, 0)),
                        Protos.tensor("r", Tensor.zeros(ElementType.F32, 1, 0, 0)),
                        node("LSTM", "x w r", "y", "hidden_size", 0L)));
        add(
                "files/attribute-of-other-type",
                () -> model(
                        picture(),
                        node("MaxPool", "x", "y", "kernel_shape", "text", "strides", 1.5f, "pads", new String[] {"a"
                        })));
    }
}
