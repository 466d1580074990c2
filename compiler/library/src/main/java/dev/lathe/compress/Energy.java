package dev.lathe.compress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What a call takes from the socket.
 *
 * @param joules of a call
 * @param measured whether the system told, or it is an estimate
 * @param how where the number is from, in words
 */
public record Energy(double joules, boolean measured, String how) {
    /** Of a busy core of a server, its share of caches and memory included. */
    private static final double WATTS = 10;

    private static final Path COUNTERS = Path.of("/sys/class/powercap");

    /** From the processor time of a call. */
    static Energy estimated(double cpuMillis) {
        return new Energy(cpuMillis / 1000 * WATTS, false, "estimated: processor seconds x 10 W");
    }

    /** Of one call, where the counters of all packages moved by {@code microjoules} while there were {@code calls}. */
    static Energy measured(long microjoules, int calls) {
        return new Energy(microjoules / 1e6 / calls, true, "measured: RAPL counters of all packages, idle included");
    }

    /** What the counters of all processor packages show, in microjoules; empty where this process may not read them. */
    static OptionalLong counters() {
        if (!Files.isDirectory(COUNTERS)) {
            return OptionalLong.empty();
        }
        try (Stream<Path> all = Files.list(COUNTERS)) {
            // intel-rapl:0 is a package, intel-rapl:0:0 a part of it.
            List<Path> packages = all.filter(p -> p.getFileName().toString().matches("intel-rapl:\\d+"))
                    .toList();
            long sum = 0;
            for (Path p : packages) {
                sum += Long.parseLong(Files.readString(p.resolve("energy_uj")).strip());
            }
            return packages.isEmpty() ? OptionalLong.empty() : OptionalLong.of(sum);
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
