package dev.lathe.passes.quantize;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A tensor of floats as integers: {@code (numbers - zeroPoint) * scale}.
 *
 * @param numbers of the tensor's shape
 * @param scale f32: one for each position of an axis, or one for each block
 * @param zeroPoint as the scale, of the numbers' type; none if it is 0
 * @param sqnr how much larger the numbers are than what rounding changed, both squared and summed up, in decibels
 */
record QuantizedTensor(Tensor numbers, Tensor scale, Optional<Tensor> zeroPoint, double sqnr) {
    /** The shares of a range that are tried: cutting off the largest numbers makes all others finer. */
    private static final int CUTS = 20;

    private static final double SMALLEST_CUT = 0.6;

    /** Each position of {@code axis} with a scale of its own, and no zero points. */
    static QuantizedTensor perChannel(Tensor t, int axis, int bits) {
        long channels = t.dim(axis);
        long inner = inner(t, axis);
        long outer = channels == 0 ? 0 : t.size() / channels / inner;
        float[] values = t.toFloatArray();
        byte[] numbers = new byte[values.length];
        Tensor scale = Tensor.zeros(ElementType.F32, channels);
        double[] noise = new double[Math.toIntExact(channels)];
        IntStream.range(0, Math.toIntExact(channels)).parallel().forEach(c -> {
            float[] own = new float[Math.toIntExact(outer * inner)];
            for (int o = 0; o < outer; o++) {
                System.arraycopy(values, (int) ((o * channels + c) * inner), own, (int) (o * inner), (int) inner);
            }
            Grid grid = Grid.symmetric(own, bits);
            scale.setFloat(c, grid.scale);
            noise[c] = grid.error(own);
            for (int i = 0; i < own.length; i++) {
                numbers[(int) ((i / inner * channels + c) * inner + i % inner)] = (byte) grid.number(own[i]);
            }
        });
        return new QuantizedTensor(
                tensor(bits == 4 ? ElementType.I4 : ElementType.I8, numbers, t),
                scale,
                Optional.empty(),
                decibels(values, noise));
    }

    /** Each {@code block} positions of {@code axis} with a scale and a zero point of their own. */
    static QuantizedTensor perBlock(Tensor t, int axis, int bits, int block) {
        long length = t.dim(axis);
        long inner = inner(t, axis);
        long blocks = Math.ceilDiv(length, block);
        long[] dims = t.dims();
        dims[axis] = blocks;
        float[] values = t.toFloatArray();
        byte[] numbers = new byte[values.length];
        Tensor scale = Tensor.zeros(ElementType.F32, dims);
        double[] noise = new double[Math.toIntExact(scale.size())];
        byte[] zeros = new byte[Math.toIntExact(scale.size())];
        IntStream.range(0, zeros.length).parallel().forEach(s -> {
            long b = s / inner % blocks;
            long start = (s / inner / blocks * length + b * block) * inner + s % inner;
            float[] own = new float[(int) Math.min(block, length - b * block)];
            for (int k = 0; k < own.length; k++) {
                own[k] = values[(int) (start + k * inner)];
            }
            Grid grid = Grid.asymmetric(own, bits);
            scale.setFloat(s, grid.scale);
            noise[s] = grid.error(own);
            zeros[s] = (byte) grid.zero;
            for (int k = 0; k < own.length; k++) {
                numbers[(int) (start + k * inner)] = (byte) grid.number(own[k]);
            }
        });
        ElementType type = bits == 4 ? ElementType.U4 : ElementType.U8;
        return new QuantizedTensor(
                tensor(type, numbers, t), scale, Optional.of(tensor(type, zeros, scale)), decibels(values, noise));
    }

    private static double decibels(float[] values, double[] noise) {
        double signal = 0;
        for (float x : values) {
            signal += (double) x * x;
        }
        double all = Arrays.stream(noise).sum();
        return all == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / all);
    }

    private static Tensor tensor(ElementType type, byte[] numbers, Tensor shape) {
        if (type.bits() == Byte.SIZE) {
            return Tensor.of(type, numbers, shape.dims());
        }
        Tensor packed = Tensor.zeros(type, shape.dims());
        for (int i = 0; i < numbers.length; i++) {
            packed.setLong(i, type.isSigned() ? numbers[i] : Byte.toUnsignedLong(numbers[i]));
        }
        return packed;
    }

    private static long inner(Tensor t, int axis) {
        return Arrays.stream(t.dims()).skip(axis + 1L).reduce(1, (a, b) -> a * b);
    }

    /** The numbers {@code (n - zero) * scale} for {@code n} from {@code low} to {@code high}. */
    private record Grid(float scale, int zero, int low, int high) {
        int number(float x) {
            return (int) Math.clamp(Math.rint(x / scale) + zero, low, high);
        }

        /** The sum of the squared distances of {@code values}. */
        double error(float[] values) {
            double sum = 0;
            for (float x : values) {
                double d = (number(x) - zero) * scale - x;
                sum += d * d;
            }
            return sum;
        }

        static Grid symmetric(float[] values, int bits) {
            float largest = 0;
            for (float x : values) {
                largest = Math.max(largest, Math.abs(x));
            }
            int high = (1 << (bits - 1)) - 1;
            return best(values, -largest, largest, (_, to) -> new Grid(positive(to / high), 0, -high, high));
        }

        static Grid asymmetric(float[] values, int bits) {
            float least = 0;
            float largest = 0;
            for (float x : values) {
                least = Math.min(least, x);
                largest = Math.max(largest, x);
            }
            int high = (1 << bits) - 1;
            return best(values, least, largest, (from, to) -> {
                float scale = positive((to - from) / high);
                return new Grid(scale, (int) Math.clamp(Math.rint(-from / scale), 0, high), 0, high);
            });
        }

        private static float positive(float scale) {
            return scale >= Float.MIN_NORMAL && scale <= Float.MAX_VALUE ? scale : 1;
        }

        /** The grid over a part of a range that is nearest to the values. */
        private static Grid best(float[] values, float from, float to, Maker maker) {
            Grid best = maker.grid(from, to);
            double least = best.error(values);
            for (int i = 1; i <= CUTS && least > 0; i++) {
                float share = (float) (1 - (1 - SMALLEST_CUT) * i / CUTS);
                Grid other = maker.grid(from * share, to * share);
                double error = other.error(values);
                if (error < least) {
                    least = error;
                    best = other;
                }
            }
            return best;
        }
    }

    private interface Maker {
        Grid grid(float from, float to);
    }
}
