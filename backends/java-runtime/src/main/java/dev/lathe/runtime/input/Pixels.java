package dev.lathe.runtime.input;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * An image as 8-bit red, green and blue, as Pillow and OpenCV read it too: grey values are taken as they are,
 * transparency is dropped, of a moving image it is the first frame, and EXIF data turns it.
 */
final class Pixels {
    private final BufferedImage image;

    static {
        System.setProperty("java.awt.headless", "true");
    }

    private Pixels(BufferedImage image) {
        this.image = image;
    }

    static Pixels read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw PictureReader.failure("there is no file " + file, "check the path");
        }
        @Nullable BufferedImage picture;
        int orientation;
        try {
            byte[] bytes = Files.readAllBytes(file);
            picture = ImageIO.read(new ByteArrayInputStream(bytes));
            orientation = Exif.orientation(bytes);
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw PictureReader.failure(
                    file + " cannot be read as an image: " + e.getMessage(),
                    "check the path and the file; save it as PNG or as JPEG in RGB");
        }
        if (picture == null) {
            throw PictureReader.failure(
                    file + " holds no image in a known format", "give a PNG, JPEG, BMP or GIF file");
        }
        return new Pixels(turned(opaque(picture), orientation));
    }

    int width() {
        return image.getWidth();
    }

    int height() {
        return image.getHeight();
    }

    int rgb(int x, int y) {
        return image.getRGB(x, y);
    }

    /** Java takes grey values for linear light and would brighten them; so these are read from the raster. */
    private static BufferedImage opaque(BufferedImage picture) {
        BufferedImage out = new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
        Raster raster = picture.getRaster();
        boolean grey = raster.getNumBands() <= 2 && !(picture.getColorModel() instanceof IndexColorModel);
        int drop = Math.max(0, raster.getSampleModel().getSampleSize(0) - 8);
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                out.setRGB(x, y, grey ? (raster.getSample(x, y, 0) >> drop) * 0x010101 : picture.getRGB(x, y));
            }
        }
        return out;
    }

    /** Turned and mirrored so that it stands upright; {@code orientation} is that of EXIF, 1 to 8. */
    private static BufferedImage turned(BufferedImage picture, int orientation) {
        if (orientation == 1) {
            return picture;
        }
        int w = picture.getWidth();
        int h = picture.getHeight();
        boolean swaps = orientation >= 5;
        BufferedImage out = new BufferedImage(swaps ? h : w, swaps ? w : h, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                int right = w - 1 - x;
                int below = h - 1 - y;
                int rgb = picture.getRGB(x, y);
                switch (orientation) {
                    case 2 -> out.setRGB(right, y, rgb);
                    case 3 -> out.setRGB(right, below, rgb);
                    case 4 -> out.setRGB(x, below, rgb);
                    case 5 -> out.setRGB(y, x, rgb);
                    case 6 -> out.setRGB(below, x, rgb);
                    case 7 -> out.setRGB(below, right, rgb);
                    default -> out.setRGB(y, right, rgb);
                }
            }
        }
        return out;
    }

    /** Bilinear; halves as often as it can first, so that no pixel is skipped. */
    Pixels scaled(int width, int height) {
        BufferedImage current = image;
        while (current.getWidth() != width || current.getHeight() != height) {
            int w = current.getWidth() < width * 2L ? width : Math.max(width, current.getWidth() / 2);
            int h = current.getHeight() < height * 2L ? height : Math.max(height, current.getHeight() / 2);
            current = draw(current, w, h);
        }
        return new Pixels(current);
    }

    private static BufferedImage draw(BufferedImage picture, int width, int height) {
        BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = out.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        g.drawImage(picture, 0, 0, width, height, null);
        g.dispose();
        return out;
    }

    /** The centre, {@code width} by {@code height}; grey of the value {@code pad} where this image is smaller. */
    Pixels centre(int width, int height, int pad) {
        BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int left = Math.floorDiv(width - width(), 2);
        int top = Math.floorDiv(height - height(), 2);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int fromX = x - left;
                int fromY = y - top;
                boolean inside = fromX >= 0 && fromX < width() && fromY >= 0 && fromY < height();
                out.setRGB(x, y, inside ? rgb(fromX, fromY) : pad * 0x010101);
            }
        }
        return new Pixels(out);
    }
}
