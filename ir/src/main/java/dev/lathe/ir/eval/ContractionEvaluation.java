package dev.lathe.ir.eval;

import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;

/** The meaning of the contractions: floats accumulate in double, integers wrap around. */
public final class ContractionEvaluation {
    private ContractionEvaluation() {}

    public static Tensor matMul(Tensor x, Tensor y) {
        long[] xd = x.rank() == 1 ? new long[] {1, x.dim(0)} : x.dims();
        long[] yd = y.rank() == 1 ? new long[] {y.dim(0), 1} : y.dims();
        long m = xd[xd.length - 2];
        long k = xd[xd.length - 1];
        long n = yd[yd.length - 1];
        if (yd[yd.length - 2] != k) {
            throw new InvalidOpException(
                    "inner dimensions " + k + " and " + yd[yd.length - 2] + " of a matrix product differ");
        }
        long[] xb = Arrays.copyOf(xd, xd.length - 2);
        long[] yb = Arrays.copyOf(yd, yd.length - 2);
        long[] batch = Strides.broadcastShape(List.of(xb, yb));
        long[] sx = Strides.broadcast(xb, batch);
        long[] sy = Strides.broadcast(yb, batch);
        long[] dims = Arrays.copyOf(batch, batch.length + 2);
        dims[batch.length] = m;
        dims[batch.length + 1] = n;
        ElementType type = x.element();
        Tensor out = Tensor.zeros(type, dims);
        Strides.forEach(batch, (index, flat) -> {
            long xo = Strides.offset(index, sx) * m * k;
            long yo = Strides.offset(index, sy) * k * n;
            for (long i = 0; i < m; i++) {
                for (long j = 0; j < n; j++) {
                    long at = (flat * m + i) * n + j;
                    if (type.isComplex()) {
                        double re = 0;
                        double im = 0;
                        for (long l = 0; l < k; l++) {
                            long a = xo + i * k + l;
                            long b = yo + l * n + j;
                            re += x.getComplex(a, 0) * y.getComplex(b, 0) - x.getComplex(a, 1) * y.getComplex(b, 1);
                            im += x.getComplex(a, 0) * y.getComplex(b, 1) + x.getComplex(a, 1) * y.getComplex(b, 0);
                        }
                        out.setComplex(at, re, im);
                    } else if (type.isFloat()) {
                        double sum = 0;
                        for (long l = 0; l < k; l++) {
                            sum += x.getDouble(xo + i * k + l) * y.getDouble(yo + l * n + j);
                        }
                        out.setDouble(at, sum);
                    } else {
                        long sum = 0;
                        for (long l = 0; l < k; l++) {
                            sum += x.getLong(xo + i * k + l) * y.getLong(yo + l * n + j);
                        }
                        out.setLong(at, sum);
                    }
                }
            }
        });
        long[] result = dims;
        if (x.rank() == 1) {
            result = remove(result, result.length - 2);
        }
        if (y.rank() == 1) {
            result = remove(result, result.length - 1);
        }
        return out.reshape(result);
    }

    private static long[] remove(long[] dims, int at) {
        long[] out = new long[dims.length - 1];
        System.arraycopy(dims, 0, out, 0, at);
        System.arraycopy(dims, at + 1, out, at, out.length - at);
        return out;
    }

    public static Tensor conv(
            Tensor x, Tensor w, Window window, long[] pads, long groups, ChannelLayout layout, long[] dims) {
        Geometry g = new Geometry(x, w, layout);
        long perGroupIn = w.dim(1);
        long perGroupOut = w.dim(0) / groups;
        Tensor out = Tensor.zeros(x.element(), dims);
        Strides.forEach(dims, (index, flat) -> {
            long channel = index[g.channel];
            long group = channel / perGroupOut;
            double[] sum = {0};
            Strides.forEach(g.kernel, (tap, t) -> {
                long base = index[0] * g.xs[0];
                for (int i = 0; i < g.spatial; i++) {
                    long at = index[g.first + i] * window.strides().get(i)
                            - pads[i]
                            + tap[i] * window.dilations().get(i);
                    if (at < 0 || at >= x.dim(g.first + i)) {
                        return;
                    }
                    base += at * g.xs[g.first + i];
                }
                for (long c = 0; c < perGroupIn; c++) {
                    sum[0] += x.getDouble(base + (group * perGroupIn + c) * g.xs[g.channel])
                            * w.getDouble((channel * perGroupIn + c) * g.taps + t);
                }
            });
            if (out.element().isFloat()) {
                out.setDouble(flat, sum[0]);
            } else {
                out.setLong(flat, (long) sum[0]); // exact: products of 32-bit integers that are sums of 8-bit ones
            }
        });
        return out;
    }

    public static Tensor convTranspose(
            Tensor x, Tensor w, Window window, long[] pads, long groups, ChannelLayout layout, long[] dims) {
        Geometry g = new Geometry(x, w, layout);
        long perGroupIn = w.dim(0) / groups;
        long perGroupOut = w.dim(1);
        double[] sums = new double[Sizes.length("the sums", ElementType.F64, dims)];
        long[] os = Strides.of(dims);
        Strides.forEach(x.dims(), (index, flat) -> {
            long channel = index[g.channel];
            long group = channel / perGroupIn;
            double value = x.getDouble(flat);
            Strides.forEach(g.kernel, (tap, t) -> {
                long base = index[0] * os[0];
                for (int i = 0; i < g.spatial; i++) {
                    long at = index[g.first + i] * window.strides().get(i)
                            - pads[i]
                            + tap[i] * window.dilations().get(i);
                    if (at < 0 || at >= dims[g.first + i]) {
                        return;
                    }
                    base += at * os[g.first + i];
                }
                for (long c = 0; c < perGroupOut; c++) {
                    sums[(int) (base + (group * perGroupOut + c) * os[g.channel])] +=
                            value * w.getDouble((channel * perGroupOut + c) * g.taps + t);
                }
            });
        });
        Tensor out = Tensor.zeros(x.element(), dims);
        for (int i = 0; i < sums.length; i++) {
            out.setDouble(i, sums[i]);
        }
        return out;
    }

    /** Axes, strides and kernel size of a convolution. */
    private static final class Geometry {
        final int spatial;
        final int first;
        final int channel;
        final long[] xs;
        final long[] kernel;
        final long taps;

        Geometry(Tensor x, Tensor w, ChannelLayout layout) {
            spatial = x.rank() - 2;
            first = layout.spatialAxis();
            channel = layout.channelAxis(x.rank());
            xs = Strides.of(x.dims());
            kernel = Arrays.copyOfRange(w.dims(), 2, w.rank());
            taps = Strides.elements(kernel);
        }
    }

    /** By elimination with partial pivoting. */
    public static Tensor determinant(Tensor x) {
        int n = Sizes.index(x.dim(-1));
        if (x.dim(-2) != n) {
            throw new InvalidOpException("a determinant of matrices in " + x.type() + ", which are not square");
        }
        long[] dims = Arrays.copyOf(x.dims(), x.rank() - 2);
        Tensor out = Tensor.zeros(x.element(), dims);
        for (long m = 0; m < out.size(); m++) {
            double[][] a = new double[n][n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    a[i][j] = x.getDouble((m * n + i) * n + j);
                }
            }
            out.setDouble(m, determinant(a, ContractionEvaluation::subtract));
        }
        return out;
    }

    /** Subtracts {@code factor * top} from {@code row} in the columns from {@code from} to {@code to - 1}. */
    @FunctionalInterface
    public interface Elimination {
        void subtract(double factor, double[] top, double[] row, int from, int to);
    }

    /** {@link Elimination} element by element. */
    public static void subtract(double factor, double[] top, double[] row, int from, int to) {
        for (int j = from; j < to; j++) {
            row[j] -= factor * top[j];
        }
    }

    /** The determinant of a matrix, whose rows change. */
    public static double determinant(double[][] a, Elimination elimination) {
        double product = 1;
        for (int k = 0; k < a.length; k++) {
            int pivot = k;
            for (int i = k + 1; i < a.length; i++) {
                pivot = Math.abs(a[i][k]) > Math.abs(a[pivot][k]) ? i : pivot;
            }
            if (pivot != k) {
                double[] row = a[k];
                a[k] = a[pivot];
                a[pivot] = row;
                product = -product;
            }
            product *= a[k][k];
            double[] top = a[k];
            for (int i = k + 1; i < a.length && top[k] != 0; i++) {
                elimination.subtract(a[i][k] / top[k], top, a[i], k, a.length);
            }
        }
        return product;
    }
}
