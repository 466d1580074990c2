package dev.lathe.demo;

import java.awt.image.BufferedImage;
import java.util.List;

/** Reads the text in an image: where the lines are, which way up, and what they say. */
public final class PageReader {
    private static final double MIN_CONFIDENCE = 0.5;

    /** A line of text and where it is. */
    public record Line(TextBox box, String text, double confidence) {}

    private final TextDetector detector;
    private final TextDirection direction;
    private final TextRecognizer recognizer;

    public PageReader(TextDetector detector, TextDirection direction, TextRecognizer recognizer) {
        this.detector = detector;
        this.direction = direction;
        this.recognizer = recognizer;
    }

    /** The lines of an image from top to bottom; those that nobody can read are left out. */
    public List<Line> read(BufferedImage picture) {
        return detector.detect(picture).stream()
                .map(box -> read(picture, box.alongLine()))
                .filter(line -> line.confidence() >= MIN_CONFIDENCE)
                .toList();
    }

    private Line read(BufferedImage picture, TextBox box) {
        TextRecognizer.Reading reading = recognizer.read(direction.upright(Pictures.crop(picture, box)));
        return new Line(box, reading.text(), reading.confidence());
    }
}
