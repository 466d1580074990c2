package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Attention of {@code com.microsoft}. */
class MicrosoftAttentionTest extends MicrosoftTest {
    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        attention();
        return tests();
    }

    private void attention() {
        Tensor x = random(2, 5, 8);
        Object w = weight(random(8, 24));
        Object bias = weight(random(24));
        AttributeProto heads = attribute("num_heads", 2);
        Tensor flags = shaped(ElementType.I32, new long[] {2, 5}, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0);
        add("attention", "Attention", "y", x, w, bias, heads);
        add("attention lengths", "Attention", "y", x, w, bias, ints(3, 4), heads);
        add("attention ends and starts", "Attention", "y", x, w, bias, ints(3, 5, 1, 2), heads);
        add("attention flags", "Attention", "y", x, w, bias, flags, heads, attribute("mask_filter_value", -500f));
        add("attention mask", "Attention", "y", x, w, bias, integers(ElementType.I32, 0, 2, 2, 5, 5), heads);
        add("attention causal", "Attention", "y", x, w, bias, "", heads, attribute("unidirectional", 1));
        add("attention causal flags", "Attention", "y", x, w, bias, flags, heads, attribute("unidirectional", 1));
        add("attention scale", "Attention", "y", x, w, bias, heads, attribute("scale", 0.2f));
        add(
                "attention past",
                "Attention",
                "y p",
                x,
                w,
                bias,
                "",
                random(2, 2, 2, 3, 4),
                heads,
                attribute("unidirectional", 1));
        add("attention present", "Attention", "y p", x, w, bias, heads);
        add("attention added", "Attention", "y", x, w, bias, "", "", random(1, 2, 5, 5), heads);
        add(
                "attention sizes",
                "Attention",
                "y",
                x,
                weight(random(8, 8 + 8 + 12)),
                weight(random(28)),
                flags,
                heads,
                attribute("qkv_hidden_sizes", new long[] {8, 8, 12}));
        Tensor key = random(2, 6, 8);
        Tensor value = random(2, 6, 12);
        Tensor keys = integers(ElementType.I32, 0, 2, 2, 6);
        add("heads", "MultiHeadAttention", "y", x, key, value, heads);
        add("heads bias", "MultiHeadAttention", "y", x, key, value, weight(random(28)), heads);
        add("heads flags", "MultiHeadAttention", "y", x, key, value, "", keys, heads);
        add("heads lengths", "MultiHeadAttention", "y", x, key, value, "", ints(2, 6), heads);
        add(
                "heads mask",
                "MultiHeadAttention",
                "y",
                x,
                key,
                value,
                "",
                integers(ElementType.I32, 0, 2, 2, 5, 6),
                heads,
                attribute("mask_filter_value", -3f));
        add("heads added", "MultiHeadAttention", "y", x, key, value, "", "", random(2, 1, 5, 6), heads);
        add("heads added to all", "MultiHeadAttention", "y", x, key, value, "", keys, random(1, 2, 5, 6), heads);
        add("heads crossed", "MultiHeadAttention", "y", x, random(2, 2, 6, 4), random(2, 2, 6, 4), heads);
        add(
                "heads crossed bias",
                "MultiHeadAttention",
                "y",
                x,
                random(2, 2, 6, 4),
                random(2, 2, 6, 4),
                weight(random(24)),
                heads);
        add(
                "heads causal",
                "MultiHeadAttention",
                "y",
                x,
                random(2, 5, 8),
                random(2, 5, 8),
                heads,
                attribute("unidirectional", 1),
                attribute("scale", 0.3f));
        add(
                "heads past",
                "MultiHeadAttention",
                "y k v",
                x,
                random(2, 5, 8),
                random(2, 5, 8),
                "",
                integers(ElementType.I32, 0, 2, 2, 8),
                "",
                random(2, 2, 3, 4),
                random(2, 2, 3, 4),
                heads);
        add("heads present", "MultiHeadAttention", "y k v", x, key, random(2, 6, 8), heads);
    }

    /** {@code [..., d]} tensors side by side along a new axis before the last. */
    private static Tensor packed(long heads, Tensor... parts) {
        long width = parts[0].dim(2);
        long depth = width / heads;
        Tensor all = Tensor.zeros(ElementType.F32, parts[0].dim(0), parts[0].dim(1), heads, parts.length, depth);
        for (int part = 0; part < parts.length; part++) {
            for (long i = 0; i < parts[part].size(); i++) {
                long block = i / depth;
                all.setDouble((block * parts.length + part) * depth + i % depth, parts[part].getDouble(i));
            }
        }
        return all;
    }

    /** ONNX Runtime has the packed forms on graphics processors only. */
    @Test
    void packedHeadsAreTheSameAsSeparateOnes() {
        Tensor q = random(2, 5, 8);
        Tensor k = random(2, 5, 8);
        Tensor v = random(2, 5, 8);
        AttributeProto heads = attribute("num_heads", 2);
        Tensor expected = result(node("", "MultiHeadAttention", "y", q, k, v, heads));
        NodeModel all = node("", "MultiHeadAttention", "y", packed(2, q, k, v), heads);
        NodeModel keys = node("", "MultiHeadAttention", "y", q, packed(2, k, v), heads);
        assertEquals(expected, result(all));
        assertEquals(expected, result(keys));
    }

    /** ONNX Runtime does not run attention without a bias on the CPU. */
    @Test
    void attentionWithoutABiasIsThatWithZeros() {
        Tensor x = random(2, 5, 8);
        Tensor w = random(8, 24);
        AttributeProto heads = attribute("num_heads", 2);
        NodeModel zeros = node("", "Attention", "y", x, w, Tensor.zeros(ElementType.F32, 24), heads);
        NodeModel none = node("", "Attention", "y", x, w, "", heads);
        assertEquals(result(zeros), result(none));
    }
}
