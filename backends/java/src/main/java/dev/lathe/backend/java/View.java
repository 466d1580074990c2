package dev.lathe.backend.java;

import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * A value as elements of a place: element {@code [i, j, …]} is at
 * {@code offset + i * strides[0] + j * strides[1] + …}. Transposes, slices, reshapes and broadcasts are views; a
 * kernel that needs neighbours asks for a contiguous one.
 */
record View(TensorType type, Place place, Dim offset, List<Dim> strides) {

    static View contiguous(TensorType type, Place place) {
        return new View(type, place, Dim.ZERO, strides(type.shape()));
    }

    /** The strides of a row-major tensor. */
    static List<Dim> strides(Shape shape) {
        List<Dim> strides = new ArrayList<>();
        Dim stride = Dim.ONE;
        for (int i = shape.rank() - 1; i >= 0; i--) {
            strides.addFirst(stride);
            stride = stride.times(shape.dim(i));
        }
        return strides;
    }

    /** Whether a long can count the elements; sizes that are not known are looked at when it runs. */
    static boolean isAddressable(Shape shape) {
        try {
            strides(shape);
            return true;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    boolean isBoxed() {
        return place instanceof Place.Box;
    }

    Shape shape() {
        return type.shape();
    }

    /** Whether elements are neighbours in row-major order; the stride of an axis with one element does not matter. */
    boolean isContiguous() {
        List<Dim> wanted = strides(shape());
        for (int i = 0; i < strides.size(); i++) {
            if (!shape().dim(i).isConstant(1) && !strides.get(i).equals(wanted.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** These elements, which are contiguous, in another shape. */
    View reshaped(Shape shape) {
        return new View(type.withShape(shape), place, offset, strides(shape));
    }

    View transposed(List<Integer> perm) {
        return new View(
                type.withShape(Shape.of(perm.stream().map(type::dim).toList())),
                place,
                offset,
                perm.stream().map(strides::get).toList());
    }
}
