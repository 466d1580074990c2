package dev.lathe.passes.fuse;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.type.TensorType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Tells the ops whose result elements depend each on one element of every operand: the elementwise core ops and composites made of them, such as GELU. */
public final class ElementwiseOps {
    private static final Map<Class<?>, Boolean> COMPOSITES = new ConcurrentHashMap<>();

    private ElementwiseOps() {}

    public static boolean isElementwise(Op op) {
        return switch (op) {
            case Elementwise _ -> true;
            case Fused _ -> false;
            case CompositeOp c ->
                !c.operands().isEmpty() && COMPOSITES.computeIfAbsent(c.getClass(), _ -> expandsToElementwise(c));
            default -> false;
        };
    }

    private static boolean expandsToElementwise(CompositeOp op) {
        if (op.operands().stream().anyMatch(v -> !(v.type() instanceof TensorType))) {
            return false;
        }
        Builder b = Builder.graph("expansion");
        Graph expansion = b.build(
                op.expandAll(b), op.infer(Check.INSTANCE).stream().map(t -> "").toList());
        return expansion.nodes().stream().allMatch(n -> n.op() instanceof Constant || isElementwise(n.op()));
    }
}
