package dev.lathe.tokenizers.text;

/**
 * The 256 characters that stand for bytes in byte-level vocabularies, as GPT-2 introduced them: a printable Latin-1
 * character is its own byte, and the other bytes are U+0100 and on.
 */
public final class ByteAlphabet {
    private static final char[] CHARACTERS = new char[256];
    private static final short[] BYTES = new short[0x144];

    static {
        int next = 0x100;
        java.util.Arrays.fill(BYTES, (short) -1);
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
            CHARACTERS[b] = (char) (printable ? b : next++);
            BYTES[CHARACTERS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The character of a byte, 0 to 255. */
    public static char of(int b) {
        return CHARACTERS[b];
    }

    /** The byte of a character; -1 if it stands for none. */
    public static int toByte(int c) {
        return c < BYTES.length ? BYTES[c] : -1;
    }

    /** How many bytes UTF-8 has for a character. */
    public static int size(int c) {
        return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }

    /** The byte at {@code index} of the UTF-8 form of a character. */
    public static int utf8(int c, int index) {
        int size = size(c);
        if (size == 1) {
            return c;
        }
        int bits = c >> 6 * (size - 1 - index);
        return index == 0 ? 0xf00 >> size & 0xff | bits : 0x80 | bits & 0x3f;
    }

    /** The character of the byte at {@code index} of the UTF-8 form of a character. */
    public static char character(int c, int index) {
        return CHARACTERS[utf8(c, index)];
    }
}
