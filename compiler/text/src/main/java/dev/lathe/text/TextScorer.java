package dev.lathe.text;

import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.Encoding;
import dev.lathe.tokenizers.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How well two texts go together, such as a question and a passage, with a cross-encoder: a model that reads both at
 * once. Safe for use by several threads at a time.
 *
 * <p>A score is what the function in {@code config.json} makes of the model's output, as in sentence-transformers:
 * a sigmoid where it names none. A model with several labels gives the probability of one of them, which
 * {@link Builder#label} names.
 */
public final class TextScorer implements AutoCloseable {
    private final Logits logits;
    private final int label;
    private final Activation activation;

    private TextScorer(Logits logits, int label, Activation activation) {
        this.logits = logits;
        this.label = label;
        this.activation = activation;
    }

    /**
     * Opens a model in a folder, as its files say; see {@link ModelFiles}.
     *
     * @throws LatheException if a file is missing, or does not say what it should
     */
    public static TextScorer open(Path folder) {
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
        private @Nullable String label;

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

        /** The label whose probability is the score, of a model that has several. */
        public Builder label(String name) {
            this.label = name;
            return this;
        }

        /**
         * Opens the model.
         *
         * @throws LatheException if a file is missing, or does not say what it should
         */
        public TextScorer build() {
            Optional<ModelFiles> place = files();
            TransformerConfig config = place.map(TransformerConfig::read).orElse(TransformerConfig.NONE);
            TokenModel model = model(place, config.maxTokens());
            try {
                Logits logits = Logits.of(model, config.labels());
                boolean several = logits.labels().size() > 1;
                Activation activation = several
                        ? Activation.SOFTMAX
                        : config.activation().map(Activation::named).orElse(Activation.SIGMOID);
                return new TextScorer(logits, index(logits.labels()), activation);
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        }

        private int index(List<String> labels) {
            int index = label == null && labels.size() == 1 ? 0 : labels.indexOf(label);
            if (index < 0) {
                throw TextFaults.usage(
                        "text.labels",
                        label == null
                                ? "the model has several labels, and none is named"
                                : "the model has no label \"" + label + "\"",
                        "name one of " + labels + " with label(…) of the builder, or use a TextClassifier");
            }
            return index;
        }
    }

    /** How well {@code document} goes with {@code query}; the higher, the better. */
    public float score(String query, String document) {
        return scoreAll(query, List.of(document)).scores()[0];
    }

    /**
     * Scores.
     *
     * @param scores one for each document, in their order
     * @param tokens how many tokens the model saw of all pairs together
     */
    public record Scores(float[] scores, long tokens) {}

    /** How well each of {@code documents} goes with {@code query}. */
    public Scores scoreAll(String query, List<String> documents) {
        List<Encoding> pairs = documents.stream()
                .map(document -> logits.model().encode(query, document))
                .toList();
        float[][] rows = logits.run(pairs);
        float[] scores = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            scores[i] = activation.apply(rows[i])[label];
        }
        return new Scores(scores, pairs.stream().mapToLong(p -> p.ids().length).sum());
    }

    /** Closes the model, unless it was given loaded. */
    @Override
    public void close() {
        logits.model().close();
    }
}
