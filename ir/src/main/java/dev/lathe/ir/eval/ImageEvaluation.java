package dev.lathe.ir.eval;

import dev.lathe.ir.op.PixelFormat;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** The meaning of picture decoding: by the decoders of the JDK, which know PNG, JPEG, BMP, GIF and TIFF. */
public final class ImageEvaluation {
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
                    // ITU-R 601, in the fixed-point form that picture libraries share.
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
        try {
            return ImageIO.read(new ByteArrayInputStream(bytes));
        } catch (IOException | RuntimeException e) {
            return null; // whatever is wrong with the bytes, they hold no picture
        }
    }
}
