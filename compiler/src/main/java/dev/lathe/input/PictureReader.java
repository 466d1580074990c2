package dev.lathe.input;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Reads a picture as an input {@code [N, C, H, W]}, {@code [N, H, W, C]}, or one of these without {@code N}; the layout is seen from where the 1 or 3 channels are. The picture is
 * resized to the input's height and width. Integer inputs get the bytes; float inputs get {@code (pixel * scale - mean) / std}.
 *
 * @param scale what pixels from 0 to 255 are multiplied with first
 * @param mean a number for all channels or one for each
 * @param std as {@code mean}
 * @param bgr whether blue comes first
 */
public record PictureReader(double scale, List<Double> mean, List<Double> std, boolean bgr) {
    /** Convolutional models halve a picture some five times, so a size of a multiple of this fits them. */
    private static final long STEP = 32;

    /** Pixels from 0 to 1, red first. */
    public static final PictureReader STANDARD = new PictureReader(1 / 255.0, List.of(0.0), List.of(1.0), false);

    static {
        System.setProperty("java.awt.headless", "true");
    }

    /**
     * @param sizes the sizes of symbols; a negative one for height or width lets the picture decide
     */
    Tensor read(Path file, String input, TensorType type, ToLongFunction<String> sizes) {
        int rank = type.isRanked() ? type.rank() : 0;
        if (rank != 3 && rank != 4) {
            throw failure(
                    "input \"" + input + "\" is " + type + ", which is no picture: " + file,
                    "give a tensor, for example a .npy file");
        }
        boolean channelsLast = isChannels(type.dim(-1)) && !isChannels(type.dim(-3));
        int c = channelsLast ? rank - 1 : rank - 3;
        int h = channelsLast ? rank - 3 : rank - 2;
        BufferedImage picture = load(file);
        long height = size(type.dim(h), sizes, picture.getHeight());
        long width = size(type.dim(h + 1), sizes, picture.getWidth());
        long channels = type.dim(c).isConstant() ? type.dim(c).constant() : 3;
        if (channels != 1 && channels != 3 || height <= 0 || width <= 0 || height * width > 1 << 28) {
            throw failure(
                    "input \"" + input + "\" is " + type + ", which is no picture of 1 or 3 channels: " + file,
                    "give a tensor, for example a .npy file");
        }
        BufferedImage resized = resize(picture, (int) width, (int) height);
        long[] dims = new long[rank];
        dims[0] = 1;
        dims[c] = channels;
        dims[h] = height;
        dims[h + 1] = width;
        Tensor t = Tensor.zeros(type.element(), dims);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = resized.getRGB(x, y);
                for (int k = 0; k < channels; k++) {
                    long at = channelsLast ? (y * width + x) * channels + k : (k * height + y) * width + x;
                    put(t, at, channels == 1 ? grey(rgb) : channel(rgb, bgr ? 2 - k : k), k);
                }
            }
        }
        return t;
    }

    private static boolean isChannels(Dim dim) {
        return dim.isConstant(1) || dim.isConstant(3);
    }

    private void put(Tensor t, long at, double pixel, int channel) {
        if (t.element().isFloat()) {
            t.setDouble(at, (pixel * scale - of(mean, channel)) / of(std, channel));
        } else {
            t.setLong(at, Math.round(pixel));
        }
    }

    private static double of(List<Double> values, int channel) {
        return values.get(Math.min(channel, values.size() - 1));
    }

    private static double channel(int rgb, int k) {
        return rgb >> (16 - 8 * k) & 0xff;
    }

    /** Luma by ITU-R BT.601. */
    private static double grey(int rgb) {
        return 0.299 * channel(rgb, 0) + 0.587 * channel(rgb, 1) + 0.114 * channel(rgb, 2);
    }

    private static long size(Dim dim, ToLongFunction<String> sizes, int own) {
        long size = dim.isSymbol() ? sizes.applyAsLong(dim.symbolName()) : dim.evaluate(sizes);
        return size >= 0 ? size : Math.max(STEP, Math.round((double) own / STEP) * STEP);
    }

    private static BufferedImage load(Path file) {
        if (!Files.isRegularFile(file)) {
            throw failure("there is no file " + file, "check the path");
        }
        @Nullable BufferedImage picture;
        try {
            picture = ImageIO.read(file.toFile());
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw failure(file + " cannot be read as a picture: " + e.getMessage(), "check the path and the file");
        }
        if (picture == null) {
            throw failure(file + " holds no picture in a known format", "give a PNG, JPEG, BMP or GIF file");
        }
        return picture;
    }

    /** Bilinear; halves as often as it can first, so that no pixel is skipped. */
    private static BufferedImage resize(BufferedImage picture, int width, int height) {
        BufferedImage current = picture;
        while (current.getWidth() != width || current.getHeight() != height) {
            int w = Math.max(width, current.getWidth() / 2);
            int h = Math.max(height, current.getHeight() / 2);
            if (current.getWidth() < width * 2) {
                w = width;
            }
            if (current.getHeight() < height * 2) {
                h = height;
            }
            current = draw(current, w, h);
        }
        return current == picture ? draw(picture, width, height) : current;
    }

    private static BufferedImage draw(BufferedImage picture, int width, int height) {
        BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = out.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        g.drawImage(picture, 0, 0, width, height, null);
        g.dispose();
        return out;
    }

    private static LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("input.picture", what, fix));
    }
}
