package dev.lathe.demo;

import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.tokenizers.Encoding;
import dev.lathe.tokenizers.Tokenizer;
import java.util.List;
import java.util.Map;

/**
 * Sentences to vectors with a BERT model, as sentence-transformers does it: the mean of the last hidden states over the
 * tokens of each sentence, scaled to length 1.
 */
public final class SentenceEmbedder {
    private static final int MAX_TOKENS = 256;

    private final Executable model;
    private final Tokenizer tokenizer;

    /**
     * @param model {@code input_ids, attention_mask, token_type_ids: i64[batch, seq]} → {@code f32[batch, seq, width]}
     */
    public SentenceEmbedder(Executable model, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /** The model's inputs for sentences, padded to the longest, or to {@code tokens} if that is more. */
    public static Map<String, Tensor> inputs(Tokenizer tokenizer, List<String> sentences, int tokens) {
        List<Encoding> encoded = tokenizer.truncated(MAX_TOKENS).unpadded().encodeAll(sentences);
        int length =
                Math.max(tokens, encoded.stream().mapToInt(Encoding::size).max().orElse(1));
        int batch = sentences.size();
        long[] ids = new long[Math.multiplyExact(batch, length)];
        long[] mask = new long[ids.length];
        for (int b = 0; b < batch; b++) {
            int[] sentence = encoded.get(b).ids();
            for (int t = 0; t < sentence.length; t++) {
                ids[b * length + t] = sentence[t];
                mask[b * length + t] = 1;
            }
        }
        return Map.of(
                "input_ids", Tensor.of(ids, batch, length),
                "attention_mask", Tensor.of(mask, batch, length),
                "token_type_ids", Tensor.of(new long[ids.length], batch, length));
    }

    /** One vector of length 1 for each sentence. */
    public float[][] embed(List<String> sentences) {
        Map<String, Tensor> inputs = inputs(tokenizer, sentences, 0);
        Tensor hidden = model.call(inputs).values().iterator().next();
        return pool(hidden, Tensor.named(inputs, "attention_mask"));
    }

    /**
     * The normalized mean over the tokens whose mask is 1.
     *
     * @param hidden {@code f32[batch, seq, width]}
     * @param mask {@code i64[batch, seq]}
     */
    public static float[][] pool(Tensor hidden, Tensor mask) {
        int batch = Math.toIntExact(hidden.dim(0));
        int length = Math.toIntExact(hidden.dim(1));
        int width = Math.toIntExact(hidden.dim(2));
        float[][] vectors = new float[batch][width];
        for (int b = 0; b < batch; b++) {
            double[] sum = new double[width];
            for (int t = 0; t < length; t++) {
                int token = b * length + t;
                if (mask.getLong(token) != 0) {
                    for (int i = 0; i < width; i++) {
                        sum[i] += hidden.getFloat((long) token * width + i);
                    }
                }
            }
            double norm = 0;
            for (double s : sum) {
                norm += s * s;
            }
            double scale = 1 / Math.max(Math.sqrt(norm), 1e-12);
            for (int i = 0; i < width; i++) {
                vectors[b][i] = (float) (sum[i] * scale);
            }
        }
        return vectors;
    }

    /** The cosine of two vectors of length 1. */
    public static double cosine(float[] a, float[] b) {
        double dot = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
        }
        return dot;
    }
}
