package dev.lathe.passes.statistics;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Statistic;
import java.util.List;

/**
 * Sums over the numbers of each channel of a value.
 *
 * @param value a tensor of floats
 * @param axis the axis of channels, whose size is known; not negative
 */
public record Moments(Value value, int axis) implements Statistic<Moments.Sums> {
    /**
     * What is known of each channel; the arrays have an entry for each.
     *
     * @param count how many numbers each channel had
     * @param sums of the numbers
     * @param squares the sums of their squares
     * @param largest the largest magnitude
     */
    public record Sums(long count, double[] sums, double[] squares, double[] largest) {
        /** The mean of a channel; 0 if nothing was measured. */
        public double mean(int channel) {
            return count == 0 ? 0 : sums[channel] / count;
        }

        /** The variance of a channel, of all that was measured; 0 if nothing was. */
        public double variance(int channel) {
            double mean = mean(channel);
            return count == 0 ? 0 : Math.max(0, squares[channel] / count - mean * mean);
        }
    }

    @Override
    public List<Value> observed(Builder b) {
        return List.of(value);
    }

    @Override
    public Accumulator<Sums> accumulator() {
        int channels = Math.toIntExact(value.tensorType().dim(axis).constant());
        double[] sums = new double[channels];
        double[] squares = new double[channels];
        double[] largest = new double[channels];
        return new Accumulator<>() {
            private long count;

            @Override
            public void add(List<Tensor> observed) {
                Tensor t = observed.getFirst();
                float[] numbers = t.element() == ElementType.F32 ? t.toFloatArray() : null;
                long inner = 1;
                for (int i = axis + 1; i < t.rank(); i++) {
                    inner *= t.dim(i);
                }
                count += channels == 0 ? 0 : t.size() / channels;
                for (long i = 0, runs = inner == 0 ? 0 : t.size() / inner; i < runs; i++) {
                    int channel = (int) (i % channels);
                    for (long j = i * inner; j < (i + 1) * inner; j++) {
                        double x = numbers == null ? t.getDouble(j) : numbers[(int) j];
                        sums[channel] += x;
                        squares[channel] += x * x;
                        largest[channel] = Math.max(largest[channel], Math.abs(x));
                    }
                }
            }

            @Override
            public Sums result() {
                return new Sums(count, sums.clone(), squares.clone(), largest.clone());
            }
        };
    }
}
