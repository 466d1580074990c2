package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Matrix products of floats, doubles and, where a target takes them, integers of 32 and 64 bits, which wrap. */
public final class Products {
    private static final String INNER = "the inner dimensions of a matrix product differ";

    /** Matrices of fewer columns would be padded to several times as many. */
    private static final long FEWEST_COLUMNS = 16;

    private Products() {}

    public static void addTo(Kernels kernels) {
        kernels.anchor(MatMul.class, Products::product);
    }

    private static boolean product(Planner p, MatMul m, Value result, @Nullable Epilogue epilogue) {
        ElementType element = result.tensorType().element();
        boolean alone = switch (element) {
            case F64 -> true;
            case I32, U32, I64, U64 -> p.kernels().multipliesIntegers();
            default -> false;
        };
        if (element != ElementType.F32 && (!alone || epilogue != null)) {
            return false;
        }
        Shape x = m.x().tensorType().shape();
        Shape y = m.y().tensorType().shape();
        Weight weights = element == ElementType.F32 ? p.constant(m.y()) : null;
        if (weights != null && y.rank() == 2 && x.rank() >= 1 && (epilogue == null || x.rank() >= 2)) {
            return withWeights(p, m, weights, result, epilogue);
        }
        if (weights != null && packsBatches(p.kernels(), m)) {
            return withMatrices(p, m, weights, result, epilogue);
        }
        boolean vector = x.rank() < 2 || y.rank() < 2;
        return (!vector || epilogue == null) && batched(p, m, result, epilogue);
    }

    /** Whether the right operand, if it is known at load, is packed as a matrix for each of a batch. */
    static boolean packsBatches(Kernels kernels, MatMul m) {
        TensorType y = m.y().tensorType();
        return kernels.hasBatchedMatrices()
                && m.x().tensorType().rank() >= 2
                && y.rank() > 2
                && y.isStatic()
                && y.dim(-1).constant() >= FEWEST_COLUMNS;
    }

    private static boolean withMatrices(
            Planner p, MatMul m, Weight weights, Value result, @Nullable Epilogue epilogue) {
        Finish finish = Finish.of(p, epilogue, result, false);
        if (finish == null) {
            return false;
        }
        View x = p.contiguous(m.x());
        p.requireEqual(x.shape().dim(-1), Dim.of(weights.dim(weights.rank() - 2)), INNER);
        requireBroadcasts(
                p,
                List.of(x.shape(), weights.type().shape()),
                result.tensorType().shape());
        p.add(new Step.BatchedMatrices(x, weights, finish.kernel(), p.allocate(finish.result())));
        return true;
    }

    private static void requireBroadcasts(Planner p, List<Shape> operands, Shape result) {
        for (Shape s : operands) {
            for (int i = 3; i <= s.rank(); i++) {
                Dim own = s.dim(s.rank() - i);
                Dim all = result.dim(result.rank() - i);
                if (!own.isConstant(1) && !own.equals(all)) {
                    p.add(new Step.Guard(
                            new Condition.Broadcasts(own, all), "the batches of a matrix product do not broadcast"));
                }
            }
        }
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
                p.bytes(m.x(), m.y(), weights.dim(0)),
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
        // A vector is the only row, or the only column, of a matrix.
        boolean row = x.shape().rank() == 1;
        boolean column = y.shape().rank() == 1;
        x = row ? x.reshaped(Shape.of(Dim.ONE, x.shape().dim(0))) : x;
        y = column ? y.reshaped(Shape.of(y.shape().dim(0), Dim.ONE)) : y;
        p.requireEqual(x.shape().dim(-1), y.shape().dim(-2), INNER);
        List<Dim> dims = new ArrayList<>(result.tensorType().shape().dims());
        if (column) {
            dims.add(Dim.ONE);
        }
        if (row) {
            dims.add(dims.size() - 1, Dim.ONE);
        }
        Shape shape = Shape.of(dims);
        requireBroadcasts(p, List.of(x.shape(), y.shape()), shape);
        View to = p.allocate(finish.result());
        p.add(new Step.BatchedProduct(x, y, finish.kernel(), row || column ? to.reshaped(shape) : to));
        return true;
    }
}
