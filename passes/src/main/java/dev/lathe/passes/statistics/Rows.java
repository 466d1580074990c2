package dev.lathe.passes.statistics;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Statistic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Some of the rows of <i>X</i>, which a product or a convolution multiplies by its weights: rows drawn at random, and
 * those around the largest numbers, which matter most to where a range ends.
 *
 * @param of what reads the rows
 */
public record Rows(Gram of) implements Statistic<Rows.Sample> {
    /** Numbers that are kept, at most, where rows are not very long. */
    private static final int NUMBERS = 1 << 16;

    private static final int LEAST = 16;
    /** Rows that are drawn of each call. */
    private static final int DRAWN = 16;
    /** Rows that are kept for their largest number. */
    private static final int EXTREMES = 8;

    /**
     * Rows, each of the numbers that all groups read: those of the first group, then those of the second.
     *
     * @param drawn rows that stand for all others
     * @param extremes rows with the largest numbers, which stand for themselves
     * @param seen how many rows there were
     */
    public record Sample(List<float[]> drawn, List<float[]> extremes, long seen) {
        public Sample {
            drawn = List.copyOf(drawn);
            extremes = List.copyOf(extremes);
        }

        /** For how many rows one of {@link #drawn} stands. */
        public double weight() {
            return drawn.isEmpty() ? 0 : (double) seen / drawn.size();
        }
    }

    private record Extreme(float magnitude, float[] row) {}

    /** The length of a row. */
    public int length() {
        return of.depth() * of.patches().map(Gram.Patches::groups).orElse(1);
    }

    private int limit() {
        return Math.max(LEAST, NUMBERS / length());
    }

    @Override
    public List<Value> observed(Builder b) {
        return List.of(of.value());
    }

    @Override
    public long bytes() {
        return (long) (limit() + EXTREMES) * length() * Float.BYTES;
    }

    @Override
    public Accumulator<Sample> accumulator() {
        int limit = limit();
        Random random = new Random(limit);
        List<float[]> drawn = new ArrayList<>();
        PriorityQueue<Extreme> extremes = new PriorityQueue<>(Comparator.comparingDouble(Extreme::magnitude));
        return new Accumulator<>() {
            private long candidates;
            private long seen;

            @Override
            public void add(List<Tensor> observed) {
                Tensor t = observed.getFirst();
                RowReader reader = RowReader.of(of, t);
                long rows = reader.rows();
                seen += rows;
                if (rows == 0) {
                    return;
                }
                for (int i = 0; i < Math.min(DRAWN, rows); i++) {
                    long row = rows <= DRAWN ? i : random.nextLong(rows);
                    long place = candidates < limit ? candidates : random.nextLong(candidates + 1);
                    candidates++;
                    if (place == drawn.size()) {
                        drawn.add(reader.row(row));
                    } else if (place < drawn.size()) {
                        drawn.set((int) place, reader.row(row));
                    }
                }
                float[] values = t.toFloatArray();
                int at = largest(values);
                float magnitude = at < 0 ? 0 : Math.abs(values[at]);
                if (at >= 0 && (extremes.size() < EXTREMES || magnitude > extremes.element().magnitude)) {
                    if (extremes.size() == EXTREMES) {
                        extremes.remove();
                    }
                    extremes.add(new Extreme(magnitude, reader.row(reader.rowOf(at))));
                }
            }

            @Override
            public Sample result() {
                return new Sample(drawn, extremes.stream().map(Extreme::row).toList(), seen);
            }
        };
    }

    /** Where the finite number of the largest magnitude is; -1 if there is none. */
    private static int largest(float[] values) {
        int at = -1;
        float largest = -1;
        for (int i = 0; i < values.length; i++) {
            float x = Math.abs(values[i]);
            if (x > largest && x <= Float.MAX_VALUE) {
                largest = x;
                at = i;
            }
        }
        return at;
    }
}
