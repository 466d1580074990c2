package dev.lathe.compress;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Which weight has which precision. What several weights lose is taken as the sum of what each loses alone, which is
 * near the truth for small changes; so each weight only moves along the lower convex hull of its bytes and its noise,
 * and the step that saves most bytes for its noise is taken next.
 */
final class Allocation {
    private final Sensitivity sensitivity;
    private final List<? extends Strategy> strategies;
    private final List<Step> steps;

    /** A weight's move from one precision to a smaller one. */
    private record Step(int row, int option, double noise, long bytes) {
        double price() {
            return noise / bytes;
        }
    }

    Allocation(Sensitivity sensitivity, List<? extends Strategy> strategies) {
        this.sensitivity = sensitivity;
        this.strategies = strategies;
        PriorityQueue<Step> all = new PriorityQueue<>(Comparator.comparingDouble(Step::price)
                .thenComparing(Comparator.comparingLong(Step::bytes).reversed()));
        for (int r = 0; r < sensitivity.rows().size(); r++) {
            all.addAll(hull(r));
        }
        // Prices rise along each hull, so this order takes the steps of a weight one after the other.
        this.steps = new ArrayList<>();
        while (!all.isEmpty()) {
            steps.add(all.poll());
        }
    }

    private List<Step> hull(int row) {
        Sensitivity.Row r = sensitivity.rows().get(row);
        List<Step> hull = new ArrayList<>();
        long bytes = r.bytes();
        double noise = 0;
        while (true) {
            Step best = null;
            for (int o = 0; o < r.cells().size(); o++) {
                Sensitivity.Cell cell = r.cells().get(o);
                if (cell.changed() && cell.bytes() < bytes && Double.isFinite(cell.noise())) {
                    Step s = new Step(row, o, Math.max(0, cell.noise() - noise), bytes - cell.bytes());
                    if (best == null
                            || s.price() < best.price()
                            || s.price() == best.price() && s.bytes() > best.bytes()) {
                        best = s;
                    }
                }
            }
            if (best == null) {
                return hull;
            }
            hull.add(best);
            bytes = r.cells().get(best.option()).bytes();
            noise = Math.max(noise, r.cells().get(best.option()).noise());
        }
    }

    /** Bytes of the weights as they are. */
    long bytes() {
        return sensitivity.rows().stream().mapToLong(Sensitivity.Row::bytes).sum();
    }

    /** The weight whose smallest precision changes the outputs most. */
    Optional<Sensitivity.Row> mostSensitive() {
        return sensitivity.rows().stream().filter(r -> worst(r) > 0).max(Comparator.comparingDouble(Allocation::worst));
    }

    private static double worst(Sensitivity.Row r) {
        return r.cells().stream().mapToDouble(Sensitivity.Cell::noise).max().orElse(0);
    }

    /**
     * The precisions that lose least among those with at most {@code most} bytes; the smallest if there are none. A
     * last step that overshoots is left out where smaller ones do.
     */
    Map<String, Strategy> within(long most) {
        int[] options = new int[sensitivity.rows().size()];
        java.util.Arrays.fill(options, -1);
        long bytes = bytes();
        int taken = 0;
        while (bytes > most && taken < steps.size()) {
            Step s = steps.get(taken++);
            options[s.row()] = s.option();
            bytes -= s.bytes();
        }
        // What is left over pays for the steps that cost most.
        for (int i = taken - 1; i >= 0; i--) {
            Step s = steps.get(i);
            if (options[s.row()] == s.option() && bytes + s.bytes() <= most) {
                options[s.row()] = before(i);
                bytes += s.bytes();
            }
        }
        return choice(options);
    }

    /** The option that the row of a step had before it. */
    private int before(int step) {
        for (int i = step - 1; i >= 0; i--) {
            if (steps.get(i).row() == steps.get(step).row()) {
                return steps.get(i).option();
            }
        }
        return -1;
    }

    /** Whether another choice is smaller. */
    boolean canShrink(Map<String, Strategy> choice) {
        return !choice.equals(within(0));
    }

    /** All choices from the model as it is to the smallest, a step at a time. */
    List<Map<String, Strategy>> frontier() {
        int[] options = new int[sensitivity.rows().size()];
        java.util.Arrays.fill(options, -1);
        List<Map<String, Strategy>> all = new ArrayList<>(List.of(choice(options)));
        for (Step s : steps) {
            options[s.row()] = s.option();
            all.add(choice(options));
        }
        return all;
    }

    private Map<String, Strategy> choice(int[] options) {
        Map<String, Strategy> choice = new LinkedHashMap<>();
        for (int r = 0; r < options.length; r++) {
            if (options[r] >= 0) {
                choice.put(sensitivity.rows().get(r).name(), strategies.get(options[r]));
            }
        }
        return choice;
    }

    /** Bytes of the weights with a choice. */
    long bytes(Map<String, Strategy> choice) {
        long sum = 0;
        for (Sensitivity.Row r : sensitivity.rows()) {
            Strategy s = choice.get(r.name());
            sum += s == null ? r.bytes() : r.cells().get(strategies.indexOf(s)).bytes();
        }
        return sum;
    }

    /** What a choice is expected to lose. */
    double noise(Map<String, Strategy> choice) {
        double sum = 0;
        for (Sensitivity.Row r : sensitivity.rows()) {
            Strategy s = choice.get(r.name());
            sum += s == null ? 0 : r.cells().get(strategies.indexOf(s)).noise();
        }
        return sum;
    }
}
