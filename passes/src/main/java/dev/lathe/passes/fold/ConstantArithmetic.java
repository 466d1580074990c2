package dev.lathe.passes.fold;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Arithmetic on the floating-point tensors of constants, fast enough for weights. */
public final class ConstantArithmetic {
    private ConstantArithmetic() {}

    public static Tensor map(Tensor t, DoubleUnaryOperator f) {
        Tensor out = Tensor.zeros(t.element(), t.dims());
        for (long i = 0; i < t.size(); i++) {
            out.setDouble(i, f.applyAsDouble(t.getDouble(i)));
        }
        return out;
    }

    /** {@code f} of the elements of two tensors, broadcast. */
    public static Tensor map(Tensor x, Tensor y, DoubleBinaryOperator f) {
        long[] dims = broadcast(x.dims(), y.dims());
        Tensor out = Tensor.zeros(x.element(), dims);
        long[] index = new long[dims.length];
        for (long i = 0; i < out.size(); i++) {
            out.setDouble(i, f.applyAsDouble(x.getDouble(offset(index, x)), y.getDouble(offset(index, y))));
            for (int a = dims.length - 1; a >= 0 && ++index[a] == dims[a]; a--) {
                index[a] = 0;
            }
        }
        return out;
    }

    private static long[] broadcast(long[] x, long[] y) {
        long[] out = new long[Math.max(x.length, y.length)];
        for (int i = 1; i <= out.length; i++) {
            long a = i <= x.length ? x[x.length - i] : 1;
            long b = i <= y.length ? y[y.length - i] : 1;
            out[out.length - i] = a == 1 ? b : a;
        }
        return out;
    }

    private static long offset(long[] index, Tensor t) {
        long offset = 0;
        int skip = index.length - t.rank();
        for (int a = 0; a < t.rank(); a++) {
            offset = offset * t.dim(a) + (t.dim(a) == 1 ? 0 : index[skip + a]);
        }
        return offset;
    }

    /** {@code t} with the slice at each index of {@code axis} multiplied by one factor. */
    public static Tensor scale(Tensor t, int axis, double[] factors) {
        long inner = 1;
        for (int a = axis + 1; a < t.rank(); a++) {
            inner *= t.dim(a);
        }
        int channels = factors.length;
        if (t.element() == ElementType.F32) {
            float[] out = t.toFloatArray().clone();
            for (int i = 0; i < out.length; i++) {
                out[i] = (float) (out[i] * factors[(int) (i / inner % channels)]);
            }
            return Tensor.of(out, t.dims());
        }
        Tensor out = Tensor.zeros(t.element(), t.dims());
        for (long i = 0; i < t.size(); i++) {
            out.setDouble(i, t.getDouble(i) * factors[(int) (i / inner % channels)]);
        }
        return out;
    }

    /**
     * The elements of a tensor that varies only along one axis of a result of rank {@code rank} to which it broadcasts,
     * as {@code size} numbers; null if it varies along another axis or has another size there.
     */
    public static double @org.jspecify.annotations.Nullable [] alongAxis(Tensor t, int rank, int axis, long size) {
        if (t.rank() > rank || t.size() == 0) {
            return null;
        }
        for (int a = 0; a < t.rank(); a++) {
            boolean along = a + rank - t.rank() == axis;
            if (t.dim(a) != 1 && !(along && t.dim(a) == size)) {
                return null;
            }
        }
        double[] out = new double[Math.toIntExact(size)];
        if (t.size() == 1) {
            Arrays.fill(out, t.getDouble(0));
        } else {
            for (int i = 0; i < out.length; i++) {
                out[i] = t.getDouble(i);
            }
        }
        return out;
    }
}
