package dev.lathe.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What this process uses. */
public final class Resources {
    private static final int RUNS = 3;

    private Resources() {}

    /** The most memory that this process has had so far, in bytes; null where the system does not tell. */
    public static @Nullable Double peakResidentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
            return null;
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Bytes of Java heap that the calling thread allocates for one run of {@code body}; null where the JVM does not
     * tell.
     */
    public static @Nullable Double allocatedBy(Runnable body) {
        if (!(ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads)
                || !threads.isThreadAllocatedMemorySupported()) {
            return null;
        }
        threads.getCurrentThreadAllocatedBytes();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < RUNS; i++) {
            body.run();
        }
        return (double) (threads.getCurrentThreadAllocatedBytes() - before) / RUNS;
    }
}
