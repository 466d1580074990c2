package dev.lathe.backend.opencl;

import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The time that each kernel of a model took on its device, over all calls. */
final class Profile {
    private record Row(String kernel, String nodes, long runs, long nanos) {}

    private final String device;
    private final Map<Launch, Row> rows = new IdentityHashMap<>();
    private long calls;

    Profile(String device) {
        this.device = device;
    }

    synchronized void call() {
        calls++;
    }

    /** Adds a run of a kernel for a node. */
    synchronized void add(Launch l, String node, long nanos) {
        rows.merge(
                l,
                new Row(l.kernel(), node, 1, nanos),
                (a, b) -> new Row(a.kernel, a.nodes, a.runs + b.runs, a.nanos + b.nanos));
    }

    /** The launches that took longest first; a line each. */
    @Override
    public synchronized String toString() {
        long total = rows.values().stream().mapToLong(Row::nanos).sum();
        List<Row> sorted = rows.values().stream()
                .sorted(Comparator.comparingLong((Row r) -> -r.nanos).thenComparing(Row::kernel))
                .toList();
        StringBuilder s = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: %d calls, %.3f ms in kernels a call%n",
                device,
                calls,
                total / 1e6 / Math.max(1, calls)));
        for (Row r : sorted) {
            s.append(String.format(
                    Locale.ROOT,
                    "  %5.1f %% %10.3f ms  %6d runs  %s  %s%n",
                    100.0 * r.nanos / Math.max(1, total),
                    r.nanos / 1e6,
                    r.runs,
                    r.kernel,
                    r.nodes));
        }
        return s.toString();
    }
}
