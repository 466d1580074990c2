package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Elementwise operators, pools and conversions on quantized numbers of {@code com.microsoft}. */
class MicrosoftQuantizedTest extends MicrosoftTest {
    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        quantized();
        pools();
        tables();
        return tests();
    }

    private void pools() {
        for (ElementType type : List.of(ElementType.U8, ElementType.I8)) {
            Tensor x = bytes(type, 2, 7, 6, 5);
            Object kernel = attribute("kernel_shape", new long[] {3, 2});
            String name = "max pool, channels last " + type.text();
            add(name, "NhwcMaxPool", "y", x, kernel);
            add(name + " strides", "NhwcMaxPool", "y", x, kernel, attribute("strides", new long[] {2, 3}));
            add(name + " pads", "NhwcMaxPool", "y", x, kernel, attribute("pads", new long[] {1, 0, 2, 1}));
            add(name + " dilations", "NhwcMaxPool", "y", x, kernel, attribute("dilations", new long[] {2, 2}));
            add(
                    name + " ceil",
                    "NhwcMaxPool",
                    "y",
                    x,
                    kernel,
                    attribute("strides", new long[] {2, 4}),
                    attribute("ceil_mode", 1));
            add(name + " same", "NhwcMaxPool", "y", x, kernel, attribute("auto_pad", "SAME_UPPER"));
        }
    }

    /** Tables of which rows are taken, in blocks along the last axis. */
    private void tables() {
        Tensor rows = longs(new long[] {2, 3}, 4, 0, 2, 2, 1, 4);
        Object block = attribute("block_size", 16);
        for (ElementType scales : List.of(ElementType.F32, ElementType.F16)) {
            for (int bits : new int[] {4, 8}) {
                long bytes = 40L * bits / 8;
                Tensor table = bytes(ElementType.U8, 5, bytes);
                Tensor scale = random(scales, 5, 3);
                Object width = attribute("bits", bits);
                String name = "gather " + bits + " bits of " + scales.text();
                add(
                        name,
                        "GatherBlockQuantized",
                        "y",
                        new NodeModel.Weight(table),
                        rows,
                        new NodeModel.Weight(scale),
                        block,
                        width);
                Tensor zeros = bytes(ElementType.U8, 5, bits == 8 ? 3 : 2);
                add(
                        name + " with zero points",
                        "GatherBlockQuantized",
                        "y",
                        new NodeModel.Weight(table),
                        rows,
                        new NodeModel.Weight(scale),
                        new NodeModel.Weight(zeros),
                        block,
                        width);
            }
            for (ElementType type : List.of(ElementType.U4, ElementType.I4)) {
                Tensor table =
                        integers(type, type == ElementType.U4 ? 0 : -8, type == ElementType.U4 ? 16 : 8, 5, 3, 40);
                for (int axis = 0; axis < 2; axis++) {
                    add(
                            "gather " + type.text() + " of " + scales.text() + " along " + axis,
                            "GatherBlockQuantized",
                            "y",
                            new NodeModel.Weight(table),
                            axis == 0 ? rows : longs(2, 0),
                            new NodeModel.Weight(random(scales, 5, 3, 3)),
                            block,
                            attribute("gather_axis", axis),
                            attribute("quantize_axis", 2));
                }
            }
        }
    }

    private void quantized() {
        for (ElementType type : List.of(ElementType.U8, ElementType.I8)) {
            String of = " " + type.text();
            long mid = type == ElementType.U8 ? 120 : 3;
            Tensor x = bytes(type, 2, 3, 4);
            add(
                    "q add" + of,
                    "QLinearAdd",
                    "y",
                    x,
                    scale(0.02),
                    zero(type, mid),
                    bytes(type, 3, 4),
                    scale(0.03),
                    zero(type, mid + 5),
                    scale(0.05),
                    zero(type, mid - 2));
            add(
                    "q mul" + of,
                    "QLinearMul",
                    "y",
                    x,
                    scale(0.02),
                    zero(type, mid),
                    bytes(type, 4),
                    scale(0.03),
                    zero(type, mid + 5),
                    scale(0.05),
                    zero(type, mid - 2));
            add(
                    "q sigmoid" + of,
                    "QLinearSigmoid",
                    "y",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.004),
                    zero(type, mid));
            near(
                    "q leaky" + of,
                    "QLinearLeakyRelu",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.02),
                    zero(type, mid - 9),
                    attribute("alpha", 0.3f));
            near(
                    "q softmax" + of,
                    "QLinearSoftmax",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.004),
                    zero(type, type == ElementType.U8 ? 0 : -128),
                    attribute("axis", -1),
                    attribute("opset", 13));
            near(
                    "q softmax old" + of,
                    "QLinearSoftmax",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.004),
                    zero(type, 0),
                    attribute("axis", 1),
                    attribute("opset", 11));
            near(
                    "q softmax axis" + of,
                    "QLinearSoftmax",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.004),
                    zero(type, 0),
                    attribute("axis", 1),
                    attribute("opset", 13));
            near(
                    "q concat" + of,
                    "QLinearConcat",
                    scale(0.04),
                    zero(type, mid),
                    x,
                    scale(0.03),
                    zero(type, mid - 1),
                    bytes(type, 2, 1, 4),
                    scale(0.04),
                    zero(type, mid),
                    attribute("axis", 1));
            add(
                    "q global pool" + of,
                    "QLinearGlobalAveragePool",
                    "y",
                    bytes(type, 2, 3, 4, 5),
                    scale(0.03),
                    zero(type, mid),
                    scale(0.01),
                    zero(type, mid - 4));
            add(
                    "q global pool last" + of,
                    "QLinearGlobalAveragePool",
                    "y",
                    bytes(type, 2, 4, 5, 3),
                    scale(0.03),
                    zero(type, mid),
                    scale(0.01),
                    zero(type, mid - 4),
                    attribute("channels_last", 1));
            for (int included = 0; included < 2; included++) {
                near(
                        "q pool " + included + of,
                        "QLinearAveragePool",
                        bytes(type, 1, 3, 6, 7),
                        scale(0.03),
                        zero(type, mid),
                        scale(0.02),
                        zero(type, mid - 4),
                        attribute("kernel_shape", new long[] {3, 3}),
                        attribute("strides", new long[] {2, 1}),
                        attribute("pads", new long[] {1, 1, 1, 1}),
                        attribute("count_include_pad", included));
            }
            near(
                    "q pool last" + of,
                    "QLinearAveragePool",
                    bytes(type, 1, 6, 7, 3),
                    scale(0.03),
                    zero(type, mid),
                    scale(0.02),
                    zero(type, mid - 4),
                    attribute("kernel_shape", new long[] {3, 2}),
                    attribute("channels_last", 1));
            add(
                    "q where" + of,
                    "QLinearWhere",
                    "y",
                    shaped(ElementType.BOOL, new long[] {2, 1}, 1, 0),
                    bytes(type, 2, 3),
                    scale(0.03),
                    zero(type, mid),
                    bytes(type, 3),
                    scale(0.02),
                    zero(type, mid - 3),
                    scale(0.03),
                    zero(type, mid));
            add("q dequantize" + of, "DequantizeLinear", "y", x, scale(0.03), zero(type, mid));
            add(
                    "q dequantize axis" + of,
                    "DequantizeLinear",
                    "y",
                    x,
                    weight(scales(3)),
                    weight(bytes(type, 3)),
                    attribute("axis", 1));
            add("q quantize" + of, "QuantizeLinear", "y", random(2, 3), scale(0.03), zero(type, mid));
            add(
                    "q quantize axis" + of,
                    "QuantizeLinear",
                    "y",
                    random(2, 3),
                    weight(scales(2)),
                    weight(bytes(type, 2)),
                    attribute("axis", 0));
        }
        add(
                "q dequantize 16",
                "DequantizeLinear",
                "y",
                weight(integers(ElementType.U16, 0, 65536, 3, 4)),
                scale(0.001),
                zero(ElementType.U16, 30000));
        add("q dequantize 32", "DequantizeLinear", "y", integers(ElementType.I32, -9999, 9999, 3, 4), scale(0.01));
        add("q quantize 16", "QuantizeLinear", "y", random(3, 4), scale(0.0001), zero(ElementType.I16, 12));
        add("q quantize plain", "QuantizeLinear", "y", random(3, 4), scale(0.01));
    }
}
