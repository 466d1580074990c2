package dev.lathe.profile;

import dev.lathe.Model;
import dev.lathe.backend.Progress;
import dev.lathe.backend.Roofline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.FmaPeak;
import dev.lathe.runtime.Machine;
import dev.lathe.runtime.MemoryBandwidth;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Times the steps of a model, on any target that tells of them. A model needs no preparation for that: steps say when
 * they begin, and nobody listens else.
 */
public final class Profiler {
    private static final int MIN_CALLS = 5;
    /** Calls whose steps are kept; more would not change a median. */
    private static final int MOST_CALLS = 10_000;

    private final String name;
    private final Model model;
    private final Function<Executable, Function<String, InputRole>> roles;
    private final Map<String, Shape> shapes;
    private final int threads;
    private final long seed;
    private final Progress progress;

    /**
     * Of one model.
     *
     * @param name what the profile calls it
     * @param roles what its inputs mean, by name
     * @param shapes shapes that fix symbolic dimensions of its inputs
     * @param threads how many threads it was loaded for; 0 for one per processor
     * @param seed equal seeds give equal inputs
     */
    public Profiler(
            String name,
            Model model,
            Function<Executable, Function<String, InputRole>> roles,
            Map<String, Shape> shapes,
            int threads,
            long seed,
            Progress progress) {
        this.name = name;
        this.model = model;
        this.roles = roles;
        this.shapes = shapes;
        this.threads = threads == 0 ? Machine.processors() : Math.min(threads, Machine.processors());
        this.seed = seed;
        this.progress = progress;
    }

    /**
     * Runs the model for about {@code warmUp} and then {@code seconds} seconds.
     *
     * @throws LatheException {@code target.no-steps} if its target tells of no steps
     */
    public Profile run(double warmUp, double seconds) {
        List<ModelStep> steps = model.steps();
        if (steps.isEmpty()) {
            throw new LatheException(Diagnostic.error(
                    "target.no-steps",
                    name + " has no steps that target " + model.target() + " could time",
                    "`lathe bench` times whole calls; a jar of another version must be compiled again"));
        }
        StepRecorder recorder = new StepRecorder(steps.size());
        progress.report("load", 0, 0);
        try (Executable executable = model.load(recorder)) {
            RandomCalls calls = new RandomCalls(executable, roles.apply(executable), shapes, seed);
            Runnable body = calls.first();
            progress.report("warm up", 0, 0);
            RandomCalls.measure(body, warmUp, 1);
            recorder.endCall(false);
            progress.report("measure", 0, 0);
            double[] times = RandomCalls.measure(
                    () -> {
                        body.run();
                        recorder.endCall(recorder.calls() < MOST_CALLS);
                    },
                    seconds,
                    MIN_CALLS);
            progress.report("roofline", 0, 0);
            Roofline roofline = roofline(threads);
            Map<String, Long> sizes = InputCheck.bind(executable.inputs(), calls.inputs());
            double[] outside = new double[recorder.calls()];
            for (int i = 0; i < outside.length; i++) {
                outside[i] = Math.max(0, times[i] - recorder.millisOfCall(i));
            }
            return new Profile(
                    name,
                    model.target(),
                    threads,
                    calls.types(),
                    times.length,
                    StepRecorder.median(times),
                    StepRecorder.median(outside),
                    roofline,
                    rows(steps, recorder, sizes, roofline));
        }
    }

    /** The best that this machine does on so many threads, measured in about a second; nothing else should run. */
    public static Roofline roofline(int threads) {
        return new Roofline(
                FmaPeak.measure(threads),
                MemoryBandwidth.measure(threads).stream()
                        .map(r -> new Roofline.Bandwidth(r.bytes(), r.bytesPerSecond()))
                        .toList());
    }

    /** The rows of a profile. */
    static List<Profile.Step> rows(
            List<ModelStep> steps, StepRecorder recorder, Map<String, Long> sizes, Roofline roofline) {
        double all = 0;
        double allWeights = 0;
        for (int i = 0; i < steps.size(); i++) {
            all += recorder.millis(i);
            allWeights += steps.get(i).weightBytes();
        }
        List<Profile.Step> rows = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            ModelStep step = steps.get(i);
            double ms = recorder.millis(i);
            int runs = recorder.runs(i);
            Double flops = value(step.flops(), sizes);
            Double bytes = value(step.bytes(), sizes);
            boolean ran = ms > 0 && runs > 0;
            Roofline.Least least = flops == null || bytes == null || flops + bytes == 0
                    ? null
                    : roofline.least(flops, bytes, Math.min(bytes, step.weightBytes()), allWeights);
            Double leastMs = least == null ? null : Double.valueOf(least.seconds() * runs * 1e3);
            rows.add(new Profile.Step(
                    i,
                    step.kernel(),
                    step.value(),
                    step.nodes(),
                    runs,
                    ms,
                    recorder.bestMillis(i),
                    all == 0 ? 0 : ms / all,
                    flops == null ? null : Double.valueOf(flops * runs),
                    bytes == null ? null : Double.valueOf(bytes * runs),
                    flops == null || !ran ? null : Double.valueOf(flops * runs / ms / 1e6),
                    bytes == null || !ran ? null : Double.valueOf(bytes * runs / ms / 1e6),
                    leastMs,
                    least == null ? null : least.bound(),
                    leastMs == null || !ran ? null : Double.valueOf(leastMs / ms)));
        }
        return rows;
    }

    /** The value of an expression; null if it is not known, or depends on what only a run tells. */
    private static @Nullable Double value(Optional<Dim> expression, Map<String, Long> sizes) {
        if (expression.isEmpty()) {
            return null;
        }
        Set<String> symbols = new HashSet<>();
        expression.get().collectSymbols(symbols);
        if (!sizes.keySet().containsAll(symbols)) {
            return null;
        }
        try {
            return (double) Math.max(0, expression.get().evaluate(s -> sizes.getOrDefault(s, 0L)));
        } catch (ArithmeticException e) {
            return null; // more than can be counted
        }
    }
}
