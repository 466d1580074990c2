package dev.lathe.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SpeechDetectorTest {
    private static final double STEP = 0.032;

    @Test
    void aShortDipDoesNotEndASegmentAndABlipStartsNone() {
        float[] p = new float[100];
        Arrays.fill(p, 10, 40, 0.9f);
        p[20] = 0.1f;
        p[60] = 0.9f;

        assertThat(SpeechDetector.segments(p)).containsExactly(new SpeechDetector.Segment(10 * STEP, 40 * STEP));
    }

    @Test
    void speechMayLastToTheEnd() {
        float[] p = new float[20];
        Arrays.fill(p, 5, 20, 0.9f);

        assertThat(SpeechDetector.segments(p)).containsExactly(new SpeechDetector.Segment(5 * STEP, 20 * STEP));
    }

    @Test
    void resamplingKeepsATone() {
        float[] tone = new float[22_050];
        for (int i = 0; i < tone.length; i++) {
            tone[i] = (float) Math.sin(2 * Math.PI * 440 * i / 22_050);
        }

        float[] resampled = Sound.resample(tone, 22_050, 16_000);

        assertThat(resampled).hasSize(16_000);
        for (int i = 100; i < 15_900; i++) {
            assertThat((double) resampled[i]).isCloseTo(Math.sin(2 * Math.PI * 440 * i / 16_000), within(5e-3));
        }
    }
}
