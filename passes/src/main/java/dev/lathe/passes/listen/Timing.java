package dev.lathe.passes.listen;

import dev.lathe.passes.PassListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Adds up the time of each pass. */
public final class Timing implements PassListener {
    private final List<PassRun> runs = new ArrayList<>();

    @Override
    public void afterPass(PassRun run) {
        runs.add(run);
    }

    public long totalNanos() {
        return runs.stream().mapToLong(PassRun::nanos).sum();
    }

    /** One line a run, in order, then the total. */
    public String report() {
        StringBuilder s = new StringBuilder();
        for (PassRun run : runs) {
            s.append(String.format(
                    Locale.ROOT,
                    "%8.2f ms  %-24s %5d -> %d nodes%n",
                    run.nanos() / 1e6,
                    run.pass().name(),
                    run.before().allNodes().size(),
                    run.after().allNodes().size()));
        }
        return s.append(String.format(Locale.ROOT, "%8.2f ms  total%n", totalNanos() / 1e6))
                .toString();
    }
}
