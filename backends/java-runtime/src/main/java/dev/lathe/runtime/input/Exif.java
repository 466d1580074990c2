package dev.lathe.runtime.input;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a camera held the image: the tag {@code Orientation} of EXIF 2.3, in a JPEG file's segment APP1 or a PNG
 * file's chunk {@code eXIf}.
 */
final class Exif {
    private static final int UPRIGHT = 1;
    private static final int ORIENTATION = 0x0112;
    private static final int APP1 = 0xffe1;
    private static final int START_OF_SCAN = 0xffda;

    private Exif() {}

    /** From 1, upright, to 8; 1 where the file does not say. */
    static int orientation(byte[] file) {
        try {
            ByteBuffer in = ByteBuffer.wrap(file);
            return in.getShort(0) == (short) 0xffd8 ? jpeg(in) : in.getInt(0) == 0x89504e47 ? png(in) : UPRIGHT;
        } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
            return UPRIGHT; // a part that is cut off; the image itself could be read
        }
    }

    private static int jpeg(ByteBuffer in) {
        for (int at = 2; ; ) {
            int marker = in.getShort(at) & 0xffff;
            if (marker < 0xff00 || marker == START_OF_SCAN) {
                return UPRIGHT;
            }
            int length = in.getShort(at + 2) & 0xffff;
            if (marker == APP1 && in.getInt(at + 4) == 0x45786966) { // "Exif", then two zeros
                return tiff(in.slice(at + 10, length - 8));
            }
            at += 2 + length;
        }
    }

    private static int png(ByteBuffer in) {
        for (int at = 8; at < in.limit(); ) {
            int length = in.getInt(at);
            if (length < 0) {
                return UPRIGHT;
            }
            if (in.getInt(at + 4) == 0x65584966) { // "eXIf"
                return tiff(in.slice(at + 8, length));
            }
            at = Math.addExact(Math.addExact(at, length), 12);
        }
        return UPRIGHT;
    }

    /** The tag in the first directory of TIFF data. */
    private static int tiff(ByteBuffer in) {
        in.order(in.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = in.getInt(4);
        int entries = in.getShort(directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + 12 * i;
            if ((in.getShort(entry) & 0xffff) == ORIENTATION) {
                int value = in.getShort(entry + 8) & 0xffff;
                return value >= 1 && value <= 8 ? value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }
}
