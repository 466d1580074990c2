package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.demo.SpeechDetector;
import dev.lathe.demo.SpokenSample;
import dev.lathe.demo.Zoo;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Silero VAD")
class SpeechModelTest {
    private static float[] sound = {};

    @BeforeAll
    static void speak() {
        Assumptions.assumeTrue(SpokenSample.isAvailable(), "espeak-ng is not installed");
        sound = SpokenSample.speak(
                List.of("The quick brown fox jumps over the lazy dog.", "Good night, and thank you."),
                SpeechDetector.RATE);
    }

    /** The state goes from chunk to chunk, so that a small error would grow. */
    @ParameterizedTest
    @EnumSource
    void aStreamGivesTheSameDecisionsAndStates(Target target) {
        int chunks = target == Target.JAVA ? sound.length / SpeechDetector.CHUNK : 70;
        SpeechDetector.Stream stream = new SpeechDetector(target.load(Zoo.SPEECH)).stream();
        SpeechDetector.Stream oracle = new SpeechDetector(Models.oracle(Zoo.SPEECH)).stream();
        int speech = 0;
        for (int i = 0; i < chunks; i++) {
            float actual = stream.accept(sound, i * SpeechDetector.CHUNK);
            float expected = oracle.accept(sound, i * SpeechDetector.CHUNK);
            assertThat(Math.abs(actual - expected)).as("chunk %d", i).isLessThan(1e-4f);
            Closeness.assertClose("state after chunk " + i, stream.state(), oracle.state());
            speech += expected >= 0.5f ? 1 : 0;
        }
        assertThat(speech).as("chunks with speech").isBetween(chunks / 5, chunks * 4 / 5);
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void speechIsFoundBetweenThePauses(Target target) {
        float[] probabilities = new SpeechDetector(target.load(Zoo.SPEECH)).probabilities(sound);
        List<SpeechDetector.Segment> segments = SpeechDetector.segments(probabilities);

        assertThat(segments)
                .isEqualTo(SpeechDetector.segments(new SpeechDetector(Models.oracle(Zoo.SPEECH)).probabilities(sound)));
        assertThat(segments.getFirst().start()).isBetween(1.0, 1.5);
        assertThat(segments.getLast().end()).isLessThan((double) sound.length / SpeechDetector.RATE - 0.8);
        for (int i = 0; i < 30; i++) {
            assertThat(probabilities[i]).as("chunk %d of the pause before", i).isLessThan(0.5f);
        }
    }

    /** One chunk of a vowel-like sound with its context: a tone of 120 Hz and its overtones. */
    static float[] hum() {
        float[] samples = new float[576];
        for (int i = 0; i < samples.length; i++) {
            for (int k = 1; k <= 20; k++) {
                samples[i] += (float) (0.1 / k * Math.sin(2 * Math.PI * 120 * k * i / SpeechDetector.RATE));
            }
        }
        return samples;
    }
}
