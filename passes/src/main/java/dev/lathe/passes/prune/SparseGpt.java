package dev.lathe.passes.prune;

import dev.lathe.passes.statistics.Cholesky;
import dev.lathe.passes.statistics.Gram;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Prunes weights row by row, while the rows that follow make up for what is lost, as far as the data have the rows go
 * together. With <i>H = XᵀX = RᵀR</i> the squares of all changes of a column's results sum up to <i>|Re|²</i>, where
 * <i>e</i> is what was taken from the weights. A weight that is kept becomes what makes its entry of <i>Re</i> 0; one
 * that is pruned costs the square of its entry, which is how little it matters.
 *
 * <p>Which weights are pruned is decided for some rows at a time, once those before are done. How many of them, is
 * decided at the start, in two ways, by what each weight costs if those after it make up for it, or if none does; what
 * costs less in the end is taken.
 */
final class SparseGpt {
    /** In how many parts weights are chosen: later choices see what earlier ones changed. */
    private static final int PARTS = 12;

    private static final int LEAST_ROWS = 8;
    private static final int MOST_ROWS = 128;

    /** The score of what is chosen before all others. */
    private static final double FIRST = -1;

    private final WeightMatrix matrix;
    private final double[] weights;
    private final Gram.Matrix gram;
    /** <i>R</i> of each group. */
    private final List<double[][]> factors;

    /**
     * The weights that are left.
     *
     * @param cost by how much the results on the data change: the sum of squares
     */
    private record Outcome(double[] left, double cost) {}

    SparseGpt(WeightMatrix matrix, double[] weights, Gram.Matrix gram) {
        this.matrix = matrix;
        this.weights = weights;
        this.gram = gram;
        this.factors = IntStream.range(0, matrix.groups())
                .mapToObj(g -> Cholesky.of(matrix.depth(), (i, j) -> gram.at(g, matrix.gramRow(i), matrix.gramRow(j)))
                        .rows())
                .toList();
    }

    /** What the loss of each weight costs, those after it having made up for it, for each row of the data. */
    double[] scores() {
        double[] scores = new double[weights.length];
        for (int i = 0; i < scores.length; i++) {
            int row = i / matrix.columns() % matrix.depth();
            double cost = factors.get(i / matrix.columns() / matrix.depth())[row][row] * weights[i];
            scores[i] = cost * cost / Math.max(1, gram.rows());
        }
        return scores;
    }

    /** The same, as long as nothing makes up for it. */
    private double[] plainScores() {
        double[] scores = new double[weights.length];
        for (int i = 0; i < scores.length; i++) {
            int row = matrix.gramRow(i / matrix.columns() % matrix.depth());
            scores[i] = weights[i] * weights[i] * gram.at(i / matrix.columns() / matrix.depth(), row, row);
        }
        return scores;
    }

    /**
     * Prunes about {@code count} weights, or what an N:M pattern says, and changes the others. What is 0 stays 0.
     *
     * @return the weights that are left
     */
    double[] prune(SparsityPattern pattern, long count) {
        return switch (pattern) {
            case SparsityPattern.NOfM p -> prune(p, new boolean[weights.length]).left;
            case SparsityPattern.Block b -> {
                Outcome first = prune(b, chosen(b, scores(), count));
                Outcome second = prune(b, chosen(b, plainScores(), count));
                yield first.cost <= second.cost ? first.left : second.left;
            }
        };
    }

    private boolean[] chosen(SparsityPattern.Block block, double[] scores, long count) {
        boolean[] chosen = new boolean[weights.length];
        Candidates.choose(Candidates.all(matrix, weights, scores, chosen), block, false, count);
        return chosen;
    }

    /** @param guess of a block pattern, which weights are pruned: as many are of each part */
    private Outcome prune(SparsityPattern pattern, boolean[] guess) {
        return new Run(pattern, guess).outcome();
    }

    /** One way to prune. */
    private final class Run {
        private final SparsityPattern pattern;
        private final boolean[] guess;
        private final boolean[] mask = new boolean[weights.length];
        private final double[] scores = new double[weights.length];
        private final double[] current = weights.clone();
        private double cost;

        Run(SparsityPattern pattern, boolean[] guess) {
            this.pattern = pattern;
            this.guess = guess;
        }

        Outcome outcome() {
            double[] left = new double[weights.length];
            for (int g = 0; g < matrix.groups(); g++) {
                double[] errors = new double[matrix.depth() * matrix.columns()];
                for (Candidates part : parts(g)) {
                    prune(part, factors.get(g), errors);
                }
                int first = g * errors.length;
                for (int i = 0; i < errors.length; i++) {
                    left[first + i] = mask[first + i] ? 0 : weights[first + i] - errors[i];
                }
            }
            return new Outcome(left, cost);
        }

        /** Rows that are chosen from at once; no block or group of an N:M pattern is in two of them. */
        private List<Candidates> parts(int group) {
            int unit = switch (pattern) {
                case SparsityPattern.NOfM p -> p.m();
                case SparsityPattern.Block b -> b.rows();
            };
            int rows = Math.clamp(matrix.depth() / PARTS, LEAST_ROWS, MOST_ROWS);
            List<Candidates> all = new ArrayList<>();
            for (int k = 0, end; k < matrix.depth(); k = end) {
                end = matrix.end(k, unit);
                while (end < matrix.depth() && end - k < rows) {
                    end = matrix.end(end, unit);
                }
                all.add(new Candidates(matrix, current, scores, mask, group, k, end, 0, matrix.columns()));
            }
            return all;
        }

        /** @param errors what was taken from the weights of the rows before, of this group */
        private void prune(Candidates part, double[][] r, double[] errors) {
            int columns = matrix.columns();
            int from = part.rows();
            int to = part.toRow();
            double[][] sums = new double[to - from][columns];
            IntStream.range(from, to).parallel().forEach(k -> add(sums[k - from], r[k], errors, 0, from));
            if (pattern instanceof SparsityPattern.Block b) {
                for (int k = from; k < to; k++) {
                    score(part, sums[k - from], r[k][k], k, b.isSingle() ? FIRST : 0);
                }
                Candidates.choose(List.of(part), b, false, count(part));
            }
            for (int k = from; k < to; k++) {
                add(sums[k - from], r[k], errors, from, k);
                if (pattern instanceof SparsityPattern.NOfM p && k % matrix.run() % p.m() == 0) {
                    int end = matrix.end(k, p.m());
                    for (int later = k + 1; later < end; later++) {
                        double[] sum = sums[later - from].clone();
                        add(sum, r[later], errors, from, k);
                        score(part, sum, r[later][later], later, FIRST);
                    }
                    score(part, sums[k - from], r[k][k], k, FIRST);
                    new Candidates(matrix, current, scores, mask, part.group(), k, end, 0, columns).choose(p);
                }
                take(part, k, sums[k - from], r[k][k], errors);
            }
        }

        private long count(Candidates part) {
            long count = 0;
            for (int i = part.index(part.rows(), 0); i < part.index(part.toRow(), 0); i++) {
                count += guess[i] ? 1 : 0;
            }
            return count;
        }

        /** What the weights of a row have become, and the loss of each; of those that are 0, {@code zero}. */
        private void score(Candidates part, double[] sum, double pivot, int k, double zero) {
            int row = part.index(k, 0);
            for (int c = 0; c < sum.length; c++) {
                current[row + c] = weights[row + c] + sum[c] / pivot;
                double own = pivot * current[row + c];
                scores[row + c] = weights[row + c] == 0 ? zero : own * own;
            }
        }

        private void take(Candidates part, int k, double[] sum, double pivot, double[] errors) {
            int row = part.index(k, 0);
            for (int c = 0; c < sum.length; c++) {
                mask[row + c] |= weights[row + c] == 0;
                if (mask[row + c]) {
                    double own = pivot * weights[row + c] + sum[c];
                    cost += own * own;
                }
                errors[k * sum.length + c] = mask[row + c] ? weights[row + c] : -sum[c] / pivot;
            }
        }

        /** Adds the errors of some rows, each times its entry in {@code r}. */
        private static void add(double[] sum, double[] r, double[] errors, int from, int to) {
            for (int i = from; i < to; i++) {
                double factor = r[i];
                int row = i * sum.length;
                for (int c = 0; c < sum.length; c++) {
                    sum[c] += factor * errors[row + c];
                }
            }
        }
    }
}
