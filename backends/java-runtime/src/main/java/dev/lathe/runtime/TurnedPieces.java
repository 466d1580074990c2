package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import java.lang.reflect.Array;
import org.jspecify.annotations.Nullable;

/**
 * Parts of pieces of a tensor as the reference computes with their elements, in double precision, turned over so that
 * the elements of all pieces in one place lie side by side. One object for each worker.
 */
final class TurnedPieces {
    private final ElementType type;
    private final NumberElements elements;
    private final MatrixTranspose transpose = new MatrixTranspose();
    private long[] integers = {};
    private @Nullable Object turned;

    TurnedPieces(ElementType type) {
        this.type = type;
        this.elements = new NumberElements(type);
    }

    /**
     * Reads {@code v[i * n + r] = x[at + r * step + i]}.
     *
     * @param n pieces
     * @param length elements of each
     */
    void load(Object x, int at, int step, int n, int length, double[] v) {
        Object from = x;
        int first = at;
        if (n > 1) {
            from = room(x, n * length);
            first = 0;
            transpose.run(n, length, x, at, step, from, 0, n);
        }
        if (type.isFloat()) {
            elements.load(from, first, 1, n * length, v);
            return;
        }
        long[] all = integers(n * length);
        elements.load(from, first, 1, n * length, all);
        for (int i = 0; i < n * length; i++) {
            v[i] = all[i];
        }
    }

    /** Writes {@code y[to + r * step + i] = v[i * n + r]}, rounded to the nearest integer if these are such. */
    void store(double[] v, int n, int length, Object y, int to, int step) {
        Object made = n > 1 ? room(y, n * length) : y;
        int first = n > 1 ? 0 : to;
        if (type.isFloat()) {
            elements.store(v, n * length, made, first, 1);
        } else {
            long[] all = integers(n * length);
            for (int i = 0; i < n * length; i++) {
                all[i] = (long) Math.rint(v[i]);
            }
            elements.store(all, n * length, made, first, 1);
        }
        if (n > 1) {
            transpose.run(length, n, made, 0, n, y, to, step);
        }
    }

    /** An array like {@code like} of at least so many elements. */
    private Object room(Object like, int size) {
        Object array = turned;
        if (array == null || Array.getLength(array) < size) {
            array = Array.newInstance(like.getClass().getComponentType(), size);
            turned = array;
        }
        return array;
    }

    private long[] integers(int size) {
        if (integers.length < size) {
            integers = new long[size];
        }
        return integers;
    }
}
