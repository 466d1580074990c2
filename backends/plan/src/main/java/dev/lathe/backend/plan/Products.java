package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Matrix products of floats and doubles, and of wide integers. */
public final class Products {
    private static final String INNER = "the inner dimensions of a matrix product differ";

    private Products() {}

    public static void addTo(Kernels kernels) {
        kernels.anchor(MatMul.class, Products::product);
    }

    /** Adds products of integers of 32 and 64 bits, which wrap. */
    public static void addIntegersTo(Kernels kernels) {
        kernels.otherwise(MatMul.class, Products::integers);
    }

    private static boolean integers(Planner p, MatMul m, Value result) {
        return switch (result.tensorType().element()) {
            case I32, U32, I64, U64 ->
                m.x().tensorType().rank() >= 2 && m.y().tensorType().rank() >= 2 && batched(p, m, result, null);
            default -> false;
        };
    }

    private static boolean product(Planner p, MatMul m, Value result, @Nullable Epilogue epilogue) {
        ElementType element = result.tensorType().element();
        if (element != ElementType.F32 && (element != ElementType.F64 || epilogue != null)) {
            return false;
        }
        Shape x = m.x().tensorType().shape();
        Shape y = m.y().tensorType().shape();
        Weight weights = element == ElementType.F32 ? p.constant(m.y()) : null;
        if (weights != null && y.rank() == 2 && x.rank() >= 1 && (epilogue == null || x.rank() >= 2)) {
            return withWeights(p, m, weights, result, epilogue);
        }
        return x.rank() >= 2 && y.rank() >= 2 && batched(p, m, result, epilogue);
    }

    private static boolean withWeights(Planner p, MatMul m, Weight weights, Value result, @Nullable Epilogue epilogue) {
        Finish finish = Finish.of(p, epilogue, result, true);
        if (finish == null) {
            return false;
        }
        View x = p.rows(m.x());
        p.requireEqual(x.shape().dim(-1), Dim.of(weights.dim(0)), INNER);
        p.add(new Step.MatrixProduct(
                x,
                x.shape().slice(0, x.shape().rank() - 1).elements(),
                new Step.MatrixProduct.Matrix(weights, false, finish.bias()),
                finish.kernel(),
                p.allocateRows(finish.result())));
        return true;
    }

    private static boolean batched(Planner p, MatMul m, Value result, @Nullable Epilogue epilogue) {
        Finish finish = Finish.of(p, epilogue, result, false);
        if (finish == null) {
            return false;
        }
        View x = p.contiguous(m.x());
        View y = p.contiguous(m.y());
        p.requireEqual(x.shape().dim(-1), y.shape().dim(-2), INNER);
        for (Shape s : List.of(x.shape(), y.shape())) {
            for (int i = 3; i <= s.rank(); i++) {
                Dim own = s.dim(s.rank() - i);
                Dim all = result.tensorType().dim(result.tensorType().rank() - i);
                if (!own.isConstant(1) && !own.equals(all)) {
                    p.add(new Step.Guard(
                            new Condition.Broadcasts(own, all), "the batches of a matrix product do not broadcast"));
                }
            }
        }
        p.add(new Step.BatchedProduct(x, y, finish.kernel(), p.allocate(finish.result())));
        return true;
    }
}
