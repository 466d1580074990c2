package dev.lathe.cli;

import dev.lathe.demo.AnnotatedPage;
import dev.lathe.demo.PageReader;
import dev.lathe.demo.Pictures;
import dev.lathe.demo.SamplePage;
import dev.lathe.demo.TextDetector;
import dev.lathe.demo.TextDirection;
import dev.lathe.demo.TextRecognizer;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.report.Units;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lathe demo ocr}. */
@Command(
        name = "ocr",
        description = {
            "Read the text in images with PP-OCR: find the lines, turn them upright, recognize them.",
            "",
            "Without an image, a page is drawn in two sizes; the same compiled models read both. Beside each image's"
                    + " text, an image shows what was read where.",
        },
        footer = {
            "  lathe demo ocr",
            "  lathe demo ocr receipt.jpg --output .",
        })
final class OcrDemo extends LatheCommand {
    private static final int[] WIDTHS = {960, 768};

    @Parameters(paramLabel = "IMAGE", description = "PNG, JPEG, GIF or BMP files.")
    private List<Path> files = new ArrayList<>();

    @Mixin
    private DemoModels models = new DemoModels();

    @Override
    public Integer call() {
        System.setProperty("java.awt.headless", "true");
        SamplePage.requireFonts();
        Map<String, BufferedImage> pictures = pictures();
        try (Executable detection = models.load(Zoo.OCR_DETECTION, "ocr-detection.jar", terminal());
                Executable direction = models.load(Zoo.OCR_DIRECTION, "ocr-direction.jar", terminal());
                Executable recognition = models.load(Zoo.OCR_RECOGNITION, "ocr-recognition.jar", terminal())) {
            List<String> characters = TextRecognizer.characters(Zoo.OCR_CHARACTERS.fetch());
            PageReader reader = new PageReader(
                    new TextDetector(detection),
                    new TextDirection(direction),
                    new TextRecognizer(recognition, characters));
            pictures.forEach((name, picture) -> read(reader, name, picture));
        }
        return 0;
    }

    private Map<String, BufferedImage> pictures() {
        Map<String, BufferedImage> pictures = new LinkedHashMap<>();
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            String stem = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
            String unique = pictures.containsKey(stem) ? stem + "-" + (pictures.size() + 1) : stem;
            pictures.put(unique, Pictures.read(file));
        }
        if (files.isEmpty()) {
            for (int width : WIDTHS) {
                pictures.put("page-" + width, SamplePage.render(width).picture());
            }
        }
        return pictures;
    }

    private void read(PageReader reader, String name, BufferedImage picture) {
        long start = System.nanoTime();
        List<PageReader.Line> lines = reader.read(picture);
        double millis = (System.nanoTime() - start) / 1e6;
        out().println();
        out().println(terminal().bold(name) + ", " + picture.getWidth() + "×" + picture.getHeight() + ": "
                + lines.size() + (lines.size() == 1 ? " line" : " lines") + " in " + Units.millis(millis));
        for (PageReader.Line line : lines) {
            String sure = String.format(Locale.ROOT, "%5.1f %%", 100 * line.confidence());
            out().println("  " + terminal().faint(sure) + "  " + line.text());
        }
        Path to = models.folder().resolve(name + "-read.png");
        try {
            Pictures.write(AnnotatedPage.draw(picture, lines), to);
        } catch (IOException e) {
            throw OutputFile.failed(to, e);
        }
        out().println(terminal().faint("  drawn in " + to));
    }
}
