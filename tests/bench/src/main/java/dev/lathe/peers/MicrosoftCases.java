package dev.lathe.peers;

import static dev.lathe.ir.type.ElementType.F16;
import static dev.lathe.ir.type.ElementType.F32;
import static dev.lathe.ir.type.ElementType.I32;
import static dev.lathe.ir.type.ElementType.I8;
import static dev.lathe.ir.type.ElementType.U8;
import static dev.lathe.peers.Attributes.integer;
import static dev.lathe.peers.Attributes.integers;
import static dev.lathe.peers.Attributes.real;
import static dev.lathe.peers.Attributes.text;
import static dev.lathe.peers.Operands.below;
import static dev.lathe.peers.Operands.between;
import static dev.lathe.peers.Operands.f32;
import static dev.lathe.peers.Operands.indices;
import static dev.lathe.peers.Operands.number;
import static dev.lathe.peers.Operands.weight;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** The operators that ONNX Runtime adds. */
final class MicrosoftCases {
    private static final String MS = "com.microsoft:";
    private static final long[] SHAPE = {64, 4096};

    private MicrosoftCases() {}

    private static OperatorCase of(String operator, String variant, Object... parts) {
        return OperatorCase.of(MS + operator + "-1", variant, 1, parts);
    }

    static void addTo(List<OperatorCase> all) {
        transformers(all);
        quantized(all);
    }

    private static void transformers(List<OperatorCase> all) {
        Tensor x = f32(1, 128, 768);
        OperatorCase.Weight row = weight(f32(768));
        all.add(of("Gelu", "", f32(SHAPE)));
        all.add(of("FastGelu", "", f32(SHAPE)));
        all.add(of("QuickGelu", "", f32(SHAPE)));
        all.add(of("BiasGelu", "", x, row));
        all.add(of("SkipLayerNormalization", "", x, f32(1, 128, 768), row, row));
        all.add(of("SkipSimplifiedLayerNormalization", "", x, f32(1, 128, 768), row));
        all.add(OperatorCase.of("SimplifiedLayerNormalization-1", "", 1, x, row));
        all.add(of(
                "EmbedLayerNormalization",
                "",
                below(I32, 1000, 1, 128),
                below(I32, 2, 1, 128),
                weight(f32(1000, 384)),
                weight(f32(512, 384)),
                weight(f32(2, 384)),
                weight(f32(384)),
                weight(f32(384))));
        all.add(of(
                "Attention",
                "",
                f32(1, 128, 384),
                weight(f32(384, 1152)),
                weight(f32(1152)),
                integer("num_heads", 12)));
        all.add(of("MultiHeadAttention", "", x, x, x, integer("num_heads", 12)));
        Tensor lengths = Tensor.of(new int[] {128}, 1);
        all.add(OperatorCase.of(
                MS + "GroupQueryAttention-1",
                "",
                3,
                f32(1, 1, 512),
                f32(1, 1, 128),
                f32(1, 1, 128),
                f32(1, 2, 128, 64),
                f32(1, 2, 128, 64),
                lengths,
                weight(Tensor.of(new int[] {129})),
                integer("num_heads", 8),
                integer("kv_num_heads", 2)));
        all.add(of(
                "RotaryEmbedding",
                "",
                f32(1, 12, 128, 64),
                indices(128, 1, 128),
                weight(f32(128, 32)),
                weight(f32(128, 32))));
        all.add(of("FusedMatMul", "", f32(12, 128, 64), f32(12, 128, 64), integer("transB", 1), real("alpha", 0.125f)));
        all.add(of("FusedGemm", "", f32(32, 512), weight(f32(512, 256)), weight(f32(256)), text("activation", "Relu")));
        all.add(of(
                "FusedConv",
                "",
                f32(1, 32, 28, 28),
                weight(f32(32, 32, 3, 3)),
                weight(f32(32)),
                text("activation", "Relu"),
                integers("pads", 1, 1, 1, 1)));
        all.add(of("Gelu", "f16", Operands.of(F16, SHAPE)));
        for (int rows : List.of(1, 32)) {
            all.add(of(
                    "MatMulNBits",
                    "" + rows,
                    f32(rows, 1024),
                    weight(below(U8, 256, 1024, 32, 16)),
                    weight(f32(1024 * 32)),
                    integer("K", 1024),
                    integer("N", 1024),
                    integer("bits", 4),
                    integer("block_size", 32)));
        }
    }

    private static OperatorCase.Weight zero(ElementType element) {
        return weight(Tensor.zeros(element));
    }

    private static void quantized(List<OperatorCase> all) {
        Tensor x = Operands.of(U8, SHAPE);
        OperatorCase.Weight scale = number(0.02);
        OperatorCase.Weight zero = zero(U8);
        for (String operator : List.of("QLinearAdd", "QLinearMul")) {
            all.add(of(operator, "", x, scale, zero, Operands.of(U8, SHAPE), scale, zero, number(0.05), zero));
        }
        all.add(of("QLinearSigmoid", "", x, scale, zero, number(0.004), zero));
        all.add(of("QLinearLeakyRelu", "", x, scale, zero, scale, zero, real("alpha", 0.1f)));
        all.add(of(
                "QLinearSoftmax",
                "",
                x,
                scale,
                zero,
                number(1 / 256.0),
                zero,
                integer("axis", 1),
                integer("opset", 13)));
        all.add(of("QLinearConcat", "", number(0.05), zero, x, scale, zero, x, number(0.03), zero, integer("axis", 1)));
        all.add(of(
                "QLinearWhere",
                "",
                below(ElementType.BOOL, 2, SHAPE),
                x,
                scale,
                zero,
                x,
                number(0.03),
                zero,
                scale,
                zero));
        Tensor image = Operands.of(U8, 1, 32, 28, 28);
        all.add(of("QLinearGlobalAveragePool", "", image, scale, zero, scale, zero));
        all.add(of(
                "QLinearAveragePool",
                "",
                image,
                scale,
                zero,
                scale,
                zero,
                integers("kernel_shape", 3, 3),
                integers("strides", 2, 2)));
        all.add(of(
                "QLinearConv",
                "",
                image,
                scale,
                zero,
                weight(Operands.of(I8, 32, 32, 3, 3)),
                scale,
                zero(I8),
                number(0.1),
                zero,
                integers("pads", 1, 1, 1, 1)));
        all.add(of(
                "NhwcMaxPool",
                "",
                Operands.of(U8, 1, 56, 56, 32),
                integers("kernel_shape", 3, 3),
                integers("strides", 2, 2)));
        Tensor a = Operands.of(U8, 64, 256);
        OperatorCase.Weight b = weight(Operands.of(I8, 256, 256));
        all.add(of("MatMulIntegerToFloat", "", a, b, scale, scale, zero, zero(I8)));
        all.add(of("DynamicQuantizeMatMul", "", f32(64, 256), b, scale, zero(I8)));
        all.add(of("QGemm", "", a, scale, zero, b, scale, zero(I8), "", number(0.1), zero));
        all.add(of(
                "QAttention",
                "",
                Operands.of(U8, 1, 128, 384),
                weight(Operands.of(I8, 384, 1152)),
                weight(f32(1152)),
                scale,
                scale,
                "",
                zero,
                zero(I8),
                integer("num_heads", 12)));
        all.add(of("QuantizeLinear", "contrib", f32(SHAPE), number(0.05), zero));
        all.add(of("DequantizeLinear", "contrib", x, number(0.05), zero));
        all.add(of(
                "GatherBlockQuantized",
                "",
                weight(below(U8, 256, 1000, 64)),
                indices(1000, 128),
                weight(between(0.01, 0.1, 1000, 4)),
                integer("block_size", 32),
                integer("bits", 4)));
        all.add(of("Gelu", "row", f32(1, F32.bits())));
    }
}
