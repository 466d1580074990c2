package dev.lathe.passes.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.weights.WeightRole;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What rounding by data changes of a layer's results is never more than what rounding to the nearest does. */
class RoundingTest {
    private static final WeightRole PRODUCT = new WeightRole(WeightRole.Kind.PRODUCT, 1, 0);
    private static final WeightRole FILTERS = new WeightRole(WeightRole.Kind.CONVOLUTION, 0, 1);

    private static Tensor random(Random r, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) r.nextGaussian());
        }
        return t;
    }

    /** Of rows whose numbers go together; {@code rank} of them are independent. */
    private static Gram.Matrix gram(Random r, int groups, int depth, int rank) {
        double[] sums = new double[groups * depth * depth];
        for (int g = 0; g < groups; g++) {
            for (int k = 0; k < rank; k++) {
                double common = r.nextGaussian();
                double[] x = new double[depth];
                for (int i = 0; i < depth; i++) {
                    x[i] = common + 0.5 * r.nextGaussian();
                }
                for (int i = 0; i < depth * depth; i++) {
                    sums[g * depth * depth + i] += x[i / depth] * x[i % depth];
                }
            }
        }
        return new Gram.Matrix(groups, depth, rank, sums);
    }

    /** The sum of the squares of what changes of the results. */
    private static double change(Tensor t, QuantizedTensor q, Gram.Matrix m, boolean product, int block) {
        int depth = m.depth();
        int channels = (int) t.dim(product ? 1 : 0);
        double sum = 0;
        for (int c = 0; c < channels; c++) {
            double[] e = new double[depth];
            for (int i = 0; i < depth; i++) {
                int at = product ? i * channels + c : c * depth + i;
                int s = q.scale().rank() == 0 ? 0 : block > 0 ? i / block * channels + c : c;
                long zero = q.zeroPoint().map(z -> z.getLong(s)).orElse(0L);
                e[i] = t.getDouble(at)
                        - (q.numbers().getLong(at) - zero) * (double) q.scale().getFloat(s);
            }
            int group = c / (channels / m.groups());
            for (int i = 0; i < depth; i++) {
                for (int j = 0; j < depth; j++) {
                    sum += e[i] * e[j] * m.at(group, i, j);
                }
            }
        }
        return sum;
    }

    @Test
    void isNeverWorseThanTheNearestAndMuchBetterWhereNumbersGoTogether() {
        Random r = new Random(11);
        for (int seed = 0; seed < 60; seed++) {
            boolean product = r.nextBoolean();
            int groups = product ? 1 : 1 + r.nextInt(3);
            int depth = 1 + r.nextInt(70);
            int channels = groups * (1 + r.nextInt(70));
            int block = product && r.nextBoolean() ? 16 : 0;
            int bits = r.nextBoolean() ? 4 : 8;
            boolean perTensor = block == 0 && seed % 3 == 0;
            Tensor t = product ? random(r, depth, channels) : random(r, channels, depth, 1, 1);
            // Few rows leave a matrix that is not positive definite, and no rows one of zeros.
            Gram.Matrix m = gram(r, groups, depth, r.nextInt(3) == 0 ? r.nextInt(3) : 3 * depth);
            WeightRole role = product ? PRODUCT : FILTERS;
            QuantizedTensor nearest =
                    QuantizedTensor.of(t, role, bits, block, perTensor, Rounding.NEAREST, Optional.of(m));
            double plain = change(t, nearest, m, product, block);
            for (Rounding rounding : new Rounding[] {Rounding.GPTQ, Rounding.ADAROUND}) {
                QuantizedTensor q = QuantizedTensor.of(t, role, bits, block, perTensor, rounding, Optional.of(m));
                double fitted = change(t, q, m, product, block);
                assertThat(fitted).as("%s, %d×%d", rounding, depth, channels).isLessThanOrEqualTo(plain * (1 + 1e-9));
                assertThat(q.numbers().element()).isEqualTo(nearest.numbers().element());
                assertThat(q.scale()).isEqualTo(nearest.scale());
                if (m.rows() > depth && depth > 20) {
                    assertThat(fitted).as("%s", rounding).isLessThan(0.8 * plain);
                }
            }
        }
    }

    @Test
    void roundsUpOrDownAndNoFurther() {
        Random r = new Random(2);
        Tensor t = random(r, 40, 8);
        Gram.Matrix m = gram(r, 1, 40, 100);
        QuantizedTensor q = QuantizedTensor.of(t, PRODUCT, 8, 0, false, Rounding.ADAROUND, Optional.of(m));
        for (int i = 0; i < t.size(); i++) {
            double x = t.getDouble(i) / q.scale().getFloat(i % 8);
            if (Math.abs(x) <= 127) {
                assertThat((double) q.numbers().getLong(i)).isBetween(Math.floor(x) - 1e-6, Math.ceil(x) + 1e-6);
            }
        }
    }

    @Test
    void unusableDataLeaveTheNearest() {
        Tensor t = random(new Random(4), 5, 3);
        QuantizedTensor nearest = QuantizedTensor.of(t, PRODUCT, 4, 0, false, Rounding.NEAREST, Optional.empty());
        for (double x : new double[] {0, Double.NaN, Double.POSITIVE_INFINITY}) {
            double[] sums = new double[25];
            java.util.Arrays.fill(sums, x);
            Gram.Matrix m = new Gram.Matrix(1, 5, 1, sums);
            for (Rounding rounding : Rounding.values()) {
                assertThat(QuantizedTensor.of(t, PRODUCT, 4, 0, false, rounding, Optional.of(m))
                                .numbers())
                        .isEqualTo(nearest.numbers());
            }
        }
    }

    /** Inside of the range no number is further than half a step from what it becomes, whatever the type and axis. */
    @Test
    void errorsAreAtMostHalfAStep() {
        Random r = new Random(5);
        for (int seed = 0; seed < 200; seed++) {
            long[] dims = {1 + r.nextInt(6), 1 + r.nextInt(6), 1 + r.nextInt(6)};
            Tensor t = random(r, dims);
            int axis = r.nextInt(3);
            int bits = r.nextBoolean() ? 4 : 8;
            int block = r.nextBoolean() ? 0 : 16;
            QuantizedTensor q = block == 0
                    ? QuantizedTensor.perChannel(t, axis, bits)
                    : QuantizedTensor.perBlock(t, axis, bits, block);
            boolean signed = q.numbers().element().isSigned();
            long high = (1L << (signed ? bits - 1 : bits)) - 1;
            long low = signed ? -high : 0;
            long inner = 1;
            for (int a = axis + 1; a < 3; a++) {
                inner *= dims[a];
            }
            for (long i = 0; i < t.size(); i++) {
                long at = i / inner % dims[axis];
                long blocks = Math.ceilDiv(dims[axis], 16);
                long s = block == 0 ? at : (i / inner / dims[axis] * blocks + at / 16) * inner + i % inner;
                double scale = q.scale().getFloat(s);
                long zero = q.zeroPoint().map(z -> z.getLong(s)).orElse(0L);
                double x = t.getDouble(i);
                double back = (q.numbers().getLong(i) - zero) * scale;
                if (x >= (low - zero) * scale && x <= (high - zero) * scale) {
                    assertThat(Math.abs(back - x)).isLessThanOrEqualTo(scale / 2 * (1 + 1e-5));
                }
                assertThat(back).isBetween((low - zero) * scale, (high - zero) * scale);
            }
        }
    }
}
