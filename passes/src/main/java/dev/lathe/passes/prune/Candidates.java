package dev.lathe.passes.prune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Weights among which the least important ones are chosen: a rectangle of a matrix.
 *
 * @param values all weights of all groups, in the order of {@link WeightMatrix#read}
 * @param scores the importance of each; not negative
 * @param mask set where a weight is chosen
 * @param group of which group they are
 * @param rows from which row
 * @param toRow to which, exclusive
 * @param columns from which column
 * @param toColumn to which, exclusive
 */
record Candidates(
        WeightMatrix matrix,
        double[] values,
        double[] scores,
        boolean[] mask,
        int group,
        int rows,
        int toRow,
        int columns,
        int toColumn) {

    /** What is chosen as a whole; {@code size} weights. */
    private record Unit(Candidates of, int row, int toRow, int column, int toColumn, double score, double magnitude) {
        static final Comparator<Unit> LEAST_FIRST =
                Comparator.comparingDouble(Unit::score).thenComparingDouble(Unit::magnitude);

        long size() {
            return (long) (toRow - row) * (toColumn - column);
        }

        void choose() {
            for (int k = row; k < toRow; k++) {
                Arrays.fill(of.mask, of.index(k, column), of.index(k, toColumn), true);
            }
        }
    }

    /** Everything of a matrix: a rectangle for each group. */
    static List<Candidates> all(WeightMatrix m, double[] values, double[] scores, boolean[] mask) {
        List<Candidates> all = new ArrayList<>();
        for (int g = 0; g < m.groups(); g++) {
            all.add(new Candidates(m, values, scores, mask, g, 0, m.depth(), 0, m.columns()));
        }
        return all;
    }

    /** Each column of a matrix for itself. */
    static List<Candidates> columns(WeightMatrix m, double[] values, double[] scores, boolean[] mask) {
        List<Candidates> all = new ArrayList<>();
        for (int g = 0; g < m.groups(); g++) {
            for (int c = 0; c < m.columns(); c++) {
                all.add(new Candidates(m, values, scores, mask, g, 0, m.depth(), c, c + 1));
            }
        }
        return all;
    }

    int index(int row, int column) {
        return (group * matrix.depth() + row) * matrix.columns() + column;
    }

    int size() {
        return (toRow - rows) * (toColumn - columns);
    }

    /** How many are not 0. */
    long nonzeros() {
        long count = 0;
        for (int k = rows; k < toRow; k++) {
            for (int i = index(k, columns), end = index(k, toColumn); i < end; i++) {
                count += values[i] != 0 ? 1 : 0;
            }
        }
        return count;
    }

    /**
     * Chooses the blocks with the least scores, until they have {@code count} weights, or as near to that as whole
     * blocks come. Of equal scores, the least magnitudes are chosen, then the first.
     *
     * @param squares whether the score of a block is the root of the mean of the squares, not the mean
     */
    static void choose(List<Candidates> from, SparsityPattern.Block block, boolean squares, long count) {
        if (block.isSingle()) {
            chooseSingles(from, count);
            return;
        }
        List<Unit> units = new ArrayList<>();
        for (Candidates c : from) {
            for (int k = c.rows, end; k < c.toRow; k = end) {
                end = Math.min(c.toRow, c.matrix.end(k, block.rows()));
                for (int j = c.columns; j < c.toColumn; j += block.columns()) {
                    units.add(c.unit(k, end, j, Math.min(c.toColumn, j + block.columns()), squares));
                }
            }
        }
        units.sort(Unit.LEAST_FIRST);
        long chosen = 0;
        for (Unit u : units) {
            if (chosen + u.size() / 2.0 > count) {
                return;
            }
            u.choose();
            chosen += u.size();
        }
    }

    private Unit unit(int row, int end, int column, int toColumn, boolean squares) {
        double score = 0;
        double magnitude = 0;
        for (int k = row; k < end; k++) {
            for (int i = index(k, column); i < index(k, toColumn); i++) {
                score += squares ? scores[i] * scores[i] : scores[i];
                magnitude += Math.abs(values[i]);
            }
        }
        int size = (end - row) * (toColumn - column);
        return new Unit(
                this, row, end, column, toColumn, squares ? Math.sqrt(score / size) : score / size, magnitude / size);
    }

    private static void chooseSingles(List<Candidates> from, long count) {
        int size = 0;
        for (Candidates c : from) {
            size = Math.addExact(size, c.size());
        }
        double[] scores = new double[size];
        double[] magnitudes = new double[size];
        int at = 0;
        for (Candidates c : from) {
            for (int k = c.rows; k < c.toRow; k++) {
                for (int i = c.index(k, c.columns), end = c.index(k, c.toColumn); i < end; i++, at++) {
                    scores[at] = c.scores[i];
                    magnitudes[at] = Math.abs(c.values[i]);
                }
            }
        }
        boolean[] chosen = least(scores, magnitudes, Math.clamp(count, 0, size));
        at = 0;
        for (Candidates c : from) {
            for (int k = c.rows; k < c.toRow; k++) {
                for (int i = c.index(k, c.columns), end = c.index(k, c.toColumn); i < end; i++, at++) {
                    c.mask[i] |= chosen[at];
                }
            }
        }
    }

    /** The {@code count} least by the first numbers, then by the second, then by their place. */
    private static boolean[] least(double[] first, double[] second, int count) {
        boolean[] chosen = new boolean[first.length];
        if (count == 0) {
            return chosen;
        }
        double border = atRank(first, count);
        int[] equal = new int[first.length];
        int equals = 0;
        int left = count;
        for (int i = 0; i < first.length; i++) {
            int order = Double.compare(first[i], border);
            chosen[i] = order < 0;
            left -= order < 0 ? 1 : 0;
            if (order == 0) {
                equal[equals++] = i;
            }
        }
        double[] ties = new double[equals];
        for (int i = 0; i < equals; i++) {
            ties[i] = second[equal[i]];
        }
        double tie = atRank(ties, left);
        for (int i = 0; i < equals; i++) {
            if (Double.compare(ties[i], tie) < 0) {
                chosen[equal[i]] = true;
                left--;
            }
        }
        for (int i = 0; i < equals && left > 0; i++) {
            if (Double.compare(ties[i], tie) == 0) {
                chosen[equal[i]] = true;
                left--;
            }
        }
        return chosen;
    }

    /** The number that is in place {@code rank}, from 1, when they are sorted. */
    private static double atRank(double[] numbers, int rank) {
        double[] sorted = numbers.clone();
        Arrays.parallelSort(sorted);
        return sorted[rank - 1];
    }

    /** Chooses, of each group of weights of a column, all but the most important {@code n}. */
    void choose(SparsityPattern.NOfM pattern) {
        for (int k = rows, end; k < toRow; k = end) {
            end = Math.min(toRow, matrix.end(k, pattern.m()));
            for (int c = columns; c < toColumn; c++) {
                chooseAllBut(pattern.n(), k, end, c);
            }
        }
    }

    private void chooseAllBut(int kept, int row, int end, int column) {
        for (int left = end - row - kept; left > 0; left--) {
            int least = -1;
            for (int k = row; k < end; k++) {
                int i = index(k, column);
                if (!mask[i] && (least < 0 || isLess(i, least))) {
                    least = i;
                }
            }
            if (least < 0) {
                return;
            }
            mask[least] = true;
        }
    }

    private boolean isLess(int i, int j) {
        int order = Double.compare(scores[i], scores[j]);
        return (order != 0 ? order : Double.compare(Math.abs(values[i]), Math.abs(values[j]))) < 0;
    }

    /**
     * Shares {@code count} weights out among candidates: those that are 0 come first, the rest in proportion to what
     * is not 0.
     */
    static long[] shares(List<Candidates> among, long count) {
        long[] nonzeros = among.stream().mapToLong(Candidates::nonzeros).toArray();
        long all = Arrays.stream(nonzeros).sum();
        long size = among.stream().mapToLong(Candidates::size).sum();
        long added = Math.max(0, count - (size - all));
        long[] shares = new long[nonzeros.length];
        long before = 0;
        long taken = 0;
        for (int i = 0; i < shares.length; i++) {
            before += nonzeros[i];
            long until = all == 0 ? 0 : Math.round((double) added * before / all);
            shares[i] = among.get(i).size() - nonzeros[i] + until - taken;
            taken = until;
        }
        return shares;
    }
}
