package dev.lathe.passes.quantize;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.statistics.Bounds;
import dev.lathe.passes.weights.WeightRole;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Quantizes both operands of matrix products and convolutions with constant weights to 8 bits: weights with a scale
 * for each channel, the others over a range of the numbers that data have. What is in between stays floats, and so do
 * products of a region, whose values nobody measures. A target with kernels for integers computes such a product in
 * integers.
 */
public record QuantizeStatic(
        @Option("the least number of elements of a constant that is changed")
        long least,

        @Option("which number a weight becomes: gptq and adaround look at data")
        Rounding rounding,

        @Option("how the range of an operand is chosen") Ranges.Method ranges,

        @Option("whether operands become i8 with 0 for 0, as TensorRT wants it, and not u8")
        boolean signed)
        implements Pass {

    public QuantizeStatic() {
        this(1024, Rounding.NEAREST, Ranges.Method.AUTO, false);
    }

    @Override
    public String name() {
        return "quantize-static";
    }

    @Override
    public String description() {
        return "quantize both operands of products to 8 bits, over the ranges that calibration data have";
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
        LayerWeights layers = layers(graph);
        Map<Value, List<Node>> readers = Ranges.layers(graph, layers.roles());
        Map<Value, Bounds> bounds = new Ranges(ranges, signed).choose(graph, readers, context.statistics());
        Map<Value, QuantizedTensor> weights = layers.quantized(graph, context);
        // What is quantized in a region is not there outside of it.
        Map<Builder, Map<Value, Value>> done = new IdentityHashMap<>();
        return Rebuild.run(graph, (node, original, b) -> {
            Bounds range =
                    Ranges.operand(original, layers.roles()).map(bounds::get).orElse(null);
            if (range == null) { // no such layer, or one in a region, whose values nobody sees
                return null;
            }
            b.at(original.location());
            Value operand = node.op() instanceof MatMul m ? m.x() : ((Conv) node.op()).x();
            Value x = done.computeIfAbsent(b, _ -> new IdentityHashMap<>())
                    .computeIfAbsent(operand, v -> rounded(v, range, signed, b));
            Value w = LayerWeights.weights(original.op()).orElseThrow();
            QuantizedTensor q = Objects.requireNonNull(weights.get(w), "not quantized");
            context.applied(this, "operands of 8 bits", original);
            return List.of(b.add(
                    with(node.op(), x, layers.add(w, q, b, context)),
                    original.result().name()));
        });
    }

    private LayerWeights layers(Graph graph) {
        return new LayerWeights(WeightRole.of(graph, least), Byte.SIZE, 0, false, rounding);
    }

    /** The distributions of what is multiplied by constant weights, and what ranges and rounding look at. */
    @Override
    public List<Statistic<?>> measures(Graph graph) {
        LayerWeights layers = layers(graph);
        List<Statistic<?>> all = new ArrayList<>();
        all.addAll(new Ranges(ranges, signed).measures(Ranges.layers(graph, layers.roles())));
        all.addAll(layers.measures(graph));
        return all;
    }

    private static Op with(Op op, Value x, Value weights) {
        return switch (op) {
            case MatMul _ -> new MatMul(x, weights);
            case Conv c -> new Conv(x, weights, c.window(), c.groups(), c.layout());
            default -> throw new IllegalStateException(op.mnemonic());
        };
    }

    /** {@code v} as numbers of 8 bits, over a range, and as floats again. */
    public static Value rounded(Value v, Bounds range, boolean signed, Builder b) {
        Grid grid = Grid.over(range, signed);
        ElementType type = grid.low() < 0 ? ElementType.I8 : ElementType.U8;
        Value scale = b.constant(Tensor.scalar(grid.scale()), v.name() + "_scale");
        Optional<Value> zeroPoint = Optional.of(b.constant(Tensor.scalar(type, grid.zero()), v.name() + "_zero_point"));
        Value numbers =
                b.add(new Quantize(v, scale, zeroPoint, type, ElementType.F32, 0, 0, true), v.name() + "_quantized");
        return b.add(new Dequantize(numbers, scale, zeroPoint, ElementType.F32, 0, 0), v.name() + "_rounded");
    }
}
