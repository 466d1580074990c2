package dev.lathe.backend.opencl;

import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.runtime.CacheFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Programs as drivers compiled them, in files: one for each source, device, driver and option. A file is a SHA-256 of
 * the rest, then the rest; what is damaged is as if it were not there. Nothing fails because a file cannot be written.
 *
 * @param folder where the files are
 */
record ProgramCache(Path folder) {
    /** Bytes of all files; the oldest go first. */
    private static final long MOST_BYTES = 256L << 20;

    private static final int DIGEST = 32;
    private static final String SUFFIX = ".clbin";

    /** The user's. */
    static ProgramCache standard() {
        return new ProgramCache(CacheFolder.root().resolve("opencl"));
    }

    private Path file(Device device, String options, String source) {
        String key =
                String.join("\0", device.platform(), device.name(), device.version(), device.driver(), options, source);
        return folder.resolve(HexFormat.of().formatHex(digest(key.getBytes(StandardCharsets.UTF_8))) + SUFFIX);
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** What a driver compiled before. */
    Optional<byte[]> find(Device device, String options, String source) {
        try {
            byte[] all = Files.readAllBytes(file(device, options, source));
            byte[] rest = all.length > DIGEST ? Arrays.copyOfRange(all, DIGEST, all.length) : new byte[0];
            boolean whole = rest.length > 0 && Arrays.equals(digest(rest), Arrays.copyOf(all, DIGEST));
            return whole ? Optional.of(rest) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Keeps what a driver compiled. */
    void keep(Device device, String options, String source, byte[] binary) {
        if (binary.length == 0) {
            return;
        }
        try {
            Files.createDirectories(folder);
            WholeFile.replace(file(device, options, source), channel -> {
                for (ByteBuffer part : List.of(ByteBuffer.wrap(digest(binary)), ByteBuffer.wrap(binary))) {
                    while (part.hasRemaining()) {
                        channel.write(part);
                    }
                }
            });
            removeOldest();
        } catch (IOException | RuntimeException e) {
            // It is compiled again next time.
        }
    }

    private void removeOldest() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(f -> f.toString().endsWith(SUFFIX))
                    .sorted(Comparator.comparingLong(f -> -f.toFile().lastModified()))
                    .toList();
        }
        long bytes = 0;
        for (Path f : files) {
            bytes += f.toFile().length();
            if (bytes > MOST_BYTES) {
                Files.deleteIfExists(f);
            }
        }
    }
}
