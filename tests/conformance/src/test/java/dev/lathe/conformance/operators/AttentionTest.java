package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Attention of every version against the standard's text. */
class AttentionTest extends OperatorTest {
    private static final AttributeProto CAUSAL = attribute("is_causal", 1);

    private int version;

    private void add(String name, String outputs, Object... parts) {
        String at = name + " in " + version;
        formula(AttentionFormula::apply, at, "Attention-" + version, outputs, parts);
    }

    @TestFactory
    Stream<DynamicTest> followsTheText() {
        // A version has all of the one before it; what is new in each is tried in it, the rest in the first.
        version = 23;
        heads();
        masks();
        caches();
        types();
        stages();
        version = 24;
        stages();
        lengths();
        version = 25;
        stages();
        windows();
        return tests();
    }

    private void heads() {
        add("4d", "y", random(2, 3, 4, 8), random(2, 3, 6, 8), random(2, 3, 6, 8));
        add("4d other width", "y", random(2, 3, 4, 8), random(2, 3, 6, 8), random(2, 3, 6, 10));
        add("4d scaled", "y", random(2, 3, 4, 8), random(2, 3, 6, 8), random(2, 3, 6, 8), attribute("scale", 0.01f));
        add("4d groups", "y", random(2, 9, 4, 8), random(2, 3, 6, 8), random(2, 3, 6, 10));
        add("4d one key head", "y", random(2, 4, 4, 8), random(2, 1, 6, 8), random(2, 1, 6, 8));
        for (int[] heads : new int[][] {{3, 3}, {6, 2}, {4, 1}}) {
            Object[] common = {attribute("q_num_heads", heads[0]), attribute("kv_num_heads", heads[1])};
            add(
                    "3d " + heads[0] + " to " + heads[1],
                    "y",
                    with(
                            common,
                            random(2, 4, 8L * heads[0]),
                            random(2, 6, 8L * heads[1]),
                            random(2, 6, 8L * heads[1])));
            add(
                    "3d other width, causal " + heads[0] + " to " + heads[1],
                    "y",
                    with(
                            common,
                            CAUSAL,
                            random(2, 4, 8L * heads[0]),
                            random(2, 6, 8L * heads[1]),
                            random(2, 6, 10L * heads[1]),
                            attribute("softcap", 2f)));
        }
    }

    /** Arguments with others behind. */
    private static Object[] with(Object[] last, Object... first) {
        return Stream.concat(Stream.of(first), Stream.of(last)).toArray();
    }

    private void masks() {
        Tensor q = random(2, 4, 3, 8);
        Tensor k = random(2, 2, 5, 8);
        Tensor v = random(2, 2, 5, 8);
        for (long[] dims : new long[][] {{3, 5}, {1, 3, 5}, {4, 3, 5}, {2, 1, 3, 5}, {2, 4, 3, 5}, {1, 1, 1, 5}}) {
            String at = " " + List.of(dims.length, dims[0]);
            add("float mask" + at, "y", q, k, v, random(dims));
            add("bool mask" + at, "y", q, k, v, random(ElementType.BOOL, dims));
            add("float mask causal" + at, "y", q, k, v, random(dims), CAUSAL, attribute("softcap", 1.5f));
            add("bool mask causal" + at, "y", q, k, v, random(ElementType.BOOL, dims), CAUSAL);
        }
        add("causal", "y", q, k, v, CAUSAL);
        add("causal square", "y", random(2, 4, 5, 8), k, v, CAUSAL);
        Tensor none = random(ElementType.BOOL, 3, 5);
        for (int key = 0; key < 5; key++) {
            none.setLong(5 + key, 0);
        }
        add("nothing to attend", "y", q, k, v, none);
        for (int mode = 0; mode < 4; mode++) {
            add("nothing to attend, " + mode, "y _ _ qk", q, k, v, none, attribute("qk_matmul_output_mode", mode));
        }
    }

    private void caches() {
        for (int groups : List.of(1, 2)) {
            Tensor q = random(2, 2L * groups, 3, 8);
            Tensor k = random(2, 2, 3, 8);
            Tensor v = random(2, 2, 3, 6);
            Tensor pastK = random(2, 2, 4, 8);
            Tensor pastV = random(2, 2, 4, 6);
            String at = " groups of " + groups;
            add("past" + at, "y k v", q, k, v, "", pastK, pastV);
            add("past causal" + at, "y k v", q, k, v, "", pastK, pastV, CAUSAL);
            add("past mask" + at, "y k v", q, k, v, random(3, 7), pastK, pastV, CAUSAL);
            add("past bool mask" + at, "y k v qk", q, k, v, random(ElementType.BOOL, 2, 1, 3, 7), pastK, pastV);
            add("no past" + at, "y k v", q, k, v, "", random(2, 2, 0, 8), random(2, 2, 0, 6), CAUSAL);
            add(
                    "3d past" + at,
                    "y k v qk",
                    random(2, 3, 16L * groups),
                    random(2, 3, 16),
                    random(2, 3, 12),
                    random(2, 2L * groups, 3, 7),
                    pastK,
                    pastV,
                    attribute("q_num_heads", 2 * groups),
                    attribute("kv_num_heads", 2),
                    attribute("qk_matmul_output_mode", 2));
        }
    }

    private void stages() {
        Tensor q = random(2, 4, 3, 8);
        Tensor k = random(2, 2, 5, 8);
        Tensor v = random(2, 2, 5, 8);
        for (int mode = 0; mode < 4; mode++) {
            AttributeProto stage = attribute("qk_matmul_output_mode", mode);
            add("stage " + mode, "y _ _ qk", q, k, v, stage);
            add("stage capped " + mode, "y _ _ qk", q, k, v, random(3, 5), stage, attribute("softcap", 0.8f));
            add("stage causal " + mode, "y _ _ qk", q, k, v, random(ElementType.BOOL, 3, 5), stage, CAUSAL);
        }
    }

    private void types() {
        for (ElementType type : List.of(ElementType.F64, ElementType.F16, ElementType.BF16)) {
            Tensor q = random(type, 2, 4, 3, 8);
            Tensor k = random(type, 2, 2, 5, 8);
            Tensor v = random(type, 2, 2, 5, 8);
            String at = " " + type.text();
            add("plain" + at, "y", q, k, v);
            add("mask" + at, "y", q, k, v, random(type, 3, 5), CAUSAL);
            for (ElementType precision : List.of(ElementType.F32, ElementType.F64, type)) {
                AttributeProto softmax = attribute("softmax_precision", precision);
                AttributeProto probabilities = attribute("qk_matmul_output_mode", 3);
                add("softmax in " + precision.text() + at, "y _ _ qk", q, k, v, softmax, probabilities);
            }
            Tensor pastK = random(type, 2, 2, 2, 8);
            Tensor pastV = random(type, 2, 2, 2, 8);
            add("past" + at, "y k v", q, k, v, "", pastK, pastV, CAUSAL);
            add("values of another type" + at, "y", random(2, 4, 3, 8), random(2, 2, 5, 8), v);
        }
    }

    private void lengths() {
        for (int queries : List.of(1, 3, 5)) {
            Tensor q = random(3, 4, queries, 8);
            Tensor k = random(3, 2, 6, 8);
            Tensor v = random(3, 2, 6, 8);
            Tensor lengths = longs(6, 2, 4);
            String at = " of " + queries;
            add("lengths" + at, "y", q, k, v, "", "", "", lengths);
            add("lengths causal" + at, "y _ _ qk", q, k, v, "", "", "", lengths, CAUSAL);
            add("lengths mask" + at, "y", q, k, v, random(queries, 6), "", "", lengths);
            add("lengths bool mask" + at, "y", q, k, v, random(ElementType.BOOL, queries, 6), "", "", lengths, CAUSAL);
        }
        Tensor q = random(2, 4, 3, 8);
        Tensor k = random(2, 2, 6, 8);
        add("short mask", "y", q, k, k, random(3, 4), "", "", longs(4, 3));
        add("short bool mask", "y", q, k, k, random(ElementType.BOOL, 2, 1, 3, 4), "", "", longs(4, 3));
        add("short mask without lengths", "y", q, k, k, random(3, 4));
    }

    private void windows() {
        Tensor q = random(2, 4, 4, 8);
        Tensor k = random(2, 2, 6, 8);
        for (int[] w : new int[][] {{2, 0}, {2, 1}, {0, 0}, {1, -1}, {-1, 2}}) {
            AttributeProto left = attribute("left_window_size", w[0]);
            AttributeProto right = attribute("right_window_size", w[1]);
            String at = " from " + w[0] + " to " + w[1];
            add("window" + at, "y", q, k, k, left, right);
            add("window causal" + at, "y", q, k, k, random(4, 6), left, right, CAUSAL);
            add("window past" + at, "y k v", q, k, k, "", random(2, 2, 3, 8), random(2, 2, 3, 8), left, right);
            add("window lengths" + at, "y", q, k, k, "", "", "", longs(6, 5), left, right);
        }
    }
}
