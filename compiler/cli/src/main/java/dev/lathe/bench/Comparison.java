package dev.lathe.bench;

import dev.lathe.bench.Benchmark.Running;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Models that are measured in turns, on the same inputs, beside the first of them. */
public final class Comparison {
    private static final int TURNS = 10;
    private static final int MIN_RUNS = 5;

    private Comparison() {}

    /**
     * A model beside the first.
     *
     * @param ratio its median over that of the first: below 1 it is faster
     * @param difference the largest difference of an element from that of the first, as a share of the largest element
     * of its tensor; null where results are no numbers, or have other shapes
     */
    public record Side(
            Benchmark.Result result, double ratio, @Nullable Double difference) {}

    /** Measures each for about {@code seconds} seconds, a tenth of that at a time; one alone all at once. */
    public static List<Side> inTurns(List<Running> models, double seconds) {
        if (models.size() == 1) {
            models.getFirst().measure(seconds, MIN_RUNS);
            return List.of(new Side(models.getFirst().result(), 1, null));
        }
        for (int turn = 0; turn < TURNS; turn++) {
            for (Running model : models) {
                model.measure(seconds / TURNS, 1);
            }
        }
        Map<String, Datum> wanted = models.getFirst().outputs();
        List<Side> sides = new ArrayList<>();
        for (Running model : models) {
            Benchmark.Result result = model.result();
            double first = sides.isEmpty()
                    ? result.medianMs()
                    : sides.getFirst().result().medianMs();
            sides.add(new Side(result, result.medianMs() / first, difference(wanted, model.outputs())));
        }
        return sides;
    }

    private static @Nullable Double difference(Map<String, Datum> wanted, Map<String, Datum> got) {
        double most = 0;
        for (Map.Entry<String, Datum> e : wanted.entrySet()) {
            if (!(e.getValue() instanceof Tensor a)
                    || !(got.get(e.getKey()) instanceof Tensor b)
                    || a.size() != b.size()
                    || a.element().isString()
                    || a.element().isComplex()) {
                return null;
            }
            double largest = 0;
            double apart = 0;
            for (long i = 0; i < a.size(); i++) {
                double x = a.getDouble(i);
                double y = b.getDouble(i);
                largest = Math.max(largest, Math.abs(x));
                apart = Math.max(apart, Double.compare(x, y) == 0 ? 0 : Math.abs(x - y));
            }
            most = Math.max(most, largest == 0 ? apart : apart / largest);
        }
        return most;
    }
}
