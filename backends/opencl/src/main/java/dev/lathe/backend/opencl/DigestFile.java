package dev.lathe.backend.opencl;

import dev.lathe.ir.tensor.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Files that are a SHA-256 of the rest, and then the rest: what is damaged is as if it were not there. */
final class DigestFile {
    private static final int DIGEST = 32;

    private DigestFile() {}

    /** A file name for a key of any text. */
    static String name(String... key) {
        return HexFormat.of().formatHex(digest(String.join("\0", key).getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** What was written; empty if there is no such file, or a damaged one. */
    static Optional<byte[]> read(Path file) {
        try {
            byte[] all = Files.readAllBytes(file);
            byte[] rest = all.length > DIGEST ? Arrays.copyOfRange(all, DIGEST, all.length) : new byte[0];
            boolean whole = rest.length > 0 && Arrays.equals(digest(rest), Arrays.copyOf(all, DIGEST));
            return whole ? Optional.of(rest) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Writes a file, which is complete or as it was before; makes its folder. */
    static void write(Path file, byte[] bytes) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        WholeFile.replace(file, channel -> {
            for (ByteBuffer part : List.of(ByteBuffer.wrap(digest(bytes)), ByteBuffer.wrap(bytes))) {
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
        });
    }
}
