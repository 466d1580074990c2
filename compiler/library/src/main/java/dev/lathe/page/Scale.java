package dev.lathe.page;

import java.util.ArrayList;
import java.util.List;

/** An axis of a chart: which place of the page a number has. */
public final class Scale {
    private final double from;
    private final double to;
    private final double start;
    private final double end;
    private final boolean isLogarithmic;

    private Scale(double from, double to, double start, double end, boolean isLogarithmic) {
        this.from = from;
        this.to = to;
        this.start = start;
        this.end = end;
        this.isLogarithmic = isLogarithmic;
    }

    /** From one number at {@code start} to another one at {@code end}. */
    public static Scale linear(double from, double to, double start, double end) {
        return new Scale(from, to, start, end, false);
    }

    /** As {@link #linear}, with equal room for equal factors; both numbers are positive. */
    public static Scale logarithmic(double from, double to, double start, double end) {
        return new Scale(from, to, start, end, true);
    }

    /** The least number on it. */
    public double start() {
        return from;
    }

    /** The greatest number on it. */
    public double end() {
        return to;
    }

    /** The place of a number. */
    public double at(double value) {
        double share = isLogarithmic
                ? Math.log(value / from) / Math.log(to / from)
                : (value - from) / Math.max(to - from, 1e-300);
        return start + share * (end - start);
    }

    /** Round numbers on it: powers of ten on a logarithmic one. */
    public List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        if (isLogarithmic) {
            for (int e = (int) Math.ceil(Math.log10(from) - 1e-9); Math.pow(10, e) <= to; e++) {
                ticks.add(Math.pow(10, e));
            }
            return ticks;
        }
        double step = Math.pow(10, Math.floor(Math.log10((to - from) / 2)));
        while ((to - from) / step > 6) {
            step *= (to - from) / step > 12 ? 5 : 2;
        }
        for (double t = Math.ceil(from / step) * step; t <= to; t += step) {
            ticks.add(t);
        }
        return ticks;
    }
}
