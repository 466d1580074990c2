package dev.lathe.peers;

import static dev.lathe.ir.type.ElementType.BOOL;
import static dev.lathe.ir.type.ElementType.F16;
import static dev.lathe.ir.type.ElementType.F32;
import static dev.lathe.ir.type.ElementType.F64;
import static dev.lathe.ir.type.ElementType.I32;
import static dev.lathe.ir.type.ElementType.I64;
import static dev.lathe.ir.type.ElementType.U8;
import static dev.lathe.peers.Attributes.integer;
import static dev.lathe.peers.Attributes.integers;
import static dev.lathe.peers.Attributes.real;
import static dev.lathe.peers.Attributes.tensor;
import static dev.lathe.peers.Attributes.text;
import static dev.lathe.peers.Operands.below;
import static dev.lathe.peers.Operands.between;
import static dev.lathe.peers.Operands.f32;
import static dev.lathe.peers.Operands.floats;
import static dev.lathe.peers.Operands.index;
import static dev.lathe.peers.Operands.indices;
import static dev.lathe.peers.Operands.longs;
import static dev.lathe.peers.Operands.number;
import static dev.lathe.peers.Operands.weight;
import static dev.lathe.peers.Operands.words;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Elements moved, chosen, looked up, sampled. */
final class MovementCases {
    private MovementCases() {}

    static void addTo(List<OperatorCase> all) {
        moved(all);
        indexed(all);
        chosen(all);
        resized(all);
        sampled(all);
    }

    private static void moved(List<OperatorCase> all) {
        for (ElementType element : List.of(F32, F16, F64, U8)) {
            Tensor image = Operands.of(element, 1, 64, 56, 56);
            String type = " " + element.text();
            all.add(OperatorCase.of("Transpose", "last" + type, 1, image, integers("perm", 0, 2, 3, 1)));
            all.add(OperatorCase.of("Concat", type.strip(), 1, image, image, integer("axis", 1)));
            all.add(OperatorCase.of("Pad", "constant" + type, 1, image, longs(0, 0, 2, 2, 0, 0, 2, 2)));
        }
        Tensor x = f32(1, 64, 56, 56);
        all.add(OperatorCase.of("Transpose", "heads", 1, f32(1, 128, 12, 64), integers("perm", 0, 2, 1, 3)));
        all.add(OperatorCase.of("Transpose", "windows", 1, f32(1, 8, 7, 8, 7, 96), integers("perm", 0, 1, 3, 2, 4, 5)));
        all.add(OperatorCase.of("Transpose", "shuffle", 1, f32(1, 2, 58, 28, 28), integers("perm", 0, 2, 1, 3, 4)));
        all.add(OperatorCase.of("Transpose", "matrix", 1, f32(1024, 512), integers("perm", 1, 0)));
        all.add(OperatorCase.of("Concat", "last axis", 1, f32(4096, 32), f32(4096, 16), integer("axis", 1)));
        all.add(OperatorCase.of("Concat", "string", 1, words(9, 4096), words(9, 4096), integer("axis", 0)));
        for (String mode : List.of("reflect", "edge", "wrap")) {
            all.add(OperatorCase.of("Pad", mode, 1, x, longs(0, 0, 2, 2, 0, 0, 2, 2), text("mode", mode)));
        }
        all.add(OperatorCase.of("Pad", "value", 1, x, longs(0, 0, 2, 2, 0, 0, 2, 2), number(1)));
        all.add(OperatorCase.of("Pad", "computed value", 1, x, longs(0, 0, 2, 2, 0, 0, 2, 2), f32()));
        all.add(OperatorCase.of("Slice", "", 1, x, longs(4, 4), longs(52, 52), longs(2, 3)));
        all.add(OperatorCase.of("Slice", "steps", 1, x, longs(0, 0), longs(56, 56), longs(2, 3), longs(2, 2)));
        all.add(OperatorCase.of("Slice", "backward", 1, x, longs(-1), longs(-100), longs(3), longs(-1)));
        all.add(OperatorCase.of("Split", "", 2, x, longs(24, 40), integer("axis", 1)));
        all.add(OperatorCase.of("Split", "last", 2, f32(4096, 64), longs(24, 40), integer("axis", 1)));
        all.add(OperatorCase.of("Expand", "", 1, f32(64, 1, 56), longs(64, 56, 56)));
        all.add(OperatorCase.of("Tile", "", 1, f32(64, 32, 32), longs(1, 2, 2)));
        all.add(OperatorCase.of("Reshape", "", 1, x, longs(64, 3136)));
        all.add(OperatorCase.of("Flatten", "", 1, x));
        all.add(OperatorCase.of("Squeeze", "", 1, x, longs(0)));
        all.add(OperatorCase.of("Unsqueeze", "", 1, x, longs(0)));
        all.add(OperatorCase.of("DepthToSpace", "", 1, f32(1, 64, 56, 56), integer("blocksize", 2)));
        all.add(OperatorCase.of("SpaceToDepth", "", 1, f32(1, 16, 112, 112), integer("blocksize", 2)));
        all.add(OperatorCase.of("Trilu", "", 1, f32(512, 512)));
        all.add(OperatorCase.of("Trilu", "bool", 1, below(BOOL, 2, 512, 512)));
        all.add(OperatorCase.of("EyeLike", "", 1, f32(512, 512)));
        all.add(OperatorCase.of("ReverseSequence", "", 1, f32(128, 16, 64), below(I64, 128, 16)));
        all.add(OperatorCase.of("Range", "f32", 1, number(0), between(100_000, 100_000), number(1)));
        all.add(OperatorCase.of("Range", "i64", 1, index(0), Operands.integers(I64, 100_000, 100_001), index(1)));
        all.add(OperatorCase.of(
                "ConstantOfShape", "", 1, Tensor.vector(64, 4096), tensor("value", Tensor.of(new float[] {1}, 1))));
        all.add(OperatorCase.of("Shape", "", 1, x));
        all.add(OperatorCase.of("CenterCropPad", "", 1, f32(3, 240, 320), longs(224, 400), integers("axes", 1, 2)));
        all.add(OperatorCase.of(
                "Col2Im", "", 1, f32(1, 16 * 9, 56 * 56), longs(56, 56), longs(3, 3), integers("pads", 1, 1, 1, 1)));
    }

    private static void indexed(List<OperatorCase> all) {
        all.add(OperatorCase.of("Gather", "rows", 1, weight(f32(30_000, 64)), indices(30_000, 512)));
        all.add(OperatorCase.of("Gather", "elements", 1, f32(1 << 16), indices(1 << 16, 1 << 16)));
        all.add(OperatorCase.of("Gather", "axis 1", 1, f32(512, 512), indices(512, 256), integer("axis", 1)));
        all.add(OperatorCase.of("Gather", "string", 1, words(99, 1000), indices(1000, 10_000)));
        for (ElementType element : List.of(F32, F16, F64, U8)) {
            Tensor x = Operands.of(element, 256, 512);
            String type = " " + element.text();
            all.add(OperatorCase.of("GatherElements", "rows" + type, 1, x, indices(512, 256, 512), integer("axis", 1)));
            all.add(OperatorCase.of(
                    "ScatterElements",
                    "rows" + type,
                    1,
                    x,
                    indices(512, 256, 128),
                    Operands.of(element, 256, 128),
                    integer("axis", 1)));
        }
        Tensor x = f32(256, 512);
        all.add(OperatorCase.of("GatherElements", "columns", 1, x, indices(256, 128, 512), integer("axis", 0)));
        all.add(OperatorCase.of("GatherElements", "i32", 1, x, below(I32, 256, 128, 512), integer("axis", 0)));
        for (String reduction : List.of("add", "mul", "max")) {
            all.add(OperatorCase.of(
                    "ScatterElements",
                    reduction,
                    1,
                    x,
                    indices(512, 256, 128),
                    f32(256, 128),
                    integer("axis", 1),
                    text("reduction", reduction)));
            all.add(OperatorCase.of(
                    "ScatterND", reduction, 1, x, indices(256, 4096, 1), f32(4096, 512), text("reduction", reduction)));
        }
        for (ElementType type : List.of(I64, F64, F16)) {
            Tensor updates = Operands.of(type, 1024, 512);
            all.add(OperatorCase.of(
                    "ScatterND",
                    "add " + type.text(),
                    1,
                    Operands.of(type, 256, 512),
                    indices(256, 1024, 1),
                    updates,
                    text("reduction", "add")));
        }
        all.add(OperatorCase.of("ScatterND", "rows", 1, x, indices(256, 512, 1), f32(512, 512)));
        all.add(OperatorCase.of("ScatterND", "elements", 1, x, indices(256, 20_000, 2), f32(20_000)));
        all.add(OperatorCase.of("GatherND", "rows", 1, x, indices(256, 512, 1)));
        all.add(OperatorCase.of("GatherND", "elements", 1, x, indices(256, 50_000, 2)));
        all.add(OperatorCase.of(
                "GatherND", "batch", 1, f32(8, 128, 64), indices(64, 8, 512, 1), integer("batch_dims", 1)));
        all.add(OperatorCase.of("OneHot", "", 1, indices(1000, 512), index(1000), floats(0, 1)));
        all.add(OperatorCase.of("TensorScatter-24", "", 1, f32(2, 8, 512, 64), f32(2, 8, 4, 64), indices(500, 2)));
    }

    private static void chosen(List<OperatorCase> all) {
        all.add(OperatorCase.of("NonZero", "bool", 1, Operands.of(BOOL, 512, 512)));
        all.add(OperatorCase.of("NonZero", "f32", 1, f32(64, 4096)));
        all.add(OperatorCase.of("NonZero", "sparse i64", 1, sparse()));
        all.add(OperatorCase.of("Compress", "flat", 1, f32(1 << 18), Operands.of(BOOL, 1 << 18)));
        all.add(OperatorCase.of("Compress", "rows", 1, f32(4096, 64), Operands.of(BOOL, 4096), integer("axis", 0)));
        all.add(OperatorCase.of("Unique", "f32", 4, f32(1 << 14)));
        all.add(OperatorCase.of("Unique", "i64", 4, indices(1000, 1 << 16)));
        all.add(OperatorCase.of("Unique", "unsorted", 4, indices(1000, 1 << 16), integer("sorted", 0)));
        all.add(OperatorCase.of("Unique", "rows", 4, indices(4, 2048, 4), integer("axis", 0)));
        all.add(OperatorCase.of("Unique", "string", 4, words(500, 1 << 14)));
        all.add(OperatorCase.of(
                "NonMaxSuppression",
                "one class",
                1,
                boxes(1000),
                between(0, 1, 1, 1, 1000),
                longs(100),
                floats(0.5f),
                floats(0.3f)));
        all.add(OperatorCase.of(
                "NonMaxSuppression",
                "80 classes",
                1,
                boxes(2000),
                between(0, 1, 1, 80, 2000),
                longs(50),
                floats(0.45f),
                floats(0.9f)));
        all.add(OperatorCase.of(
                "NonMaxSuppression",
                "centers",
                1,
                boxes(1000),
                between(0, 1, 1, 1, 1000),
                longs(200),
                floats(0.5f),
                floats(0.1f),
                integer("center_point_box", 1)));
    }

    private static Tensor sparse() {
        Tensor t = indices(100, 512, 512);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, t.getLong(i) == 0 ? 1 : 0);
        }
        return t;
    }

    private static Tensor boxes(int n) {
        Tensor t = between(0, 1, 1, n, 4);
        for (int i = 0; i < n; i++) {
            t.setDouble(4L * i + 2, t.getDouble(4L * i) + 0.1);
            t.setDouble(4L * i + 3, t.getDouble(4L * i + 1) + 0.1);
        }
        return t;
    }

    private static void resized(List<OperatorCase> all) {
        Tensor x = f32(1, 16, 64, 64);
        for (String mode : List.of("nearest", "linear", "cubic")) {
            all.add(OperatorCase.of("Resize", mode + " up", 1, x, "", "", longs(1, 16, 160, 160), text("mode", mode)));
            all.add(OperatorCase.of("Resize", mode + " down", 1, x, "", "", longs(1, 16, 40, 40), text("mode", mode)));
            all.add(OperatorCase.of(
                    "Resize",
                    mode + " corners",
                    1,
                    x,
                    "",
                    floats(1, 1, 2, 2),
                    text("mode", mode),
                    text("coordinate_transformation_mode", "align_corners")));
        }
        for (String mode : List.of("linear", "cubic")) {
            all.add(OperatorCase.of(
                    "Resize",
                    mode + " antialias",
                    1,
                    x,
                    "",
                    "",
                    longs(1, 16, 24, 24),
                    text("mode", mode),
                    integer("antialias", 1)));
        }
        all.add(OperatorCase.of(
                "Resize",
                "linear channels last",
                1,
                f32(1, 64, 64, 16),
                "",
                "",
                longs(1, 128, 128, 16),
                text("mode", "linear")));
        all.add(OperatorCase.of(
                "Resize",
                "linear u8",
                1,
                Operands.of(U8, 1, 3, 240, 320),
                "",
                "",
                longs(1, 3, 224, 224),
                text("mode", "linear")));
        all.add(OperatorCase.of(
                "Resize",
                "linear 3-D",
                1,
                f32(1, 4, 16, 32, 32),
                "",
                "",
                longs(1, 4, 32, 64, 64),
                text("mode", "linear")));
        all.add(OperatorCase.of(
                "Resize",
                "crop",
                1,
                x,
                floats(0, 0, 0.1f, 0.2f, 1, 1, 0.8f, 0.9f),
                "",
                longs(1, 16, 48, 48),
                text("mode", "linear"),
                text("coordinate_transformation_mode", "tf_crop_and_resize")));
        all.add(OperatorCase.of("Upsample-9", "nearest", 1, x, floats(1, 1, 2, 2)));
        all.add(OperatorCase.of("Upsample-9", "linear", 1, x, floats(1, 1, 2, 2), text("mode", "linear")));
    }

    private static void sampled(List<OperatorCase> all) {
        Tensor x = f32(1, 16, 64, 64);
        for (String mode : List.of("bilinear", "nearest", "bicubic")) {
            all.add(OperatorCase.of("GridSample-16", mode, 1, x, between(-1.1, 1.1, 1, 64, 64, 2), text("mode", mode)));
        }
        for (String padding : List.of("border", "reflection")) {
            all.add(OperatorCase.of(
                    "GridSample-16", padding, 1, x, between(-1.3, 1.3, 1, 64, 64, 2), text("padding_mode", padding)));
        }
        all.add(OperatorCase.of(
                "GridSample-20",
                "3-D",
                1,
                f32(1, 4, 16, 32, 32),
                between(-1.1, 1.1, 1, 8, 32, 32, 3),
                text("mode", "linear")));
        all.add(OperatorCase.of("AffineGrid-20", "", 1, f32(2, 2, 3), longs(2, 3, 128, 128)));
        for (String mode : List.of("avg", "max")) {
            all.add(OperatorCase.of(
                    "RoiAlign-16",
                    mode,
                    1,
                    f32(1, 64, 50, 50),
                    regions(),
                    below(I64, 1, 100),
                    text("mode", mode),
                    integer("output_height", 7),
                    integer("output_width", 7),
                    real("spatial_scale", 0.0625f),
                    integer("sampling_ratio", 2)));
        }
        all.add(OperatorCase.of(
                "MaxRoiPool",
                "",
                1,
                f32(1, 64, 50, 50),
                rois(),
                integers("pooled_shape", 7, 7),
                real("spatial_scale", 0.0625f)));
        all.add(OperatorCase.of("Det", "small", 1, f32(1024, 4, 4)));
        all.add(OperatorCase.of("Det", "large", 1, f32(4, 64, 64)));
    }

    private static Tensor regions() {
        Tensor t = between(0, 400, 100, 4);
        for (int i = 0; i < 100; i++) {
            t.setDouble(4L * i + 2, t.getDouble(4L * i) + 300);
            t.setDouble(4L * i + 3, t.getDouble(4L * i + 1) + 250);
        }
        return t;
    }

    private static Tensor rois() {
        Tensor of = regions();
        Tensor t = Tensor.zeros(F32, 100, 5);
        for (int i = 0; i < 100; i++) {
            for (int k = 0; k < 4; k++) {
                t.setDouble(5L * i + 1 + k, of.getDouble(4L * i + k));
            }
        }
        return t;
    }
}
