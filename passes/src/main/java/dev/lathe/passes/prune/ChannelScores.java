package dev.lathe.passes.prune;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.axes.Axis;
import dev.lathe.ir.analysis.axes.AxisRelations;
import dev.lathe.ir.analysis.axes.AxisRelations.Group;
import dev.lathe.ir.analysis.axes.AxisRelations.Slot;
import dev.lathe.ir.analysis.axes.AxisRelations.Unit;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How important units are. Scores of a group have the mean 1, so that layers can be compared. */
final class ChannelScores {
    /**
     * Tells how important positions are.
     *
     * @param of for each position of an axis; empty where that axis says nothing
     * @param squared whether these are squares
     */
    record Source(Function<Axis, Optional<double[]>> of, boolean squared) {
        static Source plain(Function<Axis, Optional<double[]>> of) {
            return new Source(of, false);
        }

        static Source rooted(Function<Axis, Optional<double[]>> of) {
            return new Source(of, true);
        }
    }

    private ChannelScores() {}

    /** The scores of all units; a group of which {@code source} knows nothing has those of {@code otherwise}. */
    static Map<Unit, Double> of(List<Group> groups, Source source, Source otherwise) {
        Map<Axis, Optional<double[]>> known = new IdentityHashMap<>();
        Map<Axis, Optional<double[]>> others = new IdentityHashMap<>();
        Map<Unit, Double> scores = new LinkedHashMap<>();
        for (Group g : groups) {
            double[] own = scores(g, a -> known.computeIfAbsent(a, source.of), source.squared);
            if (own == null) {
                own = scores(g, a -> others.computeIfAbsent(a, otherwise.of), otherwise.squared);
            }
            double mean = 0;
            for (int i = 0; i < g.units().size(); i++) {
                mean += own == null ? 0 : own[i] / g.units().size();
            }
            for (int i = 0; i < g.units().size(); i++) {
                scores.put(g.units().get(i), own == null || mean == 0 ? 1 : own[i] / mean);
            }
        }
        return scores;
    }

    private static double @Nullable [] scores(Group g, Function<Axis, Optional<double[]>> source, boolean squared) {
        double[] scores = new double[g.units().size()];
        boolean any = false;
        for (int i = 0; i < scores.length; i++) {
            for (Slot s : g.units().get(i).slots()) {
                double[] each = source.apply(s.axis()).orElse(null);
                if (each != null) {
                    any = true;
                    for (int p : s.positions()) {
                        scores[i] += each[p];
                    }
                }
            }
            scores[i] = squared ? Math.sqrt(scores[i]) : scores[i];
        }
        return any ? scores : null;
    }

    /** Sums of {@code power}s of the magnitudes of weights: constants that are no vectors. */
    static Source weights(AxisRelations relations, int power) {
        return new Source(axis -> matrix(relations, axis).map(t -> sums(t, axis.number(), power)), power == 2);
    }

    private static Optional<Tensor> matrix(AxisRelations relations, Axis axis) {
        return Optional.ofNullable(relations.constants().get(axis.value()))
                .filter(t -> t.size() > t.dim(axis.number()) && t.element().isFloat());
    }

    /** The magnitudes of vectors by which channels are multiplied. */
    static Source factors(AxisRelations relations) {
        return Source.plain(axis -> {
            Tensor t = relations.constants().get(axis.value());
            Node user = axis.user();
            boolean scales = user != null && scales(user, axis.value());
            return scales && t != null && t.element().isFloat()
                    ? Optional.of(sums(t, axis.number(), 1))
                    : Optional.empty();
        });
    }

    private static boolean scales(Node user, Value v) {
        return switch (user.op()) {
            case Binary b -> b.function() == BinaryFunction.MULTIPLY;
            case LayerNorm l -> l.scale().filter(s -> s == v).isPresent();
            default -> false;
        };
    }

    /** For each index of {@code axis} the sum of {@code |w|^power}. */
    static double[] sums(Tensor t, int axis, int power) {
        int n = Math.toIntExact(t.dim(axis));
        long inner = 1;
        for (int i = axis + 1; i < t.rank(); i++) {
            inner *= t.dim(i);
        }
        double[] sums = new double[n];
        for (long i = 0; i < t.size(); i++) {
            double w = Math.abs(t.getDouble(i));
            sums[(int) (i / inner % n)] += power == 2 ? w * w : w;
        }
        return sums;
    }
}
