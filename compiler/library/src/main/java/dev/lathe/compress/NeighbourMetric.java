package dev.lathe.compress;

import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How often an embedding's nearest one is the same. An embedding is a row {@code [batch, depth]} of the first output of
 * floats; of more axes, the mean over those between, as over the words of a text.
 */
record NeighbourMetric() implements Metric {
    @Override
    public Meter start() {
        return new Meter() {
            private final List<float[]> before = new ArrayList<>();
            private final List<float[]> after = new ArrayList<>();

            @Override
            public void add(Call call) {
                Outputs o = Outputs.first(call, "same-neighbour", 2, "an output [batch, …, depth]");
                before.addAll(embeddings(o.expected()));
                after.addAll(o.actual()
                        .map(NeighbourMetric::embeddings)
                        .orElseGet(() -> embeddings(Tensor.zeros(
                                o.expected().element(), o.expected().dims()))));
            }

            @Override
            public Score score() {
                if (before.size() < 2) {
                    return new Score(1, 1);
                }
                int[] first = nearest(before);
                int[] second = nearest(after);
                long same = IntStream.range(0, first.length)
                        .filter(i -> first[i] == second[i])
                        .count();
                return new Score(1, (double) same / first.length);
            }
        };
    }

    /** Each of length 1, or all 0. */
    private static List<float[]> embeddings(Tensor t) {
        int batch = (int) t.dim(0);
        int depth = (int) t.dim(t.rank() - 1);
        long between = t.size() == 0 ? 0 : t.size() / batch / depth;
        List<float[]> all = new ArrayList<>();
        for (int b = 0; b < batch; b++) {
            double[] sum = new double[depth];
            for (long i = 0; i < between; i++) {
                for (int d = 0; d < depth; d++) {
                    sum[d] += t.getDouble((b * between + i) * depth + d);
                }
            }
            double length = 0;
            for (double x : sum) {
                length += x * x;
            }
            double factor = length > 0 && Double.isFinite(length) ? 1 / Math.sqrt(length) : 0;
            float[] unit = new float[depth];
            for (int d = 0; d < depth; d++) {
                unit[d] = (float) (sum[d] * factor);
            }
            all.add(unit);
        }
        return all;
    }

    private static int[] nearest(List<float[]> all) {
        return IntStream.range(0, all.size())
                .parallel()
                .map(i -> {
                    int best = -1;
                    float most = Float.NEGATIVE_INFINITY;
                    for (int j = 0; j < all.size(); j++) {
                        float near = i == j ? Float.NEGATIVE_INFINITY : product(all.get(i), all.get(j));
                        if (near > most) {
                            most = near;
                            best = j;
                        }
                    }
                    return best;
                })
                .toArray();
    }

    private static float product(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Override
    public String toString() {
        return "same-neighbour";
    }
}
