package dev.lathe.passes.statistics;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.function.ToDoubleFunction;

/**
 * How often a tensor had which numbers, in {@value #BINS} bins around 0. The bins become wider when larger numbers
 * come, so that its size depends neither on how many there are nor on how large.
 */
public final class Histogram {
    private static final int BINS = 2048;
    private static final int HALF = BINS / 2;

    /** Ranges that are tried, from the whole one down. */
    private static final int CUTS = 60;

    private static final double SMALLEST_CUT = 0.2;
    private static final int LEVELS = 255;
    /** The share of numbers that a step has where the distribution has some and the step none. */
    private static final double LEAST_SHARE = 1e-9;

    private final double[] counts = new double[BINS];
    /** Of a bin; 0 while all numbers were 0. */
    private double width;

    private float low;
    private float high;

    /** Adds all finite numbers of {@code t}. */
    void add(Tensor t) {
        float[] values = t.element() == ElementType.F32 ? t.toFloatArray() : new float[0];
        float largest = 0;
        for (float x : values) {
            if (Float.isFinite(x)) {
                low = Math.min(low, x);
                high = Math.max(high, x);
                largest = Math.max(largest, Math.abs(x));
            }
        }
        cover(largest);
        for (float x : values) {
            if (Float.isFinite(x)) {
                counts[bin(x)]++;
            }
        }
    }

    private int bin(double x) {
        return width == 0 ? HALF : (int) Math.clamp(Math.floor(x / width) + HALF, 0, BINS - 1);
    }

    private void cover(float largest) {
        if (width == 0) {
            width = largest / (double) HALF;
            return;
        }
        while (largest > width * HALF) {
            for (int i = 0; i < HALF / 2; i++) {
                int up = HALF + 2 * i;
                counts[HALF + i] = counts[up] + counts[up + 1];
                int down = HALF - 1 - 2 * i;
                counts[HALF - 1 - i] = counts[down] + counts[down - 1];
            }
            for (int i = 0; i < HALF / 2; i++) {
                counts[i] = 0;
                counts[BINS - 1 - i] = 0;
            }
            width *= 2;
        }
    }

    /** All finite numbers. */
    public Bounds minMax() {
        return new Bounds(low, high);
    }

    /** Between the numbers that a share of {@code 1 - share} of all numbers is below, and above. */
    public Bounds percentile(double share) {
        double total = 0;
        for (double n : counts) {
            total += n;
        }
        double cut = (1 - share) * total;
        int from = 0;
        for (double below = counts[0]; from < HALF && below <= cut; below += counts[from]) {
            from++;
        }
        int to = BINS - 1;
        for (double above = counts[to]; to >= HALF && above <= cut; above += counts[to]) {
            to--;
        }
        return new Bounds((float) Math.max(low, Math.min(0, (from - HALF) * width)), (float)
                Math.min(high, Math.max(0, (to + 1 - HALF) * width)));
    }

    /**
     * The bounds whose 255 steps are nearest to the numbers: the sum of the squares of what rounding and cutting off
     * change is the least. The whole range is among those that are tried, so rare large numbers are cut off only
     * where that makes the error smaller.
     */
    public Bounds leastSquares() {
        return best(this::error);
    }

    /**
     * The bounds that keep most of what the distribution says: the relative entropy of the numbers, cut off, to what
     * 255 steps leave of them is the least. For numbers whose frequency matters more than their size.
     */
    public Bounds leastEntropy() {
        return best(this::divergence);
    }

    private Bounds best(ToDoubleFunction<Bounds> loss) {
        Bounds best = minMax();
        double least = loss.applyAsDouble(best);
        for (int i = 1; i <= CUTS; i++) {
            float share = (float) (1 - (1 - SMALLEST_CUT) * i / CUTS);
            Bounds other = new Bounds(low * share, high * share);
            double error = loss.applyAsDouble(other);
            if (error < least) {
                least = error;
                best = other;
            }
        }
        return best;
    }

    /** The Kullback-Leibler divergence of the numbers within {@code range}, others at its ends, and of its steps. */
    private double divergence(Bounds range) {
        int from = bin(range.low());
        int to = bin(range.high());
        double[] cut = new double[to - from + 1];
        double total = 0;
        for (int i = 0; i < BINS; i++) {
            cut[Math.clamp(i, from, to) - from] += counts[i];
            total += counts[i];
        }
        double sum = 0;
        for (int level = 0; level < LEVELS; level++) {
            int start = (int) ((long) level * cut.length / LEVELS);
            int end = (int) ((long) (level + 1) * cut.length / LEVELS);
            double inside = 0;
            int occupied = 0;
            for (int i = start; i < end; i++) {
                // What was cut off is no part of what the steps say.
                inside += counts[from + i];
                occupied += cut[i] > 0 ? 1 : 0;
            }
            for (int i = start; i < end; i++) {
                if (cut[i] > 0) {
                    double p = cut[i] / total;
                    double q = Math.max(inside / occupied / total, LEAST_SHARE);
                    sum += p * Math.log(p / q);
                }
            }
        }
        return sum;
    }

    private double error(Bounds range) {
        double step = ((double) range.high() - range.low()) / LEVELS;
        double rounding = step * step / 12;
        double sum = 0;
        for (int i = 0; i < BINS; i++) {
            if (counts[i] > 0) {
                double center = (i - HALF + 0.5) * width;
                double outside = Math.max(0, Math.max(range.low() - center, center - range.high()));
                sum += counts[i] * Math.max(rounding, outside * outside);
            }
        }
        return sum;
    }
}
