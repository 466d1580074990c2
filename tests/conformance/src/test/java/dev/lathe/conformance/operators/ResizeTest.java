package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Resize with all its attributes against ONNX Runtime. */
class ResizeTest extends OperatorTest {
    private static final List<String> COORDINATES = List.of(
            "half_pixel",
            "half_pixel_symmetric",
            "pytorch_half_pixel",
            "align_corners",
            "asymmetric",
            "tf_crop_and_resize");

    private final Tensor picture = random(1, 2, 5, 7);

    @TestFactory
    Stream<DynamicTest> agreesWithOnnxRuntime() {
        for (String coordinates : COORDINATES) {
            Object frame = attribute("coordinate_transformation_mode", coordinates);
            for (String mode : List.of("linear", "cubic", "nearest")) {
                for (long[] size : new long[][] {{8, 12}, {4, 4}, {5, 3}}) {
                    // ONNX Runtime crops no axis whose size stays, though the standard's formula does.
                    if (size[0] == 5 && coordinates.startsWith("tf_crop")) {
                        continue;
                    }
                    resized(
                            coordinates + " " + mode + " to " + Arrays.toString(size),
                            size,
                            frame,
                            attribute("mode", mode));
                }
            }
            for (String nearest : List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")) {
                for (long[] size : new long[][] {{8, 12}, {4, 4}}) {
                    Object[] how = {frame, attribute("mode", "nearest"), attribute("nearest_mode", nearest)};
                    resized(coordinates + " " + nearest + " to " + Arrays.toString(size), size, how);
                }
            }
        }
        for (String mode : List.of("linear", "cubic")) {
            // ONNX Runtime leaves out what lies outside in any case.
            Object[] how = {attribute("mode", mode), attribute("antialias", 1), attribute("exclude_outside", 1)};
            resized(mode + " antialias", new long[] {3, 4}, how);
            resized(mode + " antialias up and down", new long[] {9, 3}, how);
        }
        for (float a : List.of(-0.5f, -0.75f)) {
            for (int outside = 0; outside < 2; outside++) {
                Object[] how = {
                    attribute("mode", "cubic"), attribute("cubic_coeff_a", a), attribute("exclude_outside", outside)
                };
                resized("cubic " + a + " " + outside, new long[] {8, 4}, how);
            }
        }
        for (String policy : List.of("stretch", "not_larger", "not_smaller")) {
            Object keep = attribute("keep_aspect_ratio_policy", policy);
            for (String mode : List.of("nearest", "linear")) {
                Object[] how = {
                    picture, "", "", longs(9, 9), keep, attribute("axes", new long[] {2, 3}), attribute("mode", mode)
                };
                oracle(policy + " " + mode, "Resize-19", "y", how);
            }
        }
        for (long[] axes : new long[][] {{2, 3}, {3, 2}, {-1, -2}, {2}, {3}}) {
            long[] sizes = axes.length == 2 ? new long[] {8, 4} : new long[] {8};
            for (String mode : List.of("nearest", "linear", "cubic")) {
                String name = mode + " axes " + Arrays.toString(axes);
                Object[] how = {picture, "", "", longs(sizes), attribute("axes", axes), attribute("mode", mode)};
                oracle(name, "Resize-18", "y", how);
                Tensor scales = axes.length == 2 ? floats(1.5, 0.6) : floats(2);
                Object[] scaled = {picture, "", scales, attribute("axes", axes), attribute("mode", mode)};
                oracle(name + " by scales", "Resize-19", "y", scaled);
            }
        }
        for (ElementType type : List.of(ElementType.U8, ElementType.I8, ElementType.I32)) {
            Tensor x = random(type, 1, 1, 4, 4);
            Object[] how = {x, "", "", longs(1, 1, 6, 6), attribute("mode", "nearest")};
            oracle(type.text() + " nearest", "Resize-13", "y", how);
        }
        return tests();
    }

    private void resized(String name, long[] size, Object... attributes) {
        List<Object> parts = new ArrayList<>(List.of(picture));
        parts.add(name.startsWith("tf_crop") ? floats(0, 0, 0.21, 0.13, 1, 1, 0.93, 1.22) : "");
        parts.add("");
        parts.add(longs(1, 2, size[0], size[1]));
        parts.addAll(List.of(attributes));
        parts.add(attribute("extrapolation_value", 7f));
        oracle(name, "Resize-19", "y", parts.toArray());
    }
}
