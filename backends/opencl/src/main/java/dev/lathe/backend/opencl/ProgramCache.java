package dev.lathe.backend.opencl;

import dev.lathe.runtime.CacheFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Programs as drivers compiled them, in files: one for each source, device, driver and option. What is
 * damaged is as if it were not there. Nothing fails because a file cannot be written.
 *
 * @param folder where the files are
 */
record ProgramCache(Path folder) {
    /** Bytes of all files; the oldest go first. */
    private static final long MOST_BYTES = 256L << 20;

    private static final String SUFFIX = ".clbin";

    /** The user's. */
    static ProgramCache standard() {
        return new ProgramCache(CacheFolder.root().resolve("opencl"));
    }

    private Path file(Device device, String options, String source) {
        return folder.resolve(
                DigestFile.name(device.platform(), device.name(), device.version(), device.driver(), options, source)
                        + SUFFIX);
    }

    /** What a driver compiled before. */
    Optional<byte[]> find(Device device, String options, String source) {
        return DigestFile.read(file(device, options, source));
    }

    /** Keeps what a driver compiled. */
    void keep(Device device, String options, String source, byte[] binary) {
        if (binary.length == 0) {
            return;
        }
        try {
            DigestFile.write(file(device, options, source), binary);
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
