package dev.lathe.peers;

import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.peers.NetworkWriter.Feature;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Known architectures that read text. */
final class TextNetworks {
    private static final int TOKENS = 128;
    private static final int WORDS = 30_522;
    private static final int POSITIONS = 512;
    private static final List<String> TEXT = List.of("input_ids", "attention_mask", "token_type_ids");
    /** What keeps a sum of two features as large as one of them. */
    private static final float HALF_POWER = (float) Math.sqrt(0.5);

    private TextNetworks() {}

    /** A text of random words, for {@link #bert} and {@link #mobileBert}. */
    static Map<String, Tensor> text(Random random) {
        Map<String, Tensor> text = new LinkedHashMap<>();
        text.put(TEXT.get(0), Tensor.of(random.longs(TOKENS, 0, 30_000).toArray(), 1, TOKENS));
        long[] ones = new long[TOKENS];
        Arrays.fill(ones, 1);
        text.put(TEXT.get(1), Tensor.of(ones, 1, TOKENS));
        text.put(TEXT.get(2), Tensor.of(new long[TOKENS], 1, TOKENS));
        return text;
    }

    private static void inputs(NetworkWriter w) {
        TEXT.forEach(name -> w.input(name, DataType.INT64, 1, TOKENS));
    }

    private static String positions(NetworkWriter w, int width) {
        return w.node(
                "Slice",
                List.of(w.weights(0.02, 1, POSITIONS, width), w.integers(0), w.integers(TOKENS), w.integers(1)));
    }

    /** What is added to scores: nothing where the mask has a one. */
    private static String mask(NetworkWriter w) {
        String mask = w.node("Unsqueeze", List.of(TEXT.get(1), w.integers(1, 2)));
        mask = w.node("Cast", List.of(mask), Attributes.integer("to", DataType.FLOAT.getNumber()));
        return w.node("Mul", List.of(w.node("Sub", List.of(w.scalar(1), mask)), w.scalar(-10_000)));
    }

    // Devlin et al. 2019, without the layer on the first token.
    static List<Feature> bert(NetworkWriter w) {
        int width = 768;
        inputs(w);
        String words = w.node("Gather", List.of(w.weights(0.02, WORDS, width), TEXT.get(0)));
        String types = w.node("Gather", List.of(w.weights(0.02, 2, width), TEXT.get(2)));
        String sum = w.node("Add", List.of(w.node("Add", List.of(words, types)), positions(w, width)));
        Feature x = w.layerNorm(new Feature(sum, width));
        String mask = mask(w);
        for (int i = 0; i < 12; i++) {
            x = w.layerNorm(w.join("Add", w.linear(w.attention(x, TOKENS, 12, mask), width), x));
            x = w.layerNorm(w.join("Add", w.linear(w.gelu(w.linear(x, 4 * width)), width), x));
        }
        return List.of(x);
    }

    // Sun et al. 2020.
    static List<Feature> mobileBert(NetworkWriter w) {
        int embedding = 128;
        int width = 512;
        int inside = 128;
        inputs(w);
        String words = w.node("Gather", List.of(w.weights(1, WORDS, embedding), TEXT.get(0)));
        // Each word with its neighbours.
        Feature next = new Feature(moved(w, words, 1, TOKENS, 0, 1), embedding);
        Feature last = new Feature(moved(w, words, 0, TOKENS - 1, 1, 0), embedding);
        String three = w.node("Concat", List.of(next.name(), words, last.name()), Attributes.integer("axis", 2));
        Feature x = w.linear(new Feature(three, 3 * embedding), width);
        String types = w.node("Gather", List.of(w.weights(0.02, 2, width), TEXT.get(2)));
        String sum = w.node("Add", List.of(w.node("Add", List.of(x.name(), positions(w, width))), types));
        x = w.scaled(new Feature(sum, width), 1);
        String mask = mask(w);
        for (int i = 0; i < 24; i++) {
            Feature narrow = w.scaled(w.linear(x, inside), 1);
            Feature shared = w.scaled(w.linear(x, inside), 1);
            Feature y = w.linear(w.attention(shared, shared, x, inside, TOKENS, 4, mask), inside);
            y = w.scaled(w.join("Add", y, narrow), HALF_POWER);
            for (int layer = 0; layer < 3; layer++) {
                Feature z = w.linear(w.map("Relu", w.linear(y, width)), inside);
                y = w.scaled(w.join("Add", z, y), HALF_POWER);
            }
            Feature z = w.linear(w.map("Relu", w.linear(y, width)), inside);
            y = w.scaled(w.join("Add", z, y), HALF_POWER);
            x = w.scaled(w.join("Add", w.linear(y, width), x), HALF_POWER);
        }
        return List.of(x);
    }

    /** Positions {@code from … to - 1}, with zeros before and behind. */
    private static String moved(NetworkWriter w, String x, int from, int to, int before, int behind) {
        String part = w.node("Slice", List.of(x, w.integers(from), w.integers(to), w.integers(1)));
        return w.node("Pad", List.of(part, w.integers(0, before, 0, 0, behind, 0)));
    }

    // A decoder as Touvron et al. 2023 have it, of the size of SmolLM-135M (Allal et al. 2024).

    private static final int DECODER_WORDS = 49_152;
    private static final int LAYERS = 30;
    private static final int HEADS = 9;
    private static final int SHARED_HEADS = 3;
    private static final int DEPTH = 64;
    private static final int PAST = 127;

    /** The next word after a text of which everything else is in the cache. */
    static Map<String, Tensor> word(Random random) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("input_ids", Tensor.of(random.longs(1, 0, DECODER_WORDS).toArray(), 1, 1));
        inputs.put("position_ids", Tensor.of(new long[] {PAST}, 1, 1));
        for (int i = 0; i < LAYERS; i++) {
            for (String part : List.of("key", "value")) {
                Tensor past = Tensor.zeros(ElementType.F32, 1, SHARED_HEADS, PAST, DEPTH);
                for (long e = 0; e < past.size(); e++) {
                    past.setFloat(e, (float) random.nextGaussian());
                }
                inputs.put("past_key_values." + i + "." + part, past);
            }
        }
        return inputs;
    }

    /** Gives the scores of the next word, and the keys and values of all layers. */
    static List<Feature> decoder(NetworkWriter w) {
        int width = HEADS * DEPTH;
        w.input("input_ids", DataType.INT64, "batch", "sequence");
        w.input("position_ids", DataType.INT64, "batch", "sequence");
        String words = w.weights(1, DECODER_WORDS, width);
        Feature x = new Feature(w.node("Gather", List.of(words, "input_ids")), width);
        float[] frequencies = new float[DEPTH / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.pow(10_000, -2.0 * i / DEPTH);
        }
        String position = w.node("Cast", List.of("position_ids"), Attributes.integer("to", DataType.FLOAT.getNumber()));
        position = w.node("Unsqueeze", List.of(position, w.integers(1)));
        String angles = w.node("MatMul", List.of(w.values(frequencies, 1, DEPTH / 2, 1), position));
        angles = w.node("Transpose", List.of(angles), Attributes.integers("perm", 0, 2, 1));
        angles = w.node("Concat", List.of(angles, angles), Attributes.integer("axis", -1));
        String cos = w.node("Unsqueeze", List.of(w.node("Cos", List.of(angles)), w.integers(1)));
        String sin = w.node("Unsqueeze", List.of(w.node("Sin", List.of(angles)), w.integers(1)));
        List<Feature> results = new java.util.ArrayList<>();
        for (int i = 0; i < LAYERS; i++) {
            Feature y = w.rmsNorm(x);
            String q = heads(w, w.product(y, width), HEADS);
            String k = heads(w, w.product(y, SHARED_HEADS * DEPTH), SHARED_HEADS);
            String v = heads(w, w.product(y, SHARED_HEADS * DEPTH), SHARED_HEADS);
            q = turned(w, q, cos, sin);
            String keys = joined(w, "past_key_values." + i + ".key", turned(w, k, cos, sin));
            String values = joined(w, "past_key_values." + i + ".value", v);
            results.add(new Feature(keys, DEPTH));
            results.add(new Feature(values, DEPTH));
            String scores = w.node(
                    "MatMul",
                    List.of(
                            q,
                            w.node("Transpose", List.of(repeated(w, keys)), Attributes.integers("perm", 0, 1, 3, 2))));
            scores = w.node("Mul", List.of(scores, w.scalar((float) (1 / Math.sqrt(DEPTH)))));
            String shares = w.node("Softmax", List.of(scores), Attributes.integer("axis", -1));
            String mixed = w.node("MatMul", List.of(shares, repeated(w, values)));
            mixed = w.node("Transpose", List.of(mixed), Attributes.integers("perm", 0, 2, 1, 3));
            mixed = w.node("Reshape", List.of(mixed, w.integers(0, 0, width)));
            x = w.join("Add", x, w.product(new Feature(mixed, width), width));
            y = w.rmsNorm(x);
            Feature gate = w.silu(w.product(y, 1536));
            x = w.join("Add", x, w.product(w.join("Mul", gate, w.product(y, 1536)), width));
        }
        x = w.rmsNorm(x);
        String logits = w.node(
                "MatMul", List.of(x.name(), w.node("Transpose", List.of(words), Attributes.integers("perm", 1, 0))));
        results.addFirst(new Feature(logits, DECODER_WORDS));
        return results;
    }

    private static String heads(NetworkWriter w, Feature x, int heads) {
        String split = w.node("Reshape", List.of(x.name(), w.integers(0, 0, heads, DEPTH)));
        return w.node("Transpose", List.of(split), Attributes.integers("perm", 0, 2, 1, 3));
    }

    /** Turns halves of keys and queries by angles that grow with the position. */
    private static String turned(NetworkWriter w, String x, String cos, String sin) {
        int half = DEPTH / 2;
        String first = w.node("Slice", List.of(x, w.integers(0), w.integers(half), w.integers(3)));
        String second = w.node("Slice", List.of(x, w.integers(half), w.integers(DEPTH), w.integers(3)));
        String other = w.node("Concat", List.of(w.node("Neg", List.of(second)), first), Attributes.integer("axis", -1));
        return w.node("Add", List.of(w.node("Mul", List.of(x, cos)), w.node("Mul", List.of(other, sin))));
    }

    /** What is in the cache, and the new behind it. */
    private static String joined(NetworkWriter w, String past, String x) {
        w.input(past, DataType.FLOAT, "batch", SHARED_HEADS, "past", DEPTH);
        return w.node("Concat", List.of(past, x), Attributes.integer("axis", 2));
    }

    /** Each head as often as queries share it. */
    private static String repeated(NetworkWriter w, String x) {
        String shape = w.node("Shape", List.of(x));
        String batch = w.node("Slice", List.of(shape, w.integers(0), w.integers(1)));
        String length = w.node("Slice", List.of(shape, w.integers(2), w.integers(3)));
        String wide = w.node(
                "Concat",
                List.of(batch, w.integers(SHARED_HEADS), w.integers(HEADS / SHARED_HEADS), length, w.integers(DEPTH)),
                Attributes.integer("axis", 0));
        String all = w.node("Expand", List.of(w.node("Unsqueeze", List.of(x, w.integers(2))), wide));
        String flat = w.node(
                "Concat", List.of(batch, w.integers(HEADS), length, w.integers(DEPTH)), Attributes.integer("axis", 0));
        return w.node("Reshape", List.of(all, flat));
    }
}
