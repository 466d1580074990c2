package dev.lathe.passes.quantize;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.passes.weights.WeightRole;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stores weights as integers, which a {@code dequantize} turns into floats again; what is computed stays floats.
 *
 * <p>A product's weights have a scale for each column, or for each block of a column. Filters have one for each
 * channel, of 8 bits, unless all weights of a layer share one. Tables have one for each row, and only the rows that are
 * used become floats. A scale is the one among several with the least squared error. {@link Rounding} says which of the
 * numbers around a weight it becomes.
 */
public record QuantizeWeights(
        @Option("bits of the weights of products: 8 or 4") int bits,

        @Option("weights of a column that share a scale and a zero point; 0: all, without a zero point")
        int block,

        @Option("whether all weights of a layer share one scale")
        boolean perTensor,

        @Option("bits of tables that indices choose rows of: 8, or 32 to keep them")
        int tables,

        @Option("the least number of elements of a constant that is changed")
        long least,

        @Option("which number a weight becomes: gptq and adaround look at data")
        Rounding rounding)
        implements Pass {
    public QuantizeWeights() {
        this(8, 0, false, 8, 1024, Rounding.NEAREST);
    }

    public QuantizeWeights {
        require(bits == 8 || bits == 4, "weights have 8 or 4 bits, not " + bits);
        require(block == 0 || block >= 16, "a block has at least 16 weights, not " + block);
        require(!perTensor || block == 0, "weights of a layer share one scale, or those of a block, not both");
        require(tables == 8 || tables == 32, "tables have 8 bits, or 32, not " + tables);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    @Override
    public String name() {
        return "quantize-weights";
    }

    @Override
    public String description() {
        return "store weights as integers of 8 or 4 bits, and compute in floats";
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
        Map<Value, WeightRole> roles = layers.roles();
        if (roles.isEmpty()) {
            return graph;
        }
        Map<Value, QuantizedTensor> weights = layers.quantized(graph, context);
        return Rebuild.run(graph, (node, original, b) -> {
            List<Value> made = null;
            if (node.op() instanceof Constant && weights.get(original.result()) instanceof QuantizedTensor q) {
                b.at(original.location());
                made = List.of(layers.add(original.result(), q, b, context));
            } else if (tables == 8
                    && original.op() instanceof Gather g
                    && roles.get(g.x()) instanceof WeightRole role
                    && role.kind() == WeightRole.Kind.TABLE) {
                made = rows(original, (Gather) node.op(), role, b, context);
            }
            if (made != null) {
                context.applied(this, "weights of " + bits + " bits", original);
            }
            return made;
        });
    }

    private LayerWeights layers(Graph graph) {
        return new LayerWeights(WeightRole.of(graph, least), bits, block, perTensor, rounding);
    }

    /** The Gram matrices that rounding looks at. */
    @Override
    public List<Gram> measures(Graph graph) {
        return layers(graph).measures(graph);
    }

    /** The rows and their scales are chosen, and what was chosen becomes floats. */
    private static @Nullable List<Value> rows(
            Node original, Gather g, WeightRole role, Builder b, PassContext context) {
        Tensor t = b.constant(g.x()).orElse(null);
        if (t == null) {
            return null;
        }
        QuantizedTensor q = QuantizedTensor.perChannel(t, role.channelAxis(), 8);
        String name = g.x().name();
        new ChangedWeight(name, "table", t.size(), 8, q.sqnr()).tell(context);
        b.at(original.location());
        Value table = b.constant(q.numbers(), name + "_quantized");
        Value scales = b.constant(q.scale().reshape(t.dim(0), 1), name + "_scale");
        Value chosen = b.cast(b.gather(table, g.indices(), 0), ElementType.F32);
        return List.of(b.named(
                b.multiply(chosen, b.gather(scales, g.indices(), 0)),
                original.result().name()));
    }
}
