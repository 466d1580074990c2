package dev.lathe.text;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.tokenizers.Encoding;
import dev.lathe.tokenizers.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Texts to vectors whose nearness is that of their meanings, with a model of sentence-transformers. Safe for use by
 * several threads at a time.
 *
 * {@snippet :
 * try (TextEmbedder embedder = TextEmbedder.open(Path.of("all-MiniLM-L6-v2"))) {
 *     float[] vector = embedder.embed("Interest rates went up.");
 * }
 * }
 *
 * <p>Pooling, scaling, the length of texts and prompts are as the files of the model say. Where they say nothing,
 * vectors are the mean over the tokens and keep their length, as in sentence-transformers; for the length of texts see
 * {@link Builder#maxTokens}. A model with an output {@code [batch, width]} and none {@code [batch, tokens, width]}
 * pools by itself.
 */
public final class TextEmbedder implements AutoCloseable {
    private static final List<String> TOKEN_VECTORS = List.of("last_hidden_state", "token_embeddings");
    private static final List<String> TEXT_VECTORS = List.of("sentence_embedding", "text_embeds");
    /** The least length by which a vector is divided. */
    private static final double SMALLEST = 1e-12;

    private final TokenModel model;
    private final String output;
    /** Null where the model pools by itself. */
    private final @Nullable Pooling pooling;

    private final boolean isNormalized;
    private final int dimension;
    private final Map<String, String> prompts;
    private final String prompt;
    private final int promptTokens;

    private TextEmbedder(
            TokenModel model,
            String output,
            @Nullable Pooling pooling,
            boolean isNormalized,
            int dimension,
            Map<String, String> prompts,
            String prompt) {
        this.model = model;
        this.output = output;
        this.pooling = pooling;
        this.isNormalized = isNormalized;
        this.dimension = dimension;
        this.prompts = prompts;
        this.prompt = prompt;
        this.promptTokens = pooling == null || pooling.includesPrompt() || prompt.isEmpty() ? 0 : tokens(prompt);
    }

    /** The tokens that a prompt puts before a text: all but those that mark its end. */
    private int tokens(String text) {
        int[] special = model.encode(text).specialTokens();
        int count = special.length;
        while (count > 0 && special[count - 1] != 0) {
            count--;
        }
        return count;
    }

    /**
     * Opens a model in a folder, as its files say; see {@link ModelFiles}.
     *
     * @throws LatheException if a file is missing, or does not say what it should
     */
    public static TextEmbedder open(Path folder) {
        return builder(ModelFiles.in(folder)).build();
    }

    /** Opens a model whose files say how it is to be used, as far as the builder is not told otherwise. */
    public static Builder builder(ModelFiles files) {
        return new Builder(files);
    }

    /** Uses a model that is loaded; {@link #close} leaves it open. */
    public static Builder builder(Executable model, Tokenizer tokenizer) {
        return new Builder(model, tokenizer);
    }

    /** Collects what is not to be as the model's files say. */
    public static final class Builder extends TextBuilder<Builder> {
        private @Nullable Pooling pooling;
        private @Nullable Boolean isNormalized;

        private Builder(Executable model, Tokenizer tokenizer) {
            super(model, tokenizer);
        }

        private Builder(ModelFiles files) {
            super(files);
        }

        @Override
        Builder self() {
            return this;
        }

        /** How the vectors of tokens become one. */
        public Builder pooling(Pooling way) {
            this.pooling = way;
            return this;
        }

        /** Whether vectors are scaled to length 1. */
        public Builder normalized(boolean yes) {
            this.isNormalized = yes;
            return this;
        }

        /**
         * Opens the model.
         *
         * @throws LatheException if a file is missing, or does not say what it should
         */
        public TextEmbedder build() {
            Optional<EmbedderConfig> config = files().map(EmbedderConfig::read);
            Optional<ModelFiles> place = config.map(EmbedderConfig::transformer);
            OptionalInt limit = place.map(TransformerConfig::read)
                    .orElse(TransformerConfig.NONE)
                    .maxTokens();
            TokenModel model = model(place, limit);
            try {
                return embedder(model, config);
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        }

        private TextEmbedder embedder(TokenModel model, Optional<EmbedderConfig> config) {
            Optional<Port> tokens = model.output(3, TOKEN_VECTORS);
            Optional<Port> texts = model.output(2, TEXT_VECTORS);
            List<String> others = config.map(EmbedderConfig::others).orElse(List.of());
            boolean pools = tokens.isEmpty() || !others.isEmpty();
            if (texts.isEmpty() && pools) {
                throw TextFaults.model(
                        "text.outputs",
                        others.isEmpty()
                                ? "the model is no embedder: it has no vectors among its outputs " + model.outputs()
                                : "the model's modules " + others + " are not in its file, whose outputs are "
                                        + model.outputs(),
                        "export it with an output last_hidden_state [batch, tokens, width], or sentence_embedding"
                                + " [batch, width] that all its modules made");
            }
            Port port = pools ? texts.orElseThrow() : tokens.orElseThrow();
            Pooling own = pooling != null
                    ? pooling
                    : config.map(EmbedderConfig::pooling).orElse(Pooling.MEAN);
            Map<String, String> prompts = config.map(EmbedderConfig::prompts).orElse(Map.of());
            TextEmbedder embedder = new TextEmbedder(
                    model,
                    port.name(),
                    pools ? null : own,
                    isNormalized != null
                            ? isNormalized
                            : config.map(EmbedderConfig::isNormalized).orElse(false),
                    dimension(port, pools ? 1 : own.modes().size()),
                    Map.copyOf(prompts),
                    "");
            Optional<String> first = config.flatMap(EmbedderConfig::defaultPrompt);
            return first.isPresent() ? embedder.withPrompt(first.get()) : embedder;
        }

        private static int dimension(Port port, int parts) {
            TensorType type = (TensorType) port.type();
            Dim width = type.dim(type.rank() - 1);
            if (!width.isConstant()) {
                throw TextFaults.model(
                        "text.outputs",
                        "the model does not say how long its vectors are: " + port,
                        "export it with a last dimension that is a number");
            }
            return Math.multiplyExact(Math.toIntExact(width.constant()), parts);
        }
    }

    /** What can be put before a text, by the name of its purpose, such as {@code query}. */
    public Map<String, String> prompts() {
        return prompts;
    }

    /**
     * The same model, which puts another prompt before each text. Closing either closes both.
     *
     * @param name one of {@link #prompts}
     */
    public TextEmbedder withPrompt(String name) {
        String text = prompts.get(name);
        if (text == null) {
            throw TextFaults.usage(
                    "text.prompt",
                    "the model has no prompt \"" + name + "\"",
                    prompts.isEmpty() ? "put it before the text" : "its prompts are " + prompts.keySet());
        }
        return new TextEmbedder(model, output, pooling, isNormalized, dimension, prompts, text);
    }

    /** The same model without any prompt. Closing either closes both. */
    public TextEmbedder withoutPrompt() {
        return new TextEmbedder(model, output, pooling, isNormalized, dimension, prompts, "");
    }

    /** How many numbers a vector has. */
    public int dimension() {
        return dimension;
    }

    /** The most tokens of a text that are seen, prompt and marks included. */
    public int maxTokens() {
        return model.maxTokens();
    }

    /** The vector of a text. */
    public float[] embed(String text) {
        return embedAll(List.of(text)).vectors().getFirst();
    }

    /**
     * The vectors of texts. They go through the model together, those of about the same length at a time.
     *
     * @throws NullPointerException if a text is null
     */
    public Embeddings embedAll(List<String> texts) {
        List<Encoding> encodings =
                model.encodeAll(texts.stream().map(prompt::concat).toList());
        float @Nullable [][] vectors = new float[encodings.size()][];
        model.run(encodings, output, (text, result, row) -> vectors[text] = vector(encodings.get(text), result, row));
        long tokens = 0;
        for (int i = 0; i < vectors.length; i++) {
            tokens += encodings.get(i).ids().length;
            if (vectors[i] == null) { // a text without any token
                vectors[i] = new float[dimension];
            }
        }
        return new Embeddings(List.of(vectors), tokens);
    }

    private float[] vector(Encoding text, Tensor result, int row) {
        float[] all = result.toFloatArray();
        int width = Math.toIntExact(result.dim(result.rank() - 1));
        if (pooling == null) {
            return scaled(Arrays.copyOfRange(all, row * width, (row + 1) * width));
        }
        int from = Math.toIntExact(row * result.dim(1) * width);
        return scaled(pooling.pool(all, from, width, text.attentionMask(), promptTokens));
    }

    private float[] scaled(float[] vector) {
        if (isNormalized) {
            double squares = 0;
            for (float x : vector) {
                squares += (double) x * x;
            }
            double scale = 1 / Math.max(Math.sqrt(squares), SMALLEST);
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) (vector[i] * scale);
            }
        }
        return vector;
    }

    /** The cosine of the angle between two vectors: 1 for the same direction, 0 for unrelated ones. */
    public static double cosine(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException("vectors of " + a.length + " and " + b.length + " numbers");
        }
        double dot = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            squaresOfA += (double) a[i] * a[i];
            squaresOfB += (double) b[i] * b[i];
        }
        return dot / Math.max(Math.sqrt(squaresOfA * squaresOfB), SMALLEST);
    }

    /** Closes the model, unless it was given loaded. */
    @Override
    public void close() {
        model.close();
    }
}
