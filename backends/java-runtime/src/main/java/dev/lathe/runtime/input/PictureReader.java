package dev.lathe.runtime.input;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Reads an image as an input {@code [N, C, H, W]}, {@code [N, H, W, C]}, or one of these without {@code N}; the layout
 * is seen from where the 1 or 3 channels are. The image is turned as its EXIF data says, and brought to the input's
 * height and width as {@code fit} says. Integer inputs get the bytes; float inputs get
 * {@code (pixel * scale - mean) / std}.
 *
 * @param scale what pixels from 0 to 255 are multiplied with first
 * @param mean a number for all channels or one for each
 * @param std as {@code mean}
 * @param bgr whether blue comes first
 * @param fit what becomes of an image with another ratio of width to height
 * @param resize with {@link Fit#CROP}, the length of the shorter side before the centre is cut out; 0 for the length
 * that just fills the input
 * @param pad with {@link Fit#LETTERBOX}, the pixels of the bars
 */
public record PictureReader(
        double scale, List<Double> mean, List<Double> std, boolean bgr, Fit fit, int resize, int pad) {
    /** Convolutional models halve an image some five times, so a size of a multiple of this fits them. */
    private static final long STEP = 32;

    /** Pixels from 0 to 1, red first, stretched. */
    public static final PictureReader STANDARD =
            new PictureReader(1 / 255.0, List.of(0.0), List.of(1.0), false, Fit.STRETCH, 0, 0);

    /** How an image fills an input with another ratio of width to height. */
    public enum Fit {
        /** Each side is scaled by itself. */
        STRETCH,
        /** Scaled until the shorter side fits, and the centre cut out. */
        CROP,
        /** Scaled until the longer side fits, between two bars. */
        LETTERBOX
    }

    /**
     * @param sizes the sizes of symbols; a negative one for height or width lets the image decide
     */
    Tensor read(Path file, String input, TensorType type, ToLongFunction<String> sizes) {
        int rank = type.isRanked() ? type.rank() : 0;
        if (rank != 3 && rank != 4) {
            throw failure(
                    "input \"" + input + "\" is " + type + ", which is no image: " + file,
                    "give a tensor, for example a .npy file");
        }
        boolean channelsLast = isChannels(type.dim(-1)) && !isChannels(type.dim(-3));
        int c = channelsLast ? rank - 1 : rank - 3;
        int h = channelsLast ? rank - 3 : rank - 2;
        Pixels picture = Pixels.read(file);
        long height = size(type.dim(h), sizes, picture.height());
        long width = size(type.dim(h + 1), sizes, picture.width());
        long channels = type.dim(c).isConstant() ? type.dim(c).constant() : 3;
        if (channels != 1 && channels != 3 || height <= 0 || width <= 0 || height * width > 1 << 28) {
            throw failure(
                    "input \"" + input + "\" is " + type + ", which is no image of 1 or 3 channels: " + file,
                    "give a tensor, for example a .npy file");
        }
        Pixels fitted = fitted(picture, (int) width, (int) height);
        long[] dims = new long[rank];
        dims[0] = 1;
        dims[c] = channels;
        dims[h] = height;
        dims[h + 1] = width;
        Tensor t = Tensor.zeros(type.element(), dims);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = fitted.rgb(x, y);
                for (int k = 0; k < channels; k++) {
                    long at = channelsLast ? (y * width + x) * channels + k : (k * height + y) * width + x;
                    put(t, at, channels == 1 ? grey(rgb) : channel(rgb, bgr ? 2 - k : k), k);
                }
            }
        }
        return t;
    }

    private Pixels fitted(Pixels picture, int width, int height) {
        double across = (double) width / picture.width();
        double down = (double) height / picture.height();
        return switch (fit) {
            case STRETCH -> picture.scaled(width, height);
            case CROP -> {
                double least = (double) resize / Math.min(picture.width(), picture.height());
                double factor = Math.max(Math.max(across, down), least);
                yield scaled(picture, factor, width, height).centre(width, height, pad);
            }
            case LETTERBOX ->
                scaled(picture, Math.min(across, down), width, height).centre(width, height, pad);
        };
    }

    /** By {@code factor} in both directions; a side that is within a rounding of the wanted one is that. */
    private static Pixels scaled(Pixels picture, double factor, int width, int height) {
        return picture.scaled(side(picture.width() * factor, width), side(picture.height() * factor, height));
    }

    private static int side(double exact, int wanted) {
        return Math.abs(exact - wanted) < 0.5 ? wanted : (int) Math.max(1, Math.min(Math.round(exact), 1 << 15));
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

    static LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("input.image", what, fix));
    }
}
