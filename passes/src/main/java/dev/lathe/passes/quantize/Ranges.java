package dev.lathe.passes.quantize;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.Statistics;
import dev.lathe.passes.statistics.Bounds;
import dev.lathe.passes.statistics.Distribution;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.statistics.Histogram;
import dev.lathe.passes.statistics.Rows;
import dev.lathe.passes.weights.WeightRole;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Chooses the range of each value that is multiplied by constant weights, and that 8 bits are to cover.
 *
 * @param how which range is taken
 * @param signed whether the bits have a sign, so that a range reaches as far below 0 as above
 */
public record Ranges(Method how, boolean signed) {
    /** Which range is taken of the numbers that data have. */
    public enum Method {
        /** Of all others the one that changes the layer's results least on some rows of the data. */
        AUTO,
        /** From the least to the largest number. */
        MIN_MAX,
        /** All but 0.01 % of the numbers at each end. */
        PERCENTILE,
        /** The one whose steps keep most of the distribution: the least relative entropy. */
        ENTROPY,
        /** The one with the least sum of squared errors. */
        MSE
    }

    /** The name of a way to choose, as people type it. */
    public static String text(Method how) {
        return how.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static final double PERCENTILE = 0.9999;
    /** Results of a layer that are compared, at most. */
    private static final int CHANNELS = 128;

    /** The layers with constant weights that read a value, in order. */
    public static Map<Value, List<Node>> layers(Graph graph, Map<Value, WeightRole> roles) {
        Map<Value, List<Node>> all = new LinkedHashMap<>();
        for (Node n : graph.nodes()) {
            operand(n, roles)
                    .ifPresent(
                            x -> all.computeIfAbsent(x, _ -> new ArrayList<>()).add(n));
        }
        return all;
    }

    /** What is multiplied by constant weights. */
    public static Optional<Value> operand(Node n, Map<Value, WeightRole> roles) {
        return switch (n.op()) {
            case MatMul m when roles.containsKey(m.y()) && m.y().tensorType().rank() == 2 -> Optional.of(m.x());
            case Conv c when roles.containsKey(c.weights()) -> Optional.of(c.x());
            default -> Optional.empty();
        };
    }

    /** What must be measured to choose. */
    public List<Statistic<?>> measures(Map<Value, List<Node>> layers) {
        Set<Statistic<?>> all = new LinkedHashSet<>();
        layers.forEach((x, nodes) -> {
            all.add(new Distribution(x));
            all.addAll(rows(nodes));
        });
        return new ArrayList<>(all);
    }

    private Set<Rows> rows(List<Node> layers) {
        Set<Rows> all = new LinkedHashSet<>();
        if (how == Method.AUTO) {
            layers.forEach(n -> Gram.of(n.op()).map(Rows::new).ifPresent(all::add));
        }
        return all;
    }

    /** The range of each value; none of a value that was not measured. */
    public Map<Value, Bounds> choose(Graph graph, Map<Value, List<Node>> layers, Statistics statistics) {
        Map<Value, Bounds> all = new IdentityHashMap<>();
        Uses uses = Uses.OF_NODES.of(graph);
        layers.forEach((x, nodes) -> statistics.get(new Distribution(x)).ifPresent(h -> {
            Map<Rows, Rows.Sample> samples = new LinkedHashMap<>();
            rows(nodes).forEach(r -> statistics.get(r).ifPresent(s -> samples.put(r, s)));
            all.put(x, choose(h, nodes, samples, uses));
        }));
        return all;
    }

    private Bounds choose(Histogram h, List<Node> layers, Map<Rows, Rows.Sample> samples, Uses uses) {
        return switch (how) {
            case MIN_MAX -> h.minMax();
            case PERCENTILE -> h.percentile(PERCENTILE);
            case ENTROPY -> h.leastEntropy();
            case MSE -> h.leastSquares();
            case AUTO -> {
                List<Bounds> candidates = new ArrayList<>(new LinkedHashSet<>(List.of(
                        h.leastSquares(),
                        h.minMax(),
                        h.percentile(0.999),
                        h.percentile(PERCENTILE),
                        h.percentile(0.99999),
                        h.leastEntropy())));
                double[] losses = candidates.stream()
                        .parallel()
                        .mapToDouble(c -> layers.stream()
                                .mapToDouble(n -> loss(n, Grid.over(c, signed), samples, uses))
                                .sum())
                        .toArray();
                // The first of equals: without rows, the one with the least squared error.
                yield candidates.get(IntStream.range(0, losses.length)
                        .reduce((a, b) -> losses[b] < losses[a] ? b : a)
                        .orElseThrow());
            }
        };
    }

    /** What rounding the layer's operand changes of its results, as a share of them, both squared. */
    private static double loss(Node layer, Grid grid, Map<Rows, Rows.Sample> samples, Uses uses) {
        Rows.Sample sample =
                Gram.of(layer.op()).map(g -> samples.get(new Rows(g))).orElse(null);
        Node constant = uses.definition(LayerWeights.weights(layer.op()).orElseThrow());
        if (sample == null || constant == null || !(constant.op() instanceof Constant(Tensor weights))) {
            return 0;
        }
        double[] sums = new double[2];
        for (float[] row : sample.drawn()) {
            add(row, sample.weight(), grid, layer, weights, sums);
        }
        for (float[] row : sample.extremes()) {
            add(row, 1, grid, layer, weights, sums);
        }
        return sums[0] == 0 ? 0 : sums[1] / sums[0];
    }

    /** Adds the squares of the results of {@code row}, and of what rounding changes of them. */
    private static void add(float[] row, double weight, Grid grid, Node layer, Tensor weights, double[] sums) {
        float[] change = new float[row.length];
        for (int k = 0; k < row.length; k++) {
            change[k] = Float.isFinite(row[k]) ? grid.round(row[k]) - row[k] : 0;
        }
        boolean product = layer.op() instanceof MatMul;
        long channels = weights.dim(product ? 1 : 0);
        int depth = Math.toIntExact(weights.size() / Math.max(1, channels));
        long groups = layer.op() instanceof Conv c ? c.groups() : 1;
        long step = Math.max(1, Math.ceilDiv(channels, CHANNELS));
        for (long c = 0; c < channels; c += step) {
            int start = Math.toIntExact(c / (channels / groups)) * depth;
            double y = 0;
            double e = 0;
            for (int k = 0; k < depth; k++) {
                double w = weights.getFloat(product ? k * channels + c : c * depth + k);
                y += w * row[start + k];
                e += w * change[start + k];
            }
            sums[0] += weight * y * y;
            sums[1] += weight * e * e;
        }
    }
}
