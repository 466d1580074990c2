package dev.lathe.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads one file out of a tar stream: POSIX ustar headers of 512 bytes, which is what npm writes. */
final class TarReader {
    private static final int BLOCK = 512;

    private TarReader() {}

    /** Copies the regular file {@code entry} to {@code to}; false if the stream has no such file. */
    static boolean copy(InputStream tar, String entry, Path to) throws IOException {
        byte[] header = new byte[BLOCK];
        while (tar.readNBytes(header, 0, BLOCK) == BLOCK && header[0] != 0) {
            long size = octal(header, 124, 12);
            byte type = header[156];
            if ((type == '0' || type == 0) && name(header).equals(entry)) {
                try (var out = Files.newOutputStream(to)) {
                    byte[] buffer = new byte[1 << 16];
                    for (long left = size; left > 0; ) {
                        int n = tar.read(buffer, 0, (int) Math.min(buffer.length, left));
                        if (n < 0) {
                            throw new IOException("the archive ends inside " + entry);
                        }
                        out.write(buffer, 0, n);
                        left -= n;
                    }
                }
                return true;
            }
            tar.skipNBytes(Math.ceilDiv(size, (long) BLOCK) * BLOCK);
        }
        return false;
    }

    private static String name(byte[] header) {
        String prefix = text(header, 345, 155);
        return (prefix.isEmpty() ? "" : prefix + "/") + text(header, 0, 100);
    }

    private static String text(byte[] header, int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.UTF_8);
    }

    private static long octal(byte[] header, int from, int length) throws IOException {
        long value = 0;
        for (char c : text(header, from, length).strip().toCharArray()) {
            if (c < '0' || c > '7') {
                throw new IOException("not a tar archive");
            }
            value = value << 3 | c - '0';
        }
        return value;
    }
}
