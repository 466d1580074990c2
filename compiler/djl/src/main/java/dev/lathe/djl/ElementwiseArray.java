package dev.lathe.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrayAdapter;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;

/** The functions of an array that take its elements one by one. */
abstract class ElementwiseArray extends NDArrayAdapter {
    private Tensor tensor;

    ElementwiseArray(LatheNDManager manager, Tensor tensor) {
        super(manager, null, new Shape(tensor.dims()), DataTypes.of(tensor.element()), NDManager.nextUid());
        this.tensor = tensor;
    }

    final Tensor tensor() {
        return tensor;
    }

    LatheNDArray of(Tensor result) {
        return new LatheNDArray((LatheNDManager) manager, result);
    }

    Tensor tensor(NDArray other) {
        return ((LatheNDManager) manager).from(other).tensor();
    }

    Tensor tensor(Number value) {
        return ArrayMath.scalar(tensor, value);
    }

    void become(Tensor result) {
        tensor = result;
        shape = new Shape(result.dims());
        dataType = DataTypes.of(result.element());
    }

    LatheNDArray unary(UnaryFunction function) {
        return of(ArrayMath.compute((b, v) -> b.unary(function, v.getFirst()), floating()));
    }

    /** This, with floating-point elements. */
    Tensor floating() {
        return ArrayMath.cast(tensor, tensor.element().isFloat() ? tensor.element() : ElementType.F32);
    }

    LatheNDArray binary(BinaryFunction function, Tensor other) {
        return of(ArrayMath.binary(function, tensor, other));
    }

    NDArray inPlace(BinaryFunction function, Tensor other) {
        become(ArrayMath.cast(ArrayMath.binary(function, tensor, other), tensor.element()));
        return this;
    }

    LatheNDArray compare(Comparison comparison, Tensor other) {
        ElementType type = ArrayMath.common(tensor.element(), other.element());
        return of(ArrayMath.compute(
                (b, v) -> b.compare(comparison, v.getFirst(), v.getLast()),
                ArrayMath.cast(tensor, type),
                ArrayMath.cast(other, type)));
    }

    @Override
    public NDArray add(Number value) {
        return binary(BinaryFunction.ADD, tensor(value));
    }

    @Override
    public NDArray add(NDArray other) {
        return binary(BinaryFunction.ADD, tensor(other));
    }

    @Override
    public NDArray addi(Number value) {
        return inPlace(BinaryFunction.ADD, tensor(value));
    }

    @Override
    public NDArray addi(NDArray other) {
        return inPlace(BinaryFunction.ADD, tensor(other));
    }

    @Override
    public NDArray sub(Number value) {
        return binary(BinaryFunction.SUBTRACT, tensor(value));
    }

    @Override
    public NDArray sub(NDArray other) {
        return binary(BinaryFunction.SUBTRACT, tensor(other));
    }

    @Override
    public NDArray subi(Number value) {
        return inPlace(BinaryFunction.SUBTRACT, tensor(value));
    }

    @Override
    public NDArray subi(NDArray other) {
        return inPlace(BinaryFunction.SUBTRACT, tensor(other));
    }

    @Override
    public NDArray mul(Number value) {
        return binary(BinaryFunction.MULTIPLY, tensor(value));
    }

    @Override
    public NDArray mul(NDArray other) {
        return binary(BinaryFunction.MULTIPLY, tensor(other));
    }

    @Override
    public NDArray muli(Number value) {
        return inPlace(BinaryFunction.MULTIPLY, tensor(value));
    }

    @Override
    public NDArray muli(NDArray other) {
        return inPlace(BinaryFunction.MULTIPLY, tensor(other));
    }

    @Override
    public NDArray div(Number value) {
        return binary(BinaryFunction.DIVIDE, tensor(value));
    }

    @Override
    public NDArray div(NDArray other) {
        return binary(BinaryFunction.DIVIDE, tensor(other));
    }

    @Override
    public NDArray divi(Number value) {
        return inPlace(BinaryFunction.DIVIDE, tensor(value));
    }

    @Override
    public NDArray divi(NDArray other) {
        return inPlace(BinaryFunction.DIVIDE, tensor(other));
    }

    @Override
    public NDArray pow(Number value) {
        return binary(BinaryFunction.POW, tensor(value));
    }

    @Override
    public NDArray pow(NDArray other) {
        return binary(BinaryFunction.POW, tensor(other));
    }

    @Override
    public NDArray powi(Number value) {
        return inPlace(BinaryFunction.POW, tensor(value));
    }

    @Override
    public NDArray powi(NDArray other) {
        return inPlace(BinaryFunction.POW, tensor(other));
    }

    @Override
    public NDArray maximum(Number value) {
        return binary(BinaryFunction.MAX, tensor(value));
    }

    @Override
    public NDArray maximum(NDArray other) {
        return binary(BinaryFunction.MAX, tensor(other));
    }

    @Override
    public NDArray minimum(Number value) {
        return binary(BinaryFunction.MIN, tensor(value));
    }

    @Override
    public NDArray minimum(NDArray other) {
        return binary(BinaryFunction.MIN, tensor(other));
    }

    @Override
    public NDArray eq(Number value) {
        return compare(Comparison.EQUAL, tensor(value));
    }

    @Override
    public NDArray eq(NDArray other) {
        return compare(Comparison.EQUAL, tensor(other));
    }

    @Override
    public NDArray neq(Number value) {
        return compare(Comparison.NOT_EQUAL, tensor(value));
    }

    @Override
    public NDArray neq(NDArray other) {
        return compare(Comparison.NOT_EQUAL, tensor(other));
    }

    @Override
    public NDArray gt(Number value) {
        return compare(Comparison.GREATER, tensor(value));
    }

    @Override
    public NDArray gt(NDArray other) {
        return compare(Comparison.GREATER, tensor(other));
    }

    @Override
    public NDArray gte(Number value) {
        return compare(Comparison.GREATER_OR_EQUAL, tensor(value));
    }

    @Override
    public NDArray gte(NDArray other) {
        return compare(Comparison.GREATER_OR_EQUAL, tensor(other));
    }

    @Override
    public NDArray lt(Number value) {
        return compare(Comparison.LESS, tensor(value));
    }

    @Override
    public NDArray lt(NDArray other) {
        return compare(Comparison.LESS, tensor(other));
    }

    @Override
    public NDArray lte(Number value) {
        return compare(Comparison.LESS_OR_EQUAL, tensor(value));
    }

    @Override
    public NDArray lte(NDArray other) {
        return compare(Comparison.LESS_OR_EQUAL, tensor(other));
    }

    @Override
    public NDArray exp() {
        return unary(UnaryFunction.EXP);
    }

    @Override
    public NDArray log() {
        return unary(UnaryFunction.LOG);
    }

    @Override
    public NDArray sqrt() {
        return unary(UnaryFunction.SQRT);
    }

    @Override
    public NDArray sin() {
        return unary(UnaryFunction.SIN);
    }

    @Override
    public NDArray cos() {
        return unary(UnaryFunction.COS);
    }

    @Override
    public NDArray tan() {
        return unary(UnaryFunction.TAN);
    }

    @Override
    public NDArray tanh() {
        return unary(UnaryFunction.TANH);
    }

    @Override
    public NDArray sinh() {
        return unary(UnaryFunction.SINH);
    }

    @Override
    public NDArray cosh() {
        return unary(UnaryFunction.COSH);
    }

    @Override
    public NDArray erf() {
        return unary(UnaryFunction.ERF);
    }

    @Override
    public NDArray floor() {
        return unary(UnaryFunction.FLOOR);
    }

    @Override
    public NDArray ceil() {
        return unary(UnaryFunction.CEIL);
    }

    @Override
    public NDArray round() {
        return unary(UnaryFunction.ROUND);
    }

    @Override
    public NDArray sign() {
        return unary(UnaryFunction.SIGN);
    }

    @Override
    public NDArray neg() {
        return of(ArrayMath.compute((b, v) -> b.negate(v.getFirst()), tensor));
    }

    @Override
    public NDArray abs() {
        return of(ArrayMath.compute((b, v) -> b.unary(UnaryFunction.ABS, v.getFirst()), tensor));
    }

    @Override
    public NDArray square() {
        return binary(BinaryFunction.MULTIPLY, tensor);
    }

    @Override
    public NDArray clip(Number min, Number max) {
        return maximum(min).minimum(max);
    }

    @Override
    public NDArray logicalAnd(NDArray other) {
        return logical(BinaryFunction.AND, other);
    }

    @Override
    public NDArray logicalOr(NDArray other) {
        return logical(BinaryFunction.OR, other);
    }

    @Override
    public NDArray logicalXor(NDArray other) {
        return logical(BinaryFunction.XOR, other);
    }

    private NDArray logical(BinaryFunction function, NDArray other) {
        return of(ArrayMath.binary(
                function, ArrayMath.cast(tensor, ElementType.BOOL), ArrayMath.cast(tensor(other), ElementType.BOOL)));
    }

    @Override
    public NDArray logicalNot() {
        return compare(Comparison.EQUAL, Tensor.scalar(tensor.element(), 0));
    }
}
