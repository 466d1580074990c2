package dev.lathe.maven;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** All that the result of a compilation depends on, as one SHA-256. */
final class Fingerprint {
    private static final int CHUNK = 1 << 16;

    private final MessageDigest digest = sha256();

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    Fingerprint add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        length(bytes.length);
        digest.update(bytes);
        return this;
    }

    /** Adds the bytes of a file. */
    Fingerprint add(Path file) throws IOException {
        length(Files.size(file));
        try (InputStream in = Files.newInputStream(file)) {
            byte[] chunk = new byte[CHUNK];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                digest.update(chunk, 0, n);
            }
        }
        return this;
    }

    /** Keeps what follows one another from being taken for another division of the same bytes. */
    private void length(long n) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            digest.update((byte) (n >>> shift));
        }
    }

    /** The sum so far, in hexadecimal digits; nothing can be added afterwards. */
    String text() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
