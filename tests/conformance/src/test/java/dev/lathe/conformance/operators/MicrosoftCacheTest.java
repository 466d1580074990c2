package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Attention over caches, and rotary embeddings, of {@code com.microsoft}. */
class MicrosoftCacheTest extends MicrosoftTest {
    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        caches();
        return tests();
    }

    private void caches() {
        Tensor total = Tensor.scalar(ElementType.I32, 5);
        Tensor q = random(2, 5, 64);
        Tensor k = random(2, 5, 32);
        Tensor v = random(2, 5, 32);
        AttributeProto heads = attribute("num_heads", 4);
        AttributeProto groups = attribute("kv_num_heads", 2);
        Object all = ints(4, 4);
        String type = "GroupQueryAttention";
        for (boolean fixed : new boolean[] {true, false}) {
            Object length = fixed ? weight(total) : total;
            String kind = fixed ? "" : " sized at run time";
            add("groups prompt" + kind, type, "y k v", q, k, v, "", "", all, length, heads, groups);
        }
        add(
                "groups packed",
                type,
                "y k v",
                random(2, 5, 128),
                "",
                "",
                "",
                "",
                all,
                total,
                heads,
                groups,
                attribute("scale", 0.2f));
        add(
                "groups window",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                heads,
                groups,
                attribute("local_window_size", 2));
        add(
                "groups cap",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                heads,
                groups,
                attribute("softcap", 1.5f));
        add(
                "groups smooth",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                heads,
                groups,
                attribute("smooth_softmax", 1));
        add(
                "groups sink",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                "",
                "",
                "",
                "",
                random(4),
                heads,
                groups);
        add(
                "groups bias",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                "",
                "",
                "",
                random(1, 4, 5, 5),
                heads,
                groups,
                attribute("softcap", 1.5f));
        for (int interleaved = 0; interleaved < 2; interleaved++) {
            add(
                    "groups rotary " + interleaved,
                    type,
                    "y k v",
                    q,
                    k,
                    v,
                    "",
                    "",
                    all,
                    weight(total),
                    weight(random(16, 8)),
                    weight(random(16, 8)),
                    heads,
                    groups,
                    attribute("do_rotary", 1),
                    attribute("rotary_interleaved", interleaved));
        }
        Tensor one = random(2, 1, 64);
        Tensor oneK = random(2, 1, 32);
        Tensor oneV = random(2, 1, 32);
        Object cos = weight(random(16, 8));
        Object sin = weight(random(16, 8));
        add(
                "groups token",
                type,
                "y k v",
                one,
                oneK,
                oneV,
                random(2, 2, 4, 16),
                random(2, 2, 4, 16),
                ints(4, 2),
                total,
                cos,
                sin,
                heads,
                groups,
                attribute("do_rotary", 1));
        add(
                "groups token in a larger cache",
                type,
                "y k v",
                one,
                oneK,
                oneV,
                random(2, 2, 9, 16),
                random(2, 2, 9, 16),
                ints(4, 4),
                weight(total),
                cos,
                sin,
                heads,
                groups,
                attribute("do_rotary", 1));
        add(
                "groups several tokens",
                type,
                "y k v",
                random(1, 3, 64),
                random(1, 3, 32),
                random(1, 3, 32),
                random(1, 2, 2, 16),
                random(1, 2, 2, 16),
                ints(4),
                total,
                cos,
                sin,
                heads,
                groups,
                attribute("do_rotary", 1));
        Tensor x = random(2, 3, 32);
        Tensor wide = random(2, 2, 3, 16);
        for (int interleaved = 0; interleaved < 2; interleaved++) {
            AttributeProto mode = attribute("interleaved", interleaved);
            add("rotary offset " + interleaved, "RotaryEmbedding", "y", x, longs(new long[] {1}, 4), cos, sin, mode);
            add(
                    "rotary positions " + interleaved,
                    "RotaryEmbedding",
                    "y",
                    wide,
                    longs(new long[] {2, 3}, 0, 1, 2, 5, 6, 7),
                    cos,
                    sin,
                    mode);
            add(
                    "rotary partial " + interleaved,
                    "RotaryEmbedding",
                    "y",
                    x,
                    longs(new long[] {1}, 2),
                    weight(random(9, 2)),
                    weight(random(9, 2)),
                    mode,
                    attribute("num_heads", 2),
                    attribute("rotary_embedding_dim", 4));
        }
    }
}
