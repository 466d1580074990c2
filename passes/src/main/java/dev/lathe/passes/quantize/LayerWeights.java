package dev.lathe.passes.quantize;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.passes.weights.WeightRole;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The weights of a graph's products and convolutions as integers.
 *
 * @param bits of the weights of products; filters have 8
 * @param block how many weights of a product's column share a scale and a zero point; 0 for all
 * @param perTensor whether all weights of a layer share one scale; then there are no blocks
 */
record LayerWeights(Map<Value, WeightRole> roles, int bits, int block, boolean perTensor, Rounding rounding) {

    /** The Gram matrices that rounding looks at, each with the weights that it is about, in the order of the graph. */
    private Map<Gram, Set<Value>> grams(Graph graph) {
        Map<Gram, Set<Value>> all = new LinkedHashMap<>();
        if (rounding == Rounding.NEAREST) {
            return all;
        }
        Uses uses = Uses.OF_ALL_NODES.of(graph);
        for (Node n : graph.nodes()) {
            Value weights = weights(n.op()).orElse(null);
            if (weights != null
                    && roles.containsKey(weights)
                    && uses.users(weights).size() == 1) {
                Gram.of(n.op())
                        .ifPresent(g -> all.computeIfAbsent(g, _ -> new LinkedHashSet<>())
                                .add(weights));
            }
        }
        return all;
    }

    static Optional<Value> weights(Op op) {
        return switch (op) {
            case MatMul m -> Optional.of(m.y());
            case Conv c -> Optional.of(c.weights());
            default -> Optional.empty();
        };
    }

    /** What must be measured to round the weights. */
    List<Gram> measures(Graph graph) {
        return new ArrayList<>(grams(graph).keySet());
    }

    /** All weights of products and convolutions as integers, by their values. */
    Map<Value, QuantizedTensor> quantized(Graph graph, PassContext context) {
        Map<Value, QuantizedTensor> all = new IdentityHashMap<>();
        Uses uses = Uses.OF_ALL_NODES.of(graph);
        grams(graph).forEach((gram, values) -> {
            Optional<Gram.Matrix> matrix = context.statistics().get(gram);
            values.forEach(v -> all.put(v, quantized(v, uses, rounding, matrix)));
        });
        roles.forEach((v, role) -> {
            if (role.kind() != WeightRole.Kind.TABLE) {
                all.computeIfAbsent(v, _ -> quantized(v, uses, Rounding.NEAREST, Optional.empty()));
            }
        });
        return all;
    }

    private WeightRole role(Value v) {
        return Objects.requireNonNull(roles.get(v), "no weights");
    }

    private QuantizedTensor quantized(Value v, Uses uses, Rounding how, Optional<Gram.Matrix> gram) {
        Node constant = uses.definition(v);
        if (constant == null || !(constant.op() instanceof Constant(Tensor t))) {
            throw new IllegalStateException(v + " is no constant");
        }
        WeightRole role = role(v);
        boolean product = role.kind() == WeightRole.Kind.PRODUCT;
        return QuantizedTensor.of(t, role, product ? bits : Byte.SIZE, block, perTensor, how, gram);
    }

    /** Tells of the weights {@code v}, and adds what they stand for. */
    Value add(Value v, QuantizedTensor q, Builder b, PassContext context) {
        WeightRole role = role(v);
        boolean product = role.kind() == WeightRole.Kind.PRODUCT;
        boolean blocks = product && block > 0;
        String name = v.name();
        ElementType type = q.numbers().element();
        new ChangedWeight(name, product ? "product" : "convolution", q.numbers().size(), type.bits(), q.sqnr())
                .tell(context);
        return b.add(
                new Dequantize(
                        b.constant(q.numbers(), name + "_quantized"),
                        b.constant(q.scale(), name + "_scale"),
                        q.zeroPoint().map(z -> b.constant(z, name + "_zero_point")),
                        ElementType.F32,
                        blocks ? role.depthAxis() : role.channelAxis(),
                        blocks ? block : 0),
                name);
    }
}
