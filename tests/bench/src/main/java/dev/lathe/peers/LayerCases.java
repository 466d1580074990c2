package dev.lathe.peers;

import static dev.lathe.ir.type.ElementType.BF16;
import static dev.lathe.ir.type.ElementType.F16;
import static dev.lathe.ir.type.ElementType.F32;
import static dev.lathe.ir.type.ElementType.F64;
import static dev.lathe.ir.type.ElementType.I32;
import static dev.lathe.ir.type.ElementType.I64;
import static dev.lathe.ir.type.ElementType.I8;
import static dev.lathe.ir.type.ElementType.U8;
import static dev.lathe.peers.Attributes.integer;
import static dev.lathe.peers.Attributes.integers;
import static dev.lathe.peers.Attributes.real;
import static dev.lathe.peers.Attributes.text;
import static dev.lathe.peers.Operands.f32;
import static dev.lathe.peers.Operands.index;
import static dev.lathe.peers.Operands.indices;
import static dev.lathe.peers.Operands.number;
import static dev.lathe.peers.Operands.weight;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Products, convolutions, pools, normalizations, recurrent layers, attention, signals. */
final class LayerCases {
    private LayerCases() {}

    static void addTo(List<OperatorCase> all) {
        products(all);
        convolutions(all);
        pools(all);
        normalizations(all);
        recurrent(all);
        others(all);
    }

    private static void products(List<OperatorCase> all) {
        for (ElementType element : List.of(F32, F64, F16, BF16, I32, I64)) {
            Tensor x = Operands.of(element, 64, 256);
            all.add(OperatorCase.of("MatMul", element.text(), 1, x, Operands.of(element, 256, 128)));
        }
        all.add(OperatorCase.of("MatMul", "f64 batch", 1, Operands.of(F64, 4, 64, 64), Operands.of(F64, 4, 64, 64)));
        all.add(OperatorCase.of("MatMul", "weights", 1, f32(128, 384), weight(f32(384, 384))));
        all.add(OperatorCase.of("MatMul", "batch", 1, f32(12, 128, 64), f32(12, 64, 128)));
        all.add(OperatorCase.of("MatMul", "vector", 1, f32(1, 1024), weight(f32(1024, 1024))));
        all.add(OperatorCase.of(
                "Gemm", "", 1, f32(32, 512), weight(f32(256, 512)), weight(f32(256)), integer("transB", 1)));
        all.add(OperatorCase.of("MatMulInteger", "", 1, Operands.of(U8, 64, 256), weight(Operands.of(I8, 256, 256))));
        all.add(OperatorCase.of(
                "QLinearMatMul",
                "",
                1,
                Operands.of(U8, 64, 256),
                number(0.02),
                zero(U8),
                weight(Operands.of(I8, 256, 256)),
                number(0.02),
                zero(I8),
                number(0.1),
                zero(U8)));
        all.add(OperatorCase.of("Einsum", "product", 1, f32(64, 128), f32(128, 64), text("equation", "ij,jk->ik")));
        all.add(OperatorCase.of(
                "Einsum", "heads", 1, f32(1, 64, 12, 64), f32(1, 64, 12, 64), text("equation", "bqhd,bkhd->bhqk")));
        all.add(OperatorCase.of("Einsum", "sum", 1, f32(64, 64, 64), text("equation", "ijk->j")));
        all.add(OperatorCase.of("Einsum", "outer", 1, f32(512), f32(512), text("equation", "i,j->ij")));
        all.add(OperatorCase.of("Einsum", "diagonal", 1, f32(512, 512), text("equation", "ii->i")));
    }

    private static OperatorCase.Weight zero(ElementType element) {
        return weight(Tensor.zeros(element));
    }

    private static void convolutions(List<OperatorCase> all) {
        all.add(OperatorCase.of("Conv", "3x3", 1, f32(1, 32, 56, 56), weight(f32(64, 32, 3, 3)), pads(1, 1, 1, 1)));
        all.add(OperatorCase.of("Conv", "1x1", 1, f32(1, 64, 56, 56), weight(f32(64, 64, 1, 1))));
        all.add(OperatorCase.of(
                "Conv",
                "depthwise",
                1,
                f32(1, 64, 56, 56),
                weight(f32(64, 1, 3, 3)),
                pads(1, 1, 1, 1),
                integer("group", 64)));
        all.add(OperatorCase.of(
                "Conv",
                "grouped",
                1,
                f32(1, 64, 28, 28),
                weight(f32(64, 16, 3, 3)),
                pads(1, 1, 1, 1),
                integer("group", 4)));
        all.add(OperatorCase.of(
                "Conv",
                "dilated",
                1,
                f32(1, 32, 28, 28),
                weight(f32(32, 32, 3, 3)),
                pads(2, 2, 2, 2),
                integers("dilations", 2, 2)));
        all.add(OperatorCase.of("Conv", "1-D", 1, f32(1, 64, 1000), weight(f32(64, 64, 3)), pads(1, 1)));
        all.add(OperatorCase.of(
                "Conv", "1-D depthwise", 1, f32(1, 64, 1000), weight(f32(64, 1, 7)), pads(3, 3), integer("group", 64)));
        all.add(OperatorCase.of(
                "Conv", "3-D", 1, f32(1, 16, 16, 28, 28), weight(f32(32, 16, 3, 3, 3)), pads(1, 1, 1, 1, 1, 1)));
        all.add(OperatorCase.of("Conv", "3-D pointwise", 1, f32(1, 32, 16, 28, 28), weight(f32(32, 32, 1, 1, 1))));
        all.add(OperatorCase.of(
                "Conv",
                "3-D strides",
                1,
                f32(1, 3, 16, 56, 56),
                weight(f32(16, 3, 3, 7, 7)),
                pads(1, 3, 3, 1, 3, 3),
                integers("strides", 1, 2, 2)));
        all.add(OperatorCase.of(
                "Conv",
                "3-D depthwise",
                1,
                f32(1, 32, 8, 28, 28),
                weight(f32(32, 1, 3, 3, 3)),
                pads(1, 1, 1, 1, 1, 1),
                integer("group", 32)));
        for (ElementType element : List.of(F64, F16)) {
            all.add(OperatorCase.of(
                    "Conv",
                    element.text(),
                    1,
                    Operands.of(element, 1, 16, 28, 28),
                    weight(Operands.of(element, 16, 16, 3, 3)),
                    pads(1, 1, 1, 1)));
        }
        all.add(OperatorCase.of(
                "Conv", "computed filters", 1, f32(1, 32, 28, 28), f32(32, 32, 3, 3), pads(1, 1, 1, 1)));
        all.add(OperatorCase.of(
                "ConvTranspose",
                "",
                1,
                f32(1, 32, 28, 28),
                weight(f32(32, 16, 4, 4)),
                pads(1, 1, 1, 1),
                integers("strides", 2, 2)));
        all.add(OperatorCase.of(
                "ConvTranspose",
                "1-D",
                1,
                f32(1, 32, 256),
                weight(f32(32, 16, 8)),
                pads(2, 2),
                integers("strides", 4)));
        all.add(OperatorCase.of(
                "ConvTranspose",
                "3-D",
                1,
                f32(1, 8, 8, 14, 14),
                weight(f32(8, 8, 2, 2, 2)),
                integers("strides", 2, 2, 2)));
        all.add(OperatorCase.of(
                "ConvInteger",
                "",
                1,
                Operands.of(U8, 1, 16, 28, 28),
                weight(Operands.of(U8, 16, 16, 3, 3)),
                pads(1, 1, 1, 1)));
        all.add(OperatorCase.of(
                "QLinearConv",
                "",
                1,
                Operands.of(U8, 1, 32, 28, 28),
                number(0.02),
                zero(U8),
                weight(Operands.of(I8, 32, 32, 3, 3)),
                number(0.02),
                zero(I8),
                number(0.1),
                zero(U8),
                pads(1, 1, 1, 1)));
        all.add(OperatorCase.of(
                "DeformConv-19",
                "",
                1,
                f32(1, 16, 28, 28),
                weight(f32(16, 16, 3, 3)),
                f32(1, 18, 28, 28),
                pads(1, 1, 1, 1)));
        all.add(OperatorCase.of(
                "DeformConv-19",
                "mask, strides",
                1,
                f32(1, 32, 56, 56),
                weight(f32(32, 32, 3, 3)),
                f32(1, 36, 28, 28),
                "",
                Operands.between(0, 1, 1, 18, 28, 28),
                pads(1, 1, 1, 1),
                integers("strides", 2, 2),
                integer("offset_group", 2)));
    }

    private static dev.lathe.grammar.onnx.AttributeProto pads(long... pads) {
        return integers("pads", pads);
    }

    private static void pools(List<OperatorCase> all) {
        for (String operator : List.of("MaxPool", "AveragePool", "LpPool-18")) {
            all.add(OperatorCase.of(
                    operator,
                    "3x3",
                    1,
                    f32(1, 32, 56, 56),
                    integers("kernel_shape", 3, 3),
                    integers("strides", 2, 2),
                    pads(1, 1, 1, 1)));
            all.add(OperatorCase.of(
                    operator, "1-D", 1, f32(1, 32, 4096), integers("kernel_shape", 4), integers("strides", 4)));
            all.add(OperatorCase.of(
                    operator,
                    "3-D",
                    1,
                    f32(1, 16, 16, 28, 28),
                    integers("kernel_shape", 2, 2, 2),
                    integers("strides", 2, 2, 2)));
            all.add(OperatorCase.of(
                    operator,
                    "3-D overlap",
                    1,
                    f32(1, 16, 8, 28, 28),
                    integers("kernel_shape", 3, 3, 3),
                    pads(1, 1, 1, 1, 1, 1)));
        }
        all.add(OperatorCase.of(
                "MaxPool", "5x5", 1, f32(1, 256, 20, 20), integers("kernel_shape", 5, 5), pads(2, 2, 2, 2)));
        all.add(OperatorCase.of(
                "MaxPool",
                "u8",
                1,
                Operands.of(U8, 1, 32, 56, 56),
                integers("kernel_shape", 3, 3),
                integers("strides", 2, 2)));
        for (ElementType element : List.of(F16, F64)) {
            all.add(OperatorCase.of(
                    "MaxPool",
                    element.text(),
                    1,
                    Operands.of(element, 1, 32, 56, 56),
                    integers("kernel_shape", 3, 3),
                    integers("strides", 2, 2)));
        }
        all.add(OperatorCase.of(
                "MaxPool",
                "indices",
                2,
                f32(1, 32, 56, 56),
                integers("kernel_shape", 2, 2),
                integers("strides", 2, 2)));
        Tensor places = Tensor.zeros(I64, 1, 32, 28, 28);
        for (int i = 0; i < places.size(); i++) {
            places.setLong(i, i / 784 * 3136L + i % 784 / 28 * 112L + i % 28 * 2L);
        }
        all.add(OperatorCase.of(
                "MaxUnpool",
                "",
                1,
                f32(1, 32, 28, 28),
                places,
                integers("kernel_shape", 2, 2),
                integers("strides", 2, 2)));
        for (String operator : List.of("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")) {
            all.add(OperatorCase.of(operator, "", 1, f32(1, 256, 28, 28)));
        }
    }

    private static void normalizations(List<OperatorCase> all) {
        Tensor x = f32(1, 64, 56, 56);
        OperatorCase.Weight scale = weight(f32(64));
        OperatorCase.Weight variance = weight(Operands.between(0.5, 2, 64));
        all.add(OperatorCase.of("BatchNormalization", "", 1, x, scale, weight(f32(64)), weight(f32(64)), variance));
        all.add(OperatorCase.of("InstanceNormalization", "", 1, x, scale, weight(f32(64))));
        all.add(OperatorCase.of("GroupNormalization", "", 1, x, scale, weight(f32(64)), integer("num_groups", 8)));
        all.add(OperatorCase.of("LRN", "", 1, x, integer("size", 5)));
        for (ElementType element : List.of(F32, F16, F64)) {
            all.add(OperatorCase.of(
                    "LayerNormalization",
                    element.text(),
                    1,
                    Operands.of(element, 128, 768),
                    weight(Operands.of(element, 768)),
                    weight(Operands.of(element, 768))));
        }
        all.add(OperatorCase.of("RMSNormalization-23", "", 1, f32(128, 768), weight(f32(768))));
    }

    private static void recurrent(List<OperatorCase> all) {
        gated(all, "LSTM", 4);
        gated(all, "GRU", 3);
        gated(all, "RNN", 1);
    }

    private static void gated(List<OperatorCase> all, String operator, int gates) {
        int hidden = 128;
        for (int directions = 1; directions <= 2; directions++) {
            for (int batch : List.of(1, 8)) {
                all.add(OperatorCase.of(
                        operator,
                        (directions == 2 ? "both ways " : "") + batch,
                        1,
                        f32(50, batch, 64),
                        weight(small(directions, (long) gates * hidden, 64)),
                        weight(small(directions, (long) gates * hidden, hidden)),
                        weight(small(directions, 2L * gates * hidden)),
                        integer("hidden_size", hidden),
                        text("direction", directions == 2 ? "bidirectional" : "forward")));
            }
        }
    }

    private static Tensor small(long... dims) {
        return Operands.between(-0.1, 0.1, dims);
    }

    private static void others(List<OperatorCase> all) {
        Tensor q = f32(1, 12, 128, 64);
        all.add(OperatorCase.of("Attention-23", "", 1, q, q, q));
        all.add(OperatorCase.of("RotaryEmbedding-23", "", 1, q, f32(128, 32), f32(128, 32), indices(128, 1, 128)));
        all.add(OperatorCase.of("STFT-17", "", 1, f32(1, 16_000, 1), index(160), weight(f32(400)), index(400)));
        all.add(OperatorCase.of("DFT-17", "", 1, f32(16, 512, 1), integer("axis", 1), integer("onesided", 1)));
        all.add(OperatorCase.of("DFT-17", "complex", 1, f32(16, 360, 2), integer("axis", 1)));
        all.add(OperatorCase.of("DFT-17", "prime", 1, f32(16, 509, 2), integer("axis", 1)));
        all.add(OperatorCase.of(
                "DFT-17", "inverse columns", 1, f32(256, 16, 2), integer("axis", 0), integer("inverse", 1)));
        for (String window : List.of("HannWindow", "HammingWindow", "BlackmanWindow")) {
            all.add(OperatorCase.of(window + "-17", "", 1, Operands.integers(I64, 4000, 4001)));
        }
        all.add(OperatorCase.of(
                "NegativeLogLikelihoodLoss", "", 1, f32(64, 1000), indices(1000, 64), text("reduction", "mean")));
        all.add(OperatorCase.of("SoftmaxCrossEntropyLoss", "", 1, f32(64, 1000), indices(1000, 64)));
        all.add(OperatorCase.of("RandomNormalLike", "", 1, f32(64, 1024), real("seed", 1)));
        all.add(OperatorCase.of("RandomUniformLike", "", 1, f32(64, 1024), real("seed", 1)));
        all.add(OperatorCase.of("Bernoulli", "", 1, Operands.between(0, 1, 64, 1024), real("seed", 1)));
        all.add(OperatorCase.of("Multinomial", "", 1, f32(16, 1000), integer("sample_size", 10), real("seed", 1)));
        all.add(OperatorCase.of(
                "QuantizeLinear",
                "axis",
                1,
                f32(64, 4096),
                weight(Operands.between(0.01, 0.1, 4096)),
                weight(Operands.of(U8, 4096))));
        all.add(OperatorCase.of("DequantizeLinear", "i32", 1, Operands.of(I32, 64, 4096), number(0.01)));
        all.add(OperatorCase.of("MatMul", "transposed", 1, f32(12, 128, 64), f32(12, 64, 256)));
    }
}
