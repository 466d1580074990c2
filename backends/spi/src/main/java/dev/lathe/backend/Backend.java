package dev.lathe.backend;

import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Op;
import dev.lathe.passes.Pipeline;
import java.util.Optional;

/** A target. Found by {@link java.util.ServiceLoader}; see {@link Backends}. */
public interface Backend {

    /** The name after {@code --target}. */
    String name();

    /** Whether this machine can run the target; never throws. */
    Availability probe();

    /** Begins, in the background, what a compilation will need whatever the model is; returns at once. */
    default void warmUp() {}

    /** What becomes of an op on this target. */
    Support supports(Op op);

    /** The passes from a canonical graph to one that {@link #compile} accepts. */
    Pipeline pipeline(CompileOptions options);

    /**
     * What {@link #compile} makes of such a graph, step by step, as text; empty where a target has no such plan.
     */
    default Optional<String> plan(Graph graph, CompileOptions options) {
        return Optional.empty();
    }

    /**
     * Compiles a graph that has gone through {@link #pipeline}.
     *
     * @throws dev.lathe.ir.diag.LatheException with every node that the target cannot run
     */
    Artifact compile(Graph graph, CompileOptions options);
}
