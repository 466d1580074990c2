package dev.lathe.profile;

import dev.lathe.ir.StepTimes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Adds up, for each call, how long each step took and how often it ran. */
final class StepRecorder implements StepTimes {
    private final long[] nanos;
    private final int[] runs;
    private final List<long[]> allNanos = new ArrayList<>();
    private final List<int[]> allRuns = new ArrayList<>();

    StepRecorder(int steps) {
        nanos = new long[steps];
        runs = new int[steps];
    }

    @Override
    public void took(int step, long time) {
        nanos[step] += time;
        runs[step]++;
    }

    /** Ends a call, which is kept or not. */
    void endCall(boolean keeps) {
        if (keeps) {
            allNanos.add(nanos.clone());
            allRuns.add(runs.clone());
        }
        Arrays.fill(nanos, 0);
        Arrays.fill(runs, 0);
    }

    /** The calls that were kept. */
    int calls() {
        return allNanos.size();
    }

    /** The milliseconds of a step a call, all its runs together: the median of the calls. */
    double millis(int step) {
        return median(allNanos.stream().mapToDouble(n -> n[step] / 1e6).toArray());
    }

    /** As {@link #millis}, of the call in which it was fastest. */
    double bestMillis(int step) {
        return allNanos.stream().mapToDouble(n -> n[step] / 1e6).min().orElse(0);
    }

    /** The milliseconds of all steps of a call. */
    double millisOfCall(int call) {
        return Arrays.stream(allNanos.get(call)).sum() / 1e6;
    }

    /** How often a step runs in a call: the median of the calls. */
    int runs(int step) {
        return (int) median(allRuns.stream().mapToDouble(r -> r[step]).toArray());
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    }
}
