package dev.lathe.passes.quantize;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.DynamicQuantize;
import dev.lathe.ir.composite.IntegerMatMul;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.passes.weights.WeightRole;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes matrix products with constant weights products of integers of 8 bits. Weights have a scale for each column;
 * the other operand is quantized when the model runs, over the range that it has then, so no data are needed. Its
 * products share what they quantize after {@code common-subexpressions}. Convolutions stay as they are: dynamic
 * quantization makes them slower.
 */
public record QuantizeDynamic(
        @Option("the least number of elements of a constant that is changed")
        long least,

        @Option("which number a weight becomes: gptq and adaround look at data")
        Rounding rounding)
        implements Pass {
    public QuantizeDynamic() {
        this(1024, Rounding.NEAREST);
    }

    @Override
    public String name() {
        return "quantize-dynamic";
    }

    @Override
    public String description() {
        return "compute products with constant weights in integers of 8 bits, over the ranges that data have";
    }

    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FoldConstants.class, "weights that are computed from constants must be literal"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<Value, QuantizedTensor> weights = layers(graph).quantized(graph, context);
        return Rebuild.run(graph, (node, original, b) -> {
            if (!(node.op() instanceof MatMul m)
                    || !(original.op() instanceof MatMul old)
                    || !(weights.get(old.y()) instanceof QuantizedTensor q)) {
                return null;
            }
            context.applied(this, "product of integers", original);
            return List.of(product(original, m, q, b, context));
        });
    }

    /** The Gram matrices that rounding looks at. */
    @Override
    public List<Gram> measures(Graph graph) {
        return layers(graph).measures(graph);
    }

    private LayerWeights layers(Graph graph) {
        Map<Value, WeightRole> roles = new LinkedHashMap<>();
        WeightRole.of(graph, least).forEach((v, role) -> {
            if (role.kind() == WeightRole.Kind.PRODUCT && v.tensorType().rank() == 2) {
                roles.put(v, role);
            }
        });
        return new LayerWeights(roles, Byte.SIZE, 0, false, rounding);
    }

    private static Value product(Node original, MatMul m, QuantizedTensor q, Builder b, PassContext context) {
        String name = m.y().name();
        new ChangedWeight(name, "product", q.numbers().size(), 8, q.sqnr()).tell(context);
        b.at(original.location());
        List<Value> x = b.addAll(new DynamicQuantize(m.x()));
        Value sum = b.add(new IntegerMatMul(
                x.getFirst(),
                b.constant(q.numbers(), name + "_quantized"),
                Optional.of(x.getLast()),
                Optional.empty()));
        Value scale = b.multiply(x.get(1), b.constant(q.scale(), name + "_scale"));
        return b.named(
                b.multiply(b.cast(sum, ElementType.F32), scale),
                original.result().name());
    }
}
