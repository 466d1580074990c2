package dev.lathe.compress;

import dev.lathe.passes.Pass;
import dev.lathe.passes.recover.AdaptBatchNorm;
import dev.lathe.passes.recover.ClipOutliers;
import dev.lathe.passes.recover.CorrectBias;
import dev.lathe.passes.recover.EqualizeLayers;
import dev.lathe.passes.recover.SmoothQuant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A way to recover what quantization loses. All but {@link #EQUALIZE_LAYERS} need data. */
public enum Cure {
    /** Layers give channels whose weights are of one size. */
    EQUALIZE_LAYERS(When.BEFORE, new EqualizeLayers()),
    /** Outliers of operands move into weights. */
    SMOOTH_QUANT(When.BEFORE, new SmoothQuant()),
    /** Rare large numbers of operands are cut off. */
    CLIP_OUTLIERS(When.BEFORE, new ClipOutliers()),
    /** What rounding one weight changes is made good by the next ones. */
    GPTQ(When.ROUNDING, null),
    /** Weights are rounded up or down, whichever changes results less. */
    ADAROUND(When.ROUNDING, null),
    /** Channels get the mean back that they had. */
    CORRECT_BIAS(When.AFTER, new CorrectBias()),
    /** Channels get the mean and the variance back that they had. */
    ADAPT_BATCH_NORM(When.AFTER, new AdaptBatchNorm());

    /** When a cure works. */
    enum When {
        BEFORE,
        ROUNDING,
        AFTER
    }

    private final When when;
    private final Optional<Pass> pass;

    Cure(When when, @Nullable Pass pass) {
        this.when = when;
        this.pass = Optional.ofNullable(pass);
    }

    boolean is(When other) {
        return when == other;
    }

    /** The passes of those of {@code cures} that work {@code when}, in the order of this enum. */
    static List<Pass> passes(List<Cure> cures, When when) {
        return cures.stream()
                .filter(c -> c.is(when))
                .sorted()
                .flatMap(c -> c.pass.stream())
                .toList();
    }

    /** The name that people type: that of the pass. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The cure of this name, if there is one. */
    public static Optional<Cure> of(String text) {
        return Arrays.stream(values()).filter(c -> c.text().equals(text)).findFirst();
    }

    /** All names, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(Cure::text).collect(Collectors.joining(", "));
    }
}
