package dev.lathe.demo;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/** Sound as one channel of samples from -1 to 1. */
public final class Sound {
    private static final int TAPS = 24;

    private Sound() {}

    /** Reads a WAV, AIFF or AU file, its channels mixed, at {@code rate} samples a second. */
    public static float[] read(Path file, int rate) {
        try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
            AudioFormat from = in.getFormat();
            AudioFormat pcm = new AudioFormat(from.getSampleRate(), 16, from.getChannels(), true, false);
            try (AudioInputStream decoded = AudioSystem.getAudioInputStream(pcm, in)) {
                ByteBuffer bytes = ByteBuffer.wrap(decoded.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
                float[] mixed = new float[bytes.capacity() / (2 * from.getChannels())];
                for (int i = 0; i < mixed.length; i++) {
                    float sum = 0;
                    for (int c = 0; c < from.getChannels(); c++) {
                        sum += bytes.getShort() / 32768f;
                    }
                    mixed[i] = sum / from.getChannels();
                }
                return resample(mixed, from.getSampleRate(), rate);
            }
        } catch (IOException | UnsupportedAudioFileException | IllegalArgumentException e) {
            throw new LatheException(Diagnostic.error(
                    "demo.sound",
                    "cannot read " + file + " as sound",
                    Files.exists(file) ? "take a WAV file of PCM samples" : "there is no such file"));
        }
    }

    /** Band-limited interpolation with a windowed sinc. */
    static float[] resample(float[] samples, double from, double to) {
        if (from == to) {
            return samples;
        }
        double cutoff = Math.min(1, to / from);
        float[] out = new float[(int) (samples.length * to / from)];
        for (int i = 0; i < out.length; i++) {
            double center = i * from / to;
            int first = (int) Math.ceil(center - TAPS / cutoff);
            int last = (int) Math.floor(center + TAPS / cutoff);
            double sum = 0;
            for (int k = Math.max(0, first); k <= Math.min(samples.length - 1, last); k++) {
                double x = (k - center) * cutoff;
                double window = 0.5 + 0.5 * Math.cos(Math.PI * x / TAPS);
                double sinc = x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
                sum += samples[k] * sinc * window;
            }
            out[i] = (float) (sum * cutoff);
        }
        return out;
    }
}
