package dev.lathe.ir.eval;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.PixelFormat;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of image decoding: by the decoders of the JDK, which know PNG, JPEG, BMP, GIF and TIFF, and by those
 * that plug-ins on the class path add to them.
 */
public final class ImageEvaluation {
    /** Larger images are refused: a few bytes may claim to hold billions. */
    private static final long MAX_PIXELS = 1L << 27;

    private ImageEvaluation() {}

    public static Tensor decode(Tensor bytes, PixelFormat format) {
        int channels = format.channels();
        BufferedImage picture = read(bytes.data().asSlice(0, bytes.byteSize()).toArray(ValueLayout.JAVA_BYTE));
        if (picture == null) {
            return Tensor.zeros(ElementType.U8, 0, 0, channels);
        }
        int width = picture.getWidth();
        int height = picture.getHeight();
        Tensor out = Tensor.zeros(ElementType.U8, height, width, channels);
        long at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = picture.getRGB(x, y);
                int r = rgb >> 16 & 255;
                int g = rgb >> 8 & 255;
                int b = rgb & 255;
                switch (format) {
                    case RGB -> at = put(out, at, r, g, b);
                    case BGR -> at = put(out, at, b, g, r);
                    // ITU-R 601, in the fixed-point form that image libraries share.
                    case GRAYSCALE -> at = put(out, at, r * 19595 + g * 38470 + b * 7471 + 0x8000 >> 16);
                }
            }
        }
        return out;
    }

    private static long put(Tensor out, long at, int... values) {
        long next = at;
        for (int v : values) {
            out.setLong(next++, v);
        }
        return next;
    }

    private static @Nullable BufferedImage read(byte[] bytes) {
        try (ImageInputStream stream = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            return readers.hasNext() ? read(readers.next(), stream) : null;
        } catch (IOException e) {
            return null; // whatever is wrong with the bytes, they hold no image
        }
    }

    private static @Nullable BufferedImage read(ImageReader reader, ImageInputStream stream) throws IOException {
        try {
            reader.setInput(stream);
            long width = reader.getWidth(0);
            long height = reader.getHeight(0);
            return width * height > MAX_PIXELS ? tooLarge(width, height) : reader.read(0);
        } catch (InvalidOpException e) {
            throw e;
        } catch (RuntimeException e) {
            return null; // readers throw what they like
        } finally {
            reader.dispose();
        }
    }

    private static BufferedImage tooLarge(long width, long height) {
        throw new InvalidOpException(
                "an image of " + width + " × " + height + " pixels, of which at most " + MAX_PIXELS + " are decoded");
    }
}
