package dev.lathe.ir.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.PixelFormat;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ImageEvaluationTest {
    private static Tensor bytes(byte[] bytes) {
        return Tensor.of(ElementType.U8, new long[] {bytes.length}, MemorySegment.ofArray(bytes));
    }

    private static byte[] picture(String format) throws IOException {
        BufferedImage picture = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        picture.setRGB(1, 0, 0x102030);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(picture, format, out);
        return out.toByteArray();
    }

    @Test
    void pixelsComeRowByRow() throws IOException {
        Tensor rgb = ImageEvaluation.decode(bytes(picture("bmp")), PixelFormat.RGB);
        assertThat(rgb.dims()).containsExactly(1, 2, 3);
        assertThat(rgb.toLongArray()).containsExactly(0, 0, 0, 0x10, 0x20, 0x30);
    }

    @Test
    void whatIsNoPictureIsEmpty() throws IOException {
        byte[] cut = Arrays.copyOf(picture("bmp"), 30);
        for (byte[] none : new byte[][] {{}, {1, 2, 3}, cut}) {
            assertThat(ImageEvaluation.decode(bytes(none), PixelFormat.GRAYSCALE)
                            .dims())
                    .containsExactly(0, 0, 1);
        }
    }

    @Test
    void aPictureThatClaimsToBeHugeIsRefused() throws IOException {
        byte[] huge = picture("png");
        Arrays.fill(huge, 18, 20, (byte) 0xff); // the width
        Arrays.fill(huge, 22, 24, (byte) 0xff); // the height
        assertThatThrownBy(() -> ImageEvaluation.decode(bytes(huge), PixelFormat.RGB))
                .isInstanceOf(InvalidOpException.class)
                .hasMessageContaining("65535 × 65535 pixels");
    }
}
