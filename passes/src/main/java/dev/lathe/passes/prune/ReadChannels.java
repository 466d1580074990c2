package dev.lathe.passes.prune;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.axes.AxisRelations;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.statistics.Moments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The channels that products and convolutions with constant weights read, and what data say of them. */
final class ReadChannels {
    /** A product or convolution: {@code axis} of {@code value} goes with axis {@code depth} of {@code weights}. */
    record Reader(Value value, int axis, Tensor weights, int depth) {}

    private ReadChannels() {}

    /** Those of a graph whose value is f32 with channels of known number. */
    static List<Reader> of(Graph graph) {
        Map<Value, Tensor> constants = new HashMap<>();
        List<Reader> readers = new ArrayList<>();
        for (Node n : graph.nodes()) {
            switch (n.op()) {
                case Constant(Tensor t) -> constants.put(n.result(), t);
                case MatMul m
                when constants.containsKey(m.y())
                        && m.y().tensorType().rank() == 2
                        && m.x().tensorType().rank() >= 1 ->
                    readers.add(new Reader(m.x(), m.x().tensorType().rank() - 1, constants.get(m.y()), 0));
                case Conv c
                when constants.containsKey(c.weights()) && c.groups() == 1 ->
                    readers.add(new Reader(
                            c.x(), c.layout().channelAxis(c.x().tensorType().rank()), constants.get(c.weights()), 1));
                default -> {}
            }
        }
        return readers.stream()
                .filter(r -> r.value.tensorType().element() == ElementType.F32
                        && r.value.tensorType().dim(r.axis).isConstant())
                .toList();
    }

    static List<Moments> moments(Graph graph) {
        return of(graph).stream()
                .map(r -> new Moments(r.value, r.axis))
                .distinct()
                .toList();
    }

    /** The mean of the squares of what a channel adds to results. */
    static ChannelScores.Source byMoments(AxisRelations relations, Graph graph, PassContext context) {
        Map<Moments, double[]> squares = new LinkedHashMap<>();
        for (Reader r : of(graph)) {
            Moments key = new Moments(r.value, r.axis);
            double[] weights = ChannelScores.sums(r.weights, r.depth, 2);
            double[] sum = squares.computeIfAbsent(key, _ -> new double[weights.length]);
            for (int i = 0; i < weights.length; i++) {
                sum[i] += weights[i];
            }
        }
        return ChannelScores.Source.rooted(axis -> {
            Moments key = new Moments(axis.value(), axis.number());
            double[] weights = squares.get(key);
            return weights == null
                    ? Optional.empty()
                    : context.statistics().get(key).map(m -> {
                        double[] each = new double[weights.length];
                        for (int i = 0; i < each.length; i++) {
                            each[i] = m.count() == 0 ? 0 : m.squares()[i] / m.count() * weights[i];
                        }
                        return each;
                    });
        });
    }

    /** One statistic for all channels; none if no output is a tensor of floats. */
    static List<Sensitivity> taylor(Graph graph) {
        List<Value> outputs = graph.outputs().stream()
                .filter(v -> v.type() instanceof TensorType t && t.isRanked() && t.element() == ElementType.F32)
                .toList();
        List<Moments> channels = moments(graph);
        return outputs.isEmpty() || channels.isEmpty()
                ? List.of()
                : List.of(new Sensitivity(
                        outputs,
                        channels.stream().map(Moments::value).toList(),
                        channels.stream().map(Moments::axis).toList()));
    }

    static ChannelScores.Source byTaylor(Graph graph, PassContext context) {
        Map<Moments, double[]> scores = new HashMap<>();
        for (Sensitivity s : taylor(graph)) {
            context.statistics().get(s).ifPresent(sums -> {
                for (int i = 0; i < sums.size(); i++) {
                    scores.put(new Moments(s.values().get(i), s.axes().get(i)), sums.get(i));
                }
            });
        }
        return ChannelScores.Source.plain(
                axis -> Optional.ofNullable(scores.get(new Moments(axis.value(), axis.number()))));
    }
}
