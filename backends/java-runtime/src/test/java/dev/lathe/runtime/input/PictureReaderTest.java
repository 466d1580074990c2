package dev.lathe.runtime.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureReaderTest {
    @TempDir
    private Path folder;

    private static PictureReader reader(PictureReader.Fit fit, int resize, int pad) {
        return new PictureReader(1, List.of(0.0), List.of(1.0), false, fit, resize, pad);
    }

    private static float[] grey(PictureReader reader, Path file, long height, long width) {
        TensorType type = TensorType.of(ElementType.F32, 1, 1, height, width);
        return reader.read(file, "x", type, s -> 1).toFloatArray();
    }

    private Path png(BufferedImage image) throws IOException {
        Path file = folder.resolve("image.png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    /** A file of 2 columns and 1 row: dark, then bright. */
    private byte[] darkBright(String format) throws IOException {
        BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 128; i++) {
            image.setRGB(i % 16, i / 16, i % 16 < 8 ? 0 : 0xffffff);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, format, out);
        return out.toByteArray();
    }

    private static byte[] tiff(int orientation) {
        return ByteBuffer.allocate(26)
                .putShort((short) 0x4d4d)
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0)
                .array();
    }

    private static boolean isDark(float v) {
        return v < 64;
    }

    /** How the EXIF standard says that an image with dark on its left is shown. */
    @ParameterizedTest
    @CsvSource({"1,left", "2,right", "3,right", "4,left", "5,top", "6,top", "7,bottom", "8,bottom"})
    void exifTurnsThePicture(int orientation, String dark) throws IOException {
        byte[] jpeg = darkBright("jpg");
        byte[] tiff = tiff(orientation);
        Path file = folder.resolve("turned.jpg");
        Files.write(
                file,
                ByteBuffer.allocate(jpeg.length + 10 + tiff.length)
                        .put(jpeg, 0, 2)
                        .putShort((short) 0xffe1)
                        .putShort((short) (8 + tiff.length))
                        .putInt(0x45786966)
                        .putShort((short) 0)
                        .put(tiff)
                        .put(jpeg, 2, jpeg.length - 2)
                        .array());
        boolean upright = dark.equals("left") || dark.equals("right");
        float[] p = grey(reader(PictureReader.Fit.STRETCH, 0, 0), file, upright ? 8 : 16, upright ? 16 : 8);
        boolean first = isDark(p[0]);
        assertThat(first).isNotEqualTo(isDark(p[p.length - 1]));
        assertThat(first).isEqualTo(dark.equals("left") || dark.equals("top"));
        assertThat(isDark(p[upright ? 15 : 7])).isEqualTo(upright ? !first : first);
    }

    @Test
    void dataThatIsCutOffTurnsNothing() {
        assertThat(Exif.orientation(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe1, 0, 40, 0x45}))
                .isEqualTo(1);
        assertThat(Exif.orientation(new byte[0])).isEqualTo(1);
    }

    @Test
    void theCentreIsCutOut() throws IOException {
        BufferedImage image = new BufferedImage(12, 4, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 16; i++) {
            image.setRGB(4 + i % 4, i / 4, 0xffffff); // the middle third
        }
        Path file = png(image);
        assertThat(grey(reader(PictureReader.Fit.CROP, 0, 0), file, 4, 4)).containsOnly(255);
        assertThat(grey(reader(PictureReader.Fit.STRETCH, 0, 0), file, 4, 4)).contains(0);
        // Of the shorter side as long as 8, a square of 4 is the centre of the middle.
        assertThat(grey(reader(PictureReader.Fit.CROP, 8, 0), file, 4, 4)).containsOnly(255);
    }

    @Test
    void barsFillTheRest() throws IOException {
        BufferedImage image = new BufferedImage(8, 4, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 32; i++) {
            image.setRGB(i % 8, i / 8, 0xffffff);
        }
        float[] p = grey(reader(PictureReader.Fit.LETTERBOX, 0, 114), png(image), 8, 8);
        for (int y = 0; y < 8; y++) {
            assertThat(p[8 * y]).as("row " + y).isEqualTo(y < 2 || y >= 6 ? 114 : 255);
        }
    }

    @Test
    void greyValuesAreTakenAsTheyAre() throws IOException {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 4; i++) {
            image.getRaster().setSample(i % 2, i / 2, 0, 100);
        }
        assertThat(grey(reader(PictureReader.Fit.STRETCH, 0, 0), png(image), 2, 2))
                .containsOnly(100);
    }

    @Test
    void transparencyIsDropped() throws IOException {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 4; i++) {
            image.setRGB(i % 2, i / 2, 0x00646464); // wholly transparent
        }
        TensorType type = TensorType.of(ElementType.U8, 1, 2, 2, 3);
        Tensor t = reader(PictureReader.Fit.STRETCH, 0, 0).read(png(image), "x", type, s -> 1);
        assertThat(t.toLongArray()).containsOnly(100);
    }
}
