package dev.lathe.ir.eval;

import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import java.util.Optional;

/** The meaning of deformable convolutions: taps read between elements, with zeros outside. */
public final class DeformEvaluation {
    private DeformEvaluation() {}

    public static Tensor conv(
            Tensor x,
            Tensor w,
            Tensor offset,
            Optional<Tensor> mask,
            Window window,
            long[] pads,
            long groups,
            long offsetGroups) {
        int spatial = x.rank() - 2;
        long[] dims = offset.dims();
        dims[0] = x.dim(0);
        dims[1] = w.dim(0);
        Tensor out = Tensor.zeros(x.element(), dims);
        long[] kernel = new long[spatial];
        System.arraycopy(w.dims(), 2, kernel, 0, spatial);
        long taps = Strides.elements(kernel);
        long perGroupIn = w.dim(1);
        long perGroupOut = w.dim(0) / groups;
        long perOffsetGroup = x.dim(1) / offsetGroups;
        long[] xs = Strides.of(x.dims());
        long[] os = Strides.of(offset.dims());
        long[] ms = mask.map(m -> Strides.of(m.dims())).orElse(os);
        Strides.forEach(dims, (index, flat) -> {
            double[] sum = {0};
            long place = 0;
            long maskPlace = 0;
            for (int i = 0; i < spatial; i++) {
                place += index[2 + i] * os[2 + i];
                maskPlace += index[2 + i] * ms[2 + i];
            }
            long here = place + index[0] * os[0];
            long maskHere = maskPlace + index[0] * ms[0];
            long firstChannel = index[1] / perGroupOut * perGroupIn;
            Strides.forEach(kernel, (tap, t) -> {
                for (long c = 0; c < perGroupIn; c++) {
                    long channel = firstChannel + c;
                    long group = channel / perOffsetGroup;
                    double[] at = new double[spatial];
                    for (int i = 0; i < spatial; i++) {
                        double moved = offset.getDouble(here + ((group * taps + t) * spatial + i) * os[1]);
                        at[i] = index[2 + i] * window.strides().get(i)
                                - pads[i]
                                + tap[i] * window.dilations().get(i)
                                + moved;
                    }
                    double weight = mask.map(m -> m.getDouble(maskHere + (group * taps + t) * ms[1]))
                            .orElse(1.0);
                    sum[0] += weight
                            * w.getDouble((index[1] * perGroupIn + c) * taps + t)
                            * linear(x, xs, index[0] * xs[0] + channel * xs[1], at, 0);
                }
            });
            out.setDouble(flat, sum[0]);
        });
        return out;
    }

    /** Linear interpolation, with zeros outside. */
    private static double linear(Tensor x, long[] xs, long base, double[] at, int axis) {
        if (axis == at.length) {
            return x.getDouble(base);
        }
        double floor = Math.floor(at[axis]);
        double t = at[axis] - floor;
        double sum = 0;
        for (int k = 0; k < 2; k++) {
            double weight = k == 0 ? 1 - t : t;
            double position = floor + k;
            if (weight != 0 && position >= 0 && position < x.dim(2 + axis)) {
                long index = (long) position;
                sum += weight * linear(x, xs, base + index * xs[2 + axis], at, axis + 1);
            }
        }
        return sum;
    }
}
