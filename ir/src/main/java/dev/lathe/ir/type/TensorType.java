package dev.lathe.ir.type;

import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of {@code element}s with dimensions {@code shapeOrNull}; a null shape is an unranked tensor, which exists
 * only to carry declared-but-unknown inputs and the items of heterogeneous sequences.
 */
public record TensorType(ElementType element, @Nullable Shape shapeOrNull) implements Type {

    /** A tensor type with constant dimensions. */
    public static TensorType of(ElementType element, long... dims) {
        return new TensorType(element, Shape.of(dims));
    }

    public static TensorType of(ElementType element, Shape shape) {
        return new TensorType(element, shape);
    }

    public static TensorType scalar(ElementType element) {
        return new TensorType(element, Shape.SCALAR);
    }

    public static TensorType unranked(ElementType element) {
        return new TensorType(element, null);
    }

    public boolean isRanked() {
        return shapeOrNull != null;
    }

    /**
     * The shape of a ranked tensor.
     *
     * @throws IllegalStateException if it is unranked
     */
    public Shape shape() {
        if (shapeOrNull == null) {
            throw new IllegalStateException("an unranked tensor has no shape");
        }
        return shapeOrNull;
    }

    public int rank() {
        return shape().rank();
    }

    public Dim dim(int axis) {
        return shape().dim(axis);
    }

    public TensorType withShape(Shape newShape) {
        return new TensorType(element, newShape);
    }

    public TensorType withElement(ElementType newElement) {
        return new TensorType(newElement, shapeOrNull);
    }

    @Override
    public TensorType mapDims(UnaryOperator<Dim> function) {
        return shapeOrNull == null ? this : new TensorType(element, shapeOrNull.map(function));
    }

    @Override
    public void collectSymbols(Set<String> into) {
        if (shapeOrNull != null) {
            for (Dim d : shapeOrNull.dims()) {
                d.collectSymbols(into);
            }
        }
    }

    @Override
    public String toString() {
        return element.text() + (shapeOrNull == null ? "[*]" : shapeOrNull);
    }
}
