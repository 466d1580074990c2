package dev.lathe.ir.eval;

import dev.lathe.ir.tensor.Sizes;
import java.util.List;

/** Arithmetic of row-major indices, shared by the evaluation of all ops. */
final class Strides {
    private Strides() {}

    static long elements(long[] dims) {
        return Sizes.elements(dims);
    }

    /** Row-major strides in elements. */
    static long[] of(long[] dims) {
        long[] strides = new long[dims.length];
        long s = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = s;
            s *= dims[i];
        }
        return strides;
    }

    /**
     * Strides with which a tensor of {@code dims} is read as if it were broadcast to {@code to}: 0 along repeated
     * axes.
     */
    static long[] broadcast(long[] dims, long[] to) {
        long[] own = of(dims);
        long[] strides = new long[to.length];
        int skip = to.length - dims.length;
        for (int i = 0; i < dims.length; i++) {
            strides[skip + i] = dims[i] == 1 && to[skip + i] != 1 ? 0 : own[i];
        }
        return strides;
    }

    /** The shape that shapes broadcast to at run time. */
    static long[] broadcastShape(List<long[]> shapes) {
        int rank = shapes.stream().mapToInt(s -> s.length).max().orElse(0);
        long[] out = new long[rank];
        java.util.Arrays.fill(out, 1);
        for (long[] s : shapes) {
            for (int i = 0; i < s.length; i++) {
                int at = rank - s.length + i;
                if (s[i] != 1) {
                    if (out[at] != 1 && out[at] != s[i]) {
                        throw new dev.lathe.ir.op.InvalidOpException(
                                "dimensions " + out[at] + " and " + s[i] + " do not broadcast");
                    }
                    out[at] = s[i];
                }
            }
        }
        return out;
    }

    /** Advances a multi-index in row-major order; false after the last. */
    static boolean next(long[] index, long[] dims) {
        for (int i = dims.length - 1; i >= 0; i--) {
            if (++index[i] < dims[i]) {
                return true;
            }
            index[i] = 0;
        }
        return false;
    }

    static long offset(long[] index, long[] strides) {
        long o = 0;
        for (int i = 0; i < index.length; i++) {
            o += index[i] * strides[i];
        }
        return o;
    }

    /** Calls {@code body} for every multi-index of {@code dims} with its flat position. */
    static void forEach(long[] dims, IndexBody body) {
        long n = elements(dims);
        long[] index = new long[dims.length];
        for (long i = 0; i < n; i++) {
            body.accept(index, i);
            next(index, dims);
        }
    }

    interface IndexBody {
        void accept(long[] index, long flat);
    }
}
