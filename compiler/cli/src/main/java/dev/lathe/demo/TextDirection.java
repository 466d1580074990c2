package dev.lathe.demo;

import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.util.Map;

/** Tells whether a line of text stands on its head, with a PP-OCR direction model. */
public final class TextDirection {
    private static final int HEIGHT = 48;
    private static final int WIDTH = 192;
    private static final float[] HALF = {0.5f, 0.5f, 0.5f};
    private static final double SURE = 0.9;

    private final Executable model;

    /** @param model {@code f32[1, 3, 48, 192]} → probabilities {@code f32[1, 2]} of 0 and 180 degrees */
    public TextDirection(Executable model) {
        this.model = model;
    }

    /** The model's input for the image of a line, padded at the right, or squeezed. */
    public static Tensor input(BufferedImage line) {
        int width = Math.clamp(Math.round((float) line.getWidth() * HEIGHT / line.getHeight()), 1, WIDTH);
        return Pictures.planes(Pictures.scale(line, width, HEIGHT), WIDTH, HALF, HALF);
    }

    /** The probability that a line stands on its head. */
    public double upsideDown(BufferedImage line) {
        return model.call(Map.of(model.inputs().getFirst().name(), input(line)))
                .values()
                .iterator()
                .next()
                .getFloat(1);
    }

    /** The line, turned if it surely stands on its head. */
    public BufferedImage upright(BufferedImage line) {
        return upsideDown(line) > SURE ? Pictures.turn(line) : line;
    }
}
