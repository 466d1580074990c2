package dev.lathe.backend;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.passes.Options;
import dev.lathe.passes.Pipeline;
import java.nio.file.Path;
import java.util.ArrayList;
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
     * The nodes of a graph that has gone through {@link #pipeline} which the target cannot run, those of regions
     * inside included, each judged as if the others could run.
     */
    default List<Refusal> refusals(Graph graph, CompileOptions options) {
        List<Refusal> refused = new ArrayList<>();
        for (Node n : graph.allNodes()) {
            if (supports(n) instanceof Support.No(String reason, String remedy)) {
                refused.add(new Refusal(n, reason, remedy));
            }
        }
        return refused;
    }

    /**
     * The options to compile a part of a graph with, for targets whose options speak of the inputs of the whole.
     *
     * @param part its inputs are values of {@code whole}
     */
    default CompileOptions optionsOfPart(Graph whole, Graph part, CompileOptions options) {
        return options;
    }

    /**
     * What {@link #compile} makes of such a graph, step by step, as text; empty where a target has no such plan.
     */
    default Optional<String> plan(Graph graph, CompileOptions options) {
        return Optional.empty();
    }

    /**
     * The composites of such a graph for which the target has nothing of their own, so that it runs what they expand
     * to.
     */
    default List<Node> expanded(Graph graph, CompileOptions options) {
        return List.of();
    }

    /**
     * The nodes of such a graph that the target leaves to their reference meaning, on the host, because it has no
     * kernel for them.
     */
    default List<Node> onHost(Graph graph, CompileOptions options) {
        return List.of();
    }

    /**
     * Compiles a graph that has gone through {@link #pipeline}, and of which the target {@linkplain #refusals refuses}
     * nothing.
     */
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
