package dev.lathe.runtime;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link WinogradTransforms} on vectors along the channels. The last vector of a row reaches back over channels that
 * are done already; rows shorter than a vector are left to the twin.
 */
final class VectorWinograd implements WinogradTransforms {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int W = F.length();
    private static final ScalarWinograd SCALAR = new ScalarWinograd();
    private static final float A = (float) HALF_ROOT;
    private static final float B = (float) ROOT;
    private static final float A3 = (float) (HALF_ROOT / 2);
    private static final float B3 = (float) (ROOT * 2);

    @Override
    public int room() {
        return Math.max(36 * W, SCALAR.room());
    }

    @Override
    public void input(
            int m, float[] x, int at, int rowStride, int channels, float[] v, int vAt, int pointStride, float[] room) {
        if (channels < W) {
            SCALAR.input(m, x, at, rowStride, channels, v, vAt, pointStride, room);
            return;
        }
        for (int next = 0; next < channels; next += W) {
            int c = Math.min(next, channels - W);
            if (m == 2) {
                input2(x, at + c, rowStride, channels, v, vAt + c, pointStride);
            } else {
                input4(x, at + c, rowStride, channels, v, vAt + c, pointStride, room);
            }
        }
    }

    private static void input2(float[] x, int at, int rowStride, int step, float[] v, int vAt, int pointStride) {
        FloatVector d0 = FloatVector.fromArray(F, x, at);
        FloatVector d1 = FloatVector.fromArray(F, x, at + rowStride);
        FloatVector d2 = FloatVector.fromArray(F, x, at + 2 * rowStride);
        FloatVector d3 = FloatVector.fromArray(F, x, at + 3 * rowStride);
        FloatVector a0 = d0.sub(d2);
        FloatVector a1 = d1.add(d2);
        FloatVector a2 = d2.sub(d1);
        FloatVector a3 = d1.sub(d3);
        at += step;
        d0 = FloatVector.fromArray(F, x, at);
        d1 = FloatVector.fromArray(F, x, at + rowStride);
        d2 = FloatVector.fromArray(F, x, at + 2 * rowStride);
        d3 = FloatVector.fromArray(F, x, at + 3 * rowStride);
        FloatVector b0 = d0.sub(d2);
        FloatVector b1 = d1.add(d2);
        FloatVector b2 = d2.sub(d1);
        FloatVector b3 = d1.sub(d3);
        at += step;
        d0 = FloatVector.fromArray(F, x, at);
        d1 = FloatVector.fromArray(F, x, at + rowStride);
        d2 = FloatVector.fromArray(F, x, at + 2 * rowStride);
        d3 = FloatVector.fromArray(F, x, at + 3 * rowStride);
        FloatVector c0 = d0.sub(d2);
        FloatVector c1 = d1.add(d2);
        FloatVector c2 = d2.sub(d1);
        FloatVector c3 = d1.sub(d3);
        at += step;
        d0 = FloatVector.fromArray(F, x, at);
        d1 = FloatVector.fromArray(F, x, at + rowStride);
        d2 = FloatVector.fromArray(F, x, at + 2 * rowStride);
        d3 = FloatVector.fromArray(F, x, at + 3 * rowStride);
        a0.sub(c0).intoArray(v, vAt);
        b0.add(c0).intoArray(v, vAt + pointStride);
        c0.sub(b0).intoArray(v, vAt + 2 * pointStride);
        b0.sub(d0.sub(d2)).intoArray(v, vAt + 3 * pointStride);
        vAt += 4 * pointStride;
        a1.sub(c1).intoArray(v, vAt);
        b1.add(c1).intoArray(v, vAt + pointStride);
        c1.sub(b1).intoArray(v, vAt + 2 * pointStride);
        b1.sub(d1.add(d2)).intoArray(v, vAt + 3 * pointStride);
        vAt += 4 * pointStride;
        a2.sub(c2).intoArray(v, vAt);
        b2.add(c2).intoArray(v, vAt + pointStride);
        c2.sub(b2).intoArray(v, vAt + 2 * pointStride);
        b2.sub(d2.sub(d1)).intoArray(v, vAt + 3 * pointStride);
        vAt += 4 * pointStride;
        a3.sub(c3).intoArray(v, vAt);
        b3.add(c3).intoArray(v, vAt + pointStride);
        c3.sub(b3).intoArray(v, vAt + 2 * pointStride);
        b3.sub(d1.sub(d3)).intoArray(v, vAt + 3 * pointStride);
    }

    /** Columns into the room, then its rows into the points. */
    private static void input4(
            float[] x, int at, int rowStride, int step, float[] v, int vAt, int pointStride, float[] room) {
        for (int j = 0; j < 6; j++) {
            line4(x, at + j * step, rowStride, room, j * W, 6 * W);
        }
        for (int i = 0; i < 6; i++) {
            line4(room, 6 * i * W, W, v, vAt + 6 * i * pointStride, pointStride);
        }
    }

    private static void line4(float[] x, int at, int step, float[] z, int zAt, int zStep) {
        FloatVector d1 = FloatVector.fromArray(F, x, at + step);
        FloatVector d2 = FloatVector.fromArray(F, x, at + 2 * step);
        FloatVector d3 = FloatVector.fromArray(F, x, at + 3 * step);
        FloatVector d4 = FloatVector.fromArray(F, x, at + 4 * step);
        FloatVector a = FloatVector.broadcast(F, A);
        FloatVector b = FloatVector.broadcast(F, B);
        FloatVector middle = FloatVector.broadcast(F, -2.5f);
        FloatVector e = d2.fma(FloatVector.broadcast(F, -2f), d4);
        FloatVector o = d1.fma(b.neg(), d3.mul(a));
        FloatVector f = d2.fma(FloatVector.broadcast(F, -0.5f), d4);
        FloatVector p = d1.fma(a.neg(), d3.mul(b));
        d2.fma(middle, FloatVector.fromArray(F, x, at).add(d4)).intoArray(z, zAt);
        e.add(o).intoArray(z, zAt + zStep);
        e.sub(o).intoArray(z, zAt + 2 * zStep);
        f.add(p).intoArray(z, zAt + 3 * zStep);
        f.sub(p).intoArray(z, zAt + 4 * zStep);
        d3.fma(middle, d1.add(FloatVector.fromArray(F, x, at + 5 * step))).intoArray(z, zAt + 5 * zStep);
    }

    @Override
    public boolean output(
            int m,
            float[] p,
            int at,
            int pointStride,
            int columns,
            float[] bias,
            int biasAt,
            float[] y,
            int yAt,
            int rowStride,
            int pixelStride,
            int rows,
            int pixels,
            float[] room) {
        if (columns < W) {
            return SCALAR.output(
                    m, p, at, pointStride, columns, bias, biasAt, y, yAt, rowStride, pixelStride, rows, pixels, room);
        }
        boolean finite = true;
        for (int next = 0; next < columns; next += W) {
            int c = Math.min(next, columns - W);
            if (m == 2) {
                finite &= output2(
                        p, at + c, pointStride, bias, biasAt + c, y, yAt + c, rowStride, pixelStride, rows, pixels);
            } else {
                for (int j = 0; j < 6; j++) {
                    column4(p, at + c + j * pointStride, 6 * pointStride, room, j * W);
                }
                for (int i = 0; i < rows; i++) {
                    finite &= row4(room, 6 * i * W, bias, biasAt + c, y, yAt + c + i * rowStride, pixelStride, pixels);
                }
            }
        }
        return finite;
    }

    private static boolean output2(
            float[] p,
            int at,
            int step,
            float[] bias,
            int biasAt,
            float[] y,
            int yAt,
            int rowStride,
            int pixelStride,
            int rows,
            int pixels) {
        int line = 4 * step;
        FloatVector m1 = FloatVector.fromArray(F, p, at + line);
        FloatVector m2 = FloatVector.fromArray(F, p, at + 2 * line);
        FloatVector a0 = FloatVector.fromArray(F, p, at).add(m1).add(m2);
        FloatVector a1 = m1.sub(m2).sub(FloatVector.fromArray(F, p, at + 3 * line));
        at += step;
        m1 = FloatVector.fromArray(F, p, at + line);
        m2 = FloatVector.fromArray(F, p, at + 2 * line);
        FloatVector b0 = FloatVector.fromArray(F, p, at).add(m1).add(m2);
        FloatVector b1 = m1.sub(m2).sub(FloatVector.fromArray(F, p, at + 3 * line));
        at += step;
        m1 = FloatVector.fromArray(F, p, at + line);
        m2 = FloatVector.fromArray(F, p, at + 2 * line);
        FloatVector c0 = FloatVector.fromArray(F, p, at).add(m1).add(m2);
        FloatVector c1 = m1.sub(m2).sub(FloatVector.fromArray(F, p, at + 3 * line));
        at += step;
        m1 = FloatVector.fromArray(F, p, at + line);
        m2 = FloatVector.fromArray(F, p, at + 2 * line);
        FloatVector d0 = FloatVector.fromArray(F, p, at).add(m1).add(m2);
        FloatVector d1 = m1.sub(m2).sub(FloatVector.fromArray(F, p, at + 3 * line));
        FloatVector start = FloatVector.fromArray(F, bias, biasAt);
        FloatVector zero = FloatVector.zero(F);
        FloatVector y00 = a0.add(b0).add(c0).add(start);
        FloatVector y01 = b0.sub(c0).sub(d0).add(start);
        y00.intoArray(y, yAt);
        FloatVector sum = y00.fma(zero, zero);
        if (pixels > 1) {
            y01.intoArray(y, yAt + pixelStride);
            sum = y01.fma(zero, sum);
        }
        if (rows > 1) {
            FloatVector y10 = a1.add(b1).add(c1).add(start);
            FloatVector y11 = b1.sub(c1).sub(d1).add(start);
            y10.intoArray(y, yAt + rowStride);
            sum = y10.fma(zero, sum);
            if (pixels > 1) {
                y11.intoArray(y, yAt + rowStride + pixelStride);
                sum = y11.fma(zero, sum);
            }
        }
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }

    private static void column4(float[] p, int at, int step, float[] room, int to) {
        FloatVector m1 = FloatVector.fromArray(F, p, at + step);
        FloatVector m2 = FloatVector.fromArray(F, p, at + 2 * step);
        FloatVector m3 = FloatVector.fromArray(F, p, at + 3 * step);
        FloatVector m4 = FloatVector.fromArray(F, p, at + 4 * step);
        FloatVector s = m1.add(m2);
        FloatVector d = m1.sub(m2);
        FloatVector u = m3.add(m4);
        FloatVector v = m3.sub(m4);
        FloatVector.fromArray(F, p, at).add(s).add(u).intoArray(room, to);
        v.fma(FloatVector.broadcast(F, B), d.mul(FloatVector.broadcast(F, A))).intoArray(room, to + 6 * W);
        u.fma(FloatVector.broadcast(F, 2f), s.mul(FloatVector.broadcast(F, 0.5f)))
                .intoArray(room, to + 12 * W);
        v.fma(
                        FloatVector.broadcast(F, B3),
                        d.fma(FloatVector.broadcast(F, A3), FloatVector.fromArray(F, p, at + 5 * step)))
                .intoArray(room, to + 18 * W);
    }

    private static boolean row4(
            float[] room, int at, float[] bias, int biasAt, float[] y, int yAt, int pixelStride, int pixels) {
        FloatVector start = FloatVector.fromArray(F, bias, biasAt);
        FloatVector m1 = FloatVector.fromArray(F, room, at + W);
        FloatVector m2 = FloatVector.fromArray(F, room, at + 2 * W);
        FloatVector m3 = FloatVector.fromArray(F, room, at + 3 * W);
        FloatVector m4 = FloatVector.fromArray(F, room, at + 4 * W);
        FloatVector s = m1.add(m2);
        FloatVector d = m1.sub(m2);
        FloatVector u = m3.add(m4);
        FloatVector v = m3.sub(m4);
        FloatVector zero = FloatVector.zero(F);
        FloatVector value = FloatVector.fromArray(F, room, at).add(s).add(u).add(start);
        value.intoArray(y, yAt);
        FloatVector sum = value.fma(zero, zero);
        if (pixels > 1) {
            value = v.fma(FloatVector.broadcast(F, B), d.mul(FloatVector.broadcast(F, A)))
                    .add(start);
            value.intoArray(y, yAt + pixelStride);
            sum = value.fma(zero, sum);
        }
        if (pixels > 2) {
            value = u.fma(FloatVector.broadcast(F, 2f), s.mul(FloatVector.broadcast(F, 0.5f)))
                    .add(start);
            value.intoArray(y, yAt + 2 * pixelStride);
            sum = value.fma(zero, sum);
        }
        if (pixels > 3) {
            FloatVector last = FloatVector.fromArray(F, room, at + 5 * W);
            value = v.fma(FloatVector.broadcast(F, B3), d.fma(FloatVector.broadcast(F, A3), last))
                    .add(start);
            value.intoArray(y, yAt + 3 * pixelStride);
            sum = value.fma(zero, sum);
        }
        return !sum.test(VectorOperators.IS_NAN).anyTrue();
    }
}
