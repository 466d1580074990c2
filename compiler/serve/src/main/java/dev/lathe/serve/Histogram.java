package dev.lathe.serve;

import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Counts of values up to each of some bounds, as Prometheus has them. */
final class Histogram {
    private final double[] bounds;
    private final LongAdder[] counts;
    private final DoubleAdder sum = new DoubleAdder();

    /** @param bounds ascending; a further bucket takes all above */
    Histogram(double... bounds) {
        this.bounds = bounds;
        this.counts = new LongAdder[bounds.length + 1];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(double value) {
        int i = 0;
        while (i < bounds.length && value > bounds[i]) {
            i++;
        }
        counts[i].increment();
        sum.add(value);
    }

    /**
     * The lines of the text format.
     *
     * @param labels such as {@code model="a"}
     */
    String text(String name, String labels) {
        StringBuilder s = new StringBuilder();
        long total = 0;
        for (int i = 0; i < counts.length; i++) {
            total += counts[i].sum();
            String bound = i < bounds.length ? String.valueOf(bounds[i]) : "+Inf";
            s.append(name).append("_bucket{").append(labels).append(",le=\"").append(bound);
            s.append("\"} ").append(total).append('\n');
        }
        s.append(name).append("_sum{").append(labels).append("} ").append(sum.sum());
        s.append('\n');
        return s.append(name)
                .append("_count{")
                .append(labels)
                .append("} ")
                .append(total)
                .append('\n')
                .toString();
    }
}
