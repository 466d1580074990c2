package dev.lathe.conformance.operators;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;

/** Tensors by the indices of their elements, as formulas are written. */
final class Indexed {
    private Indexed() {}

    /** An element from its index. */
    interface Element {
        double at(long[] index);
    }

    /** The tensor whose elements a formula gives, rounded to its type. */
    static Tensor tensor(ElementType type, long[] dims, Element formula) {
        Tensor t = Tensor.zeros(type, dims);
        long[] index = new long[dims.length];
        for (long i = 0; i < t.size(); i++) {
            long rest = i;
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                index[axis] = rest % dims[axis];
                rest /= dims[axis];
            }
            double value = formula.at(index);
            if (type.isFloat()) {
                t.setRounded(i, value, false);
            } else {
                t.setLong(i, (long) value);
            }
        }
        return t;
    }

    static long flat(Tensor t, long... index) {
        long flat = 0;
        for (int axis = 0; axis < index.length; axis++) {
            flat = flat * t.dim(axis) + index[axis];
        }
        return flat;
    }

    static double at(Tensor t, long... index) {
        return get(t, flat(t, index));
    }

    /** As {@link #at}, of a tensor that broadcasts to the rank of the index. */
    static double broadcast(Tensor t, long... index) {
        long flat = 0;
        for (int axis = 0; axis < t.rank(); axis++) {
            long i = index[index.length - t.rank() + axis];
            flat = flat * t.dim(axis) + (t.dim(axis) == 1 ? 0 : i);
        }
        return get(t, flat);
    }

    static double get(Tensor t, long flat) {
        return t.element().isFloat() ? t.getDouble(flat) : t.getLong(flat);
    }
}
