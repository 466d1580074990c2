package dev.lathe.passes.prune;

import dev.lathe.ir.Graph;
import dev.lathe.ir.analysis.axes.AxisRelations;
import dev.lathe.ir.analysis.axes.AxisRelations.Group;
import dev.lathe.ir.analysis.axes.AxisRelations.Slot;
import dev.lathe.ir.analysis.axes.AxisRelations.Unit;
import dev.lathe.ir.analysis.axes.ReducedAxes;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.fold.FoldConstants;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Removes channels of convolutions, neurons of dense layers and heads of attention, with all weights that belong to
 * them, until the graph has a given share less. At least one of each layer stays. What reads a removed channel reads
 * nothing from it from then on, as if it were 0.
 */
public record PruneChannels(
        @Option("the share to remove, from 0 to 1") double ratio,

        @Option("of what") PruneMeasure of,

        @Option("what tells how important a channel is") Importance importance,

        @Option("among what the least important ones are sought")
        PruneScope scope,

        @Option("the number of channels that stay is a multiple of this, where a layer has so many")
        int multiple,

        @Option("also channels that a normalization or mean goes over; these change")
        boolean acrossNormalizations,

        @Option("fit weights that read removed channels to what they read, by least squares on data")
        boolean repair)
        implements Pass {

    public PruneChannels {
        if (!(ratio >= 0 && ratio < 1) || multiple < 1) {
            throw new IllegalArgumentException("a ratio of " + ratio + " and a multiple of " + multiple);
        }
    }

    public PruneChannels() {
        this(0.5, PruneMeasure.PARAMETERS, Importance.L2, PruneScope.GLOBAL, 1, false, false);
    }

    /** Removes this share of the parameters, by the norms of the weights. */
    public PruneChannels(double ratio) {
        this(ratio, PruneMeasure.PARAMETERS, Importance.L2, PruneScope.GLOBAL, 1, false, false);
    }

    @Override
    public String name() {
        return "prune-channels";
    }

    @Override
    public String description() {
        return "remove the least important channels, neurons and heads";
    }

    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FoldConstants.class, "weights that are computed from constants must be literal"));
    }

    @Override
    public List<? extends Statistic<?>> measures(Graph graph) {
        List<Statistic<?>> wanted = new ArrayList<>();
        switch (importance) {
            case ACTIVATIONS -> wanted.addAll(ReadChannels.moments(graph));
            case TAYLOR -> wanted.addAll(ReadChannels.taylor(graph));
            case L1, L2, BATCH_NORM -> {}
        }
        if (repair) {
            wanted.addAll(LeastSquares.wanted(graph));
        }
        return wanted;
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        AxisRelations relations = context.analysis(new AxisRelations.Of(acrossNormalizations), graph);
        List<Group> groups = relations.groups();
        Map<Unit, Double> scores = scores(relations, graph, context);
        List<Map.Entry<Group, List<Unit>>> order = new ArrayList<>();
        for (Group g : groups) {
            order.add(Map.entry(
                    g,
                    g.units().stream()
                            .sorted(Comparator.comparingDouble(scores::get))
                            .toList()));
        }
        List<Unit> all = scope == PruneScope.GLOBAL
                ? scores.keySet().stream()
                        .sorted(Comparator.comparingDouble(scores::get))
                        .toList()
                : List.of();
        int steps = scope == PruneScope.GLOBAL ? all.size() : LAYER_STEPS;
        List<Set<Unit>> chosen = new ArrayList<>();
        List<Graph> made = new ArrayList<>();
        Graph result = PruneSearch.nearest(
                name(),
                acrossNormalizations
                        ? "ask for less, or remove blocks too: prune-layers"
                        : "ask for less, or let it cross normalizations: across-normalizations=true",
                graph,
                ratio,
                steps,
                step -> {
                    Set<Unit> removed = removed(order, all, step);
                    chosen.add(removed);
                    made.add(ChannelRemoval.of(graph, relations, removed));
                    return made.getLast();
                },
                g -> of.of(g, context));
        int index = made.indexOf(result);
        if (index < 0) {
            return graph;
        }
        context.applied(this, "channels removed", graph.nodes().getFirst());
        if (!repair) {
            return result;
        }
        ReducedAxes axes = relations.without(chosen.get(index));
        return ChannelRemoval.of(graph, relations, axes, LeastSquares.repaired(graph, relations, axes, context));
    }

    /** In how many steps all layers lose more. */
    private static final int LAYER_STEPS = 1024;

    private Set<Unit> removed(List<Map.Entry<Group, List<Unit>>> order, List<Unit> all, int step) {
        Set<Unit> candidates = scope == PruneScope.GLOBAL ? new LinkedHashSet<>(all.subList(0, step)) : Set.of();
        Set<Unit> removed = new LinkedHashSet<>();
        for (Map.Entry<Group, List<Unit>> e : order) {
            List<Unit> units = e.getValue();
            int lost = scope == PruneScope.GLOBAL
                    ? (int) units.stream().filter(candidates::contains).count()
                    : (int) ((long) units.size() * step / LAYER_STEPS);
            int stay = stay(units.size(), units.size() - lost, block(units.getFirst()));
            removed.addAll(units.subList(0, units.size() - stay));
        }
        return removed;
    }

    /** How many units must stay together so that there are {@link #multiple} channels. */
    private int block(Unit unit) {
        int channels = 1;
        for (Slot s : unit.slots()) {
            channels = Math.max(channels, s.positions().length);
        }
        return multiple / gcd(multiple, channels);
    }

    /** The number of units that stay of {@code all} if {@code wanted} of them should. */
    private static int stay(int all, int wanted, int block) {
        int rounded = (wanted + block / 2) / block * block;
        return Math.min(all, Math.max(rounded, Math.min(all, block)));
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private Map<Unit, Double> scores(AxisRelations relations, Graph graph, PassContext context) {
        ChannelScores.Source norms = ChannelScores.weights(relations, 2);
        return switch (importance) {
            case L1 -> ChannelScores.of(relations.groups(), ChannelScores.weights(relations, 1), norms);
            case L2 -> ChannelScores.of(relations.groups(), norms, norms);
            case BATCH_NORM -> ChannelScores.of(relations.groups(), ChannelScores.factors(relations), norms);
            case ACTIVATIONS ->
                ChannelScores.of(relations.groups(), ReadChannels.byMoments(relations, graph, context), norms);
            case TAYLOR -> ChannelScores.of(relations.groups(), ReadChannels.byTaylor(graph, context), norms);
        };
    }
}
