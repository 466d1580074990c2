package dev.lathe.compress;

import dev.lathe.passes.Pass;
import dev.lathe.passes.prune.PruneScope;
import dev.lathe.passes.prune.PruneWeights;
import dev.lathe.passes.prune.SparsityPattern;
import dev.lathe.passes.prune.WeightImportance;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How weights become 0, in place: {@code Pruning.unstructured(0.5).by(WeightImportance.WANDA)}.
 *
 * @param ratio the share of weights that become 0
 * @param pattern which may
 * @param importance what tells how much is lost with one
 * @param scope whether each layer loses the same share, or all are compared
 * @param steps in how many steps; data are measured anew in each, and the first steps take most
 * @param only names of weights, or of nodes that use them, that are changed; empty for all
 * @param except names of those that stay as they are
 */
public record Pruning(
        double ratio,
        SparsityPattern pattern,
        WeightImportance importance,
        PruneScope scope,
        int steps,
        String only,
        String except)
        implements Strategy {

    private static final double TENTH = 0.1;

    public Pruning {
        if (steps < 1) {
            throw new IllegalArgumentException("pruning takes at least one step, not " + steps);
        }
        pass(ratio, pattern, importance, scope, only, except);
    }

    private Pruning(double ratio, SparsityPattern pattern) {
        this(ratio, pattern, WeightImportance.L1, PruneScope.LAYER, 1, "", "");
    }

    /** Single weights. */
    public static Pruning unstructured(double ratio) {
        return new Pruning(ratio, SparsityPattern.UNSTRUCTURED);
    }

    /** All but {@code n} weights of each {@code m} along the summed axis. */
    public static Pruning nOfM(int n, int m) {
        SparsityPattern.NOfM pattern = new SparsityPattern.NOfM(n, m);
        return new Pruning(pattern.ratio(), pattern);
    }

    /** Blocks of {@code rows} weights along the summed axis, of {@code columns} columns of results. */
    public static Pruning blocks(int rows, int columns, double ratio) {
        return new Pruning(ratio, new SparsityPattern.Block(rows, columns));
    }

    /** With another measure of importance. */
    public Pruning by(WeightImportance newImportance) {
        return new Pruning(ratio, pattern, newImportance, scope, steps, only, except);
    }

    /** With another scope. */
    public Pruning in(PruneScope newScope) {
        return new Pruning(ratio, pattern, importance, newScope, steps, only, except);
    }

    /** In this many steps. */
    public Pruning inSteps(int newSteps) {
        return new Pruning(ratio, pattern, importance, scope, newSteps, only, except);
    }

    /** Only of these weights; {@code *} is any text, commas separate. */
    public Pruning only(String names) {
        return new Pruning(ratio, pattern, importance, scope, steps, names, except);
    }

    /** Not of these weights. */
    public Pruning except(String names) {
        return new Pruning(ratio, pattern, importance, scope, steps, only, names);
    }

    @Override
    public List<Pass> passes() {
        List<Pass> all = new ArrayList<>();
        for (int i = 1; i <= steps; i++) {
            double left = 1 - (double) i / steps;
            double share = ratio * (1 - left * left * left);
            switch (pattern) {
                case SparsityPattern.Block b -> all.add(pass(share, b, importance, scope, only, except));
                case SparsityPattern.NOfM p -> {
                    int n = Math.max(p.n(), Math.toIntExact(Math.round(p.m() * (1 - share))));
                    if (n < p.m()) {
                        SparsityPattern.NOfM step = new SparsityPattern.NOfM(n, p.m());
                        all.add(pass(step.ratio(), step, importance, scope, only, except));
                    }
                }
            }
        }
        return all;
    }

    private static Pass pass(
            double ratio,
            SparsityPattern pattern,
            WeightImportance importance,
            PruneScope scope,
            String only,
            String except) {
        return new PruneWeights(ratio, importance, scope, pattern.toString(), new PruneWeights().least(), only, except);
    }

    @Override
    public List<Strategy> milder() {
        List<Strategy> all = new ArrayList<>();
        switch (pattern) {
            case SparsityPattern.NOfM p -> {
                for (int n = p.n() + 1; n < p.m(); n++) {
                    SparsityPattern.NOfM other = new SparsityPattern.NOfM(n, p.m());
                    all.add(new Pruning(other.ratio(), other, importance, scope, steps, only, except));
                }
            }
            case SparsityPattern.Block b -> {
                for (int i = (int) Math.ceil(ratio / TENTH - 1e-9) - 1; i > 0; i--) {
                    all.add(new Pruning(i * TENTH, b, importance, scope, steps, only, except));
                }
            }
        }
        return all;
    }

    @Override
    public String words() {
        return switch (pattern) {
            case SparsityPattern.NOfM p -> p.toString();
            case SparsityPattern.Block b -> share() + (b.isSingle() ? " zeros" : " of " + b + " zeros");
        };
    }

    private String share() {
        return new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(100 * ratio) + "%";
    }

    /** As flags of {@code lathe prune}. */
    @Override
    public String toString() {
        String share = share();
        StringBuilder s = new StringBuilder(
                switch (pattern) {
                    case SparsityPattern.NOfM p -> "--pattern " + p;
                    case SparsityPattern.Block b when b.isSingle() -> "--unstructured " + share;
                    case SparsityPattern.Block b -> "--block " + b + " --ratio " + share;
                });
        if (importance != WeightImportance.L1) {
            s.append(" --importance ").append(importance.name().toLowerCase(Locale.ROOT));
        }
        if (scope != PruneScope.LAYER) {
            s.append(" --scope ").append(scope.name().toLowerCase(Locale.ROOT));
        }
        if (steps > 1) {
            s.append(" --steps ").append(steps);
        }
        if (!only.isEmpty()) {
            s.append(" --only '").append(only).append('\'');
        }
        if (!except.isEmpty()) {
            s.append(" --except '").append(except).append('\'');
        }
        return s.toString();
    }
}
