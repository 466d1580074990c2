package dev.lathe.ir.type;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The dimensions of a tensor, outermost first; the empty shape is a scalar's. */
public record Shape(List<Dim> dims) {
    public static final Shape SCALAR = new Shape(List.of());

    public Shape {
        dims = List.copyOf(dims);
    }

    public static Shape of(long... dims) {
        Dim[] all = new Dim[dims.length];
        for (int i = 0; i < dims.length; i++) {
            all[i] = Dim.of(dims[i]);
        }
        return of(all);
    }

    public static Shape of(Dim... dims) {
        return new Shape(List.of(dims));
    }

    public static Shape of(List<Dim> dims) {
        return new Shape(dims);
    }

    public int rank() {
        return dims.size();
    }

    /** The dimension at {@code axis}; a negative axis counts from the end. */
    public Dim dim(int axis) {
        return dims.get(axis < 0 ? axis + dims.size() : axis);
    }

    /** The number of elements. */
    public Dim elements() {
        return dims.stream().reduce(Dim.ONE, Dim::times);
    }

    public boolean isStatic() {
        return dims.stream().allMatch(Dim::isConstant);
    }

    /** The dimensions as numbers, when all are constants. */
    public Optional<long[]> constants() {
        return isStatic() ? Optional.of(dims.stream().mapToLong(Dim::constant).toArray()) : Optional.empty();
    }

    public Shape map(UnaryOperator<Dim> function) {
        return new Shape(dims.stream().map(function).toList());
    }

    /** This shape with the dimension at {@code axis} replaced. */
    public Shape with(int axis, Dim dim) {
        List<Dim> copy = new ArrayList<>(dims);
        copy.set(axis < 0 ? axis + dims.size() : axis, dim);
        return new Shape(copy);
    }

    /** This shape without the dimension at {@code axis}. */
    public Shape without(int axis) {
        List<Dim> copy = new ArrayList<>(dims);
        copy.remove(axis < 0 ? axis + dims.size() : axis);
        return new Shape(copy);
    }

    /** The dimensions from {@code from} (inclusive) to {@code to} (exclusive). */
    public Shape slice(int from, int to) {
        return new Shape(dims.subList(from, to));
    }

    public Shape concat(Shape other) {
        List<Dim> all = new ArrayList<>(dims);
        all.addAll(other.dims);
        return new Shape(all);
    }

    @Override
    public String toString() {
        return dims.stream().map(Dim::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
