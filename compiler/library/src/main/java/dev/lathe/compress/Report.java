package dev.lathe.compress;

import dev.lathe.passes.weights.ChangedWeight;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a compression, for a person or a program; {@link ReportPage} shows it.
 *
 * @param model what was compressed
 * @param strategies how, in order
 * @param before what the model costs
 * @param after what the result costs
 * @param fidelity how near their results are
 * @param metric what a loss is
 * @param score how good both are, by the metric
 * @param written whether the result holds what was asked for
 * @param weights every constant that was changed
 * @param choices what was decided, and why, in order
 * @param points the ways that were tried
 * @param sensitivity what each weight does in each precision; null where it was not looked at
 */
public record Report(
        String model,
        List<String> strategies,
        Measure before,
        Measure after,
        Fidelity fidelity,
        String metric,
        Metric.Score score,
        boolean written,
        List<ChangedWeight> weights,
        List<Choice> choices,
        List<Point> points,
        @Nullable Sensitivity sensitivity) {

    /**
     * A decision.
     *
     * @param step profile, choose, apply, verify or cure
     * @param what was done
     * @param why the rule, with its figures
     */
    public record Choice(String step, String what, String why) {}

    /** Of a compression that chose nothing by itself. */
    public static Report of(String model, Compressed c, boolean written) {
        return of(model, c, written, List.of(), List.of(), null);
    }

    static Report of(
            String model,
            Compressed c,
            boolean written,
            List<Choice> choices,
            List<Point> points,
            @Nullable Sensitivity sensitivity) {
        return new Report(
                model,
                c.strategies().stream().map(Object::toString).toList(),
                c.before(),
                c.after(),
                c.fidelity(),
                c.metric().toString(),
                c.score(),
                written,
                c.weights(),
                choices,
                points,
                sensitivity);
    }
}
