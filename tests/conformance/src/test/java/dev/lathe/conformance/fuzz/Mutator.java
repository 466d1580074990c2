package dev.lathe.conformance.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Changes files at random: bits, bytes and numbers, pieces cut out, doubled, moved and taken from other files, words of
 * the format put in, and, as in protocol buffers, the variable-length integers that say what follows and how much.
 */
final class Mutator {
    private static final int[] LIMITS = {
        0, 1, 127, 128, 255, 256, 32767, 65535, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE, -1
    };

    private final Random random;
    private final List<byte[]> files;
    private final List<String> words;

    /**
     * @param files what other files pieces are taken from
     * @param words what the format is made of; empty for bytes
     */
    Mutator(Random random, List<byte[]> files, List<String> words) {
        this.random = random;
        this.files = files;
        this.words = words;
    }

    /** One of the files with a few changes. */
    byte[] next() {
        byte[] bytes = files.get(random.nextInt(files.size()));
        for (int changes = 1 + (int) Math.abs(random.nextGaussian() * 1.3); changes > 0; changes--) {
            bytes = change(bytes);
        }
        return bytes;
    }

    private byte[] change(byte[] bytes) {
        if (bytes.length == 0) {
            return piece(files.get(random.nextInt(files.size())));
        }
        int at = place(bytes);
        if (!words.isEmpty() && random.nextInt(2) == 0) {
            byte[] word = words.get(random.nextInt(words.size())).getBytes(StandardCharsets.UTF_8);
            return replaced(bytes, at, random.nextInt(3) == 0 ? random.nextInt(6) : 0, word);
        }
        return switch (random.nextInt(11)) {
            case 0 -> set(bytes, at, bytes[at] ^ 1 << random.nextInt(8));
            case 1 -> set(bytes, at, random.nextInt(256));
            case 2 -> set(bytes, at, bytes[at] + random.nextInt(5) - 2);
            case 3 -> number(bytes, at);
            case 4 -> Arrays.copyOf(bytes, at); // cut short
            case 5 -> replaced(bytes, at, 1 + random.nextInt(10), new byte[0]);
            case 6 -> replaced(bytes, at, 0, new byte[] {(byte) random.nextInt(256)});
            case 7 -> replaced(bytes, at, 0, piece(bytes)); // doubled elsewhere
            case 8 -> replaced(bytes, at, random.nextInt(40), piece(files.get(random.nextInt(files.size()))));
            default -> varint(bytes, at);
        };
    }

    /** Rather in front, where structure is, than among weights. */
    private int place(byte[] bytes) {
        return random.nextInt(random.nextInt(4) == 0 ? bytes.length : Math.min(bytes.length, 1000));
    }

    private byte[] piece(byte[] from) {
        int at = random.nextInt(from.length + 1);
        return Arrays.copyOfRange(
                from, at, Math.min(from.length, at + random.nextInt(random.nextInt(8) == 0 ? 1000 : 40)));
    }

    private static byte[] set(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static byte[] replaced(byte[] bytes, int at, int length, byte[] by) {
        int end = Math.min(bytes.length, at + length);
        byte[] changed = Arrays.copyOf(bytes, bytes.length - (end - at) + by.length);
        System.arraycopy(by, 0, changed, at, by.length);
        System.arraycopy(bytes, end, changed, at + by.length, bytes.length - end);
        return changed;
    }

    /** A number of four bytes at the end of a range. */
    private byte[] number(byte[] bytes, int at) {
        int n = LIMITS[random.nextInt(LIMITS.length)];
        byte[] four = {(byte) n, (byte) (n >> 8), (byte) (n >> 16), (byte) (n >> 24)};
        return replaced(
                bytes, at, 4, random.nextBoolean() ? four : Integer.toString(n).getBytes(StandardCharsets.US_ASCII));
    }

    /** Another field number, wire type, length or value in place of the varint at {@code at}. */
    private byte[] varint(byte[] bytes, int at) {
        int end = at;
        long old = 0;
        while (end < bytes.length && end < at + 9 && bytes[end] < 0) {
            old |= (bytes[end] & 0x7fL) << 7 * (end - at);
            end++;
        }
        if (end < bytes.length) {
            old |= (bytes[end] & 0x7fL) << 7 * (end - at);
        }
        long value = switch (random.nextInt(5)) {
            case 0 -> old ^ 8L << random.nextInt(4); // a field beside
            case 1 -> old & ~7 | random.nextInt(8); // another wire type
            case 2 -> old + random.nextInt(9) - 4;
            case 3 -> LIMITS[random.nextInt(LIMITS.length)];
            default -> random.nextLong() >>> random.nextInt(64);
        };
        byte[] varint = new byte[10];
        int n = 0;
        for (; value < 0 || value > 0x7f; value >>>= 7) {
            varint[n++] = (byte) (value | 0x80);
        }
        varint[n++] = (byte) value;
        return replaced(bytes, at, end + 1 - at, Arrays.copyOf(varint, n));
    }
}
