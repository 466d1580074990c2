package dev.lathe.text;

import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.Encoding;
import dev.lathe.tokenizers.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Labels for texts, or for pairs of texts, with a model for sequence classification. Safe for use by several threads at
 * a time.
 *
 * <p>Labels are those of {@code id2label} in {@code config.json}. Scores are as in transformers: where one label
 * excludes the others they add up to 1; where {@code problem_type} is {@code multi_label_classification}, or there is
 * one label alone, each is between 0 and 1; for {@code regression} they are what the model gives.
 */
public final class TextClassifier implements AutoCloseable {
    private final Logits logits;
    private final Activation activation;

    private TextClassifier(Logits logits, Activation activation) {
        this.logits = logits;
        this.activation = activation;
    }

    /**
     * Opens a model in a folder, as its files say; see {@link ModelFiles}.
     *
     * @throws LatheException if a file is missing, or does not say what it should
     */
    public static TextClassifier open(Path folder) {
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
        private List<String> labels = List.of();

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

        /** The names of the classes, in the order of the model's output. */
        public Builder labels(List<String> names) {
            this.labels = List.copyOf(names);
            return this;
        }

        /**
         * Opens the model.
         *
         * @throws LatheException if a file is missing, or does not say what it should
         */
        public TextClassifier build() {
            Optional<ModelFiles> place = files();
            TransformerConfig config = place.map(TransformerConfig::read).orElse(TransformerConfig.NONE);
            OptionalInt limit = config.maxTokens();
            TokenModel model = model(place, limit);
            try {
                Logits logits = Logits.of(model, labels.isEmpty() ? config.labels() : labels);
                return new TextClassifier(
                        logits, activation(config, logits.labels().size()));
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        }

        private static Activation activation(TransformerConfig config, int labels) {
            return switch (config.problem().orElse("")) {
                case "multi_label_classification" -> Activation.SIGMOID;
                case "regression" -> Activation.IDENTITY;
                default -> labels == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
            };
        }
    }

    /** All labels, in the order of the model's output. */
    public List<String> labels() {
        return logits.labels();
    }

    /** The labels of a text, the one that fits best first. */
    public List<LabelScore> classify(String text) {
        return classifyAll(List.of(text)).getFirst();
    }

    /** The labels of a pair, such as a premise and a hypothesis, the one that fits best first. */
    public List<LabelScore> classify(String text, String pair) {
        return scores(List.of(logits.model().encode(text, pair))).getFirst();
    }

    /** The labels of each text, in the order of the texts. */
    public List<List<LabelScore>> classifyAll(List<String> texts) {
        return scores(logits.model().encodeAll(texts));
    }

    private List<List<LabelScore>> scores(List<Encoding> texts) {
        List<List<LabelScore>> all = new ArrayList<>();
        for (float[] row : logits.run(texts)) {
            float[] scores = activation.apply(row);
            List<LabelScore> sorted = new ArrayList<>();
            for (int i = 0; i < scores.length; i++) {
                sorted.add(new LabelScore(logits.labels().get(i), scores[i]));
            }
            sorted.sort(Comparator.comparingDouble(LabelScore::score).reversed());
            all.add(List.copyOf(sorted));
        }
        return all;
    }

    /** Closes the model, unless it was given loaded. */
    @Override
    public void close() {
        logits.model().close();
    }
}
