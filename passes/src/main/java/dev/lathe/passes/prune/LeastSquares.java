package dev.lathe.passes.prune;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.axes.AxisRelations;
import dev.lathe.ir.analysis.axes.ReducedAxes;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.statistics.Cholesky;
import dev.lathe.passes.statistics.Gram;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes up for removed channels: the weights that read those that stay become the ones whose results are nearest to
 * what they were, in the sense of least squares on data. With <i>G</i> = <i>XᵀX</i>, kept rows <i>k</i> and removed
 * rows <i>r</i>, what is added to the kept weights is <i>G<sub>kk</sub>⁻¹ G<sub>kr</sub> W<sub>r</sub></i>. Needs no
 * labels.
 */
final class LeastSquares {
    /** Of the mean of the diagonal, added to it at first. */
    private static final double DAMPING = 1e-6;

    private LeastSquares() {}

    /** What must be measured of a graph. */
    static List<Gram> wanted(Graph graph) {
        Set<Value> constants = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Gram> wanted = new ArrayList<>();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Constant) {
                constants.add(n.result());
            } else if (weights(n).filter(constants::contains).isPresent()) {
                Gram.of(n.op()).ifPresent(wanted::add);
            }
        }
        return wanted.stream().distinct().toList();
    }

    private static Optional<Value> weights(Node n) {
        return switch (n.op()) {
            case MatMul m when m.y().tensorType().rank() == 2 -> Optional.of(m.y());
            case Conv c when c.groups() == 1 -> Optional.of(c.weights());
            default -> Optional.empty();
        };
    }

    /** New weights, of the shapes that they have, for the nodes that lose some of what they read. */
    static Map<Node, Tensor> repaired(Graph graph, AxisRelations relations, ReducedAxes axes, PassContext context) {
        Map<Value, Integer> uses = graph.uses();
        Map<Node, Tensor> repaired = new IdentityHashMap<>();
        for (Node n : graph.nodes()) {
            Value v = weights(n).orElse(null);
            if (v == null) {
                continue;
            }
            Tensor w = relations.constants().get(v);
            Gram.Matrix gram = w == null || uses.getOrDefault(v, 0) != 1
                    ? null
                    : Gram.of(n.op()).flatMap(g -> context.statistics().get(g)).orElse(null);
            if (w != null && gram != null) {
                Tensor better = repaired(w, n.op() instanceof Conv ? 1 : 0, axes.kept(v, n), gram);
                if (better != null) {
                    repaired.put(n, better);
                }
            }
        }
        return repaired;
    }

    private static @Nullable Tensor repaired(Tensor w, int axis, List<int[]> kept, Gram.Matrix gram) {
        int[] channels = kept.get(axis);
        if (channels.length == 0) {
            return null;
        }
        int depth = gram.depth();
        int places = depth / (int) w.dim(axis);
        boolean[] stays = new boolean[depth];
        for (int c : channels) {
            for (int p = 0; p < places; p++) {
                stays[c * places + p] = true;
            }
        }
        int[] k = IntStream.range(0, depth).filter(i -> stays[i]).toArray();
        int[] r = IntStream.range(0, depth).filter(i -> !stays[i]).toArray();
        double trace = IntStream.of(k).mapToDouble(i -> gram.at(0, i, i)).sum();
        if (!(trace > 0 && trace <= Double.MAX_VALUE)) {
            return null; // data say nothing
        }
        Cholesky factor = Cholesky.of(k.length, DAMPING, (i, j) -> gram.at(0, k[i], k[j]));
        int results = Math.toIntExact(w.size() / depth);
        Tensor better = Tensor.zeros(w.element(), w.dims());
        for (long i = 0; i < w.size(); i++) {
            better.copyElement(i, w, i);
        }
        double[] column = new double[k.length];
        for (int o = 0; o < results; o++) {
            for (int i = 0; i < k.length; i++) {
                double sum = 0;
                for (int j : r) {
                    sum += gram.at(0, k[i], j) * w.getDouble(index(axis, depth, results, o, j));
                }
                column[i] = sum;
            }
            factor.solve(column);
            for (int i = 0; i < k.length; i++) {
                long at = index(axis, depth, results, o, k[i]);
                better.setDouble(at, w.getDouble(at) + column[i]);
            }
        }
        return better;
    }

    /** The weight of result {@code o} for number {@code i} of the depth. */
    private static long index(int axis, int depth, int results, int o, int i) {
        return axis == 0 ? (long) i * results + o : (long) o * depth + i;
    }
}
