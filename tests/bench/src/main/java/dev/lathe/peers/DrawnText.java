package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.compress.Compressed;
import dev.lathe.compress.Compressor;
import dev.lathe.compress.Cure;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Quantization;
import dev.lathe.demo.Pictures;
import dev.lathe.demo.TextDetector;
import dev.lathe.demo.TextRecognizer;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.quantize.Ranges;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.IntFunction;

/**
 * What quantization of the models that read text loses, and what recovers it: lines and pages are drawn, and what the
 * compressed model makes of them is compared with what the model makes of them.
 *
 * <pre>{@code
 * RecoveryBench lines|pages [--save FOLDER] static static:correct-bias static/percentile weights:gptq ...
 * }</pre>
 *
 * <p>Needs a font; the figures of the guide are those of DejaVu.
 */
public final class RecoveryBench {
    private static final int LINES = 200;
    private static final int LINES_OF_DATA = 32;
    private static final int PAGES = 20;
    private static final int PAGES_OF_DATA = 12;
    private static final int SIDE = 480;
    private static final double NOISE = 6;
    private static final float THRESHOLD = 0.3f;
    private static final String[] SYLLABLES =
            "ka to mi ren sol dar vi el un bas per qui no ta lis gor hem jo ix wa zy con fre sta pla bru".split(" ");

    private RecoveryBench() {}

    /** How near a compressed model's answer to a picture is to the model's: from 0 to 1. */
    private interface Score {
        double of(Tensor expected, Tensor actual);
    }

    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        List<String> rest = new ArrayList<>(Arrays.asList(args));
        boolean lines = rest.removeFirst().equals("lines");
        Path save = null;
        if (!rest.isEmpty() && rest.getFirst().equals("--save")) {
            rest.removeFirst();
            save = Path.of(rest.removeFirst());
        }
        Path model = (lines ? Zoo.OCR_RECOGNITION : Zoo.OCR_DETECTION).fetch();
        IntFunction<Tensor> draw = lines ? RecoveryBench::line : RecoveryBench::page;
        int count = lines ? LINES : PAGES;
        List<String> characters = TextRecognizer.characters(Zoo.OCR_CHARACTERS.fetch());
        Score score =
                lines ? (e, a) -> text(e, characters).equals(text(a, characters)) ? 1 : 0 : RecoveryBench::overlap;
        Compressor compressor = Compressor.of(model);
        String input = compressor.original().graph().inputs().getFirst().name();
        compressor = compressor.data(
                Dataset.of(lines ? LINES_OF_DATA : PAGES_OF_DATA, i -> Map.of(input, draw.apply(count + i))));
        List<Tensor> expected = new ArrayList<>();
        try (Executable original = Lathe.compile(compressor.original().graph(), CompileOptions.standard())
                .load()) {
            for (int i = 0; i < count; i++) {
                expected.add(call(original, input, draw.apply(i)));
            }
        }
        System.out.println("| way | weights, MB | mean cosine on data | least | " + (lines ? "read alike" : "overlap")
                + " |\n|---|---:|---:|---:|---:|");
        for (String way : rest) {
            Compressed result = compressor.then(quantization(way)).run();
            if (save != null) {
                result.model().writeOnnx(save.resolve(way.replaceAll("\\W+", "-") + ".onnx"), OptionalInt.empty());
            }
            double sum = 0;
            try (Executable small = Lathe.compile(result.model().graph(), CompileOptions.standard())
                    .load()) {
                for (int i = 0; i < count; i++) {
                    sum += score.of(expected.get(i), call(small, input, draw.apply(i)));
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.2f | %.5f | %.5f | %.4f |%n",
                    way,
                    result.after().weightBytes() / 1e6,
                    result.fidelity().meanCosine(),
                    result.fidelity().leastCosine(),
                    sum / count);
        }
    }

    /** {@code mode[/ranges][:cure+cure...]}. */
    private static Quantization quantization(String way) {
        String[] parts = way.split(":");
        String[] mode = parts[0].split("/");
        Quantization q = new Quantization(Quantization.Mode.valueOf(mode[0].toUpperCase(Locale.ROOT)), 8, 0);
        if (mode.length > 1) {
            q = q.ranges(Ranges.Method.valueOf(mode[1].toUpperCase(Locale.ROOT).replace('-', '_')));
        }
        return parts.length == 1
                ? q
                : q.cures(Arrays.stream(parts[1].split("\\+"))
                        .map(c -> Cure.of(c).orElseThrow(() -> new IllegalArgumentException(c)))
                        .toArray(Cure[]::new));
    }

    private static Tensor call(Executable model, String input, Tensor x) {
        return model.call(Map.of(input, x)).values().iterator().next();
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
