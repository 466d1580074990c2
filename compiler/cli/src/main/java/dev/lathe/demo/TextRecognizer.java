package dev.lathe.demo;

import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads a line of text with a PP-OCR recognition model. */
public final class TextRecognizer {
    private static final int HEIGHT = 48;
    private static final int MIN_WIDTH = 320;
    private static final int STRIDE = 32;
    private static final float[] HALF = {0.5f, 0.5f, 0.5f};

    /**
     * What a line says.
     *
     * @param confidence the mean probability of the characters, from 0 to 1
     */
    public record Reading(String text, double confidence) {}

    private final Executable model;
    private final List<String> characters;

    /**
     * @param model {@code f32[1, 3, 48, w]} → probabilities {@code f32[1, t, classes]}
     * @param characters what classes 1 and up stand for; class 0 is the blank
     */
    public TextRecognizer(Executable model, List<String> characters) {
        this.model = model;
        this.characters = List.copyOf(characters);
    }

    /** Reads a file of characters, one a line; the class after the last is the space. */
    public static List<String> characters(Path file) {
        try {
            List<String> characters = new ArrayList<>(Files.readAllLines(file));
            characters.add(" ");
            return characters;
        } catch (IOException e) {
            throw new LatheException(Diagnostic.error(
                    "demo.characters", "cannot read the characters in " + file + ": " + e, "give a UTF-8 text file"));
        }
    }

    /** The model's input for the image of a line: 48 pixels high, at least 320 wide, padded at the right. */
    public static Tensor input(BufferedImage line) {
        int width = Math.max(1, Math.round((float) line.getWidth() * HEIGHT / line.getHeight()));
        int padded = Math.max(MIN_WIDTH, Math.ceilDiv(width, STRIDE) * STRIDE);
        return Pictures.planes(Pictures.scale(line, width, HEIGHT), padded, HALF, HALF);
    }

    /** Reads the image of a line. */
    public Reading read(BufferedImage line) {
        return decode(model.call(Map.of(model.inputs().getFirst().name(), input(line)))
                .values()
                .iterator()
                .next());
    }

    /** The best path through the probabilities: repeated classes count once, blanks not at all. */
    Reading decode(Tensor probabilities) {
        int steps = Math.toIntExact(probabilities.dim(1));
        int classes = Math.toIntExact(probabilities.dim(2));
        StringBuilder text = new StringBuilder();
        double sum = 0;
        int count = 0;
        int before = 0;
        for (int t = 0; t < steps; t++) {
            int best = 0;
            for (int c = 1; c < classes; c++) {
                if (probabilities.getFloat((long) t * classes + c)
                        > probabilities.getFloat((long) t * classes + best)) {
                    best = c;
                }
            }
            if (best != before && best != 0 && best <= characters.size()) {
                text.append(characters.get(best - 1));
                sum += probabilities.getFloat((long) t * classes + best);
                count++;
            }
            before = best;
        }
        return new Reading(text.toString(), count == 0 ? 0 : sum / count);
    }
}
