package dev.lathe.passes;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;

/** Sees what happens around passes; it changes nothing, but may throw to stop the pipeline. */
public interface PassListener {

    /**
     * One run of one pass.
     *
     * @param index the position in the pipeline
     * @param nanos the time spent in {@link Pass#run}
     */
    record PassRun(int index, Pass pass, Graph before, Graph after, long nanos) {
        public boolean changed() {
            return before != after;
        }
    }

    default void beforePipeline(Graph graph, Pipeline pipeline) {}

    default void beforePass(int index, Pass pass, Graph graph) {}

    default void ruleApplied(Pass pass, String rule, Node node) {}

    default void afterPass(PassRun run) {}

    /** A pass threw {@code failure}, which is thrown on after this. */
    default void passFailed(int index, Pass pass, Graph graph, Throwable failure) {}

    default void afterPipeline(Graph graph) {}
}
