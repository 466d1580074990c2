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
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.passes.weights.WeightRole;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stores weights as floats of 16 bits, which a {@code cast} widens again; what is computed stays floats of 32 bits.
 * Weights with a number that 16 bits cannot hold stay as they are.
 */
public record ConvertWeights(
        @Option("the type that weights are stored in") Precision to,

        @Option("the least number of elements of a constant that is changed")
        long least)
        implements Pass {

    /** A type of 16 bits. */
    public enum Precision {
        /** 11 bits of precision, up to 65,504. */
        F16(ElementType.F16),
        /** 8 bits of precision, the range of 32 bits. */
        BF16(ElementType.BF16);

        private final ElementType type;

        Precision(ElementType type) {
            this.type = type;
        }
    }

    public ConvertWeights() {
        this(Precision.F16, 1024);
    }

    @Override
    public String name() {
        return "convert-weights";
    }

    @Override
    public String description() {
        return "store weights as floats of 16 bits, and compute in floats of 32 bits";
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
            List<Value> made = null;
            if (node.op() instanceof Constant(Tensor t) && roles.get(original.result()) instanceof WeightRole role) {
                made = role.kind() == WeightRole.Kind.TABLE ? null : widened(original, t, role, b, context);
            } else if (node.op() instanceof Gather g
                    && original.op() instanceof Gather old
                    && roles.get(old.x()) instanceof WeightRole role
                    && role.kind() == WeightRole.Kind.TABLE) {
                made = rows(original, g, b, context);
            }
            if (made != null) {
                context.applied(this, "weights of 16 bits", original);
            }
            return made;
        });
    }

    private @Nullable List<Value> widened(Node original, Tensor t, WeightRole role, Builder b, PassContext context) {
        Tensor narrow = narrow(t);
        if (narrow == null) {
            return null;
        }
        String name = original.result().name();
        String use = role.kind() == WeightRole.Kind.PRODUCT ? "product" : "convolution";
        new ChangedWeight(name, use, t.size(), 16, sqnr(t, narrow)).tell(context);
        b.at(original.location());
        return List.of(b.named(b.cast(b.constant(narrow, name + "_" + to.type.text()), ElementType.F32), name));
    }

    private @Nullable List<Value> rows(Node original, Gather g, Builder b, PassContext context) {
        Tensor t = b.constant(g.x()).orElse(null);
        Tensor narrow = t == null ? null : narrow(t);
        if (t == null || narrow == null) {
            return null;
        }
        new ChangedWeight(g.x().name(), "table", t.size(), 16, sqnr(t, narrow)).tell(context);
        b.at(original.location());
        Value table = b.constant(narrow, g.x().name() + "_" + to.type.text());
        return List.of(b.named(
                b.cast(b.gather(table, g.indices(), g.axis()), ElementType.F32),
                original.result().name()));
    }

    /** Null if a finite number becomes an infinite one. */
    private @Nullable Tensor narrow(Tensor t) {
        Tensor narrow = Tensor.zeros(to.type, t.dims());
        for (long i = 0; i < t.size(); i++) {
            float x = t.getFloat(i);
            narrow.setFloat(i, x);
            if (Float.isFinite(x) && !Float.isFinite(narrow.getFloat(i))) {
                return null;
            }
        }
        return narrow;
    }

    private static double sqnr(Tensor wide, Tensor narrow) {
        double signal = 0;
        double noise = 0;
        for (long i = 0; i < wide.size(); i++) {
            double x = wide.getFloat(i);
            signal += x * x;
            noise += (x - narrow.getFloat(i)) * (x - narrow.getFloat(i));
        }
        return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }
}
