package dev.lathe.passes.quantize;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.DynamicQuantize;
import dev.lathe.ir.composite.IntegerMatMul;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.passes.weights.WeightRole;
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
        long least) implements Pass {
    public QuantizeDynamic() {
        this(1024);
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
        Map<Value, WeightRole> roles = WeightRole.of(graph, least);
        return Rebuild.run(graph, (node, original, b) -> {
            if (!(node.op() instanceof MatMul m)
                    || !(original.op() instanceof MatMul old)
                    || !roles.containsKey(old.y())
                    || m.y().tensorType().rank() != 2) {
                return null;
            }
            Tensor weights = b.constant(m.y()).orElse(null);
            if (weights == null) {
                return null;
            }
            context.applied(this, "product of integers", original);
            return List.of(product(original, m, weights, b, context));
        });
    }

    private static Value product(Node original, MatMul m, Tensor weights, Builder b, PassContext context) {
        QuantizedTensor q = QuantizedTensor.perChannel(weights, 1, 8);
        String name = m.y().name();
        new ChangedWeight(name, "product", weights.size(), 8, q.sqnr()).tell(context);
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
