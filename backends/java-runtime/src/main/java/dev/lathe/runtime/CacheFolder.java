package dev.lathe.runtime;

import java.nio.file.Path;

/** Where Lathe keeps what it can make again. */
public final class CacheFolder {
    private CacheFolder() {}

    /** {@code $XDG_CACHE_HOME/lathe} or {@code ~/.cache/lathe}, which may not be there yet. */
    public static Path root() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches =
                xdg == null || xdg.isBlank() ? Path.of(System.getProperty("user.home", "."), ".cache") : Path.of(xdg);
        return caches.resolve("lathe");
    }
}
