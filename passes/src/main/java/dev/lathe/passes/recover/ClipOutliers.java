package dev.lathe.passes.recover;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Conv;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.quantize.Ranges;
import dev.lathe.passes.statistics.Bounds;
import dev.lathe.passes.statistics.Distribution;
import dev.lathe.passes.weights.WeightRole;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts off the numbers of a layer's operand outside of the range that changes its results least when 8 bits cover it,
 * where that is not the whole range. For dynamic quantization, whose ranges else follow every outlier; static
 * quantization cuts off by itself, and weights are cut off by their scales.
 */
public record ClipOutliers(
        @Option("the least number of elements of a layer's weights")
        long least) implements Pass {
    public ClipOutliers() {
        this(1024);
    }

    @Override
    public String name() {
        return "clip-outliers";
    }

    @Override
    public String description() {
        return "cut off rare large numbers of operands where 8 bits then change results less";
    }

    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FoldConstants.class, "weights that are computed from constants must be literal"));
    }

    private static Ranges ranges() {
        return new Ranges(Ranges.Method.AUTO, false);
    }

    @Override
    public List<Statistic<?>> measures(Graph graph) {
        return ranges().measures(Ranges.layers(graph, WeightRole.of(graph, least)));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<Value, WeightRole> roles = WeightRole.of(graph, least);
        Map<Value, List<Node>> layers = Ranges.layers(graph, roles);
        Map<Value, Bounds> narrow = new IdentityHashMap<>();
        Map<Value, Bounds> whole = new IdentityHashMap<>();
        for (Value x : new ArrayList<>(layers.keySet())) {
            ranges().choose(graph, Map.of(x, layers.get(x)), context.statistics())
                    .forEach((v, bounds) -> context.statistics()
                            .get(new Distribution(v))
                            .filter(h -> !h.minMax().equals(bounds))
                            .ifPresent(h -> {
                                narrow.put(v, bounds);
                                whole.put(v, h.minMax());
                            }));
        }
        Map<Value, Value> done = new IdentityHashMap<>();
        return Rebuild.run(graph, (node, original, b) -> {
            Value x = Ranges.operand(original, roles).orElse(null);
            Bounds range = x == null ? null : narrow.get(x);
            Bounds all = x == null ? null : whole.get(x);
            if (range == null || all == null || b.depth() > 0) {
                return null;
            }
            b.at(original.location());
            Value current =
                    node.op() instanceof Conv c ? c.x() : node.op().operands().getFirst();
            Value cut = done.computeIfAbsent(current, v -> {
                Value made = v;
                if (range.low() > all.low()) {
                    made = b.max(made, b.scalar(made, range.low()));
                }
                if (range.high() < all.high()) {
                    made = b.min(made, b.scalar(made, range.high()));
                }
                return made;
            });
            context.applied(this, "operands without outliers", original);
            return b.copy(original, node.op().mapOperands(v -> v == current ? cut : v));
        });
    }
}
