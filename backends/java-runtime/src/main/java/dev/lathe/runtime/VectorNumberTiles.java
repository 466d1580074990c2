package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link NumberTiles} on vectors: four rows times two vectors of columns in registers. Sums are taken in the order of
 * the depth; those of doubles by fused operations. No method takes a vector, for the JIT may not inline it.
 */
abstract class VectorNumberTiles extends NumberTiles {
    private static final int ROWS_TO_PACK = 8;

    static VectorNumberTiles of(ElementType type) {
        return switch (type) {
            case F64 -> new Doubles();
            case I32, U32 -> new Ints();
            case I64, U64 -> new Longs();
            default -> throw new IllegalStateException("no products of " + type);
        };
    }

    @Override
    final int rowsToPack() {
        return ROWS_TO_PACK;
    }

    private static final class Doubles extends VectorNumberTiles {
        private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;
        private static final int W = S.length();

        @Override
        int width() {
            return 2 * W;
        }

        @Override
        void pack(Object from, int at, int stride, int depth, int n, Object panel) {
            if (n < 2 * W) {
                super.pack(from, at, stride, depth, n, panel);
                return;
            }
            double[] x = (double[]) from;
            double[] y = (double[]) panel;
            for (int i = 0, p = at; i < 2 * W * depth; i += 2 * W, p += stride) {
                DoubleVector.fromArray(S, x, p).intoArray(y, i);
                DoubleVector.fromArray(S, x, p + W).intoArray(y, i + W);
            }
        }

        @Override
        void multiply(
                int rows,
                int depth,
                int n,
                Object a,
                int aAt,
                Object b,
                int bAt,
                int bStride,
                Object c,
                int cAt,
                int cStride) {
            double[] x = (double[]) a;
            double[] panel = (double[]) b;
            double[] y = (double[]) c;
            int row = 0;
            for (; row <= rows - 4; row += 4) {
                four(depth, n, x, aAt + row * depth, panel, bAt, bStride, y, cAt + row * cStride, cStride);
            }
            for (; row < rows; row++) {
                one(depth, n, x, aAt + row * depth, panel, bAt, bStride, y, cAt + row * cStride);
            }
        }

        private static void four(
                int depth,
                int n,
                double[] a,
                int aAt,
                double[] b,
                int bAt,
                int bStride,
                double[] c,
                int cAt,
                int cStride) {
            DoubleVector s00 = DoubleVector.zero(S);
            DoubleVector s01 = s00;
            DoubleVector s10 = s00;
            DoubleVector s11 = s00;
            DoubleVector s20 = s00;
            DoubleVector s21 = s00;
            DoubleVector s30 = s00;
            DoubleVector s31 = s00;
            for (int i = aAt, p = bAt; i < aAt + depth; i++, p += bStride) {
                DoubleVector b0 = DoubleVector.fromArray(S, b, p);
                DoubleVector b1 = DoubleVector.fromArray(S, b, p + W);
                DoubleVector v = DoubleVector.broadcast(S, a[i]);
                s00 = v.fma(b0, s00);
                s01 = v.fma(b1, s01);
                v = DoubleVector.broadcast(S, a[i + depth]);
                s10 = v.fma(b0, s10);
                s11 = v.fma(b1, s11);
                v = DoubleVector.broadcast(S, a[i + 2 * depth]);
                s20 = v.fma(b0, s20);
                s21 = v.fma(b1, s21);
                v = DoubleVector.broadcast(S, a[i + 3 * depth]);
                s30 = v.fma(b0, s30);
                s31 = v.fma(b1, s31);
            }
            if (n == 2 * W) {
                s00.intoArray(c, cAt);
                s01.intoArray(c, cAt + W);
                s10.intoArray(c, cAt + cStride);
                s11.intoArray(c, cAt + cStride + W);
                s20.intoArray(c, cAt + 2 * cStride);
                s21.intoArray(c, cAt + 2 * cStride + W);
                s30.intoArray(c, cAt + 3 * cStride);
                s31.intoArray(c, cAt + 3 * cStride + W);
                return;
            }
            VectorMask<Double> m0 = S.indexInRange(0, n);
            s00.intoArray(c, cAt, m0);
            s10.intoArray(c, cAt + cStride, m0);
            s20.intoArray(c, cAt + 2 * cStride, m0);
            s30.intoArray(c, cAt + 3 * cStride, m0);
            if (n > W) {
                VectorMask<Double> m1 = S.indexInRange(W, n);
                s01.intoArray(c, cAt + W, m1);
                s11.intoArray(c, cAt + cStride + W, m1);
                s21.intoArray(c, cAt + 2 * cStride + W, m1);
                s31.intoArray(c, cAt + 3 * cStride + W, m1);
            }
        }

        private static void one(
                int depth, int n, double[] a, int aAt, double[] b, int bAt, int bStride, double[] c, int cAt) {
            DoubleVector s00 = DoubleVector.zero(S);
            DoubleVector s01 = s00;
            for (int i = aAt, p = bAt; i < aAt + depth; i++, p += bStride) {
                DoubleVector b0 = DoubleVector.fromArray(S, b, p);
                DoubleVector b1 = DoubleVector.fromArray(S, b, p + W);
                DoubleVector v = DoubleVector.broadcast(S, a[i]);
                s00 = v.fma(b0, s00);
                s01 = v.fma(b1, s01);
            }
            if (n == 2 * W) {
                s00.intoArray(c, cAt);
                s01.intoArray(c, cAt + W);
                return;
            }
            VectorMask<Double> m0 = S.indexInRange(0, n);
            s00.intoArray(c, cAt, m0);
            if (n > W) {
                VectorMask<Double> m1 = S.indexInRange(W, n);
                s01.intoArray(c, cAt + W, m1);
            }
        }
    }

    private static final class Ints extends VectorNumberTiles {
        private static final VectorSpecies<Integer> S = IntVector.SPECIES_PREFERRED;
        private static final int W = S.length();

        @Override
        int width() {
            return 2 * W;
        }

        @Override
        void pack(Object from, int at, int stride, int depth, int n, Object panel) {
            if (n < 2 * W) {
                super.pack(from, at, stride, depth, n, panel);
                return;
            }
            int[] x = (int[]) from;
            int[] y = (int[]) panel;
            for (int i = 0, p = at; i < 2 * W * depth; i += 2 * W, p += stride) {
                IntVector.fromArray(S, x, p).intoArray(y, i);
                IntVector.fromArray(S, x, p + W).intoArray(y, i + W);
            }
        }

        @Override
        void multiply(
                int rows,
                int depth,
                int n,
                Object a,
                int aAt,
                Object b,
                int bAt,
                int bStride,
                Object c,
                int cAt,
                int cStride) {
            int[] x = (int[]) a;
            int[] panel = (int[]) b;
            int[] y = (int[]) c;
            int row = 0;
            for (; row <= rows - 4; row += 4) {
                four(depth, n, x, aAt + row * depth, panel, bAt, bStride, y, cAt + row * cStride, cStride);
            }
            for (; row < rows; row++) {
                one(depth, n, x, aAt + row * depth, panel, bAt, bStride, y, cAt + row * cStride);
            }
        }

        private static void four(
                int depth, int n, int[] a, int aAt, int[] b, int bAt, int bStride, int[] c, int cAt, int cStride) {
            IntVector s00 = IntVector.zero(S);
            IntVector s01 = s00;
            IntVector s10 = s00;
            IntVector s11 = s00;
            IntVector s20 = s00;
            IntVector s21 = s00;
            IntVector s30 = s00;
            IntVector s31 = s00;
            for (int i = aAt, p = bAt; i < aAt + depth; i++, p += bStride) {
                IntVector b0 = IntVector.fromArray(S, b, p);
                IntVector b1 = IntVector.fromArray(S, b, p + W);
                IntVector v = IntVector.broadcast(S, a[i]);
                s00 = s00.add(v.mul(b0));
                s01 = s01.add(v.mul(b1));
                v = IntVector.broadcast(S, a[i + depth]);
                s10 = s10.add(v.mul(b0));
                s11 = s11.add(v.mul(b1));
                v = IntVector.broadcast(S, a[i + 2 * depth]);
                s20 = s20.add(v.mul(b0));
                s21 = s21.add(v.mul(b1));
                v = IntVector.broadcast(S, a[i + 3 * depth]);
                s30 = s30.add(v.mul(b0));
                s31 = s31.add(v.mul(b1));
            }
            if (n == 2 * W) {
                s00.intoArray(c, cAt);
                s01.intoArray(c, cAt + W);
                s10.intoArray(c, cAt + cStride);
                s11.intoArray(c, cAt + cStride + W);
                s20.intoArray(c, cAt + 2 * cStride);
                s21.intoArray(c, cAt + 2 * cStride + W);
                s30.intoArray(c, cAt + 3 * cStride);
                s31.intoArray(c, cAt + 3 * cStride + W);
                return;
            }
            VectorMask<Integer> m0 = S.indexInRange(0, n);
            s00.intoArray(c, cAt, m0);
            s10.intoArray(c, cAt + cStride, m0);
            s20.intoArray(c, cAt + 2 * cStride, m0);
            s30.intoArray(c, cAt + 3 * cStride, m0);
            if (n > W) {
                VectorMask<Integer> m1 = S.indexInRange(W, n);
                s01.intoArray(c, cAt + W, m1);
                s11.intoArray(c, cAt + cStride + W, m1);
                s21.intoArray(c, cAt + 2 * cStride + W, m1);
                s31.intoArray(c, cAt + 3 * cStride + W, m1);
            }
        }

        private static void one(int depth, int n, int[] a, int aAt, int[] b, int bAt, int bStride, int[] c, int cAt) {
            IntVector s00 = IntVector.zero(S);
            IntVector s01 = s00;
            for (int i = aAt, p = bAt; i < aAt + depth; i++, p += bStride) {
                IntVector b0 = IntVector.fromArray(S, b, p);
                IntVector b1 = IntVector.fromArray(S, b, p + W);
                IntVector v = IntVector.broadcast(S, a[i]);
                s00 = s00.add(v.mul(b0));
                s01 = s01.add(v.mul(b1));
            }
            if (n == 2 * W) {
                s00.intoArray(c, cAt);
                s01.intoArray(c, cAt + W);
                return;
            }
            VectorMask<Integer> m0 = S.indexInRange(0, n);
            s00.intoArray(c, cAt, m0);
            if (n > W) {
                VectorMask<Integer> m1 = S.indexInRange(W, n);
                s01.intoArray(c, cAt + W, m1);
            }
        }
    }

    private static final class Longs extends VectorNumberTiles {
        private static final VectorSpecies<Long> S = LongVector.SPECIES_PREFERRED;
        private static final int W = S.length();

        @Override
        int width() {
            return 2 * W;
        }

        @Override
        void pack(Object from, int at, int stride, int depth, int n, Object panel) {
            if (n < 2 * W) {
                super.pack(from, at, stride, depth, n, panel);
                return;
            }
            long[] x = (long[]) from;
            long[] y = (long[]) panel;
            for (int i = 0, p = at; i < 2 * W * depth; i += 2 * W, p += stride) {
                LongVector.fromArray(S, x, p).intoArray(y, i);
                LongVector.fromArray(S, x, p + W).intoArray(y, i + W);
            }
        }

        @Override
        void multiply(
                int rows,
                int depth,
                int n,
                Object a,
                int aAt,
                Object b,
                int bAt,
                int bStride,
                Object c,
                int cAt,
                int cStride) {
            long[] x = (long[]) a;
            long[] panel = (long[]) b;
            long[] y = (long[]) c;
            int row = 0;
            for (; row <= rows - 4; row += 4) {
                four(depth, n, x, aAt + row * depth, panel, bAt, bStride, y, cAt + row * cStride, cStride);
            }
            for (; row < rows; row++) {
                one(depth, n, x, aAt + row * depth, panel, bAt, bStride, y, cAt + row * cStride);
            }
        }

        private static void four(
                int depth, int n, long[] a, int aAt, long[] b, int bAt, int bStride, long[] c, int cAt, int cStride) {
            LongVector s00 = LongVector.zero(S);
            LongVector s01 = s00;
            LongVector s10 = s00;
            LongVector s11 = s00;
            LongVector s20 = s00;
            LongVector s21 = s00;
            LongVector s30 = s00;
            LongVector s31 = s00;
            for (int i = aAt, p = bAt; i < aAt + depth; i++, p += bStride) {
                LongVector b0 = LongVector.fromArray(S, b, p);
                LongVector b1 = LongVector.fromArray(S, b, p + W);
                LongVector v = LongVector.broadcast(S, a[i]);
                s00 = s00.add(v.mul(b0));
                s01 = s01.add(v.mul(b1));
                v = LongVector.broadcast(S, a[i + depth]);
                s10 = s10.add(v.mul(b0));
                s11 = s11.add(v.mul(b1));
                v = LongVector.broadcast(S, a[i + 2 * depth]);
                s20 = s20.add(v.mul(b0));
                s21 = s21.add(v.mul(b1));
                v = LongVector.broadcast(S, a[i + 3 * depth]);
                s30 = s30.add(v.mul(b0));
                s31 = s31.add(v.mul(b1));
            }
            if (n == 2 * W) {
                s00.intoArray(c, cAt);
                s01.intoArray(c, cAt + W);
                s10.intoArray(c, cAt + cStride);
                s11.intoArray(c, cAt + cStride + W);
                s20.intoArray(c, cAt + 2 * cStride);
                s21.intoArray(c, cAt + 2 * cStride + W);
                s30.intoArray(c, cAt + 3 * cStride);
                s31.intoArray(c, cAt + 3 * cStride + W);
                return;
            }
            VectorMask<Long> m0 = S.indexInRange(0, n);
            s00.intoArray(c, cAt, m0);
            s10.intoArray(c, cAt + cStride, m0);
            s20.intoArray(c, cAt + 2 * cStride, m0);
            s30.intoArray(c, cAt + 3 * cStride, m0);
            if (n > W) {
                VectorMask<Long> m1 = S.indexInRange(W, n);
                s01.intoArray(c, cAt + W, m1);
                s11.intoArray(c, cAt + cStride + W, m1);
                s21.intoArray(c, cAt + 2 * cStride + W, m1);
                s31.intoArray(c, cAt + 3 * cStride + W, m1);
            }
        }

        private static void one(
                int depth, int n, long[] a, int aAt, long[] b, int bAt, int bStride, long[] c, int cAt) {
            LongVector s00 = LongVector.zero(S);
            LongVector s01 = s00;
            for (int i = aAt, p = bAt; i < aAt + depth; i++, p += bStride) {
                LongVector b0 = LongVector.fromArray(S, b, p);
                LongVector b1 = LongVector.fromArray(S, b, p + W);
                LongVector v = LongVector.broadcast(S, a[i]);
                s00 = s00.add(v.mul(b0));
                s01 = s01.add(v.mul(b1));
            }
            if (n == 2 * W) {
                s00.intoArray(c, cAt);
                s01.intoArray(c, cAt + W);
                return;
            }
            VectorMask<Long> m0 = S.indexInRange(0, n);
            s00.intoArray(c, cAt, m0);
            if (n > W) {
                VectorMask<Long> m1 = S.indexInRange(W, n);
                s01.intoArray(c, cAt + W, m1);
            }
        }
    }
}
