package dev.lathe.passes.weights;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a constant is used for, which says along which axis its numbers differ in size.
 *
 * @param kind what uses it
 * @param channelAxis the axis of the results' channels: each has a scale of its own
 * @param depthAxis the axis that is summed up, along which blocks lie
 */
public record WeightRole(Kind kind, int channelAxis, int depthAxis) {
    /** What uses a constant. */
    public enum Kind {
        PRODUCT,
        CONVOLUTION,
        /** Rows that indices choose. */
        TABLE
    }

    private static final WeightRole OTHER = new WeightRole(Kind.TABLE, -1, -1);

    /**
     * The weights of a graph and its regions: constants of type f32 with at least {@code least} elements that are
     * used in only one way.
     */
    public static Map<Value, WeightRole> of(Graph graph, long least) {
        return of(graph, least, Set.of(ElementType.F32));
    }

    /** The weights whose element type is one of {@code elements}; they may become other floats before they are used. */
    public static Map<Value, WeightRole> of(Graph graph, long least, Set<ElementType> elements) {
        Uses uses = Uses.OF_ALL_NODES.of(graph);
        Map<Value, WeightRole> roles = new LinkedHashMap<>();
        for (Node n : uses.nodes()) {
            if (n.op() instanceof Constant(Tensor t) && elements.contains(t.element()) && t.size() >= least) {
                List<WeightRole> all = of(n.result(), t, uses).distinct().toList();
                if (all.size() == 1 && !all.getFirst().equals(OTHER)) {
                    roles.put(n.result(), all.getFirst());
                }
            }
        }
        return roles;
    }

    /**
     * What people may call the weights that {@link #of(Graph, long)} gives: the constant's name, or that of the first
     * result it is used for where it has none. Constants of the same name are treated alike.
     */
    public static Map<Value, String> names(Graph graph, long least) {
        Uses uses = Uses.OF_ALL_NODES.of(graph);
        Map<Value, String> names = new LinkedHashMap<>();
        of(graph, least)
                .keySet()
                .forEach(v -> names.put(
                        v,
                        v.name().isEmpty()
                                ? uses.users(v).getFirst().results().getFirst().name()
                                : v.name()));
        return names;
    }

    /** In which ways {@code v}, the weights {@code t} or a cast of them, is used. */
    private static Stream<WeightRole> of(Value v, Tensor t, Uses uses) {
        Stream<WeightRole> all = uses.users(v).stream()
                .flatMap(n -> n.op() instanceof Cast c && c.to().isFloat()
                        ? of(n.result(), t, uses)
                        : Stream.of(Objects.requireNonNullElse(of(n.op(), v, t), OTHER)));
        return uses.isOutput(v) ? Stream.concat(all, Stream.of(OTHER)) : all;
    }

    private static @Nullable WeightRole of(Op user, Value v, Tensor t) {
        return switch (user) {
            case MatMul m
            when m.y() == v && m.x() != v && t.rank() >= 2 -> new WeightRole(Kind.PRODUCT, t.rank() - 1, t.rank() - 2);
            case Conv c when c.weights() == v && c.x() != v -> new WeightRole(Kind.CONVOLUTION, 0, 1);
            case ConvTranspose c
            when c.weights() == v && c.x() != v && c.groups() == 1 -> new WeightRole(Kind.CONVOLUTION, 1, 0);
            case Gather g when g.x() == v && g.axis() == 0 && t.rank() == 2 -> new WeightRole(Kind.TABLE, 0, 1);
            default -> null;
        };
    }
}
