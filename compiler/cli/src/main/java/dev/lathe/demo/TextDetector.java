package dev.lathe.demo;

import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Finds lines of text in an image with a PP-OCR detection model. */
public final class TextDetector {
    private static final int STRIDE = 32;
    private static final int MAX_SIDE = 1280;
    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

    private final Executable model;

    /** @param model {@code f32[1, 3, h, w]} → {@code f32[1, 1, h, w]}, for h and w divisible by 32 */
    public TextDetector(Executable model) {
        this.model = model;
    }

    /** The model's input for an image, whose sides become multiples of 32 and at most 1280. */
    public static Tensor input(BufferedImage picture) {
        double shrink = Math.min(1, (double) MAX_SIDE / Math.max(picture.getWidth(), picture.getHeight()));
        int width = (int) Math.max(1, Math.round(picture.getWidth() * shrink / STRIDE)) * STRIDE;
        int height = (int) Math.max(1, Math.round(picture.getHeight() * shrink / STRIDE)) * STRIDE;
        return Pictures.planes(Pictures.scale(picture, width, height), width, MEAN, DEVIATION);
    }

    /** The lines of text in an image, from top to bottom and left to right, in its pixels. */
    public List<TextBox> detect(BufferedImage picture) {
        Tensor map = model.call(Map.of(model.inputs().getFirst().name(), input(picture)))
                .values()
                .iterator()
                .next();
        double x = (double) picture.getWidth() / map.dim(-1);
        double y = (double) picture.getHeight() / map.dim(-2);
        List<TextBox> found =
                BoxFinder.find(map).stream().map(box -> box.scaled(x, y)).toList();
        return inReadingOrder(found);
    }

    /** Boxes whose centres are less than half a line apart in height share a row. */
    static List<TextBox> inReadingOrder(List<TextBox> boxes) {
        List<TextBox> byHeight = boxes.stream()
                .sorted(Comparator.comparingDouble(TextBox::centerY))
                .toList();
        List<TextBox> ordered = new java.util.ArrayList<>();
        for (int from = 0, to; from < byHeight.size(); from = to) {
            TextBox first = byHeight.get(from);
            to = from + 1;
            while (to < byHeight.size()
                    && byHeight.get(to).centerY() - first.centerY()
                            < Math.min(first.height(), byHeight.get(to).height()) / 2) {
                to++;
            }
            byHeight.subList(from, to).stream()
                    .sorted(Comparator.comparingDouble(TextBox::centerX))
                    .forEach(ordered::add);
        }
        return ordered;
    }
}
