package dev.lathe.passes;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.analysis.Analysis;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a pass knows besides the graph, and where it tells what it does. One context serves one run of a pipeline.
 *
 * <p>What Lathe does not know of, such as facts of a machine, statistics of calibration data or a budget, comes to a
 * pass under a {@link Key}:
 *
 * {@snippet :
 * static final PassContext.Key<Long> CACHE_BYTES = PassContext.key("cache-bytes");
 *
 * PassContext context = PassContext.standard().with(CACHE_BYTES, 1L << 20); // who runs the passes
 * long bytes = context.get(CACHE_BYTES).orElse(32L << 10); // a pass
 * }
 */
public final class PassContext {
    /** Names something that passes may know. Two keys are never the same, whatever their names. */
    @SuppressWarnings("UnusedTypeParameter") // get and with read it
    public static final class Key<T> {
        private final String name;

        private Key(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** The graph as it was before it was compressed in some way. */
    public static final Key<Graph> ORIGINAL = key("original");

    /** The rewrites that are left, for all contexts that were made of one. */
    private static final class Steps {
        private long left;

        Steps(long left) {
            this.left = left;
        }
    }

    /** A key of this name, for messages. */
    public static <T> Key<T> key(String name) {
        return new Key<>(name);
    }

    private final Numerics numerics;
    private final Map<String, Shape> shapes;
    private final List<PassListener> listeners;
    private final Map<Key<?>, Object> values;
    private final Steps steps;
    /** What was asked of {@link #analyzed}. */
    private final Map<Analysis<?>, Object> answers = new HashMap<>();

    private @Nullable Graph analyzed;

    private PassContext(
            Numerics numerics,
            Map<String, Shape> shapes,
            List<PassListener> listeners,
            Map<Key<?>, Object> values,
            Steps steps) {
        this.values = Map.copyOf(values);
        this.numerics = numerics;
        this.shapes = Map.copyOf(shapes);
        this.listeners = List.copyOf(listeners);
        this.steps = steps;
    }

    /** Default numerics, no fixed shapes, no listeners, no step limit. */
    public static PassContext standard() {
        return new PassContext(Numerics.DEFAULT, Map.of(), List.of(), Map.of(), new Steps(Long.MAX_VALUE));
    }

    public PassContext withNumerics(Numerics newNumerics) {
        return new PassContext(newNumerics, shapes, listeners, values, steps);
    }

    /** Shapes to give to inputs of the graph; see {@code specialize-shapes}. */
    public PassContext withShapes(Map<String, Shape> newShapes) {
        return new PassContext(numerics, newShapes, listeners, values, steps);
    }

    public PassContext withListeners(List<? extends PassListener> newListeners) {
        return new PassContext(numerics, shapes, List.copyOf(newListeners), values, steps);
    }

    /** At most {@code limit} rewrites, over all passes together: the switch that bisects a miscompile. */
    public PassContext withStepLimit(long limit) {
        return new PassContext(numerics, shapes, listeners, values, new Steps(limit));
    }

    /** Lets passes know {@code value} under {@code key}. */
    public <T> PassContext with(Key<T> key, T value) {
        Map<Key<?>, Object> more = new HashMap<>(values);
        more.put(key, value);
        return new PassContext(numerics, shapes, listeners, more, steps);
    }

    /** What is known under {@code key}. */
    @SuppressWarnings("unchecked") // only with() adds values, and it pairs the types
    public <T> Optional<T> get(Key<T> key) {
        return Optional.ofNullable((T) values.get(key));
    }

    /** The answer to {@code analysis} of {@code graph}, which is kept until another graph is asked about. */
    @SuppressWarnings("unchecked") // the value is what the analysis gave
    public <T> T analysis(Analysis<T> analysis, Graph graph) {
        if (analyzed != graph) {
            answers.clear();
            analyzed = graph;
        }
        return (T) answers.computeIfAbsent(analysis, a -> a.of(graph));
    }

    /** What was measured for the pass that runs now. */
    public Statistics statistics() {
        return get(Statistics.KEY).orElse(Statistics.NONE);
    }

    /**
     * Measures {@code wanted} while {@code graph} runs, for {@code pass}, which knows only while it runs what it needs;
     * others say so by {@link Pass#measures}.
     *
     * @throws LatheException of the user's fault, {@code pass.data}, if there are no data
     */
    public Statistics measure(Pass pass, Graph graph, Collection<? extends Statistic<?>> wanted) {
        return get(Statistics.SOURCE)
                .orElseThrow(() -> new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "pass.data",
                                "pass " + pass.name() + " measures values on data, and there are none here",
                                "give inputs like those of practice: --data, or a Dataset"))))
                .measure(graph, wanted);
    }

    /**
     * The graph as it was before it was compressed in some way, for {@code pass}, which compares with it. Values that
     * stand for the same have the same names.
     *
     * @throws LatheException of the user's fault, {@code pass.original}, if it is not known
     */
    public Graph original(Pass pass) {
        return get(ORIGINAL)
                .orElseThrow(() -> new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "pass.original",
                                "pass " + pass.name() + " compares with the model before compression, which is not"
                                        + " known here",
                                "run it by lathe quantize --cure, or by a Compressor"))));
    }

    public Numerics numerics() {
        return numerics;
    }

    public Map<String, Shape> shapes() {
        return shapes;
    }

    List<PassListener> listeners() {
        return listeners;
    }

    /** Takes one of the steps that are left; a pass that gets {@code false} leaves the graph as it is from there on. */
    public boolean step() {
        if (steps.left <= 0) {
            return false;
        }
        steps.left--;
        return true;
    }

    /** Tells the listeners that the rule of this name replaced {@code node}. */
    public void applied(Pass pass, String rule, Node node) {
        listeners.forEach(l -> l.ruleApplied(pass, rule, node));
    }
}
