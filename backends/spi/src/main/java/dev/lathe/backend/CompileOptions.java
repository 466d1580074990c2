package dev.lathe.backend;

import dev.lathe.ir.InputRole;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassListener;
import dev.lathe.passes.Pipeline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How to compile. Immutable; made by {@link #builder}.
 *
 * @param target the name of the backend
 * @param level how much to optimize
 * @param passes the passes to run instead of the canonical pipeline of {@code level}, if given
 * @param shapes shapes that fix symbolic dimensions, by input name
 * @param ranges the sizes that symbolic dimensions will have, by the name of the symbol, for targets that {@linkplain
 * Backend#readsRanges read} them
 * @param roles what the inputs mean, by name, as far as the model as it was read tells; a compiled model tells it
 * again
 * @param independentDims whether dimensions of inputs that share a name may differ
 * @param threads the number of threads of an execution; 0 for the number of processors
 * @param maxConcurrentCalls how many calls of an executable run at a time, each in memory of its own, while others
 * wait; 0 for the number of processors, but at least two
 * @param numerics how far results may move
 * @param name what generated code calls the model; empty for the name of its file or graph
 * @param targetOptions the options that the target alone has, such as a {@code JavaOptions}; see {@link
 * Backend#options}
 * @param allowFallback whether target java runs what the target cannot
 * @param stepLimit the number of rewrites after which passes stop
 * @param listeners see the passes run
 * @param progress hears how far the work is
 */
public record CompileOptions(
        String target,
        OptimizationLevel level,
        Optional<Pipeline> passes,
        Map<String, Shape> shapes,
        Map<String, SizeRange> ranges,
        Map<String, InputRole> roles,
        boolean independentDims,
        int threads,
        int maxConcurrentCalls,
        Numerics numerics,
        String name,
        Optional<Record> targetOptions,
        boolean allowFallback,
        long stepLimit,
        List<PassListener> listeners,
        Progress progress) {

    public CompileOptions {
        shapes = Map.copyOf(shapes);
        ranges = Map.copyOf(ranges);
        roles = Map.copyOf(roles);
        listeners = List.copyOf(listeners);
    }

    /** The Java backend, {@code -O2}, everything else as the model says. */
    public static CompileOptions standard() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts from these options. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.target = target;
        b.level = level;
        b.passes = passes;
        b.shapes.putAll(shapes);
        b.ranges.putAll(ranges);
        b.roles.putAll(roles);
        b.independentDims = independentDims;
        b.threads = threads;
        b.maxConcurrentCalls = maxConcurrentCalls;
        b.numerics = numerics;
        b.name = name;
        b.targetOptions = targetOptions;
        b.allowFallback = allowFallback;
        b.stepLimit = stepLimit;
        b.listeners.addAll(listeners);
        b.progress = progress;
        return b;
    }

    /**
     * The options of one target.
     *
     * @param defaults what holds where none are given
     * @throws LatheException {@code usage.option} if they are those of another target
     */
    public <T extends Record> T targetOptions(T defaults) {
        if (targetOptions.isEmpty()) {
            return defaults;
        }
        Record given = targetOptions.get();
        if (!defaults.getClass().isInstance(given)) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.option",
                            "target " + target + " takes no options of type "
                                    + given.getClass().getSimpleName(),
                            "give it a " + defaults.getClass().getSimpleName() + ", or name another target")));
        }
        @SuppressWarnings("unchecked") // it is of the class of the defaults
        T own = (T) given;
        return own;
    }

    /** The context in which passes run under these options. */
    public PassContext passContext() {
        return PassContext.standard()
                .withNumerics(numerics)
                .withShapes(shapes)
                .withStepLimit(stepLimit)
                .withListeners(listeners);
    }

    /** Collects options; what is not set keeps its default. */
    public static final class Builder {
        private String target = "java";
        private OptimizationLevel level = OptimizationLevel.O2;
        private Optional<Pipeline> passes = Optional.empty();
        private final Map<String, Shape> shapes = new LinkedHashMap<>();
        private final Map<String, SizeRange> ranges = new LinkedHashMap<>();
        private final Map<String, InputRole> roles = new LinkedHashMap<>();
        private boolean independentDims;
        private int threads;
        private int maxConcurrentCalls;
        private Numerics numerics = Numerics.DEFAULT;
        private String name = "";
        private Optional<Record> targetOptions = Optional.empty();
        private boolean allowFallback;
        private long stepLimit = Long.MAX_VALUE;
        private final List<PassListener> listeners = new ArrayList<>();
        private Progress progress = Progress.NONE;

        private Builder() {}

        public Builder target(String name) {
            this.target = name;
            return this;
        }

        public Builder level(OptimizationLevel newLevel) {
            this.level = newLevel;
            return this;
        }

        /** Passes to run instead of the canonical pipeline. */
        public Builder passes(Pipeline pipeline) {
            this.passes = Optional.of(pipeline);
            return this;
        }

        /** Fixes the shape of an input. */
        public Builder shape(String input, Shape shape) {
            shapes.put(input, shape);
            return this;
        }

        /** The sizes that a symbolic dimension of inputs will have. */
        public Builder range(String symbol, SizeRange range) {
            ranges.put(symbol, range);
            return this;
        }

        /** Forgets the ranges of sizes. */
        public Builder clearRanges() {
            ranges.clear();
            return this;
        }

        /** What the inputs mean, by name. */
        public Builder roles(Map<String, InputRole> all) {
            roles.putAll(all);
            return this;
        }

        /** Lets dimensions of inputs that share a name differ: for models whose names say more than is true. */
        public Builder independentDims(boolean independent) {
            this.independentDims = independent;
            return this;
        }

        public Builder threads(int count) {
            if (count < 0) {
                throw new IllegalArgumentException(count + " threads");
            }
            this.threads = count;
            return this;
        }

        /** At least 1; 0 for the default. */
        public Builder maxConcurrentCalls(int most) {
            if (most < 0) {
                throw new IllegalArgumentException(most + " concurrent calls");
            }
            this.maxConcurrentCalls = most;
            return this;
        }

        public Builder numerics(Numerics newNumerics) {
            this.numerics = newNumerics;
            return this;
        }

        /** What generated code calls the model. */
        public Builder name(String newName) {
            this.name = newName;
            return this;
        }

        /** The options that the target alone has. */
        public Builder targetOptions(Record options) {
            this.targetOptions = Optional.of(options);
            return this;
        }

        /** Lets target java run what the target cannot. */
        public Builder allowFallback(boolean allow) {
            this.allowFallback = allow;
            return this;
        }

        public Builder stepLimit(long limit) {
            this.stepLimit = limit;
            return this;
        }

        public Builder listener(PassListener listener) {
            listeners.add(listener);
            return this;
        }

        public Builder progress(Progress hearer) {
            this.progress = hearer;
            return this;
        }

        public CompileOptions build() {
            return new CompileOptions(
                    target,
                    level,
                    passes,
                    shapes,
                    ranges,
                    roles,
                    independentDims,
                    threads,
                    maxConcurrentCalls,
                    numerics,
                    name,
                    targetOptions,
                    allowFallback,
                    stepLimit,
                    listeners,
                    progress);
        }
    }
}
