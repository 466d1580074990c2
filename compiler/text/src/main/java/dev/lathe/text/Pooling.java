package dev.lathe.text;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How the vectors of a text's tokens become one. Several ways give their vectors one after the other, in the order of
 * {@link Mode}, as sentence-transformers does it.
 *
 * @param includesPrompt whether the tokens of a prompt count, which {@link Mode#CLS} always sees
 */
public record Pooling(Set<Mode> modes, boolean includesPrompt) {

    /** The mean of all tokens, the default of sentence-transformers. */
    public static final Pooling MEAN = of(Mode.MEAN);

    public Pooling {
        if (modes.isEmpty()) {
            throw new IllegalArgumentException("no way of pooling");
        }
        modes = java.util.Collections.unmodifiableSet(EnumSet.copyOf(modes));
    }

    public static Pooling of(Mode mode) {
        return new Pooling(EnumSet.of(mode), true);
    }

    /** One way, with its names in the configuration of sentence-transformers. */
    public enum Mode {
        /** The vector of the first token. */
        CLS("pooling_mode_cls_token", "cls"),
        /** The largest of each component. */
        MAX("pooling_mode_max_tokens", "max"),
        /** The sum divided by the number of tokens. */
        MEAN("pooling_mode_mean_tokens", "mean"),
        /** The sum divided by the square root of the number of tokens. */
        MEAN_SQRT_LEN("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
        /** The mean with weights 1, 2, 3, … from the first token on. */
        WEIGHTED_MEAN("pooling_mode_weightedmean_tokens", "weightedmean"),
        /** The vector of the last token. */
        LAST_TOKEN("pooling_mode_lasttoken", "lasttoken");

        private final String flag;
        private final String word;

        Mode(String flag, String word) {
            this.flag = flag;
            this.word = word;
        }
    }

    /** What {@code config.json} of a pooling module says. */
    static Pooling read(JsonObject config) {
        Set<Mode> modes = EnumSet.noneOf(Mode.class);
        List<String> unknown = new ArrayList<>();
        for (Object member : config.members().keySet()) {
            String name = String.valueOf(member);
            if (name.startsWith("pooling_mode_") && config.isTrue(name, false)) {
                add(name, modes, unknown);
            }
        }
        for (String word : config.texts("pooling_mode")) {
            add(word.toLowerCase(Locale.ROOT), modes, unknown);
        }
        if (!unknown.isEmpty() || modes.isEmpty()) {
            throw TextFaults.model(
                    "text.pooling",
                    config.name() + " names "
                            + (unknown.isEmpty()
                                    ? "no way of pooling"
                                    : "ways of pooling that are not known: " + unknown),
                    "known are " + List.of(Mode.values()) + "; set one with pooling(…) of the builder");
        }
        return new Pooling(modes, config.isTrue("include_prompt", true));
    }

    private static void add(String name, Set<Mode> modes, List<String> unknown) {
        for (Mode mode : Mode.values()) {
            if (mode.flag.equals(name) || mode.word.equals(name)) {
                modes.add(mode);
                return;
            }
        }
        unknown.add(name);
    }

    /**
     * The vector of a text: zeros where no token counts.
     *
     * @param tokens the vectors of the tokens, {@code width} numbers each
     * @param from where the first token's vector begins
     * @param mask which tokens there are, one for each
     * @param skipped how many tokens at the start are left out
     */
    float[] pool(float[] tokens, int from, int width, int[] mask, int skipped) {
        float[] pooled = new float[width * modes.size()];
        int part = 0;
        for (Mode mode : modes) {
            int first = mode == Mode.CLS ? 0 : skipped;
            if (mode == Mode.CLS || mode == Mode.LAST_TOKEN) {
                int one = one(mode, mask, first);
                if (one >= 0) {
                    System.arraycopy(tokens, from + one * width, pooled, part * width, width);
                }
            } else {
                combine(mode, tokens, from, width, mask, first, pooled, part * width);
            }
            part++;
        }
        return pooled;
    }

    /** The first or the last token that counts; -1 if there is none. */
    private static int one(Mode mode, int[] mask, int first) {
        int found = -1;
        for (int t = first; t < mask.length && (found < 0 || mode == Mode.LAST_TOKEN); t++) {
            found = mask[t] != 0 ? t : found;
        }
        return found;
    }

    private static void combine(
            Mode mode, float[] tokens, int from, int width, int[] mask, int first, float[] into, int at) {
        double[] sum = new double[width];
        double weights = 0;
        for (int t = first; t < mask.length; t++) {
            if (mask[t] == 0) {
                continue;
            }
            double weight = mode == Mode.WEIGHTED_MEAN ? t + 1 : 1;
            boolean isFirst = weights == 0;
            weights += weight;
            int token = from + t * width;
            for (int i = 0; i < width; i++) {
                double x = tokens[token + i];
                sum[i] = mode != Mode.MAX ? sum[i] + weight * x : isFirst ? x : Math.max(sum[i], x);
            }
        }
        double divisor = switch (mode) {
            case MAX -> 1;
            case MEAN_SQRT_LEN -> Math.sqrt(weights);
            default -> weights;
        };
        for (int i = 0; i < width && weights > 0; i++) {
            into[at + i] = (float) (sum[i] / divisor);
        }
    }
}
