package dev.lathe.compress;

import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Datum;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How long a call takes.
 *
 * @param millis the median
 * @param cpuMillis processor time of all threads, the mean
 */
record Timing(double millis, double cpuMillis, Energy energy) {
    static final Timing NONE = new Timing(0, 0, Energy.estimated(0));

    /** Rounds of each model in turn, so that what else the machine does meets all alike. */
    private static final int ROUNDS = 12;

    private static final int FEWEST = 3;
    private static final long ENOUGH_NANOS = 3_000_000_000L;

    /** Measures warm models in turns, on the first calls of the data. */
    static List<Timing> of(List<Executable> models, Dataset data) {
        int calls = Math.min(data.size(), ROUNDS);
        if (calls == 0) {
            return models.stream().map(_ -> NONE).toList();
        }
        double[][] wall = new double[models.size()][ROUNDS];
        double[] cpu = new double[models.size()];
        long[] joules = new long[models.size()];
        boolean measured = Energy.counters().isPresent();
        int rounds = 0;
        long begin = System.nanoTime();
        while (rounds < ROUNDS && (rounds < FEWEST || System.nanoTime() - begin < ENOUGH_NANOS)) {
            Map<String, ? extends Datum> sample = data.sample(rounds % calls);
            for (int m = 0; m < models.size(); m++) {
                OptionalLong before = Energy.counters();
                long cpuStart = cpuNanos();
                long start = System.nanoTime();
                models.get(m).run(sample);
                wall[m][rounds] = (System.nanoTime() - start) / 1e6;
                cpu[m] += (cpuNanos() - cpuStart) / 1e6;
                OptionalLong after = Energy.counters();
                measured &= before.isPresent() && after.isPresent() && after.getAsLong() >= before.getAsLong();
                joules[m] += measured ? after.getAsLong() - before.getAsLong() : 0;
            }
            rounds++;
        }
        List<Timing> all = new ArrayList<>();
        for (int m = 0; m < models.size(); m++) {
            double[] times = Arrays.copyOf(wall[m], rounds);
            Arrays.sort(times);
            double cpuMillis = cpu[m] / rounds;
            all.add(new Timing(
                    times[rounds / 2],
                    cpuMillis,
                    measured ? Energy.measured(joules[m], rounds) : Energy.estimated(cpuMillis)));
        }
        return all;
    }

    /** Processor time of this process; 0 where the JVM does not tell. */
    private static long cpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
                ? Math.max(0, os.getProcessCpuTime())
                : 0;
    }
}
