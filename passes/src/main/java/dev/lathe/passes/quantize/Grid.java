package dev.lathe.passes.quantize;

import dev.lathe.passes.statistics.Bounds;

/** The numbers {@code (n - zero) * scale} for {@code n} from {@code low} to {@code high}. */
record Grid(float scale, int zero, int low, int high) {
    /** The shares of a range that are tried: cutting off the largest numbers makes all others finer. */
    private static final int CUTS = 20;

    private static final double SMALLEST_CUT = 0.6;

    int number(float x) {
        return (int) Math.clamp(Math.rint(x / scale) + zero, low, high);
    }

    /** What {@code x} becomes. */
    float round(float x) {
        return (number(x) - zero) * scale;
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

    /**
     * 8 bits over {@code range}.
     *
     * @param signed whether the numbers have a sign, and 0 stands for 0
     */
    static Grid over(Bounds range, boolean signed) {
        if (signed) {
            return new Grid(positive(Math.max(-range.low(), range.high()) / 127), 0, -128, 127);
        }
        float scale = positive((range.high() - range.low()) / 255);
        return new Grid(scale, (int) Math.clamp(Math.rint(-range.low() / scale), 0, 255), 0, 255);
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

    private interface Maker {
        Grid grid(float from, float to);
    }
}
