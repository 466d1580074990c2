package dev.lathe.compress;

import dev.lathe.compress.Quantization.Mode;
import dev.lathe.passes.weights.ChangedWeight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Tries the cures of a quantization one after the other, and keeps those that pay: with which less is lost on the data
 * than without. Which are worth a try depends on what is rounded, and on the layers' errors.
 */
final class CureSearch {
    /** A cure stays if it takes at least this share of the loss. */
    private static final double PAYS = 0.02;

    /** Weights with a ratio of signal to noise above this, in decibels, need no better rounding. */
    private static final double CLEAN = 60;

    private final Compressor start;
    private final Baseline baseline;
    private final Consumer<Report.Choice> hearer;

    CureSearch(Compressor start, Baseline baseline, Consumer<Report.Choice> hearer) {
        this.start = start;
        this.baseline = baseline;
        this.hearer = hearer;
    }

    /** {@code plain} with the cures that pay, besides those that it has. */
    Quantization run(Quantization plain) {
        List<ChangedWeight> weights = new ArrayList<>();
        Quantization best = plain;
        double loss = loss(best, weights::add);
        hearer.accept(new Report.Choice("cure", plain.toString(), "loses " + text(loss) + " as it is"));
        Optional<ChangedWeight> worst = weights.stream().min(Comparator.comparingDouble(ChangedWeight::sqnr));
        for (Cure cure : Cure.values()) {
            Optional<String> needless = needless(cure, best, loss, worst);
            if (needless.isPresent()) {
                say(cure, needless.get());
                continue;
            }
            List<Cure> more = new ArrayList<>(best.cures());
            more.add(cure);
            Quantization next = best.cures(more.toArray(Cure[]::new));
            double now = loss(next, _ -> {});
            boolean pays = now < loss * (1 - PAYS);
            say(cure, (pays ? "kept: loses " : "left out: loses ") + text(now) + ", not " + text(loss));
            if (pays) {
                best = next;
                loss = now;
            }
        }
        return best;
    }

    /** Why a cure is not tried. */
    private static Optional<String> needless(
            Cure cure, Quantization now, double loss, Optional<ChangedWeight> worstWeight) {
        if (loss == 0) {
            return Optional.of("nothing is lost");
        }
        if (now.cures().contains(cure)) {
            return Optional.of("asked for");
        }
        Mode mode = now.mode();
        return switch (cure) {
            case SMOOTH_QUANT ->
                mode == Mode.STATIC || mode == Mode.DYNAMIC ? Optional.empty() : Optional.of("operands stay floats");
            case CLIP_OUTLIERS ->
                mode == Mode.DYNAMIC
                        ? Optional.empty()
                        : Optional.of(
                                mode == Mode.STATIC ? "ranges are chosen from data already" : "operands stay floats");
            case GPTQ, ADAROUND -> {
                if (now.cures().stream().anyMatch(c -> c.is(Cure.When.ROUNDING))) {
                    yield Optional.of("weights are rounded in one way");
                }
                if (mode == Mode.F16 || mode == Mode.BF16) {
                    yield Optional.of("weights stay floats");
                }
                yield worstWeight
                        .filter(w -> w.sqnr() > CLEAN)
                        .map(w -> String.format(
                                Locale.ROOT, "the worst weight, %s, has %.0f dB already", w.name(), w.sqnr()));
            }
            case ADAPT_BATCH_NORM ->
                now.cures().contains(Cure.CORRECT_BIAS)
                        ? Optional.of("channels have their means back already")
                        : Optional.empty();
            case EQUALIZE_LAYERS, CORRECT_BIAS -> Optional.empty();
        };
    }

    private double loss(Quantization how, Consumer<ChangedWeight> weights) {
        return start.then(how).loss(baseline, weights);
    }

    private void say(Cure cure, String why) {
        hearer.accept(new Report.Choice("cure", cure.text(), why));
    }

    private static String text(double loss) {
        return String.format(Locale.ROOT, "%.4g %%", 100 * loss);
    }
}
