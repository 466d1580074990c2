package dev.lathe.passes;

import dev.lathe.ir.Graph;
import java.util.List;

/**
 * A transformation of a graph. A pass is stateless; one that has options is a record whose components are the options,
 * described by {@link Option}, and whose constructor without parameters gives their defaults:
 *
 * {@snippet :
 * public record Scale(@Option("the factor") double by) implements Pass {
 *     public Scale() {
 *         this(2);
 *     }
 *     ...
 * }
 * }
 *
 * <p>Timing, verification, printing and the like are {@link PassListener}s around {@link #run}, which
 * {@link PassManager} calls.
 */
public interface Pass {

    /** The name in pipelines: lower case, words joined by hyphens. */
    String name();

    /** What the pass does, in one line. */
    String description();

    /** The transformed graph, or {@code graph} itself if there was nothing to do. */
    Graph run(Graph graph, PassContext context);

    /**
     * Whether results may move further than another order of rounding moves them, as compression does. Who runs such
     * a pass measures what it loses.
     */
    default boolean isLossy() {
        return false;
    }

    /**
     * What must be measured of the graph on data before this pass runs; the pass finds it in {@link
     * PassContext#statistics}. Where there are no data, a pass that measures something does not run.
     */
    default List<? extends Statistic<?>> measures(Graph graph) {
        return List.of();
    }

    /** What a graph must be for this pass; checked before it runs. */
    default Stage requires() {
        return Stage.IMPORTED;
    }

    /** The passes that must have run before, where they run at all. */
    default List<After> after() {
        return List.of();
    }

    /** An order constraint. The reason is what breaks, or is missed, in the other order. */
    record After(Class<? extends Pass> pass, String reason) {}

    static After after(Class<? extends Pass> pass, String reason) {
        return new After(pass, reason);
    }
}
