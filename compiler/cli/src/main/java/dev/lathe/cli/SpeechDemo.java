package dev.lathe.cli;

import dev.lathe.demo.Sound;
import dev.lathe.demo.SpeechDetector;
import dev.lathe.demo.SpokenSample;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.report.Units;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lathe demo speech}. */
@Command(
        name = "speech",
        description = {
            "Find speech in sound with Silero VAD, chunk by chunk, as in a live stream.",
            "",
            "Without a file, the program espeak-ng speaks three sentences with pauses between them.",
        },
        footer = {
            "  lathe demo speech",
            "  lathe demo speech interview.wav",
        })
final class SpeechDemo extends LatheCommand {
    private static final List<String> SENTENCES = List.of(
            "The quick brown fox jumps over the lazy dog.",
            "Lathe turns models into readable Java.",
            "Good night, and thank you.");
    private static final int COLUMNS = 76;

    @Parameters(paramLabel = "WAV", arity = "0..1", description = "A WAV, AIFF or AU file.")
    private @Nullable Path file;

    @Mixin
    private DemoModels models = new DemoModels();

    @Override
    public Integer call() {
        float[] sound = file == null
                ? SpokenSample.speak(SENTENCES, SpeechDetector.RATE)
                : Sound.read(file, SpeechDetector.RATE);
        try (Executable model = models.load(Zoo.SPEECH, "speech.jar", terminal())) {
            SpeechDetector detector = new SpeechDetector(model);
            long start = System.nanoTime();
            float[] probabilities = detector.probabilities(sound);
            double millis = (System.nanoTime() - start) / 1e6;
            double seconds = (double) sound.length / SpeechDetector.RATE;
            out().println(terminal()
                    .faint(String.format(
                            Locale.ROOT,
                            "%.1f s of sound in %d chunks of 32 ms, in %s: %.0f times as fast as it sounds",
                            seconds,
                            probabilities.length,
                            Units.millis(millis),
                            1000 * seconds / millis)));
            out().println();
            timeline(sound, probabilities, seconds);
            out().println();
            for (SpeechDetector.Segment segment : SpeechDetector.segments(probabilities)) {
                out().println(String.format(
                        Locale.ROOT, "  speech from %6.2f s to %6.2f s", segment.start(), segment.end()));
            }
        }
        return 0;
    }

    private void timeline(float[] sound, float[] probabilities, double seconds) {
        double[] level = new double[COLUMNS];
        double[] speech = new double[COLUMNS];
        float loudest = 1e-6f;
        for (float s : sound) {
            loudest = Math.max(loudest, Math.abs(s));
        }
        for (int i = 0; i < sound.length; i++) {
            int column = (int) ((long) i * COLUMNS / sound.length);
            level[column] = Math.max(level[column], Math.abs(sound[i]) / loudest);
        }
        for (int column = 0; column < COLUMNS; column++) {
            int from = column * probabilities.length / COLUMNS;
            int to = Math.max(from + 1, (column + 1) * probabilities.length / COLUMNS);
            for (int i = from; i < Math.min(to, probabilities.length); i++) {
                speech[column] = Math.max(speech[column], probabilities[i]);
            }
        }
        out().println("  sound   " + terminal().faint(DemoModels.bars(level)));
        out().println("  speech  " + terminal().styled("32", DemoModels.bars(speech)));
        out().println(terminal().faint("          " + scale(seconds)));
    }

    /** Marks at whole seconds. */
    private static String scale(double seconds) {
        StringBuilder scale = new StringBuilder();
        int step = Math.max(1, (int) Math.ceil(seconds / 12));
        for (int s = 0; s < seconds; s += step) {
            int at = (int) (s * COLUMNS / seconds);
            if (at >= scale.length()) {
                scale.append(" ".repeat(at - scale.length())).append(s).append(" s");
            }
        }
        return scale.toString();
    }
}
