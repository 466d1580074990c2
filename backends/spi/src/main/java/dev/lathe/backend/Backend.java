package dev.lathe.backend;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.passes.Options;
import dev.lathe.passes.Pipeline;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A target. Found by {@link java.util.ServiceLoader}; see {@link Backends}. */
public interface Backend {

    /** The name after {@code --target}. */
    String name();

    /** The options that this target alone has, a public record with their defaults; see {@link Options}. */
    default Record options() {
        return new None();
    }

    /** No options. */
    record None() {}

    /** Whether this machine can run the target; never throws. */
    Availability probe();

    /** As {@link #probe()}, where options may say where to look for what the target needs; never throws. */
    default Availability probe(CompileOptions options) {
        return probe();
    }

    /** Whether the target compiles for {@link CompileOptions#ranges}; others compile for every size. */
    default boolean readsRanges() {
        return false;
    }

    /** Begins, in the background, what a compilation will need whatever the model is; returns at once. */
    default void warmUp() {}

    /** The passes from a canonical graph to one that {@link #compile} accepts. */
    Pipeline pipeline(CompileOptions options);

    /** Whether the target can run a node of a graph that has gone through {@link #pipeline}. */
    Support supports(Node node);

    /**
     * What {@link #compile} makes of such a graph, step by step, as text; empty where a target has no such plan.
     */
    default Optional<String> plan(Graph graph, CompileOptions options) {
        return Optional.empty();
    }

    /**
     * The nodes of such a graph that the target leaves to their reference meaning, on the host, because it has no
     * kernel for them.
     */
    default List<Node> onHost(Graph graph, CompileOptions options) {
        return List.of();
    }

    /** Compiles a graph that has gone through {@link #pipeline}, all of whose nodes the target {@link #supports}. */
    Artifact compile(Graph graph, CompileOptions options);

    /** How the names of the files end that {@link Artifact#write} of this target writes. */
    default String fileEnding() {
        return ".jar";
    }

    /**
     * Opens a file that {@link Artifact#write} of this target wrote; empty if it is not one.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code artifact.corrupt} if it is one, and damaged
     */
    default Optional<Artifact> open(Path file, LoadOptions options) {
        return Optional.empty();
    }
}
