package dev.lathe.profile;

import dev.lathe.backend.Roofline;
import dev.lathe.backend.Roofline.Bound;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of a call goes.
 *
 * @param model the file that was profiled
 * @param target what it ran on
 * @param threads how many threads a call may use
 * @param inputs the types of the inputs
 * @param calls how many calls were measured
 * @param medianMs milliseconds of a call, the median
 * @param outsideMs milliseconds of a call outside of its steps: inputs are taken and results handed over
 * @param roofline the best that the machine does
 * @param steps the steps in the order of the plan
 */
public record Profile(
        String model,
        String target,
        int threads,
        Map<String, String> inputs,
        int calls,
        double medianMs,
        double outsideMs,
        Roofline roofline,
        List<Step> steps) {

    /**
     * A step. Figures are of one call, in which a step may run several times, or not at all.
     *
     * @param number its place in the plan
     * @param kernel what runs it, as the generated code calls it
     * @param value the value that it is a step towards
     * @param nodes the nodes of the source model that it stands for
     * @param runs how often it runs
     * @param ms milliseconds, the median of the calls
     * @param bestMs milliseconds of the call in which it was fastest: says more where other work disturbs
     * @param share of the time of all steps
     * @param flops operations, a multiply-add counting as two; null if only a run tells them
     * @param bytes what it reads and writes, each element once; null if only a run tells it
     * @param gflopsPerSecond operations a second, in 10^9
     * @param gbPerSecond bytes a second, in 10^9
     * @param leastMs the least time that the roofline allows
     * @param bound what sets that time; null where there is neither arithmetic nor bytes
     * @param efficiency {@code leastMs / ms}
     */
    public record Step(
            int number,
            String kernel,
            String value,
            List<String> nodes,
            int runs,
            double ms,
            double bestMs,
            double share,
            @Nullable Double flops,
            @Nullable Double bytes,
            @Nullable Double gflopsPerSecond,
            @Nullable Double gbPerSecond,
            @Nullable Double leastMs,
            @Nullable Bound bound,
            @Nullable Double efficiency) {

        /** Milliseconds beyond what the roofline allows; all of them where that is not known. */
        public double lostMs() {
            return leastMs == null ? ms : Math.max(0, ms - leastMs);
        }

        /** Its place under the roofline, such as {@code 62 % of peak}; empty if that is not known. */
        public String place() {
            if (efficiency == null || bound == null) {
                return "";
            }
            return String.format(
                    Locale.ROOT,
                    "%.0f %% of %s",
                    100 * efficiency,
                    switch (bound) {
                        case ARITHMETIC -> "peak";
                        case CACHE -> "cache bandwidth";
                        case MEMORY -> "memory bandwidth";
                    });
        }
    }

    /**
     * All steps that one kernel runs.
     *
     * @param kernel its name, without what follows it as epilogue
     * @param steps how many there are
     * @param ms milliseconds of a call
     * @param share of the time of all steps
     * @param lostMs milliseconds beyond what the roofline allows
     */
    public record Kernel(String kernel, int steps, double ms, double share, double lostMs) {}

    /** The steps that lose most time first. */
    public List<Step> byLoss() {
        return steps.stream()
                .sorted(Comparator.comparingDouble(Step::lostMs).reversed().thenComparingInt(Step::number))
                .toList();
    }

    /** The kernels that lose most time first. */
    public List<Kernel> kernels() {
        Map<String, Kernel> all = new LinkedHashMap<>();
        for (Step s : steps) {
            String name = s.kernel().split(" \\+ ", 2)[0];
            all.merge(
                    name,
                    new Kernel(name, 1, s.ms(), s.share(), s.lostMs()),
                    (a, b) -> new Kernel(name, a.steps + b.steps, a.ms + b.ms, a.share + b.share, a.lostMs + b.lostMs));
        }
        List<Kernel> sorted = new ArrayList<>(all.values());
        sorted.sort(Comparator.comparingDouble(Kernel::lostMs).reversed().thenComparing(Kernel::kernel));
        return sorted;
    }

    /** Milliseconds of all steps. */
    public double stepsMs() {
        return steps.stream().mapToDouble(Step::ms).sum();
    }

    /** Operations of a call, as far as they are known. */
    public double flops() {
        return steps.stream()
                .mapToDouble(s -> s.flops() == null ? 0 : s.flops())
                .sum();
    }

    /** The least milliseconds that the roofline allows for the steps whose costs are known. */
    public double leastMs() {
        return steps.stream()
                .mapToDouble(s -> s.leastMs() == null ? 0 : s.leastMs())
                .sum();
    }
}
