package dev.lathe.backend.opencl;

import dev.lathe.runtime.CacheFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The {@link MeasuredTiles} of devices, in files: one for each device and driver, with a line for each product. A
 * damaged file is as if nobody had measured; of two processes that write at once, one is heard.
 *
 * @param folder where the files are
 */
record TileStore(Path folder) {
    private static final String SUFFIX = ".tiles";

    /** The user's. */
    static TileStore standard() {
        return new TileStore(CacheFolder.root().resolve("opencl"));
    }

    private Path file(Device device) {
        return folder.resolve(
                DigestFile.name(device.platform(), device.name(), device.version(), device.driver()) + SUFFIX);
    }

    /** What was measured on a device with its present driver. */
    MeasuredTiles find(Device device) {
        return DigestFile.read(file(device))
                .map(b -> parse(new String(b, StandardCharsets.UTF_8)))
                .orElse(MeasuredTiles.NONE);
    }

    /**
     * Keeps what was measured, beside what is known of other products.
     *
     * @throws IOException if the file cannot be written
     */
    void keep(Device device, Map<String, RegisterTile> fastest) throws IOException {
        String text = new TreeMap<>(find(device).with(fastest).fastest())
                .entrySet().stream()
                        .map(e -> e.getValue().rows() + "\t" + e.getValue().group() + "\t" + e.getKey() + "\n")
                        .collect(Collectors.joining());
        DigestFile.write(file(device), text.getBytes(StandardCharsets.UTF_8));
    }

    /** What this version has no kernels for is left out: another one wrote it. */
    private static MeasuredTiles parse(String text) {
        Map<String, RegisterTile> tiles = new TreeMap<>();
        for (String line : text.lines().toList()) {
            String[] parts = line.split("\t", 3);
            RegisterTile.CANDIDATES.stream()
                    .filter(c -> parts.length == 3
                            && parts[0].equals(String.valueOf(c.rows()))
                            && parts[1].equals(String.valueOf(c.group())))
                    .findFirst()
                    .ifPresent(c -> tiles.put(parts[2], c));
        }
        return new MeasuredTiles(tiles);
    }
}
