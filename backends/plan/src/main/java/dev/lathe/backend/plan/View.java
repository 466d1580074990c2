package dev.lathe.backend.plan;

import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A value as elements of a place: element {@code [i, j, …]} is at
 * {@code offset + i * strides[0] + j * strides[1] + …}. Transposes, slices, reshapes and broadcasts are views; a
 * kernel that reads one element after the other asks for a contiguous one.
 */
public record View(TensorType type, Place place, Dim offset, List<Dim> strides) {

    public static View contiguous(TensorType type, Place place) {
        return new View(type, place, Dim.ZERO, strides(type.shape()));
    }

    /** The strides of a row-major tensor. */
    public static List<Dim> strides(Shape shape) {
        List<Dim> strides = new ArrayList<>();
        Dim stride = Dim.ONE;
        for (int i = shape.rank() - 1; i >= 0; i--) {
            strides.addFirst(stride);
            stride = stride.times(shape.dim(i));
        }
        return strides;
    }

    /** Whether a long can count the elements; sizes that are not known are looked at when it runs. */
    public static boolean isAddressable(Shape shape) {
        try {
            strides(shape);
            return true;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    public boolean isInSlot() {
        return place instanceof Place.Slot;
    }

    public Shape shape() {
        return type.shape();
    }

    /**
     * Whether elements follow one another in row-major order; the stride of an axis with one element does not matter.
     */
    public boolean isContiguous() {
        List<Dim> wanted = strides(shape());
        for (int i = 0; i < strides.size(); i++) {
            if (!shape().dim(i).isConstant(1) && !strides.get(i).equals(wanted.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * From one row to the next, if the elements of a row, which is the last axis, follow one another, and rows are as
     * far apart throughout.
     */
    public Optional<Dim> rowStride() {
        int rank = shape().rank();
        if (isInSlot() || rank < 2 || !strides.get(rank - 1).isConstant(1)) {
            return Optional.empty();
        }
        Dim stride = strides.get(rank - 2);
        Dim wanted = stride;
        for (int i = rank - 2; i >= 0; i--) {
            if (!shape().dim(i).isConstant(1) && !strides.get(i).equals(wanted)) {
                return Optional.empty();
            }
            wanted = wanted.times(shape().dim(i));
        }
        return Optional.of(stride);
    }

    /** Some columns of the rows of this. */
    View columns(TensorType part, Dim at) {
        return new View(part, place, offset.plus(at.times(strides.getLast())), strides);
    }

    /** These elements, which are contiguous, in another shape. */
    public View reshaped(Shape shape) {
        return new View(type.withShape(shape), place, offset, strides(shape));
    }

    public View transposed(List<Integer> perm) {
        return new View(
                type.withShape(Shape.of(perm.stream().map(type::dim).toList())),
                place,
                offset,
                perm.stream().map(strides::get).toList());
    }
}
