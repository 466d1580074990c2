package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.demo.SentenceEmbedder;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.tokenizers.Tokenizer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("all-MiniLM-L6-v2")
class SentenceModelTest {
    private static final String RATES = "The central bank raised interest rates.";
    private static final String RATES_AGAIN = "Interest rates went up again.";
    private static final String GUITAR = "A man is playing a guitar.";

    private Tokenizer tokenizer;

    @BeforeEach
    void readTokenizer() {
        tokenizer = Tokenizer.read(Models.file(Zoo.MINILM_TOKENIZER));
    }

    @ParameterizedTest
    @EnumSource
    void aShortSentenceHasTheSameHiddenStates(Target target) {
        Map<String, Tensor> inputs = SentenceEmbedder.inputs(tokenizer, List.of("Interest rates went up."), 0);

        assertThat(Tensor.named(inputs, "input_ids").dims()).containsExactly(1, 7);
        Closeness.assertClose(
                target.load(Zoo.MINILM).call(inputs), Models.oracle(Zoo.MINILM).call(inputs));
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void oneArtifactServesEveryBatchAndLength(Target target) {
        Executable model = target.load(Zoo.MINILM);
        for (Map<String, Tensor> inputs : List.of(
                SentenceEmbedder.inputs(tokenizer, List.of(GUITAR), 0),
                SentenceEmbedder.inputs(tokenizer, paragraphs(1), 128),
                SentenceEmbedder.inputs(tokenizer, paragraphs(8), 64),
                SentenceEmbedder.inputs(tokenizer, List.of(""), 0))) {
            Closeness.assertClose(model.call(inputs), Models.oracle(Zoo.MINILM).call(inputs));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void sentencesThatMeanTheSameAreNear(Target target) {
        float[][] v =
                new SentenceEmbedder(target.load(Zoo.MINILM), tokenizer).embed(List.of(RATES, RATES_AGAIN, GUITAR));

        assertThat(SentenceEmbedder.cosine(v[0], v[1])).isCloseTo(0.70, within(0.01));
        assertThat(SentenceEmbedder.cosine(v[0], v[2])).isCloseTo(-0.07, within(0.01));
    }

    /** Texts of different lengths, none longer than 60 tokens. */
    static List<String> paragraphs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> String.join(
                        " ", List.of(RATES, GUITAR, RATES_AGAIN, GUITAR, RATES).subList(0, 1 + i % 5)))
                .toList();
    }
}
