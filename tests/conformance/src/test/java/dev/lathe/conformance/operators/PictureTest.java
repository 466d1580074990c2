package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Operators on images and volumes against ONNX Runtime. */
class PictureTest extends OperatorTest {
    @TestFactory
    Stream<DynamicTest> grids() {
        for (String mode : List.of("linear", "nearest", "cubic")) {
            for (String padding : List.of("zeros", "border", "reflection")) {
                for (int align = 0; align < 2; align++) {
                    Object[] how = {
                        attribute("mode", mode), attribute("padding_mode", padding), attribute("align_corners", align)
                    };
                    String name = mode + " " + padding + " " + align;
                    Tensor grid =
                            Indexed.tensor(ElementType.F32, new long[] {2, 4, 5, 2}, _ -> random.nextDouble(-2, 2));
                    grid(name, "GridSample-22", random(2, 3, 6, 7), grid, how);
                    String old = mode.equals("nearest") ? mode : "bi" + mode;
                    Object[] oldHow = {attribute("mode", old), how[1], how[2]};
                    grid(name + " old", "GridSample-16", random(2, 3, 6, 7), grid, oldHow);
                    grid(name + " nan", "GridSample-22", random(2, 3, 6, 7), withNaN(grid), how);
                    if (!mode.equals("cubic")) {
                        Tensor volume = Indexed.tensor(
                                ElementType.F32, new long[] {2, 2, 3, 4, 3}, _ -> random.nextDouble(-2, 2));
                        grid(name + " 3d", "GridSample-22", random(2, 3, 4, 5, 6), volume, how);
                        grid(name + " 3d nan", "GridSample-22", random(2, 3, 4, 5, 6), withNaN(volume), how);
                    }
                }
            }
        }
        for (int align = 0; align < 2; align++) {
            Object how = attribute("align_corners", align);
            oracle("affine 2d " + align, "AffineGrid-20", "y", random(2, 2, 3), longs(2, 1, 3, 4), how);
            oracle("affine 3d " + align, "AffineGrid-20", "y", random(2, 3, 4), longs(2, 1, 3, 4, 2), how);
            Tensor f64 = random(ElementType.F64, 2, 2, 3);
            oracle("affine f64 " + align, "AffineGrid-20", "y", f64, longs(2, 1, 3, 4), how);
        }
        return tests();
    }

    private static Tensor withNaN(Tensor grid) {
        return Indexed.tensor(grid.element(), grid.dims(), index -> {
            long at = Indexed.flat(grid, index);
            return at % 5 == 0 ? Double.NaN : grid.getDouble(at);
        });
    }

    private void grid(String name, String operator, Tensor x, Tensor grid, Object... how) {
        List<Object> parts = new ArrayList<>(List.of(x, grid));
        parts.addAll(List.of(how));
        oracle(name, operator, "y", parts.toArray());
    }

    @TestFactory
    Stream<DynamicTest> blocks() {
        oracle("plain", "Col2Im-18", "y", random(2, 3 * 6, 4 * 3), longs(5, 5), longs(2, 3));
        oracle(
                "strides",
                "Col2Im-18",
                "y",
                random(1, 2 * 4, 9),
                longs(6, 6),
                longs(2, 2),
                attribute("strides", new long[] {2, 2}));
        oracle("pads", "Col2Im-18", "y", random(1, 5, 15), longs(5, 5), longs(1, 5), attribute("pads", new long[] {
            0, 1, 0, 1
        }));
        oracle(
                "dilations",
                "Col2Im-18",
                "y",
                random(1, 4, 5),
                longs(6, 6),
                longs(2, 2),
                attribute("dilations", new long[] {1, 5}));
        oracle("3d", "Col2Im-18", "y", random(1, 10, 12), longs(3, 4, 5), longs(1, 1, 5));
        oracle("1d", "Col2Im-18", "y", random(2, 6, 4), longs(6), longs(3));
        for (long[] size : new long[][] {{4, 9}, {9, 4}, {6, 6}, {5, 3}}) {
            Object[] how = {random(2, 3, 6, 7), longs(size), attribute("axes", new long[] {-2, 3})};
            oracle("crop or pad " + List.of(size[0], size[1]), "CenterCropPad-18", "y", how);
        }
        oracle("crop and pad all", "CenterCropPad-18", "y", random(5, 4, 3), longs(3, 6, 4));
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> padding() {
        Tensor x = random(3, 4, 5);
        for (String mode : List.of("constant", "reflect", "edge", "wrap")) {
            Object how = attribute("mode", mode);
            oracle(mode, "Pad-19", "y", x, longs(0, 1, 2, 1, 2, 3), how);
            oracle(mode + " negative", "Pad-19", "y", x, longs(0, -1, 2, 1, 2, -2), how);
            oracle(mode + " axes", "Pad-19", "y", x, longs(1, 2, 2, 3), "", longs(-1, 1), how);
            oracle(mode + " one axis", "Pad-21", "y", x, longs(2, 1), "", longs(2), how);
            Tensor axes = Indexed.tensor(ElementType.I32, new long[] {1}, _ -> 0);
            oracle(mode + " i32 axes", "Pad-21", "y", x, longs(1, 1), "", axes, how);
        }
        oracle("constant value", "Pad-19", "y", x, longs(1, 1, 1, 0, 0, 2), Tensor.scalar(3f));
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> pools() {
        Tensor x = random(2, 3, 7, 8);
        for (int ceil = 0; ceil < 2; ceil++) {
            for (long[] strides : new long[][] {{1, 1}, {2, 3}, {3, 2}}) {
                for (long[] pads : new long[][] {{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 1, 1, 0}}) {
                    for (long[] dilations : new long[][] {{1, 1}, {2, 2}}) {
                        List<Object> how = List.of(
                                x,
                                attribute("kernel_shape", new long[] {2, 3}),
                                attribute("ceil_mode", ceil),
                                attribute("strides", strides),
                                attribute("pads", pads),
                                attribute("dilations", dilations));
                        String name = ceil + " " + strides[0] + pads[1] + pads[2] + dilations[0];
                        pool("AveragePool-22", name, how);
                        pool("AveragePool-22", name + " with pads", how, attribute("count_include_pad", 1));
                        pool("MaxPool-22", name, how);
                        pool("LpPool-22", name, how, attribute("p", 3));
                    }
                }
            }
        }
        for (String auto : List.of("SAME_UPPER", "SAME_LOWER", "VALID")) {
            List<Object> how = List.of(
                    x,
                    attribute("kernel_shape", new long[] {2, 3}),
                    attribute("auto_pad", auto),
                    attribute("strides", new long[] {2, 2}));
            pool("AveragePool-22", auto, how);
            pool("MaxPool-22", auto, how);
            pool("LpPool-22", auto, how);
        }
        return tests();
    }

    private void pool(String operator, String name, List<Object> how, Object... more) {
        Object[] parts = Stream.concat(how.stream(), Stream.of(more)).toArray();
        oracle(operator + " " + name, operator, "y", parts);
    }

    @TestFactory
    Stream<DynamicTest> deformableConvolutions() {
        for (int groups : List.of(1, 2)) {
            for (int masked = 0; masked < 2; masked++) {
                for (long[] pads : new long[][] {{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 1, 2, 1}}) {
                    long height = 6 + pads[0] + pads[2] - 2;
                    long width = 5 + pads[1] + pads[3] - 1;
                    Object[] how = {
                        random(2, 4, 6, 5),
                        random(6, 4 / groups, 3, 2),
                        random(2, 12L * groups, height, width),
                        masked == 1 ? random(6) : "",
                        masked == 1 ? random(2, 6L * groups, height, width) : "",
                        attribute("pads", pads),
                        attribute("group", groups),
                        attribute("offset_group", groups)
                    };
                    oracle("deform " + groups + masked + pads[2] + pads[0], "DeformConv-22", "y", how);
                }
            }
        }
        Object[] sparse = {
            random(1, 2, 8, 8),
            random(2, 2, 2, 2),
            random(1, 8, 3, 3),
            attribute("strides", new long[] {2, 2}),
            attribute("dilations", new long[] {3, 3})
        };
        oracle("deform strides and dilations", "DeformConv-22", "y", sparse);
        return tests();
    }
}
