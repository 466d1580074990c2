package dev.lathe.passes.quantize;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.passes.PassContext;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which range the values of a graph have on calibration data.
 *
 * @param ranges by the value; both ends are finite, and 0 lies between them
 */
public record ActivationRanges(Map<Value, Range> ranges) {
    /** What {@code quantize-static} reads. */
    public static final PassContext.Key<ActivationRanges> KEY = PassContext.key("activation-ranges");

    /** All numbers from {@code low} to {@code high}. */
    public record Range(float low, float high) {
        public Range {
            if (!(low <= 0 && high >= 0 && Float.isFinite(high - low))) {
                throw new IllegalArgumentException("a range from " + low + " to " + high);
            }
        }
    }

    /** The values whose ranges {@code quantize-static} asks for: what is multiplied by constant weights. */
    public static Set<Value> wanted(Graph graph, long least) {
        Map<Value, WeightRole> roles = WeightRole.of(graph, least);
        Set<Value> wanted = new LinkedHashSet<>();
        for (Node n : graph.nodes()) {
            operand(n, roles).ifPresent(wanted::add);
        }
        return wanted;
    }

    static Optional<Value> operand(Node n, Map<Value, WeightRole> roles) {
        return switch (n.op()) {
            case MatMul m when roles.containsKey(m.y()) && m.y().tensorType().rank() == 2 -> Optional.of(m.x());
            case Conv c when roles.containsKey(c.weights()) -> Optional.of(c.x());
            default -> Optional.empty();
        };
    }
}
