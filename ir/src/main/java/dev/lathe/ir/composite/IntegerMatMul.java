package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * The matrix product of integers less their zero points, as integers of 32 bits: {@code (x - xZero) · (y - yZero)}. A
 * zero point is a scalar, has an element for each row of {@code x} or each column of {@code y}, or broadcasts to its
 * operand. ONNX MatMulInteger.
 */
public record IntegerMatMul(Value x, Value y, Optional<Value> xZero, Optional<Value> yZero) implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.integer(x).integer(y);
        xZero.ifPresent(z -> check.sameElement(x, z));
        yZero.ifPresent(z -> check.sameElement(y, z));
        TensorType wide = x.tensorType().withElement(y.tensorType().element());
        TensorType product =
                (TensorType) new MatMul(new Value("x", wide), y).infer(check).getFirst();
        return List.of(product.withElement(ElementType.I32));
    }

    @Override
    public List<Value> expandAll(Builder b) {
        return List.of(b.matMul(centered(b, x, xZero, true), centered(b, y, yZero, false)));
    }

    private static Value centered(Builder b, Value x, Optional<Value> zeroPoint, boolean rows) {
        Value wide = b.cast(x, ElementType.I32);
        return zeroPoint
                .map(z -> b.subtract(wide, b.cast(aligned(b, z, x, rows), ElementType.I32)))
                .orElse(wide);
    }

    /** A vector with an element for each row of a matrix, or each column, as it broadcasts against the matrix. */
    public static Value aligned(Builder b, Value v, Value matrix, boolean rows) {
        boolean vector = v.tensorType().rank() == 1 && matrix.tensorType().rank() > 1;
        return vector && rows && !v.tensorType().dim(0).isConstant(1)
                ? b.reshape(v, Shape.of(v.tensorType().dim(0), Dim.ONE))
                : v;
    }
}
