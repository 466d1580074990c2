package dev.lathe.backend.plan;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What follows a product: an addition of constants per column is what the sums start from, the rest of the epilogue a
 * kernel.
 */
record Finish(Optional<Weight> bias, @Nullable ElementwiseKernel kernel, Value result) {

    /** Null if the epilogue needs what no kernel has. */
    static @Nullable Finish of(Planner p, @Nullable Epilogue epilogue, Value anchor, boolean takesBias) {
        if (epilogue == null) {
            return new Finish(Optional.empty(), null, anchor);
        }
        Shape shape = anchor.tensorType().shape();
        Weight bias = null;
        Epilogue rest = epilogue;
        Value start = anchor;
        if (takesBias && !epilogue.isEmpty() && shape.rank() > 0) {
            Node first = epilogue.nodes().getFirst();
            Weight t = columnConstant(p, first, anchor, shape.dim(-1));
            boolean only = epilogue.nodes().stream()
                            .filter(n -> n.op().operands().contains(anchor))
                            .count()
                    == 1;
            if (t != null && only && first.result().tensorType().shape().equals(shape)) {
                bias = t;
                rest = epilogue.withoutFirst();
                start = first.result();
            }
        }
        if (rest.isEmpty()) {
            return new Finish(Optional.ofNullable(bias), null, rest.result());
        }
        ElementwiseKernel kernel = p.epilogue(rest, start, shape);
        return kernel == null ? null : new Finish(Optional.ofNullable(bias), kernel, rest.result());
    }

    /** The constant that {@code n} adds to {@code anchor}, if it has one element for each column. */
    private static @Nullable Weight columnConstant(Planner p, Node n, Value anchor, Dim columns) {
        if (!(n.op() instanceof Binary(BinaryFunction f, Value x, Value y)) || f != BinaryFunction.ADD) {
            return null;
        }
        Weight t = x == anchor ? p.constant(y) : y == anchor ? p.constant(x) : null;
        boolean fits = t != null
                && t.element() == ElementType.F32
                && columns.isConstant(t.size())
                && t.rank() > 0
                && t.dim(t.rank() - 1) == t.size();
        return fits ? t : null;
    }
}
