package dev.lathe.demo;

import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds speech in a stream of sound with the Silero model, which carries its state from chunk to chunk. */
public final class SpeechDetector {
    /** Samples a second. */
    public static final int RATE = 16_000;
    /** Samples of a chunk: 32 ms. */
    public static final int CHUNK = 512;
    /** Samples of the chunk before that the model sees again. */
    private static final int CONTEXT = 64;

    private static final float STARTS = 0.5f;
    private static final float ENDS = 0.35f;
    private static final double MIN_SPEECH = 0.25;
    private static final double MIN_SILENCE = 0.1;

    private final Executable model;

    /**
     * @param model {@code input: f32[1, 576], state: f32[2, 1, 128], sr: i64} →
     * {@code output: f32[1, 1], stateN: f32[2, 1, 128]}
     */
    public SpeechDetector(Executable model) {
        this.model = model;
    }

    /** A stretch of speech, in seconds from the start. */
    public record Segment(double start, double end) {}

    /** One stream of sound. Not for several threads at a time; each stream has its own state. */
    public final class Stream {
        private final float[] window = new float[CONTEXT + CHUNK];
        private Tensor state = Tensor.zeros(ElementType.F32, 2, 1, 128);

        private Stream() {}

        /**
         * The probability that the next chunk, {@code samples[from … from + 512)}, is speech; past the end there is
         * silence.
         */
        public float accept(float[] samples, int from) {
            System.arraycopy(window, CHUNK, window, 0, CONTEXT);
            for (int i = 0; i < CHUNK; i++) {
                window[CONTEXT + i] = from + i < samples.length ? samples[from + i] : 0;
            }
            Map<String, Tensor> results = model.call(Map.of(
                    "input", Tensor.of(window, 1, window.length), "state", state, "sr", Tensor.scalar((long) RATE)));
            state = Tensor.named(results, "stateN").reshape(2, 1, 128);
            return Tensor.named(results, "output").getFloat(0);
        }

        /** The state after the chunks so far, {@code f32[2, 1, 128]}. */
        public Tensor state() {
            return state;
        }
    }

    public Stream stream() {
        return new Stream();
    }

    /** The probability of speech in each chunk of 32 ms. */
    public float[] probabilities(float[] samples) {
        Stream stream = stream();
        float[] probabilities = new float[Math.ceilDiv(samples.length, CHUNK)];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = stream.accept(samples, i * CHUNK);
        }
        return probabilities;
    }

    /**
     * Segments of speech: one starts when the probability reaches 0.5 and ends when it stays below 0.35 for 100 ms;
     * shorter ones than 250 ms are dropped.
     */
    public static List<Segment> segments(float[] probabilities) {
        double step = (double) CHUNK / RATE;
        List<Segment> segments = new ArrayList<>();
        int start = -1;
        int quiet = -1;
        for (int i = 0; i <= probabilities.length; i++) {
            float p = i < probabilities.length ? probabilities[i] : 0;
            boolean over = i == probabilities.length;
            if (p >= STARTS) {
                start = start < 0 ? i : start;
                quiet = -1;
            } else if (start >= 0 && (over || p < ENDS)) {
                quiet = quiet < 0 ? i : quiet;
                if (over || (i - quiet) * step >= MIN_SILENCE) {
                    if ((quiet - start) * step >= MIN_SPEECH) {
                        segments.add(new Segment(start * step, quiet * step));
                    }
                    start = -1;
                    quiet = -1;
                }
            }
        }
        return segments;
    }
}
