package dev.lathe.demo;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import javax.imageio.ImageIO;

/** Images as models want them. All images here are of {@code TYPE_INT_RGB}. */
public final class Pictures {
    private Pictures() {}

    /** A white image. */
    public static BufferedImage blank(int width, int height) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = picture.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.dispose();
        return picture;
    }

    /** Reads a PNG, JPEG, GIF or BMP file; what is transparent becomes white. */
    public static BufferedImage read(Path file) {
        BufferedImage read;
        try {
            read = ImageIO.read(file.toFile());
        } catch (IOException e) {
            read = null;
        }
        if (read == null) {
            throw new LatheException(Diagnostic.error(
                    "demo.image",
                    "cannot read " + file + " as an image",
                    Files.exists(file) ? "take a PNG, JPEG, GIF or BMP file" : "there is no such file"));
        }
        BufferedImage picture = blank(read.getWidth(), read.getHeight());
        Graphics2D g = picture.createGraphics();
        g.drawImage(read, 0, 0, null);
        g.dispose();
        return picture;
    }

    /** Writes a PNG file, which is complete or not there. */
    public static void write(BufferedImage picture, Path file) throws IOException {
        Path beside = Files.createTempFile(
                file.toAbsolutePath().getParent(), file.getFileName().toString(), ".part");
        try {
            ImageIO.write(picture, "png", beside.toFile());
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    /**
     * An image of another size. It is halved as often as possible first, so that nothing is lost between the pixels.
     */
    public static BufferedImage scale(BufferedImage picture, int width, int height) {
        BufferedImage from = picture;
        while (from.getWidth() >= 2 * width && from.getHeight() >= 2 * height) {
            from = draw(from, from.getWidth() / 2, from.getHeight() / 2);
        }
        return from.getWidth() == width && from.getHeight() == height ? from : draw(from, width, height);
    }

    private static BufferedImage draw(BufferedImage picture, int width, int height) {
        BufferedImage scaled = blank(width, height);
        Graphics2D g = scaled.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.drawImage(picture, 0, 0, width, height, null);
        g.dispose();
        return scaled;
    }

    /** What is inside a box, upright. */
    public static BufferedImage crop(BufferedImage picture, TextBox box) {
        int width = Math.max(1, (int) Math.round(box.width()));
        int height = Math.max(1, (int) Math.round(box.height()));
        BufferedImage crop = blank(width, height);
        Graphics2D g = crop.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.translate(width / 2.0, height / 2.0);
        g.rotate(-box.angle());
        g.translate(-box.centerX(), -box.centerY());
        g.drawImage(picture, 0, 0, null);
        g.dispose();
        return crop;
    }

    /** An image on its head. */
    public static BufferedImage turn(BufferedImage picture) {
        BufferedImage turned = blank(picture.getWidth(), picture.getHeight());
        Graphics2D g = turned.createGraphics();
        g.drawImage(picture, picture.getWidth(), picture.getHeight(), -picture.getWidth(), -picture.getHeight(), null);
        g.dispose();
        return turned;
    }

    /**
     * An image as {@code f32[1, 3, height, width]}, planes in the order blue, green, red, each value
     * {@code (v/255 - mean) / deviation}; columns right of the image are 0.
     */
    public static Tensor planes(BufferedImage picture, int width, float[] mean, float[] deviation) {
        int height = picture.getHeight();
        float[] values = new float[Math.multiplyExact(3 * width, height)];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                int rgb = picture.getRGB(x, y);
                for (int plane = 0; plane < 3; plane++) {
                    float v = (rgb >> 8 * plane & 0xff) / 255f;
                    values[(plane * height + y) * width + x] = (v - mean[plane]) / deviation[plane];
                }
            }
        }
        return Tensor.of(values, 1, 3, height, width);
    }

    /** An image as {@code f32[1, height, width, 3]}, red, green, blue from -1 to 1. */
    public static Tensor pixels(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        float[] values = new float[Math.multiplyExact(3 * width, height)];
        for (int i = 0; i < width * height; i++) {
            int rgb = picture.getRGB(i % width, i / width);
            for (int c = 0; c < 3; c++) {
                values[3 * i + c] = (rgb >> 16 - 8 * c & 0xff) / 127.5f - 1;
            }
        }
        return Tensor.of(values, 1, height, width, 3);
    }
}
