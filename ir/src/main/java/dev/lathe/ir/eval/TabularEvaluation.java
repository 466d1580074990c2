package dev.lathe.ir.eval;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.TreeAggregation;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The meaning of the models on tables. */
public final class TabularEvaluation {
    private static final int PAIRWISE_STEPS = 100;
    /** How near the pairwise coupling must come, times the number of classes. */
    private static final double PAIRWISE_ERROR = 0.005;

    private TabularEvaluation() {}

    public static Tensor lookup(Tensor x, Tensor keys) {
        Map<Object, Long> positions = new HashMap<>();
        for (long i = 0; i < keys.size(); i++) {
            positions.put(key(keys, i), i);
        }
        Tensor out = Tensor.zeros(ElementType.I64, x.dims());
        for (long i = 0; i < x.size(); i++) {
            out.setLong(i, positions.getOrDefault(key(x, i), keys.size()));
        }
        return out;
    }

    private static Object key(Tensor t, long i) {
        if (t.element().isString()) {
            return t.getString(i);
        }
        // Adding 0 makes -0 equal to 0; boxed NaN are equal.
        return t.element().isFloat() ? (Object) (t.getDouble(i) + 0.0) : (Object) t.getLong(i);
    }

    public static Tensor pairwise(Tensor x, int classes) {
        Tensor out = Tensor.zeros(x.element(), x.dim(0), classes);
        int pairs = classes * (classes - 1) / 2;
        if (x.dim(1) != pairs) {
            throw new InvalidOpException(classes + " classes have " + pairs + " pairs, not " + x.dim(1));
        }
        for (long row = 0; row < x.dim(0); row++) {
            double[][] r = new double[classes][classes];
            long at = row * pairs;
            for (int i = 0; i < classes; i++) {
                for (int j = i + 1; j < classes; j++) {
                    r[i][j] = x.getDouble(at++);
                    r[j][i] = 1 - r[i][j];
                }
            }
            double[] p = couple(r);
            for (int i = 0; i < classes; i++) {
                out.setDouble(row * classes + i, p[i]);
            }
        }
        return out;
    }

    /** The minimum of the sum of {@code (r[j][i] p[i] - r[i][j] p[j])^2} over probabilities, by coordinate descent. */
    private static double[] couple(double[][] r) {
        int n = r.length;
        double[][] q = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (i != j) {
                    q[i][i] += r[j][i] * r[j][i];
                    q[i][j] = -r[j][i] * r[i][j];
                }
            }
        }
        double[] p = new double[n];
        Arrays.fill(p, 1.0 / n);
        for (int step = 0; step < PAIRWISE_STEPS; step++) {
            double[] qp = new double[n];
            double pqp = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    qp[i] += q[i][j] * p[j];
                }
                pqp += p[i] * qp[i];
            }
            double error = 0;
            for (int i = 0; i < n; i++) {
                error = Math.max(error, Math.abs(qp[i] - pqp));
            }
            if (error < PAIRWISE_ERROR / n) {
                break;
            }
            for (int i = 0; i < n; i++) {
                double move = (pqp - qp[i]) / q[i][i];
                double scale = 1 + move;
                pqp = (pqp + move * (move * q[i][i] + 2 * qp[i])) / (scale * scale);
                p[i] += move;
                for (int j = 0; j < n; j++) {
                    qp[j] = (qp[j] + move * q[i][j]) / scale;
                    p[j] /= scale;
                }
            }
        }
        return p;
    }

    /**
     * The nodes of all trees, as lists with an entry for each.
     *
     * @param features the column that a node looks at
     * @param modes how it compares: 0 to 6 for {@code <= < >= > == != in}
     * @param splits what it compares with
     * @param trueNext where to go on; {@code -1 - leaf} is a leaf
     * @param nanIsTrue whether it holds for NaN
     * @param memberStarts where the set of a node begins in {@code members}, and the end of the last
     */
    public record Nodes(
            Tensor features,
            Tensor modes,
            Tensor splits,
            Tensor trueNext,
            Tensor falseNext,
            Tensor nanIsTrue,
            Tensor memberStarts,
            Tensor members) {}

    /**
     * The leaves of all trees, and how they vote.
     *
     * @param starts where the votes of a leaf begin, and the end of the last
     */
    public record Leaves(Tensor starts, Tensor targets, Tensor weights) {}

    public static Tensor trees(
            Tensor x, Nodes nodes, Tensor roots, Leaves leaves, TreeAggregation aggregation, long targets) {
        Forest forest = new Forest(nodes, roots, leaves, aggregation, targets);
        Tensor out = Tensor.zeros(x.element(), x.dim(0), targets);
        try {
            for (long row = 0; row < x.dim(0); row++) {
                forest.row(x, row, out);
            }
        } catch (IndexOutOfBoundsException _) {
            throw new InvalidOpException("the lists of the trees point past their ends");
        }
        return out;
    }

    /** The trees while they run. */
    private static final class Forest {
        private final TreeAggregation aggregation;
        private final int targets;
        private final long[] features;
        private final long[] modes;
        private final Tensor splits;
        private final long[] trueNext;
        private final long[] falseNext;
        private final long[] nanIsTrue;
        private final long[] memberStarts;
        private final Tensor members;
        private final long[] roots;
        private final long[] leafStarts;
        private final long[] voteTargets;
        private final Tensor voteWeights;

        Forest(Nodes nodes, Tensor roots, Leaves leaves, TreeAggregation aggregation, long targets) {
            this.aggregation = aggregation;
            this.targets = (int) targets;
            this.features = nodes.features.toLongArray();
            this.modes = nodes.modes.toLongArray();
            this.splits = nodes.splits;
            this.trueNext = nodes.trueNext.toLongArray();
            this.falseNext = nodes.falseNext.toLongArray();
            this.nanIsTrue = nodes.nanIsTrue.toLongArray();
            this.memberStarts = nodes.memberStarts.toLongArray();
            this.members = nodes.members;
            this.roots = roots.toLongArray();
            this.leafStarts = leaves.starts.toLongArray();
            this.voteTargets = leaves.targets.toLongArray();
            this.voteWeights = leaves.weights;
        }

        void row(Tensor x, long row, Tensor out) {
            double[] sums = new double[targets];
            boolean[] voted = new boolean[sums.length];
            for (long root : roots) {
                int leaf = leaf(x, row, root);
                for (long k = leafStarts[leaf]; k < leafStarts[leaf + 1]; k++) {
                    int target = (int) voteTargets[(int) k];
                    double weight = voteWeights.getDouble(k);
                    sums[target] = voted[target] ? combined(sums[target], weight) : weight;
                    voted[target] = true;
                }
            }
            boolean average = aggregation == TreeAggregation.AVERAGE;
            for (int t = 0; t < sums.length; t++) {
                out.setDouble(row * sums.length + t, average ? sums[t] / roots.length : sums[t]);
            }
        }

        private double combined(double sum, double weight) {
            return switch (aggregation) {
                case AVERAGE, SUM -> sum + weight;
                case MIN -> Math.min(sum, weight);
                case MAX -> Math.max(sum, weight);
            };
        }

        private int leaf(Tensor x, long row, long root) {
            long node = root;
            for (int steps = 0; node >= 0; steps++) {
                if (steps > features.length) {
                    throw new InvalidOpException("a tree goes round in circles");
                }
                int i = (int) node;
                if (features[i] < 0 || features[i] >= x.dim(1)) {
                    throw new InvalidOpException("a tree asks for feature " + features[i] + " of " + x.dim(1));
                }
                node = holds(i, x.getDouble(row * x.dim(1) + features[i])) ? trueNext[i] : falseNext[i];
            }
            return (int) (-1 - node);
        }

        private boolean holds(int i, double value) {
            if (Double.isNaN(value)) {
                return nanIsTrue[i] != 0;
            }
            double split = splits.getDouble(i);
            return switch ((int) modes[i]) {
                case 0 -> value <= split;
                case 1 -> value < split;
                case 2 -> value >= split;
                case 3 -> value > split;
                case 4 -> value == split;
                case 5 -> value != split;
                case 6 -> isMember(i, value);
                default -> throw new InvalidOpException("a node compares in the unknown way " + modes[i]);
            };
        }

        private boolean isMember(int i, double value) {
            for (long k = memberStarts[i]; k < memberStarts[i + 1]; k++) {
                if (members.getDouble(k) == value) {
                    return true;
                }
            }
            return false;
        }
    }
}
