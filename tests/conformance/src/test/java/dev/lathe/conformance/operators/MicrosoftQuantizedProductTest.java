package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Products and attention of quantized numbers of {@code com.microsoft}. */
class MicrosoftQuantizedProductTest extends MicrosoftTest {
    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        quantizedProducts();
        return tests();
    }

    private void quantizedProducts() {
        for (ElementType type : List.of(ElementType.U8, ElementType.I8)) {
            String of = " " + type.text();
            Object weights = weight(bytes(type, 6, 5));
            Object perColumn = weight(scales(5));
            Object zeros = weight(bytes(type, 5));
            add("dynamic matmul" + of, "DynamicQuantizeMatMul", "y", random(2, 3, 6), weights, scale(0.02));
            add(
                    "dynamic matmul all" + of,
                    "DynamicQuantizeMatMul",
                    "y",
                    random(3, 6),
                    weights,
                    perColumn,
                    zeros,
                    weight(random(5)));
            add(
                    "dynamic matmul zero" + of,
                    "DynamicQuantizeMatMul",
                    "y",
                    random(3, 6),
                    weights,
                    scale(0.02),
                    zero(type, 7));
            Tensor u = bytes(ElementType.U8, 3, 6);
            add("matmul to float" + of, "MatMulIntegerToFloat", "y", u, weights, scale(0.03), scale(0.02));
            add(
                    "matmul to float all" + of,
                    "MatMulIntegerToFloat",
                    "y",
                    u,
                    weights,
                    scale(0.03),
                    perColumn,
                    zero(ElementType.U8, 99),
                    zeros,
                    weight(random(5)));
            Object w = weight(bytes(type, 8, 24));
            Object bias = weight(random(24));
            Tensor x = bytes(ElementType.U8, 2, 5, 8);
            AttributeProto heads = attribute("num_heads", 2);
            add("q attention" + of, "QAttention", "y", x, w, bias, scale(0.01), scale(0.005), heads);
            add(
                    "q attention all" + of,
                    "QAttention",
                    "y",
                    x,
                    w,
                    bias,
                    scale(0.01),
                    weight(scales(24)),
                    ints(3, 5),
                    zero(ElementType.U8, 120),
                    weight(bytes(type, 24)),
                    heads);
            add(
                    "q attention past" + of,
                    "QAttention",
                    "y p",
                    x,
                    w,
                    bias,
                    scale(0.01),
                    scale(0.005),
                    "",
                    zero(ElementType.U8, 120),
                    zero(type, 3),
                    random(2, 2, 2, 3, 4),
                    heads,
                    attribute("unidirectional", 1));
            add(
                    "q gemm" + of,
                    "QGemm",
                    "y",
                    u,
                    scale(0.03),
                    zero(ElementType.U8, 110),
                    weight(bytes(type, 5, 6)),
                    scale(0.02),
                    zero(type, 3),
                    weight(integers(ElementType.I32, -2000, 2000, 5)),
                    scale(0.1),
                    zero(ElementType.U8, 127),
                    attribute("transB", 1),
                    attribute("alpha", 0.5f));
            add(
                    "q gemm floats" + of,
                    "QGemm",
                    "y",
                    u,
                    scale(0.03),
                    zero(ElementType.U8, 110),
                    weights,
                    perColumn,
                    zeros,
                    "");
        }
        Object conv = weight(bytes(ElementType.I8, 4, 3, 3, 3));
        for (int last = 0; last < 2; last++) {
            add(
                    "q conv " + last,
                    "QLinearConv",
                    "y",
                    last == 1 ? bytes(ElementType.U8, 1, 6, 7, 3) : bytes(ElementType.U8, 1, 3, 6, 7),
                    scale(0.03),
                    zero(ElementType.U8, 120),
                    conv,
                    weight(scales(4)),
                    weight(Tensor.zeros(ElementType.I8, 4)),
                    scale(0.6),
                    zero(ElementType.U8, 110),
                    weight(integers(ElementType.I32, -2000, 2000, 4)),
                    attribute("channels_last", last),
                    attribute("pads", new long[] {1, 0, 1, 0}),
                    attribute("strides", new long[] {2, 1}));
        }
        for (int bits : List.of(2, 4, 8)) {
            for (int k : List.of(64, 40)) {
                int blocks = (k + 31) / 32;
                Tensor x = random(2, 3, k);
                Object packed = weight(bytes(ElementType.U8, 5, blocks, 32 * bits / 8));
                Object[] common = {
                    attribute("K", k), attribute("N", 5), attribute("bits", bits), attribute("block_size", 32)
                };
                String name = "weights of " + bits + " bits, " + k;
                add(name, "MatMulNBits", "y", with(common, x, packed, weight(scales(5L * blocks))));
                Object zeros = weight(bytes(ElementType.U8, 5L * ((blocks * bits + 7) / 8)));
                add(name + ", zeros", "MatMulNBits", "y", with(common, x, packed, weight(scales(5L * blocks)), zeros));
            }
        }
        Object[] four = {attribute("K", 32), attribute("N", 5), attribute("bits", 4), attribute("block_size", 16)};
        add(
                "weights with float zeros",
                "MatMulNBits",
                "y",
                with(
                        four,
                        random(3, 32),
                        weight(bytes(ElementType.U8, 5, 2, 8)),
                        weight(scales(10)),
                        weight(random(10))));
        add(
                "weights with bias",
                "MatMulNBits",
                "y",
                with(
                        four,
                        random(3, 32),
                        weight(bytes(ElementType.U8, 5, 2, 8)),
                        weight(scales(10)),
                        "",
                        "",
                        weight(random(5))));
    }

    private static Object[] with(Object[] attributes, Object... operands) {
        return Stream.concat(Stream.of(operands), Stream.of(attributes)).toArray();
    }
}
