package dev.lathe.runtime;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Primitives} on vectors; the end of a row of floats is a masked vector. Sums have four accumulators, which
 * hides the latency of an addition and keeps the rounding error of long rows small.
 *
 * <p>What works on vectors calls nothing but the Vector API, whose methods the JIT always inlines. Whether it inlines
 * a method of ours depends on what else ran in this JVM, and where it does not, the vectors that go in and out become
 * objects.
 *
 * <p>The lanes of a sum are added pairwise, by rotations: {@code reduceLanes} adds them in another order once C2 has
 * compiled it, so that a result would change while the JVM warms up. The adding is written out at each sum, as no
 * method may take a vector.
 */
final class VectorPrimitives implements Primitives {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    static final int LANES = F.length();
    /** Elements from which on a piece is not copied by a few vectors. */
    private static final int LONG_PIECE = 64;
    /** Pieces that are copied together. */
    private static final int PIECES = 64;

    private static final int W = LANES;
    /** Bytes for one vector of floats, or, where there are no vectors of so few bytes, for several. */
    private static final VectorSpecies<Byte> WIDENED =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * W)));

    private static final int BYTES = WIDENED.length();
    /** The bits that are a brain float in the upper half of an integer. */
    private static final int UPPER = 0xffff_0000;
    /** What does those rows of bytes that vectors do not fit. */
    private static final Primitives SCALAR = new ScalarPrimitives();

    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F, 1, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F, 2, 1, true);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F, 4, 1, true);
    private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F, 8, 1, true);

    @Override
    public float sum(float[] x, int at, int n) {
        FloatVector s = FloatVector.zero(F);
        int i = 0;
        if (n >= 4 * W) {
            FloatVector s1 = s;
            FloatVector s2 = s;
            FloatVector s3 = s;
            for (; i <= n - 4 * W; i += 4 * W) {
                s = s.add(FloatVector.fromArray(F, x, at + i));
                s1 = s1.add(FloatVector.fromArray(F, x, at + i + W));
                s2 = s2.add(FloatVector.fromArray(F, x, at + i + 2 * W));
                s3 = s3.add(FloatVector.fromArray(F, x, at + i + 3 * W));
            }
            s = s.add(s1).add(s2.add(s3));
        }
        for (; i <= n - W; i += W) {
            s = s.add(FloatVector.fromArray(F, x, at + i));
        }
        if (i < n) {
            s = s.add(FloatVector.fromArray(F, x, at + i, F.indexInRange(i, n)));
        }
        s = s.add(s.rearrange(BY_1));
        s = W > 2 ? s.add(s.rearrange(BY_2)) : s;
        s = W > 4 ? s.add(s.rearrange(BY_4)) : s;
        s = W > 8 ? s.add(s.rearrange(BY_8)) : s;
        for (int k = 16; k < W; k *= 2) {
            s = s.add(s.rearrange(VectorShuffle.iota(F, k, 1, true)));
        }
        return s.lane(0);
    }

    @Override
    public float max(float[] x, int at, int n) {
        return Primitives.greatest(extremes(x, at, n));
    }

    @Override
    public float min(float[] x, int at, int n) {
        return Primitives.least(extremes(x, at, n));
    }

    /**
     * By bits, as integers: those of numbers without a minus have the order of the numbers, and those with one the
     * opposite order. So the greatest integers, with the first bit as a sign and as it is, and the least tell both
     * extremes, and whether there is a NaN. A comparison of integers is one instruction, and {@link FloatVector#max}
     * five.
     */
    @Override
    public long extremes(float[] x, int at, int n) {
        if (n < W) {
            return Primitives.extremesOf(x, at, n);
        }
        IntVector signed = IntVector.broadcast(I, Integer.MIN_VALUE);
        IntVector most = signed;
        IntVector fewest = IntVector.broadcast(I, Integer.MAX_VALUE);
        for (int i = 0; i <= n - W; i += W) {
            IntVector bits = FloatVector.fromArray(F, x, at + i).reinterpretAsInts();
            IntVector flipped = bits.lanewise(VectorOperators.XOR, Integer.MIN_VALUE);
            signed = signed.max(bits);
            most = most.max(flipped);
            fewest = fewest.min(flipped);
        }
        IntVector last = FloatVector.fromArray(F, x, at + n - W).reinterpretAsInts();
        IntVector flipped = last.lanewise(VectorOperators.XOR, Integer.MIN_VALUE);
        int plus = signed.max(last).reduceLanes(VectorOperators.MAX);
        int above = most.max(flipped).reduceLanes(VectorOperators.MAX) ^ Integer.MIN_VALUE;
        int below = fewest.min(flipped).reduceLanes(VectorOperators.MIN) ^ Integer.MIN_VALUE;
        float least = Float.intBitsToFloat(above < 0 ? above : below);
        float greatest = Float.intBitsToFloat(plus >= 0 ? plus : below);
        boolean isNaN = Float.isNaN(least) || Float.isNaN(greatest);
        return isNaN ? Primitives.extremes(Float.NaN, Float.NaN) : Primitives.extremes(least, greatest);
    }

    @Override
    public void max(float[] x, int at, int n, float[] y, int yAt) {
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector.fromArray(F, y, yAt + i)
                    .max(FloatVector.fromArray(F, x, at + i))
                    .intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = Math.max(y[yAt + i], x[at + i]);
        }
    }

    @Override
    public void max(byte[] x, int at, int n, boolean unsigned, byte[] y, int yAt) {
        byte flip = unsigned ? Byte.MIN_VALUE : 0;
        int i = 0;
        for (; i <= n - B.length(); i += B.length()) {
            ByteVector a = ByteVector.fromArray(B, x, at + i).lanewise(VectorOperators.XOR, flip);
            ByteVector b = ByteVector.fromArray(B, y, yAt + i).lanewise(VectorOperators.XOR, flip);
            a.max(b).lanewise(VectorOperators.XOR, flip).intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = (byte) (Math.max((byte) (x[at + i] ^ flip), (byte) (y[yAt + i] ^ flip)) ^ flip);
        }
    }

    @Override
    public void addRows(int rows, int n, float[] x, int at, int step, float[] y, int yAt) {
        int j = 0;
        for (; j <= n - 4 * W; j += 4 * W) {
            FloatVector s = FloatVector.zero(F);
            FloatVector s1 = s;
            FloatVector s2 = s;
            FloatVector s3 = s;
            for (int r = 0, from = at + j; r < rows; r++, from += step) {
                s = s.add(FloatVector.fromArray(F, x, from));
                s1 = s1.add(FloatVector.fromArray(F, x, from + W));
                s2 = s2.add(FloatVector.fromArray(F, x, from + 2 * W));
                s3 = s3.add(FloatVector.fromArray(F, x, from + 3 * W));
            }
            s.intoArray(y, yAt + j);
            s1.intoArray(y, yAt + j + W);
            s2.intoArray(y, yAt + j + 2 * W);
            s3.intoArray(y, yAt + j + 3 * W);
        }
        for (; j < n; j += W) {
            VectorMask<Float> m = F.indexInRange(j, n);
            FloatVector s = FloatVector.zero(F);
            for (int r = 0, from = at + j; r < rows; r++, from += step) {
                s = s.add(FloatVector.fromArray(F, x, from, m));
            }
            s.intoArray(y, yAt + j, m);
        }
    }

    @Override
    public float squaredDeviations(float[] x, int at, int n, float mean) {
        FloatVector s = FloatVector.zero(F);
        int i = 0;
        if (n >= 4 * W) {
            FloatVector s1 = s;
            FloatVector s2 = s;
            FloatVector s3 = s;
            for (; i <= n - 4 * W; i += 4 * W) {
                FloatVector d = FloatVector.fromArray(F, x, at + i).sub(mean);
                FloatVector d1 = FloatVector.fromArray(F, x, at + i + W).sub(mean);
                FloatVector d2 = FloatVector.fromArray(F, x, at + i + 2 * W).sub(mean);
                FloatVector d3 = FloatVector.fromArray(F, x, at + i + 3 * W).sub(mean);
                s = d.fma(d, s);
                s1 = d1.fma(d1, s1);
                s2 = d2.fma(d2, s2);
                s3 = d3.fma(d3, s3);
            }
            s = s.add(s1).add(s2.add(s3));
        }
        for (; i <= n - W; i += W) {
            FloatVector d = FloatVector.fromArray(F, x, at + i).sub(mean);
            s = d.fma(d, s);
        }
        if (i < n) {
            VectorMask<Float> mask = F.indexInRange(i, n);
            FloatVector d = FloatVector.zero(F)
                    .blend(FloatVector.fromArray(F, x, at + i, mask).sub(mean), mask);
            s = d.fma(d, s);
        }
        s = s.add(s.rearrange(BY_1));
        s = W > 2 ? s.add(s.rearrange(BY_2)) : s;
        s = W > 4 ? s.add(s.rearrange(BY_4)) : s;
        s = W > 8 ? s.add(s.rearrange(BY_8)) : s;
        for (int k = 16; k < W; k *= 2) {
            s = s.add(s.rearrange(VectorShuffle.iota(F, k, 1, true)));
        }
        return s.lane(0);
    }

    @Override
    public float exponentials(float[] x, int at, int n, float scale, float shift, float[] y, int yAt) {
        FloatVector s = FloatVector.zero(F);
        for (int i = 0; i < n; i += W) {
            VectorMask<Float> mask = F.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(F, x, at + i, mask).mul(scale).sub(shift);
            // As ScalarFunctions.exp.
            FloatVector clamped = v.blend(89f, v.compare(VectorOperators.GT, 89f));
            clamped = clamped.blend(-104f, v.lt(-104f));
            FloatVector k = clamped.fma(
                            FloatVector.broadcast(F, ScalarFunctions.LOG2E),
                            FloatVector.broadcast(F, ScalarFunctions.ROUND_MAGIC))
                    .sub(ScalarFunctions.ROUND_MAGIC);
            FloatVector r = k.fma(FloatVector.broadcast(F, -ScalarFunctions.LN2_HIGH), clamped);
            r = k.fma(FloatVector.broadcast(F, -ScalarFunctions.LN2_LOW), r);
            FloatVector e = FloatVector.broadcast(F, ScalarFunctions.EXP_6);
            e = e.fma(r, FloatVector.broadcast(F, ScalarFunctions.EXP_5));
            e = e.fma(r, FloatVector.broadcast(F, ScalarFunctions.EXP_4));
            e = e.fma(r, FloatVector.broadcast(F, ScalarFunctions.EXP_3));
            e = e.fma(r, FloatVector.broadcast(F, 0.5f));
            e = e.fma(r, FloatVector.broadcast(F, 1f));
            e = e.fma(r, FloatVector.broadcast(F, 1f));
            IntVector exponent = (IntVector) k.convert(VectorOperators.F2I, 0);
            IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
            IntVector rest = exponent.sub(half);
            e = e.mul(half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats())
                    .mul(rest.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            e.intoArray(y, yAt + i, mask);
            s = s.add(FloatVector.zero(F).blend(e, mask));
        }
        s = s.add(s.rearrange(BY_1));
        s = W > 2 ? s.add(s.rearrange(BY_2)) : s;
        s = W > 4 ? s.add(s.rearrange(BY_4)) : s;
        s = W > 8 ? s.add(s.rearrange(BY_8)) : s;
        for (int k = 16; k < W; k *= 2) {
            s = s.add(s.rearrange(VectorShuffle.iota(F, k, 1, true)));
        }
        return s.lane(0);
    }

    @Override
    public void scale(float[] x, int at, int n, float factor, float[] y, int yAt) {
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector.fromArray(F, x, at + i).mul(factor).intoArray(y, yAt + i);
        }
        if (i < n) {
            VectorMask<Float> mask = F.indexInRange(i, n);
            FloatVector.fromArray(F, x, at + i, mask).mul(factor).intoArray(y, yAt + i, mask);
        }
    }

    @Override
    public void normalize(
            float[] x,
            int at,
            int n,
            float mean,
            float factor,
            float[] scale,
            int scaleAt,
            float[] bias,
            int biasAt,
            float[] y,
            int yAt) {
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector.fromArray(F, x, at + i)
                    .sub(mean)
                    .mul(factor)
                    .fma(FloatVector.fromArray(F, scale, scaleAt + i), FloatVector.fromArray(F, bias, biasAt + i))
                    .intoArray(y, yAt + i);
        }
        if (i < n) {
            VectorMask<Float> mask = F.indexInRange(i, n);
            FloatVector.fromArray(F, x, at + i, mask)
                    .sub(mean)
                    .mul(factor)
                    .fma(
                            FloatVector.fromArray(F, scale, scaleAt + i, mask),
                            FloatVector.fromArray(F, bias, biasAt + i, mask))
                    .intoArray(y, yAt + i, mask);
        }
    }

    @Override
    public void addScaled(float[] x, int at, int n, float factor, float[] mask, int maskAt, int maskStride) {
        FloatVector f = FloatVector.broadcast(F, factor);
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector m = maskStride == 0
                    ? FloatVector.broadcast(F, mask[maskAt])
                    : FloatVector.fromArray(F, mask, maskAt + i);
            FloatVector.fromArray(F, x, at + i).fma(f, m).intoArray(x, at + i);
        }
        for (; i < n; i++) {
            x[at + i] = Math.fma(x[at + i], factor, mask[maskAt + i * maskStride]);
        }
    }

    @Override
    public void copy(int n, int elements, float[] x, int at, int step, float[] to, int toAt, int toStep) {
        int inside = n;
        int last = n - 1;
        int reach = (elements + W - 1) / W * W;
        if (elements > LONG_PIECE) {
            inside = 0;
        } else if (n > 0
                && (Math.max(at, at + last * step) > x.length - reach
                        || Math.max(toAt, toAt + last * toStep) > to.length - reach)) {
            inside = elements < W ? Math.max(0, n - W) : last; // a masked vector over the end of an array is slow
        }
        for (int i = inside; i < n; i++) {
            System.arraycopy(x, at + i * step, to, toAt + i * toStep, elements);
        }
        int whole = elements / W * W;
        VectorMask<Float> m = F.indexInRange(whole, elements);
        // So few rows that their lines are still in the nearest cache for the next vectors.
        for (int first = 0; first < inside; first += PIECES) {
            int end = Math.min(inside, first + PIECES);
            for (int done = 0; done < whole; done += W) {
                int from = at + first * step + done;
                int into = toAt + first * toStep + done;
                for (int i = first; i < end; i++, from += step, into += toStep) {
                    FloatVector.fromArray(F, x, from).intoArray(to, into);
                }
            }
            if (whole < elements) {
                int from = at + first * step + whole;
                int into = toAt + first * toStep + whole;
                for (int i = first; i < end; i++, from += step, into += toStep) {
                    FloatVector.fromArray(F, x, from, m).intoArray(to, into, m);
                }
            }
        }
    }

    @Override
    public void add(int n, int elements, float[] x, int at, int step, float[] to, int toAt, int toStep) {
        if (elements < W / 4) {
            for (int j = 0; j < elements; j++) {
                addEach(n, x, at + j, step, to, toAt + j, toStep);
            }
            return;
        }
        for (int done = 0; done < elements; done += W) {
            VectorMask<Float> m = F.indexInRange(done, elements);
            for (int i = 0, from = at + done, into = toAt + done; i < n; i++, from += step, into += toStep) {
                FloatVector.fromArray(F, to, into, m)
                        .add(FloatVector.fromArray(F, x, from, m))
                        .intoArray(to, into, m);
            }
        }
    }

    private static void addEach(int n, float[] x, int at, int step, float[] to, int toAt, int toStep) {
        for (int i = 0; i < n; i++) {
            to[toAt + i * toStep] += x[at + i * step];
        }
    }

    @Override
    public void depthwise(
            int pixels,
            float[] x,
            int[] offsets,
            int taps,
            float[] w,
            int wAt,
            int channels,
            float[] bias,
            float[] y,
            int yAt) {
        if (pixels == 4) {
            four(x, offsets, taps, w, wAt, channels, bias, y, yAt);
        } else {
            one(x, offsets, taps, w, wAt, channels, bias, y, yAt);
        }
    }

    private static void four(
            float[] x, int[] offsets, int taps, float[] w, int wAt, int channels, float[] bias, float[] y, int yAt) {
        int c = 0;
        for (; c <= channels - 2 * W; c += 2 * W) {
            fourPixelsTwice(x, offsets, taps, w, wAt, channels, bias, y, yAt, c);
        }
        if (c <= channels - W) {
            fourPixels(x, offsets, taps, w, wAt, channels, bias, y, yAt, c);
            c += W;
        }
        if (c < channels) {
            lastChannels(x, offsets, taps, w, wAt, channels, bias, y, yAt, c);
        }
    }

    // Methods of one loop each: together they are more than C1 takes, and code that it gives up on may stay
    // interpreted.

    /** Two vectors of channels: four sums alone would wait for each other. */
    private static void fourPixelsTwice(
            float[] x,
            int[] offsets,
            int taps,
            float[] w,
            int wAt,
            int channels,
            float[] bias,
            float[] y,
            int yAt,
            int c) {
        FloatVector s0 = FloatVector.fromArray(F, bias, c);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector t0 = FloatVector.fromArray(F, bias, c + W);
        FloatVector t1 = t0;
        FloatVector t2 = t0;
        FloatVector t3 = t0;
        for (int t = 0, o = 0, q = wAt + c; t < taps; t++, o += 4, q += channels) {
            FloatVector v = FloatVector.fromArray(F, w, q);
            FloatVector u = FloatVector.fromArray(F, w, q + W);
            int at = offsets[o] + c;
            s0 = FloatVector.fromArray(F, x, at).fma(v, s0);
            t0 = FloatVector.fromArray(F, x, at + W).fma(u, t0);
            at = offsets[o + 1] + c;
            s1 = FloatVector.fromArray(F, x, at).fma(v, s1);
            t1 = FloatVector.fromArray(F, x, at + W).fma(u, t1);
            at = offsets[o + 2] + c;
            s2 = FloatVector.fromArray(F, x, at).fma(v, s2);
            t2 = FloatVector.fromArray(F, x, at + W).fma(u, t2);
            at = offsets[o + 3] + c;
            s3 = FloatVector.fromArray(F, x, at).fma(v, s3);
            t3 = FloatVector.fromArray(F, x, at + W).fma(u, t3);
        }
        int at = yAt + c;
        s0.intoArray(y, at);
        t0.intoArray(y, at + W);
        at += channels;
        s1.intoArray(y, at);
        t1.intoArray(y, at + W);
        at += channels;
        s2.intoArray(y, at);
        t2.intoArray(y, at + W);
        at += channels;
        s3.intoArray(y, at);
        t3.intoArray(y, at + W);
    }

    private static void fourPixels(
            float[] x,
            int[] offsets,
            int taps,
            float[] w,
            int wAt,
            int channels,
            float[] bias,
            float[] y,
            int yAt,
            int c) {
        FloatVector s0 = FloatVector.fromArray(F, bias, c);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int t = 0, o = 0, q = wAt + c; t < taps; t++, o += 4, q += channels) {
            FloatVector v = FloatVector.fromArray(F, w, q);
            s0 = FloatVector.fromArray(F, x, offsets[o] + c).fma(v, s0);
            s1 = FloatVector.fromArray(F, x, offsets[o + 1] + c).fma(v, s1);
            s2 = FloatVector.fromArray(F, x, offsets[o + 2] + c).fma(v, s2);
            s3 = FloatVector.fromArray(F, x, offsets[o + 3] + c).fma(v, s3);
        }
        s0.intoArray(y, yAt + c);
        s1.intoArray(y, yAt + channels + c);
        s2.intoArray(y, yAt + 2 * channels + c);
        s3.intoArray(y, yAt + 3 * channels + c);
    }

    private static void lastChannels(
            float[] x,
            int[] offsets,
            int taps,
            float[] w,
            int wAt,
            int channels,
            float[] bias,
            float[] y,
            int yAt,
            int c) {
        VectorMask<Float> m = F.indexInRange(c, channels);
        FloatVector s0 = FloatVector.fromArray(F, bias, c, m);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int t = 0, o = 0, q = wAt + c; t < taps; t++, o += 4, q += channels) {
            FloatVector v = FloatVector.fromArray(F, w, q, m);
            s0 = FloatVector.fromArray(F, x, offsets[o] + c, m).fma(v, s0);
            s1 = FloatVector.fromArray(F, x, offsets[o + 1] + c, m).fma(v, s1);
            s2 = FloatVector.fromArray(F, x, offsets[o + 2] + c, m).fma(v, s2);
            s3 = FloatVector.fromArray(F, x, offsets[o + 3] + c, m).fma(v, s3);
        }
        s0.intoArray(y, yAt + c, m);
        s1.intoArray(y, yAt + channels + c, m);
        s2.intoArray(y, yAt + 2 * channels + c, m);
        s3.intoArray(y, yAt + 3 * channels + c, m);
    }

    private static void one(
            float[] x, int[] offsets, int taps, float[] w, int wAt, int channels, float[] bias, float[] y, int yAt) {
        int c = 0;
        for (; c <= channels - W; c += W) {
            FloatVector s = FloatVector.fromArray(F, bias, c);
            for (int t = 0, q = wAt + c; t < taps; t++, q += channels) {
                s = FloatVector.fromArray(F, x, offsets[t] + c).fma(FloatVector.fromArray(F, w, q), s);
            }
            s.intoArray(y, yAt + c);
        }
        if (c < channels) {
            VectorMask<Float> m = F.indexInRange(c, channels);
            FloatVector s = FloatVector.fromArray(F, bias, c, m);
            for (int t = 0, q = wAt + c; t < taps; t++, q += channels) {
                s = FloatVector.fromArray(F, x, offsets[t] + c, m).fma(FloatVector.fromArray(F, w, q, m), s);
            }
            s.intoArray(y, yAt + c, m);
        }
    }

    @Override
    public void widen(
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] y,
            int yAt) {
        int whole = width - width % BYTES;
        for (int j = 0; j < whole; j += BYTES) {
            for (int part = 0; part < BYTES / W; part++) {
                FloatVector zero = FloatVector.fromArray(F, zeros, zerosAt + j + part * W);
                FloatVector scale = FloatVector.fromArray(F, scales, scalesAt + j + part * W);
                for (int i = j; i < rows * width; i += width) {
                    FloatVector v = (FloatVector)
                            ByteVector.fromArray(WIDENED, x, at + i).convertShape(VectorOperators.B2F, F, part);
                    v.sub(zero).mul(scale).intoArray(y, yAt + i + part * W);
                }
            }
        }
        for (int i = 0; whole < width && i < rows * width; i += width) {
            for (int j = whole; j < width; j++) {
                y[yAt + i + j] = (x[at + i + j] - zeros[zerosAt + j]) * scales[scalesAt + j];
            }
        }
    }

    @Override
    public void widenNibbles(
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] y,
            int yAt) {
        int vectors = width == 2 * W ? rows - rows % (BYTES / W) : 0;
        if (vectors > 0) {
            FloatVector lowZero = FloatVector.fromArray(F, zeros, zerosAt);
            FloatVector highZero = FloatVector.fromArray(F, zeros, zerosAt + W);
            FloatVector lowScale = FloatVector.fromArray(F, scales, scalesAt);
            FloatVector highScale = FloatVector.fromArray(F, scales, scalesAt + W);
            for (int part = 0; part < BYTES / W; part++) {
                int to = yAt + part * width;
                for (int i = 0; i < vectors * W; i += BYTES) {
                    IntVector both = (IntVector)
                            ByteVector.fromArray(WIDENED, x, at + i).convertShape(VectorOperators.B2I, I, part);
                    FloatVector low = (FloatVector) both.and(15).convertShape(VectorOperators.I2F, F, 0);
                    FloatVector high = (FloatVector)
                            both.lanewise(VectorOperators.LSHR, 4).and(15).convertShape(VectorOperators.I2F, F, 0);
                    low.sub(lowZero).mul(lowScale).intoArray(y, to + 2 * i);
                    high.sub(highZero).mul(highScale).intoArray(y, to + 2 * i + W);
                }
            }
        }
        if (vectors < rows) {
            int half = (width + 1) / 2;
            SCALAR.widenNibbles(
                    x,
                    at + vectors * half,
                    rows - vectors,
                    width,
                    zeros,
                    zerosAt,
                    scales,
                    scalesAt,
                    y,
                    yAt + vectors * width);
        }
    }

    @Override
    public boolean isFinite(float[] x, int at, int n) {
        // Four sums, since one waits for itself longer than for the next elements.
        FloatVector zero = FloatVector.zero(F);
        FloatVector s0 = zero;
        FloatVector s1 = zero;
        FloatVector s2 = zero;
        FloatVector s3 = zero;
        int i = 0;
        for (; i <= n - 4 * W; i += 4 * W) {
            s0 = FloatVector.fromArray(F, x, at + i).fma(zero, s0);
            s1 = FloatVector.fromArray(F, x, at + i + W).fma(zero, s1);
            s2 = FloatVector.fromArray(F, x, at + i + 2 * W).fma(zero, s2);
            s3 = FloatVector.fromArray(F, x, at + i + 3 * W).fma(zero, s3);
        }
        float rest = 0;
        for (; i < n; i++) {
            rest = Math.fma(x[at + i], 0, rest);
        }
        return rest == 0
                && !s0.add(s1).add(s2.add(s3)).test(VectorOperators.IS_NAN).anyTrue();
    }

    @Override
    public void multiply(
            float[] a,
            int aAt,
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] sums) {
        if (width != 2 * W || BYTES != W) {
            SCALAR.multiply(a, aAt, x, at, rows, width, zeros, zerosAt, scales, scalesAt, sums);
            return;
        }
        FloatVector zero = FloatVector.fromArray(F, zeros, zerosAt);
        FloatVector zero1 = FloatVector.fromArray(F, zeros, zerosAt + W);
        FloatVector scale = FloatVector.fromArray(F, scales, scalesAt);
        FloatVector scale1 = FloatVector.fromArray(F, scales, scalesAt + W);
        FloatVector sum = FloatVector.fromArray(F, sums, 0);
        FloatVector sum1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < rows; r++) {
            int from = at + r * 2 * W;
            FloatVector v =
                    (FloatVector) ByteVector.fromArray(WIDENED, x, from).convertShape(VectorOperators.B2F, F, 0);
            FloatVector v1 =
                    (FloatVector) ByteVector.fromArray(WIDENED, x, from + W).convertShape(VectorOperators.B2F, F, 0);
            FloatVector left = FloatVector.broadcast(F, a[aAt + r]);
            sum = left.fma(v.sub(zero).mul(scale), sum);
            sum1 = left.fma(v1.sub(zero1).mul(scale1), sum1);
        }
        sum.intoArray(sums, 0);
        sum1.intoArray(sums, W);
    }

    @Override
    public void multiplyNibbles(
            float[] a,
            int aAt,
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] sums) {
        if (width != 2 * W || BYTES != W) {
            SCALAR.multiplyNibbles(a, aAt, x, at, rows, width, zeros, zerosAt, scales, scalesAt, sums);
            return;
        }
        FloatVector zero = FloatVector.fromArray(F, zeros, zerosAt);
        FloatVector zero1 = FloatVector.fromArray(F, zeros, zerosAt + W);
        FloatVector scale = FloatVector.fromArray(F, scales, scalesAt);
        FloatVector scale1 = FloatVector.fromArray(F, scales, scalesAt + W);
        FloatVector sum = FloatVector.fromArray(F, sums, 0);
        FloatVector sum1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < rows; r++) {
            IntVector both =
                    (IntVector) ByteVector.fromArray(WIDENED, x, at + r * W).convertShape(VectorOperators.B2I, I, 0);
            FloatVector v = (FloatVector) both.and(15).convertShape(VectorOperators.I2F, F, 0);
            FloatVector v1 = (FloatVector)
                    both.lanewise(VectorOperators.LSHR, 4).and(15).convertShape(VectorOperators.I2F, F, 0);
            FloatVector left = FloatVector.broadcast(F, a[aAt + r]);
            sum = left.fma(v.sub(zero).mul(scale), sum);
            sum1 = left.fma(v1.sub(zero1).mul(scale1), sum1);
        }
        sum.intoArray(sums, 0);
        sum1.intoArray(sums, W);
    }

    @Override
    public boolean narrow(float[] x, int at, int n, int least, byte[] y, int yAt) {
        if (BYTES != W) {
            return SCALAR.narrow(x, at, n, least, y, yAt);
        }
        IntVector wrong = IntVector.zero(I);
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector v = FloatVector.fromArray(F, x, at + i);
            IntVector whole = (IntVector) v.convert(VectorOperators.F2I, 0);
            FloatVector back = (FloatVector) whole.convert(VectorOperators.I2F, 0);
            IntVector code = whole.sub(least);
            ((ByteVector) code.convertShape(VectorOperators.I2B, WIDENED, 0)).intoArray(y, yAt + i);
            wrong = wrong.or(code.and(~255))
                    .or(back.reinterpretAsInts().lanewise(VectorOperators.XOR, v.reinterpretAsInts()));
        }
        return wrong.compare(VectorOperators.EQ, 0).allTrue()
                && (i == n || SCALAR.narrow(x, at + i, n - i, least, y, yAt + i));
    }

    @Override
    public void widenPairs(int[] x, int at, int rows, int width, float[] y) {
        if (width % W != 0) {
            SCALAR.widenPairs(x, at, rows, width, y);
            return;
        }
        for (int row = 0; row < rows; row += 2) {
            for (int j = 0; j < width; j += W) {
                IntVector pair = IntVector.fromArray(I, x, at + row / 2 * width + j);
                pair.lanewise(VectorOperators.LSHL, Short.SIZE)
                        .reinterpretAsFloats()
                        .intoArray(y, row * width + j);
                if (row + 1 < rows) {
                    pair.and(UPPER).reinterpretAsFloats().intoArray(y, (row + 1) * width + j);
                }
            }
        }
    }
}
