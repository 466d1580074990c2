package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Products and convolutions with activations, activations, and normalizations of {@code com.microsoft}. */
class MicrosoftProductTest extends MicrosoftTest {
    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        products();
        activations();
        normalizations();
        return tests();
    }

    private void products() {
        add("matmul", "FusedMatMul", "y", random(2, 3, 4), random(2, 4, 5), attribute("alpha", 0.5f));
        add(
                "matmul transposed",
                "FusedMatMul",
                "y",
                random(2, 4, 3),
                random(5, 4),
                attribute("transA", 1),
                attribute("transB", 1));
        add("matmul batch a", "FusedMatMul", "y", random(3, 2, 4), random(2, 4, 5), attribute("transBatchA", 1));
        add(
                "matmul batch b",
                "FusedMatMul",
                "y",
                random(2, 6, 3, 4),
                random(5, 2, 6, 4),
                attribute("transBatchB", 1),
                attribute("transB", 1));
        add(
                "matmul batch both",
                "FusedMatMul",
                "y",
                random(4, 2, 3),
                random(4, 2, 5),
                attribute("transBatchA", 1),
                attribute("transBatchB", 1),
                attribute("transA", 1));
        Tensor x = random(1, 4, 6, 7);
        add("conv relu", "FusedConv", "y", x, random(3, 4, 3, 3), attribute("activation", "Relu"));
        add(
                "conv sum",
                "FusedConv",
                "y",
                x,
                random(3, 4, 3, 3),
                random(3),
                random(1, 3, 6, 7),
                attribute("pads", new long[] {1, 1, 1, 1}),
                attribute("activation", "Relu"));
        for (String f : List.of("Tanh", "Sigmoid")) {
            add(
                    "conv " + f,
                    "FusedConv",
                    "y",
                    x,
                    random(2, 2, 3, 3),
                    random(2),
                    attribute("group", 2),
                    attribute("activation", f));
        }
        add(
                "conv leaky",
                "FusedConv",
                "y",
                x,
                random(3, 4, 3, 3),
                attribute("activation", "LeakyRelu"),
                attribute("activation_params", new float[] {0.2f}));
        add(
                "conv clip",
                "FusedConv",
                "y",
                x,
                random(3, 4, 3, 3),
                attribute("activation", "Clip"),
                attribute("activation_params", new float[] {-1, 2}));
        add(
                "conv hard sigmoid",
                "FusedConv",
                "y",
                x,
                random(3, 4, 3, 3),
                attribute("activation", "HardSigmoid"),
                attribute("activation_params", new float[] {0.1f, 0.4f}));
        add(
                "gemm relu",
                "FusedGemm",
                "y",
                random(3, 4),
                random(5, 4),
                random(5),
                attribute("transB", 1),
                attribute("alpha", 0.5f),
                attribute("beta", 2f),
                attribute("activation", "Relu"));
        add(
                "gemm leaky",
                "FusedGemm",
                "y",
                random(3, 4),
                random(4, 5),
                attribute("activation", "LeakyRelu"),
                attribute("activation_alpha", 0.3f));
    }

    private void activations() {
        add("gelu", "Gelu", "y", random(3, 5));
        add("bias gelu", "BiasGelu", "y", random(2, 3, 5), random(5));
        add("fast gelu", "FastGelu", "y", random(2, 3, 5));
        add("fast gelu bias", "FastGelu", "y", random(2, 3, 5), random(5));
        add("quick gelu", "QuickGelu", "y", random(3, 5));
        add("quick gelu alpha", "QuickGelu", "y", random(3, 5), attribute("alpha", 0.7f));
    }

    private void normalizations() {
        Tensor x = random(2, 3, 8);
        Tensor g = random(8);
        add("skip", "SkipLayerNormalization", "y", x, random(2, 3, 8), g, random(8));
        add("skip no beta", "SkipLayerNormalization", "y", x, random(2, 3, 8), g, attribute("epsilon", 0.1f));
        add("skip all", "SkipLayerNormalization", "y _ _ sum", x, random(2, 3, 8), g, random(8), random(8));
        add("skip broadcast", "SkipLayerNormalization", "y _ _ sum", x, random(1, 3, 8), g, "", random(8));
        add("skip flat", "SkipLayerNormalization", "y", x, random(3, 8), g, random(8));
        add("skip simplified", "SkipSimplifiedLayerNormalization", "y _ _ sum", x, random(2, 3, 8), g);
        add("skip simplified bias", "SkipSimplifiedLayerNormalization", "y _ _ sum", x, random(2, 3, 8), g, random(8));
        add("simplified", "ai.onnx:SimplifiedLayerNormalization", "y", x, g);
        add("simplified statistics", "ai.onnx:SimplifiedLayerNormalization", "y f", x, g, attribute("epsilon", 0.01f));
        add("simplified axis", "ai.onnx:SimplifiedLayerNormalization", "y", x, random(3, 8), attribute("axis", 1));
        Tensor ids = integers(ElementType.I32, 0, 10, 2, 5);
        Tensor segments = integers(ElementType.I32, 0, 2, 2, 5);
        Tensor mask = shaped(ElementType.I32, new long[] {2, 5}, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1);
        Tensor words = random(10, 8);
        Tensor positions = random(6, 8);
        add(
                "embed",
                "EmbedLayerNormalization",
                "y m",
                ids,
                segments,
                words,
                positions,
                random(2, 8),
                g,
                random(8),
                mask);
        add("embed plain", "EmbedLayerNormalization", "y m", ids, "", words, positions, "", g, random(8));
        add(
                "embed positions",
                "EmbedLayerNormalization",
                "y m sum",
                ids,
                "",
                words,
                positions,
                "",
                g,
                random(8),
                mask,
                integers(ElementType.I32, 0, 6, 2, 5),
                attribute("epsilon", 0.1f));
    }

    @Test
    void splitGelu() {
        Tensor x = random(1, 3, 8);
        Tensor bias = random(8);
        Tensor y = result(node("", "BiasSplitGelu", "y", x, bias));
        assertEquals(List.of(1L, 3L, 4L), Arrays.stream(y.dims()).boxed().toList());
        for (int row = 0; row < 3; row++) {
            for (int i = 0; i < 4; i++) {
                double left = x.getDouble(row * 8 + i) + bias.getDouble(i);
                Tensor right = Tensor.of(new float[] {x.getFloat(row * 8 + 4 + i) + bias.getFloat(4 + i)}, 1);
                Tensor gelu = result(node("", "Gelu", "y", right));
                assertThat(y.getDouble(row * 4 + i)).isCloseTo(left * gelu.getDouble(0), offset(1e-5));
            }
        }
    }
}
