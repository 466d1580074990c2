package dev.lathe.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Classifiers and cross-encoders; the sums of {@code a} with its marks are 8 and 1. */
class TextClassifierTest {
    private static final String LABELS = "{\"id2label\": {\"0\": \"good\", \"1\": \"bad\"}%s}";

    @TempDir
    private Path folder;

    private ToyModel toy;

    @BeforeEach
    void write() throws IOException {
        toy = new ToyModel(folder).model(ToyModel.SUMS, "b, s");
    }

    private static float sigmoid(double x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    @Test
    void labelsAreThoseOfTheConfiguration() throws IOException {
        toy.file("config.json", LABELS.formatted(""));
        try (TextClassifier classifier = TextClassifier.open(folder)) {
            List<LabelScore> scores = classifier.classify("a");
            assertThat(scores).extracting(LabelScore::label).containsExactly("good", "bad");
            assertThat(scores.getFirst().score()).isCloseTo(sigmoid(7), within(1e-6f)); // softmax of two
            assertThat(scores.getFirst().score() + scores.getLast().score()).isCloseTo(1, within(1e-6f));
            // [CLS] a [SEP] c c [SEP]: the sums are 7 and 12
            assertThat(classifier.classify("a", "c c").getFirst())
                    .isEqualTo(new LabelScore(
                            "bad", classifier.classify("a", "c c").getFirst().score()))
                    .extracting(LabelScore::score)
                    .satisfies(s -> assertThat(s).isCloseTo(sigmoid(5), within(1e-6f)));
            assertThat(classifier.classifyAll(List.of("c", "a", "b")))
                    .extracting(s -> s.getFirst().label())
                    .containsExactly("bad", "good", "bad");
        }
    }

    @Test
    void problemsHaveTheirOwnScores() throws IOException {
        toy.file("config.json", LABELS.formatted(", \"problem_type\": \"multi_label_classification\""));
        try (TextClassifier classifier = TextClassifier.open(folder)) {
            assertThat(classifier.classify("a").getFirst().score()).isCloseTo(sigmoid(8), within(1e-6f));
            assertThat(classifier.classify("a").getLast().score()).isCloseTo(sigmoid(1), within(1e-6f));
        }
        toy.file("config.json", "{\"problem_type\": \"regression\"}");
        try (TextClassifier classifier = TextClassifier.open(folder)) {
            assertThat(classifier.classify("a"))
                    .containsExactly(new LabelScore("LABEL_0", 8), new LabelScore("LABEL_1", 1));
        }
        try (TextClassifier classifier = TextClassifier.builder(ModelFiles.in(folder))
                .labels(List.of("x", "y"))
                .build()) {
            assertThat(classifier.labels()).containsExactly("x", "y");
        }
    }

    @Test
    void labelsMustFit() throws IOException {
        toy.file("config.json", "{\"id2label\": {\"0\": \"one\"}}");
        assertThatThrownBy(() -> TextClassifier.open(folder))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("text.labels");
        toy.file("config.json", "{\"id2label\": {\"1\": \"one\", \"2\": \"two\"}}");
        assertThatThrownBy(() -> TextClassifier.open(folder)).hasMessageContaining("no name for class 0");
    }

    @Test
    void pairsAreScored() throws IOException {
        toy.model(ToyModel.ONE_SUM, "b, s");
        try (TextScorer scorer = TextScorer.open(folder)) {
            // [CLS] a [SEP] b [SEP]: 2 + 0 - 1 + 8 - 1
            assertThat(scorer.score("a", "b")).isCloseTo(sigmoid(8), within(1e-6f));
        }
        toy.file("config.json", """
            {"sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}
            """);
        try (TextScorer scorer = TextScorer.open(folder)) {
            TextScorer.Scores scores = scorer.scoreAll("a", List.of("a a a", "b", "", "c"));
            assertThat(scores.scores()).containsExactly(0, 8, 0, 6);
            assertThat(scores.tokens()).isEqualTo(7 + 5 + 4 + 5);
            assertThat(scorer.scoreAll("a", List.of()).scores()).isEmpty();
        }
        toy.file("config.json", "{\"sbert_ce_default_activation_function\": \"torch.nn.modules.activation.Tanh\"}");
        assertThatThrownBy(() -> TextScorer.open(folder)).hasMessageContaining("Tanh");
    }

    @Test
    void oneOfSeveralLabelsIsTheScore() throws IOException {
        toy.file("config.json", LABELS.formatted(""));
        try (TextScorer scorer =
                TextScorer.builder(ModelFiles.in(folder)).label("bad").build()) {
            assertThat(scorer.score("a", "c c")).isCloseTo(sigmoid(5), within(1e-6f));
        }
        assertThatThrownBy(() -> TextScorer.open(folder)).hasMessageContaining("[good, bad]");
        assertThatThrownBy(() ->
                        TextScorer.builder(ModelFiles.in(folder)).label("ugly").build())
                .hasMessageContaining("ugly");
    }
}
