package dev.lathe.peers;

import dev.lathe.compress.Dataset;
import dev.lathe.compress.Metric;
import dev.lathe.demo.Pictures;
import dev.lathe.demo.TextDetector;
import dev.lathe.demo.TextRecognizer;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.tensor.Tensor;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;

/** Lines and pages of made-up words, drawn with noise, for the models that read text. Needs a font. */
final class DrawnText {
    private static final int SIDE = 480;
    private static final double NOISE = 6;
    private static final float THRESHOLD = 0.3f;
    private static final String INPUT = "x";
    private static final String[] SYLLABLES =
            "ka to mi ren sol dar vi el un bas per qui no ta lis gor hem jo ix wa zy con fre sta pla bru".split(" ");

    private DrawnText() {}

    /** Lines for the recognition model. */
    static Dataset lines(int first, int count) {
        return calls(first, count, DrawnText::line);
    }

    /** Pages for the detection model. */
    static Dataset pages(int first, int count) {
        return calls(first, count, DrawnText::page);
    }

    private static Dataset calls(int first, int count, IntFunction<Tensor> draw) {
        return Dataset.of(count, i -> Map.of(INPUT, draw.apply(first + i)));
    }

    /** The share of lines that are read otherwise. */
    static Metric reading() {
        List<String> characters = TextRecognizer.characters(Zoo.OCR_CHARACTERS.fetch());
        return Metric.of("read alike", call -> {
            String before = text((Tensor) first(call.expected()), characters);
            return text((Tensor) first(call.actual()), characters).equals(before) ? 0 : 1;
        });
    }

    /** What is missing to the full overlap of the places where text is found. */
    static Metric overlap() {
        return Metric.of(
                "overlap", call -> 1 - overlap((Tensor) first(call.expected()), (Tensor) first(call.actual())));
    }

    private static <T> T first(Map<String, T> outputs) {
        return outputs.values().iterator().next();
    }

    /** The best path, without blanks at the ends. */
    private static String text(Tensor probabilities, List<String> characters) {
        StringBuilder text = new StringBuilder();
        long classes = probabilities.dim(2);
        long before = 0;
        for (long t = 0; t < probabilities.dim(1); t++) {
            long best = 0;
            for (long c = 1; c < classes; c++) {
                best = probabilities.getFloat(t * classes + c) > probabilities.getFloat(t * classes + best) ? c : best;
            }
            if (best != before && best != 0 && best <= characters.size()) {
                text.append(characters.get((int) best - 1));
            }
            before = best;
        }
        return text.toString().strip();
    }

    /** Intersection over union of where both find text. */
    private static double overlap(Tensor expected, Tensor actual) {
        long both = 0;
        long either = 0;
        for (long i = 0; i < expected.size(); i++) {
            boolean e = expected.getFloat(i) > THRESHOLD;
            boolean a = actual.getFloat(i) > THRESHOLD;
            both += e && a ? 1 : 0;
            either += e || a ? 1 : 0;
        }
        return either == 0 ? 1 : (double) both / either;
    }

    private static String words(Random r, int letters) {
        Map<Integer, String> words = new LinkedHashMap<>();
        int length = 0;
        while (length < letters) {
            StringBuilder word = new StringBuilder();
            if (r.nextInt(6) == 0) {
                word.append(r.nextInt(10_000));
            } else {
                for (int i = 1 + r.nextInt(3); i >= 0; i--) {
                    word.append(SYLLABLES[r.nextInt(SYLLABLES.length)]);
                }
                if (r.nextInt(3) == 0) {
                    word.setCharAt(0, Character.toUpperCase(word.charAt(0)));
                }
            }
            words.put(length, word.toString());
            length += word.length() + 1;
        }
        return String.join(" ", words.values());
    }

    private static Graphics2D graphics(BufferedImage picture) {
        Graphics2D g = picture.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.BLACK);
        return g;
    }

    private static void addNoise(BufferedImage picture, Random r) {
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int rgb = 0;
                for (int shift = 0; shift < 24; shift += 8) {
                    long v = Math.round((picture.getRGB(x, y) >> shift & 0xff) + NOISE * r.nextGaussian());
                    rgb |= Math.clamp(v, 0, 255) << shift;
                }
                picture.setRGB(x, y, rgb);
            }
        }
    }

    private static Tensor line(int seed) {
        Random r = new Random(seed);
        String text = words(r, 14 + r.nextInt(14));
        Font font = new Font("DejaVu Sans", Font.PLAIN, 28);
        Graphics2D probe = graphics(Pictures.blank(1, 1));
        BufferedImage picture = Pictures.blank(probe.getFontMetrics(font).stringWidth(text) + 20, 44);
        probe.dispose();
        Graphics2D g = graphics(picture);
        g.setFont(font);
        g.drawString(text, 10, 32);
        g.dispose();
        addNoise(picture, r);
        return TextRecognizer.input(picture);
    }

    private static Tensor page(int seed) {
        Random r = new Random(seed);
        BufferedImage picture = Pictures.blank(SIDE, SIDE);
        Graphics2D g = graphics(picture);
        String[] families = {"DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"};
        for (int y = 40; y < SIDE - 20; ) {
            int size = 12 + r.nextInt(18);
            g.setFont(new Font(families[r.nextInt(families.length)], Font.PLAIN, size));
            g.drawString(words(r, 4 + r.nextInt(24)), 10 + r.nextInt(60), y);
            y += size + 12 + r.nextInt(30);
        }
        g.dispose();
        addNoise(picture, r);
        return TextDetector.input(picture);
    }
}
