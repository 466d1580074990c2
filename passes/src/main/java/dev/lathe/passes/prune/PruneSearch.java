package dev.lathe.passes.prune;

import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;

/** Finds how much must be removed so that a graph has the share less of something that was asked for. */
final class PruneSearch {
    /** How far a share may be from the one that was asked for. */
    private static final double TOLERANCE = 0.02;

    /** A graph, and the share that it has less. */
    private record Point(Graph graph, double share) {}

    private PruneSearch() {}

    /**
     * The candidate that is nearest to {@code ratio}.
     *
     * @param pass who asks
     * @param fix what to do if there is less to remove
     * @param steps how many candidates there are besides the graph itself
     * @param candidate the graph after so many steps; each removes what the one before does, and more
     * @param cost what there is to be less of
     * @throws LatheException of the user's fault if even the last candidate has too much
     */
    static Graph nearest(
            String pass,
            String fix,
            Graph graph,
            double ratio,
            int steps,
            IntFunction<Graph> candidate,
            ToDoubleFunction<Graph> cost) {
        double whole = cost.applyAsDouble(graph);
        if (ratio == 0 || whole == 0) {
            return graph;
        }
        IntFunction<Point> point = i -> {
            Graph g = i == 0 ? graph : candidate.apply(i);
            return new Point(g, 1 - cost.applyAsDouble(g) / whole);
        };
        Point low = new Point(graph, 0);
        Point high = point.apply(steps);
        if (high.share < ratio - TOLERANCE) {
            throw usage(
                    pass
                            + String.format(
                                    Locale.ROOT,
                                    " can remove %.1f %% here, and %.1f %% were asked for",
                                    100 * high.share,
                                    100 * ratio),
                    fix);
        }
        int from = 0;
        int to = steps;
        while (to - from > 1) {
            int middle = (from + to) >>> 1;
            Point p = point.apply(middle);
            if (p.share < ratio) {
                from = middle;
                low = p;
            } else {
                to = middle;
                high = p;
            }
        }
        return List.of(low, high).stream()
                .min(Comparator.comparingDouble(p -> Math.abs(p.share - ratio)))
                .orElseThrow()
                .graph;
    }

    static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("pass.prune", what, fix)));
    }
}
