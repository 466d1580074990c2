package com.example;

import dev.lathe.ir.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Draws the edges of a picture: {@code DrawEdges photo.jpg edges.png}. */
public final class DrawEdges {
    private DrawEdges() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            System.err.println("usage: DrawEdges PICTURE EDGES.png");
            System.exit(2);
        }
        BufferedImage picture = ImageIO.read(new File(args[0]));
        if (picture == null) {
            System.err.println(args[0] + " is no picture that Java reads");
            System.exit(1);
        }
        try (Edges edges = Edges.load(0)) { // 0 threads: one per processor
            ImageIO.write(draw(edges.infer(grey(picture))), "png", new File(args[1]));
        }
    }

    /** Brightness from 0 to 1, a row of the picture after the other. */
    private static Tensor grey(BufferedImage picture) {
        int height = picture.getHeight();
        int width = picture.getWidth();
        float[] brightness = new float[height * width];
        for (int i = 0; i < brightness.length; i++) {
            int rgb = picture.getRGB(i % width, i / width);
            brightness[i] = (0.299f * (rgb >> 16 & 255) + 0.587f * (rgb >> 8 & 255) + 0.114f * (rgb & 255)) / 255;
        }
        return Tensor.of(brightness, height, width);
    }

    /** White where it is not steep. */
    private static BufferedImage draw(Tensor steepness) {
        int height = (int) steepness.dims()[0];
        int width = (int) steepness.dims()[1];
        float[] slopes = steepness.toFloatArray();
        BufferedImage drawing = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < slopes.length; i++) {
            int grey = Math.max(0, 255 - Math.round(255 * slopes[i]));
            drawing.getRaster().setSample(i % width, i / width, 0, grey);
        }
        return drawing;
    }
}
