package dev.lathe.passes.statistics;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;

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

    /**
     * The bounds whose 255 steps are nearest to the numbers: the sum of the squares of what rounding and cutting off
     * change is the least. The whole range is among those that are tried, so rare large numbers are cut off only
     * where that makes the error smaller.
     */
    public Bounds bounds() {
        Bounds best = new Bounds(low, high);
        double least = error(best);
        for (int i = 1; i <= CUTS; i++) {
            float share = (float) (1 - (1 - SMALLEST_CUT) * i / CUTS);
            Bounds other = new Bounds(low * share, high * share);
            double error = error(other);
            if (error < least) {
                least = error;
                best = other;
            }
        }
        return best;
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
