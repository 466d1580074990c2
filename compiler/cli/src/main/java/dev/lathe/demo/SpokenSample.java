package dev.lathe.demo;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Sentences spoken by the program {@code espeak-ng}, with pauses of faint noise between them. */
public final class SpokenSample {
    private static final double PAUSE_SECONDS = 1.2;
    private static final float NOISE = 0.001f;

    private SpokenSample() {}

    /** Whether {@code espeak-ng} is there. */
    public static boolean isAvailable() {
        try {
            return run(List.of("espeak-ng", "--version"));
        } catch (IOException e) {
            return false;
        }
    }

    /** A pause, a sentence, a pause, and so on to a last pause, at {@code rate} samples a second. */
    public static float[] speak(List<String> sentences, int rate) {
        List<float[]> parts = new ArrayList<>();
        parts.add(pause(rate, 0));
        for (String sentence : sentences) {
            parts.add(say(sentence, rate));
            parts.add(pause(rate, parts.size()));
        }
        float[] all = new float[parts.stream().mapToInt(p -> p.length).sum()];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static float[] pause(int rate, int seed) {
        java.util.Random random = new java.util.Random(seed);
        float[] noise = new float[(int) (PAUSE_SECONDS * rate)];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = NOISE * (float) random.nextGaussian();
        }
        return noise;
    }

    private static float[] say(String sentence, int rate) {
        try {
            Path wav = Files.createTempFile("lathe-speech", ".wav");
            try {
                if (run(List.of("espeak-ng", "-v", "en", "-s", "150", "-w", wav.toString(), sentence))) {
                    return Sound.read(wav, rate);
                }
            } finally {
                Files.deleteIfExists(wav);
            }
        } catch (IOException e) {
            // Falls through to the message: the program could not be started.
        }
        throw new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        "demo.no-speech",
                        "making speech needs the program espeak-ng, which this machine does not have or cannot run",
                        "install it (Debian: apt install espeak-ng), or give a WAV file")));
    }

    private static boolean run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            process.destroy();
        }
    }
}
