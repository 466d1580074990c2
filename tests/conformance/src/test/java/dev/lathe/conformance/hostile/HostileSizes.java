package dev.lathe.conformance.hostile;

import static dev.lathe.conformance.hostile.HostileParts.floats;
import static dev.lathe.conformance.hostile.HostileParts.input;
import static dev.lathe.conformance.hostile.HostileParts.line;
import static dev.lathe.conformance.hostile.HostileParts.longs;
import static dev.lathe.conformance.hostile.HostileParts.model;
import static dev.lathe.conformance.hostile.HostileParts.node;
import static dev.lathe.conformance.hostile.HostileParts.picture;
import static dev.lathe.conformance.hostile.HostileParts.scalar;

import com.google.protobuf.ByteString;
import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sizes that no machine holds, that overflow, and that make no sense, given by tensors. */
final class HostileSizes {
    private static final long HUGE = 1L << 62;

    private HostileSizes() {}

    static void addTo(HostileModels all) {
        for (long[] dims : List.of(
                new long[] {HUGE, HUGE},
                new long[] {0, HUGE, HUGE},
                new long[] {HUGE},
                new long[] {-1, HUGE},
                new long[] {1L << 31, 1L << 31})) {
            String text = Arrays.toString(dims);
            all.add("sizes/input" + text, () -> model(input("x", ElementType.F32, dims), node("Relu", "x", "y")));
            if (dims[0] >= 0) {
                all.add("sizes/initializer" + text, () -> {
                    TensorProto.Builder t =
                            TensorProto.newBuilder().setName("w").setDataType(1).setRawData(ByteString.EMPTY);
                    for (long d : dims) {
                        t.addDims(d);
                    }
                    return model(line(), t.build(), node("Add", "x w", "y"));
                });
            }
            all.add("sizes/expand" + text, () -> model(line(), longs("s", dims), node("Expand", "x s", "y")));
            all.add(
                    "sizes/constant-of-shape" + text,
                    () -> model(line(), longs("s", dims), node("ConstantOfShape", "s", "y")));
            all.add("sizes/random" + text, () -> model(line(), node("RandomNormal", "", "y", "shape", dims)));
            all.add("sizes/reshape" + text, () -> model(line(), longs("s", dims), node("Reshape", "x s", "y")));
        }
        all.add(
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
            all.add(
                    "sizes/range-" + end,
                    () -> model(
                            line(),
                            scalar("a", 0),
                            scalar("b", end),
                            scalar("c", end < 0 ? -1 : 1),
                            node("Range", "a b c", "y")));
        }
        all.add(
                "sizes/range-step-0",
                () -> model(line(), scalar("a", 0), scalar("b", 5), scalar("c", 0), node("Range", "a b c", "y")));
        all.add(
                "sizes/range-float-nan",
                () -> model(
                        line(),
                        Protos.tensor("a", Tensor.scalar(ElementType.F32, 0)),
                        Protos.tensor("b", Tensor.scalar(ElementType.F32, Double.NaN)),
                        Protos.tensor("c", Tensor.scalar(ElementType.F32, 1e-30)),
                        node("Range", "a b c", "y")));
        all.add(
                "sizes/range-float-inf",
                () -> model(
                        line(),
                        Protos.tensor("a", Tensor.scalar(ElementType.F32, 0)),
                        Protos.tensor("b", Tensor.scalar(ElementType.F32, Double.POSITIVE_INFINITY)),
                        Protos.tensor("c", Tensor.scalar(ElementType.F32, 1)),
                        node("Range", "a b c", "y")));
        all.add(
                "sizes/one-hot",
                () -> model(
                        input("x", ElementType.I64, -1),
                        longs("d", HUGE),
                        floats("v", 0, 1),
                        node("OneHot", "x d v", "y")));
        all.add(
                "sizes/one-hot-2^40",
                () -> model(
                        input("x", ElementType.I64, -1),
                        longs("d", 1L << 40),
                        floats("v", 0, 1),
                        node("OneHot", "x d v", "y")));
        all.add("sizes/tile", () -> model(line(), longs("r", HUGE), node("Tile", "x r", "y")));
        all.add("sizes/tile-negative", () -> model(line(), longs("r", -3), node("Tile", "x r", "y")));
        for (long pad : new long[] {HUGE, -HUGE, 1L << 31, -100, Long.MIN_VALUE, Long.MAX_VALUE}) {
            for (String mode : List.of("constant", "edge", "reflect", "wrap")) {
                all.add(
                        "sizes/pad-" + mode + pad,
                        () -> model(line(), longs("p", pad, 1), node("Pad", "x p", "y", "mode", mode)));
            }
        }
        all.add("sizes/eye", () -> model(input("x", ElementType.F32, 1L << 31, 1L << 31), node("EyeLike", "x", "y")));
        all.add(
                "sizes/matmul",
                () -> model(input("x", ElementType.F32, 1L << 24, 1L << 24), node("MatMul", "x x", "y")));
        all.add(
                "sizes/slice",
                () -> model(
                        line(),
                        longs("s", Long.MIN_VALUE),
                        longs("e", Long.MAX_VALUE),
                        longs("a", 0),
                        longs("t", Long.MIN_VALUE),
                        node("Slice", "x s e a t", "y")));
        all.add(
                "sizes/slice-step",
                () -> model(
                        line(),
                        longs("s", -1),
                        longs("e", Long.MIN_VALUE),
                        longs("a", 0),
                        longs("t", -HUGE),
                        node("Slice", "x s e a t", "y")));
        all.add("sizes/shape-powers", () -> {
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
                all.add(
                        "sizes/resize-" + mode + scale,
                        () -> model(
                                picture(), floats("s", 1, 1, scale, 1), node("Resize", "x _ s", "y", "mode", mode)));
            }
            all.add(
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
            all.add("sizes/upsample" + scale, () -> {
                ModelProto m = model(picture(), floats("s", 1, 1, scale, 1), node("Upsample", "x s", "y"));
                return m.toBuilder()
                        .setOpsetImport(0, OperatorSetIdProto.newBuilder().setVersion(9))
                        .build();
            });
        }
        for (long size : new long[] {0, -1, HUGE, 1L << 31}) {
            all.add(
                    "sizes/resize-sizes" + size,
                    () -> model(picture(), longs("s", 1, 1, size, 1), node("Resize", "x _ _ s", "y")));
            all.add(
                    "sizes/affine-grid" + size,
                    () -> model(
                            input("x", ElementType.F32, -1, 2, 3),
                            longs("s", 1, 1, size, 2),
                            node("AffineGrid", "x s", "y")));
            all.add("sizes/top-k" + size, () -> model(line(), longs("k", size), node("TopK", "x k", "y i")));
            all.add("sizes/split" + size, () -> model(line(), longs("k", size, 1), node("Split", "x k", "y z")));
            all.add(
                    "sizes/center-crop" + size,
                    () -> model(line(), longs("k", size), node("CenterCropPad", "x k", "y")));
            all.add("sizes/hann" + size, () -> model(line(), scalar("k", size), node("HannWindow", "k", "y")));
            all.add(
                    "sizes/mel" + size,
                    () -> model(
                            line(),
                            scalar("a", size),
                            scalar("b", size),
                            scalar("c", 8000),
                            Protos.tensor("l", Tensor.scalar(ElementType.F32, 0)),
                            Protos.tensor("h", Tensor.scalar(ElementType.F32, 4000)),
                            node("MelWeightMatrix", "a b c l h", "y")));
            all.add(
                    "sizes/dft" + size,
                    () -> model(
                            input("x", ElementType.F32, 1, -1, 1),
                            scalar("n", size),
                            scalar("a", 1),
                            node("DFT", "x n a", "y")));
            all.add(
                    "sizes/stft" + size,
                    () -> model(
                            input("x", ElementType.F32, 1, 64, 1),
                            scalar("n", size),
                            scalar("l", size),
                            node("STFT", "x n _ l", "y")));
            all.add(
                    "sizes/bernoulli" + size,
                    () -> model(line(), longs("s", size), node("Expand", "x s", "e"), node("Bernoulli", "e", "y")));
            all.add(
                    "sizes/max-unpool" + size,
                    () -> model(
                            picture(),
                            longs("s", 1, 1, size, 4),
                            node("MaxPool", "x", "m i", "kernel_shape", new long[] {1, 1}),
                            node("MaxUnpool", "m i s", "y", "kernel_shape", new long[] {1, 1})));
            all.add(
                    "sizes/col2im" + size,
                    () -> model(
                            input("x", ElementType.F32, 1, 4, -1),
                            longs("s", size, 2),
                            longs("b", 2, 2),
                            node("Col2Im", "x s b", "y")));
        }
        all.add("sizes/sparse", () -> model(line(), sparse(new long[] {HUGE, 4}, 1), node("Add", "x w", "y")));
        all.add("sizes/sparse-index", () -> model(line(), sparse(new long[] {2, 4}, HUGE), node("Add", "x w", "y")));
        all.add("sizes/sparse-negative", () -> model(line(), sparse(new long[] {-2, -4}, 1), node("Add", "x w", "y")));
        all.add(
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
}
