package dev.lathe.passes.statistics;

import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;

/** Reads the rows of <i>X</i> from a tensor that an op has as its operand. */
sealed interface RowReader {
    /** How many there are. */
    long rows();

    /** The numbers of row {@code i}: for a convolution those of the first group, then those of the second. */
    float[] row(long i);

    /** A row that has, or is near to, the element {@code at}. */
    long rowOf(long at);

    static RowReader of(Gram gram, Tensor t) {
        return gram.patches()
                .<RowReader>map(p -> new Patch(t, p, gram.depth()))
                .orElseGet(() -> new Plain(t.toFloatArray(), gram.depth()));
    }

    record Plain(float[] values, int depth) implements RowReader {
        @Override
        public long rows() {
            return values.length / depth;
        }

        @Override
        public float[] row(long i) {
            return Arrays.copyOfRange(values, (int) i * depth, ((int) i + 1) * depth);
        }

        @Override
        public long rowOf(long at) {
            return at / depth;
        }
    }

    /** The patches of a convolution. Pads that are not known before are left out: nothing is read of such an axis. */
    final class Patch implements RowReader {
        private final float[] values;
        private final Tensor t;
        private final Gram.Patches p;
        private final int depth;
        private final int axis;
        private final int spatial;
        private final long[] places;
        private final long[] strides;

        Patch(Tensor t, Gram.Patches p, int depth) {
            this.values = t.toFloatArray();
            this.t = t;
            this.p = p;
            this.depth = depth;
            this.spatial = p.kernel().size();
            this.axis = p.layout() == ChannelLayout.CHANNELS_FIRST ? 2 : 1;
            this.strides = new long[t.rank()];
            long stride = 1;
            for (int a = t.rank() - 1; a >= 0; a--) {
                strides[a] = stride;
                stride *= t.dim(a);
            }
            this.places = new long[spatial];
            for (int a = 0; a < spatial; a++) {
                places[a] = places(a);
            }
        }

        private long places(int a) {
            Window w = p.window();
            if (!w.pads().get(a).isConstant() || !w.pads().get(spatial + a).isConstant()) {
                return 0;
            }
            long span = (p.kernel().get(a) - 1) * w.dilations().get(a) + 1;
            long room = t.dim(axis + a)
                    + w.pads().get(a).constant()
                    + w.pads().get(spatial + a).constant()
                    - span;
            return Math.max(0, Math.floorDiv(room, w.strides().get(a)) + 1);
        }

        @Override
        public long rows() {
            long rows = t.dim(0);
            for (long n : places) {
                rows *= n;
            }
            return rows;
        }

        @Override
        public float[] row(long i) {
            long[] start = new long[spatial];
            long rest = i;
            for (int a = spatial - 1; a >= 0; a--) {
                start[a] = rest % places[a] * p.window().strides().get(a)
                        - p.window().pads().get(a).constant();
                rest /= places[a];
            }
            long base = rest * strides[0];
            int channelAxis = p.layout() == ChannelLayout.CHANNELS_FIRST ? 1 : t.rank() - 1;
            int channels = Math.toIntExact(t.dim(channelAxis));
            float[] row = new float[depth * p.groups()];
            int taps = row.length / Math.max(1, channels);
            for (int k = 0; k < taps; k++) {
                long at = base;
                boolean inside = true;
                int tap = k;
                for (int a = spatial - 1; a >= 0; a--) {
                    int kernel = Math.toIntExact(p.kernel().get(a));
                    long x = start[a] + tap % kernel * p.window().dilations().get(a);
                    inside &= x >= 0 && x < t.dim(axis + a);
                    at += x * strides[axis + a];
                    tap /= kernel;
                }
                for (int c = 0; inside && c < channels; c++) {
                    row[c * taps + k] = values[(int) (at + c * strides[channelAxis])];
                }
            }
            return row;
        }

        @Override
        public long rowOf(long at) {
            long row = at / strides[0];
            for (int a = 0; a < spatial; a++) {
                long x = at / strides[axis + a] % t.dim(axis + a)
                        + p.window().pads().get(a).constant()
                        - p.kernel().get(a) / 2 * p.window().dilations().get(a);
                row = row * places[a]
                        + Math.clamp(Math.floorDiv(x, p.window().strides().get(a)), 0, places[a] - 1);
            }
            return row;
        }
    }
}
