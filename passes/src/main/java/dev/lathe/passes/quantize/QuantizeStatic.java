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
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.statistics.Bounds;
import dev.lathe.passes.statistics.Distribution;
import dev.lathe.passes.statistics.Histogram;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.passes.weights.WeightRole;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Quantizes both operands of matrix products and convolutions with constant weights to 8 bits: weights with a scale
 * for each channel, the others over the ranges that calibration found ({@link Distribution}). What is in between
 * stays floats. A target with kernels for integers computes such a product in integers.
 */
public record QuantizeStatic(
        @Option("the least number of elements of a constant that is changed")
        long least) implements Pass {
    private static final int LEVELS = 255;

    public QuantizeStatic() {
        this(1024);
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
        Map<Value, WeightRole> roles = WeightRole.of(graph, least);
        // What is quantized in a region is not there outside of it.
        Map<Builder, Map<Value, Value>> done = new IdentityHashMap<>();
        return Rebuild.run(graph, (node, original, b) -> {
            Value old = operand(original, roles).orElse(null);
            if (old == null) {
                return null;
            }
            Bounds range = context.statistics()
                    .get(new Distribution(old))
                    .map(Histogram::bounds)
                    .orElse(null);
            if (range == null) { // a value of a region, which nobody sees
                return null;
            }
            b.at(original.location());
            Value operand = node.op() instanceof MatMul m ? m.x() : ((Conv) node.op()).x();
            Value x = done.computeIfAbsent(b, _ -> new IdentityHashMap<>())
                    .computeIfAbsent(operand, v -> rounded(v, range, b));
            context.applied(this, "operands of 8 bits", original);
            return List.of(b.named(
                    b.add(product(node.op(), x, b, context)), original.result().name()));
        });
    }

    /** The distributions of what is multiplied by constant weights. */
    @Override
    public List<Distribution> measures(Graph graph) {
        Map<Value, WeightRole> roles = WeightRole.of(graph, least);
        return graph.nodes().stream()
                .flatMap(n -> operand(n, roles).stream())
                .distinct()
                .map(Distribution::new)
                .toList();
    }

    private static Optional<Value> operand(Node n, Map<Value, WeightRole> roles) {
        return switch (n.op()) {
            case MatMul m when roles.containsKey(m.y()) && m.y().tensorType().rank() == 2 -> Optional.of(m.x());
            case Conv c when roles.containsKey(c.weights()) -> Optional.of(c.x());
            default -> Optional.empty();
        };
    }

    private static Op product(Op op, Value x, Builder b, PassContext context) {
        return switch (op) {
            case MatMul m -> new MatMul(x, weights(m.y(), 1, "product", b, context));
            case Conv c ->
                new Conv(x, weights(c.weights(), 0, "convolution", b, context), c.window(), c.groups(), c.layout());
            default -> throw new IllegalStateException(op.mnemonic());
        };
    }

    private static Value weights(Value w, int axis, String use, Builder b, PassContext context) {
        Tensor t = b.constant(w).orElseThrow();
        QuantizedTensor q = QuantizedTensor.perChannel(t, axis, 8);
        new ChangedWeight(w.name(), use, t.size(), 8, q.sqnr()).tell(context);
        return b.add(
                new Dequantize(
                        b.constant(q.numbers(), w.name() + "_quantized"),
                        b.constant(q.scale(), w.name() + "_scale"),
                        Optional.empty(),
                        ElementType.F32,
                        axis,
                        0),
                w.name());
    }

    /** {@code v} on the grid of 8 bits that covers {@code range}. */
    private static Value rounded(Value v, Bounds range, Builder b) {
        float width = (range.high() - range.low()) / LEVELS;
        float step = width >= Float.MIN_NORMAL ? width : 1;
        long zero = Math.clamp((long) Math.rint(-range.low() / step), 0, LEVELS);
        Value scale = b.constant(Tensor.scalar(step), v.name() + "_scale");
        Optional<Value> zeroPoint =
                Optional.of(b.constant(Tensor.scalar(ElementType.U8, zero), v.name() + "_zero_point"));
        Value numbers = b.add(
                new Quantize(v, scale, zeroPoint, ElementType.U8, ElementType.F32, 0, 0, true),
                v.name() + "_quantized");
        return b.add(new Dequantize(numbers, scale, zeroPoint, ElementType.F32, 0, 0), v.name());
    }
}
