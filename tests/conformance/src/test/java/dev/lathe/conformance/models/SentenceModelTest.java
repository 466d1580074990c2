package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.text.TextEmbedder;
import dev.lathe.text.TokenInputs;
import dev.lathe.tokenizers.Tokenizer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("all-MiniLM-L6-v2")
class SentenceModelTest {
    private static final String RATES = "The central bank raised interest rates.";
    private static final String RATES_AGAIN = "Interest rates went up again.";
    private static final String GUITAR = "A man is playing a guitar.";

    /** The model's inputs for some texts, padded to the longest, or to {@code tokens} if that is more. */
    static Map<String, Tensor> inputs(Executable model, List<String> texts, int tokens) {
        Tokenizer tokenizer = Tokenizer.read(Models.file(Zoo.MINILM_TOKENIZER)).unpadded();
        return TokenInputs.of(model.inputs()).tensors(tokenizer.encodeAll(texts), tokenizer.padId(), tokens);
    }

    @ParameterizedTest
    @EnumSource
    void aShortSentenceHasTheSameHiddenStates(Target target) {
        Executable model = target.load(Zoo.MINILM);
        Map<String, Tensor> inputs = inputs(model, List.of("Interest rates went up."), 0);

        assertThat(Tensor.named(inputs, "input_ids").dims()).containsExactly(1, 7);
        Closeness.assertClose(model.call(inputs), Models.oracle(Zoo.MINILM).call(inputs));
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void oneArtifactServesEveryBatchAndLength(Target target) {
        Executable model = target.load(Zoo.MINILM);
        for (Map<String, Tensor> inputs : List.of(
                inputs(model, List.of(GUITAR), 0),
                inputs(model, paragraphs(1), 128),
                inputs(model, paragraphs(8), 64),
                inputs(model, List.of(""), 0))) {
            Closeness.assertClose(model.call(inputs), Models.oracle(Zoo.MINILM).call(inputs));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void sentencesThatMeanTheSameAreNear(Target target) {
        TextEmbedder embedder = TextEmbedder.builder(
                        target.load(Zoo.MINILM), Tokenizer.read(Models.file(Zoo.MINILM_TOKENIZER)))
                .build();
        float[] rates = embedder.embed(RATES);

        assertThat(TextEmbedder.cosine(rates, embedder.embed(RATES_AGAIN))).isCloseTo(0.70, within(0.01));
        assertThat(TextEmbedder.cosine(rates, embedder.embed(GUITAR))).isCloseTo(-0.07, within(0.01));
    }

    /** Texts of different lengths, none longer than 60 tokens. */
    static List<String> paragraphs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> String.join(
                        " ", List.of(RATES, GUITAR, RATES_AGAIN, GUITAR, RATES).subList(0, 1 + i % 5)))
                .toList();
    }
}
