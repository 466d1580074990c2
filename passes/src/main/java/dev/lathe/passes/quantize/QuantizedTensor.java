package dev.lathe.passes.quantize;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.weights.WeightRole;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A tensor of floats as integers: {@code (numbers - zeroPoint) * scale}.
 *
 * @param numbers of the tensor's shape
 * @param scale f32: one, or one for each position of an axis, or one for each block
 * @param zeroPoint as the scale, of the numbers' type; none if it is 0
 * @param sqnr how much larger the numbers are than what rounding changed, both squared and summed up, in decibels
 */
record QuantizedTensor(Tensor numbers, Tensor scale, Optional<Tensor> zeroPoint, double sqnr) {
    /**
     * The weights of a product or a convolution.
     *
     * @param block how many weights of a product's column share a scale; 0 for all
     * @param perTensor whether all weights share one
     * @param gram what data say of the layer's operand; needed where {@code rounding} looks at data
     */
    static QuantizedTensor of(
            Tensor t,
            WeightRole role,
            int bits,
            int block,
            boolean perTensor,
            Rounding rounding,
            Optional<Gram.Matrix> gram) {
        boolean blocks = block > 0 && role.kind() == WeightRole.Kind.PRODUCT;
        QuantizedTensor nearest = perTensor
                ? perTensor(t, bits)
                : blocks ? perBlock(t, role.depthAxis(), bits, block) : perChannel(t, role.channelAxis(), bits);
        if (rounding == Rounding.NEAREST || gram.isEmpty()) {
            return nearest;
        }
        float[] weights = t.toFloatArray();
        long[] numbers = nearest.numbers.toLongArray();
        Gram.Matrix matrix = gram.get();
        int channels = Math.toIntExact(t.dim(role.channelAxis())) / matrix.groups();
        for (int g = 0; g < matrix.groups(); g++) {
            FittedRounding.run(
                    rounding,
                    new LayerColumns(
                            weights,
                            numbers,
                            nearest,
                            matrix.depth(),
                            channels,
                            g * channels,
                            role.kind() == WeightRole.Kind.PRODUCT,
                            blocks ? block : 0),
                    matrix,
                    g);
        }
        return nearest.with(numbers, weights, blocks ? block : 0, role);
    }

    /** With other numbers. */
    private QuantizedTensor with(long[] newNumbers, float[] weights, int block, WeightRole role) {
        Tensor changed = Tensor.zeros(numbers.element(), numbers.dims());
        long inner = inner(numbers, role.channelAxis());
        long channels = numbers.dim(role.channelAxis());
        double noise = 0;
        for (int i = 0; i < newNumbers.length; i++) {
            changed.setLong(i, newNumbers[i]);
            long channel = i / inner % channels;
            long s = scale.rank() == 0 ? 0 : block > 0 ? i / channels / block * channels + channel : channel;
            long zero = zeroPoint.isPresent() ? zeroPoint.get().getLong(s) : 0;
            double d = (newNumbers[i] - zero) * (double) scale.getFloat(s) - weights[i];
            noise += d * d;
        }
        return new QuantizedTensor(changed, scale, zeroPoint, decibels(weights, new double[] {noise}));
    }

    /**
     * The columns of one group.
     *
     * @param first the group's first channel
     * @param product whether the weights of a column stand below each other, as in a product, or one after the other
     */
    private record LayerColumns(
            float[] weights,
            long[] numbers,
            QuantizedTensor grid,
            int depth,
            int count,
            int first,
            boolean product,
            int block)
            implements FittedRounding.Columns {
        private int at(int i, int column) {
            return product ? i * count + column : (first + column) * depth + i;
        }

        private int scaleAt(int i, int column) {
            if (grid.scale.rank() == 0) {
                return 0;
            }
            return block > 0 ? i / block * count + column : first + column;
        }

        @Override
        public double weight(int i, int column) {
            return weights[at(i, column)];
        }

        @Override
        public double scale(int i, int column) {
            return grid.scale.getFloat(scaleAt(i, column));
        }

        @Override
        public int zero(int i, int column) {
            return grid.zeroPoint.isPresent() ? (int) grid.zeroPoint.get().getLong(scaleAt(i, column)) : 0;
        }

        @Override
        public int low() {
            return grid.numbers.element().isSigned() ? -high() : 0;
        }

        @Override
        public int high() {
            int bits = grid.numbers.element().bits();
            return (1 << (grid.numbers.element().isSigned() ? bits - 1 : bits)) - 1;
        }

        @Override
        public int number(int i, int column) {
            return (int) numbers[at(i, column)];
        }

        @Override
        public void set(int i, int column, int number) {
            numbers[at(i, column)] = number;
        }
    }

    /** One scale for all, and no zero point. */
    static QuantizedTensor perTensor(Tensor t, int bits) {
        QuantizedTensor row = perChannel(t.reshape(1, t.size()), 0, bits);
        return new QuantizedTensor(row.numbers.reshape(t.dims()), row.scale.reshape(), Optional.empty(), row.sqnr);
    }

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
            scale.setFloat(c, grid.scale());
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
            scale.setFloat(s, grid.scale());
            noise[s] = grid.error(own);
            zeros[s] = (byte) grid.zero();
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
}
