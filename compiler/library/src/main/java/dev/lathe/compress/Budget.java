package dev.lathe.compress;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.report.Units;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a compressed model may cost and lose, such as {@code size<=25%, same-neighbour>=0.9}.
 *
 * @param bounds all must hold
 */
public record Budget(List<Bound> bounds) {
    public Budget {
        bounds = List.copyOf(bounds);
    }

    /** What is bounded. */
    public enum Quantity {
        /** Bytes of the file, or of the weights of what cannot be written as ONNX. */
        SIZE,
        /** Elements of constants. */
        PARAMETERS,
        /** Operations of a call. */
        FLOPS,
        /** Bytes of weights and of values that are alive at a time. */
        MEMORY,
        /** The median time of a call. */
        LATENCY,
        /** What is lost by the metric of the search. */
        LOSS,
        /** How good the compressed model is by a metric; at least. */
        SCORE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One bound.
     *
     * @param metric of a score; null for others
     * @param limit in bytes, operations, milliseconds, or a number; a share of the original's if {@code relative}
     */
    public record Bound(Quantity quantity, @Nullable Metric metric, double limit, boolean relative) {
        /** The limit beside what the original has. */
        double limit(double before) {
            return relative ? limit * before : limit;
        }

        boolean holds(double before, double after) {
            return quantity == Quantity.SCORE ? after >= limit - 1e-12 : after <= limit(before) * (1 + 1e-12) + 1e-15;
        }

        /** How far {@code after} is beyond the limit, as a share of it; 0 if it holds. */
        double excess(double before, double after) {
            if (holds(before, after)) {
                return 0;
            }
            double distance = Math.abs(after - limit(before));
            return distance / Math.max(Math.abs(limit(before)), 1e-9);
        }

        @Override
        public String toString() {
            String name = metric == null ? quantity.toString() : metric.toString();
            String sign = quantity == Quantity.SCORE ? ">=" : "<=";
            String number = relative || quantity == Quantity.LOSS
                    ? plain(100 * limit) + "%"
                    : switch (quantity) {
                        case SIZE, MEMORY -> Units.bytes(limit);
                        case FLOPS -> Units.flops(limit);
                        case LATENCY -> Units.millis(limit);
                        case PARAMETERS -> Units.count(limit);
                        case LOSS, SCORE -> plain(limit);
                    };
            return name + sign + number;
        }
    }

    private static String plain(double number) {
        return new BigDecimal(number)
                .round(new MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static final Pattern BOUND =
            Pattern.compile("\\s*([a-z0-9-]+)\\s*(<=|>=)\\s*([0-9.]+(?:e-?[0-9]+)?)\\s*([a-zA-Zµ%]*)\\s*");

    private static final Map<String, Double> BYTES = Map.of("b", 1.0, "kb", 1e3, "mb", 1e6, "gb", 1e9);
    private static final Map<String, Double> MILLIS = Map.of("us", 1e-3, "µs", 1e-3, "ms", 1.0, "s", 1e3);
    private static final Map<String, Double> COUNTS =
            Map.of("", 1.0, "k", 1e3, "m", 1e6, "g", 1e9, "mflop", 1e6, "gflop", 1e9, "tflop", 1e12);

    /**
     * Reads bounds with commas between them.
     *
     * @throws LatheException if {@code text} cannot be read; it says what can be written
     */
    public static Budget parse(String text) {
        List<Bound> bounds = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            bounds.add(bound(part));
        }
        return new Budget(bounds);
    }

    private static Bound bound(String text) {
        Matcher m = BOUND.matcher(text);
        if (!m.matches()) {
            throw wrong(text, "it is no bound");
        }
        boolean atMost = m.group(2).equals("<=");
        double number = number(text, m.group(3));
        String unit = m.group(4).toLowerCase(Locale.ROOT);
        Optional<Metric> metric = Metric.named(m.group(1));
        if (metric.isPresent()) {
            if (atMost || !(unit.isEmpty() || unit.equals("%")) || metric.get() == Metric.MAX_ABS) {
                throw wrong(text, "a metric is at least a number or a share");
            }
            return new Bound(Quantity.SCORE, metric.get(), share(text, unit.isEmpty() ? number : number / 100), false);
        }
        Quantity quantity = List.of(Quantity.values()).stream()
                .filter(q -> q != Quantity.SCORE && q.toString().equals(m.group(1)))
                .findFirst()
                .orElseThrow(() -> unknown(text, m.group(1)));
        if (!atMost) {
            throw wrong(text, quantity + " is at most something");
        }
        if (quantity == Quantity.LOSS && (unit.isEmpty() || unit.equals("%"))) {
            return new Bound(quantity, null, share(text, unit.isEmpty() ? number : number / 100), false);
        }
        if (unit.equals("%")) {
            return new Bound(quantity, null, number / 100, true);
        }
        Map<String, Double> units = switch (quantity) {
            case SIZE, MEMORY -> BYTES;
            case LATENCY -> MILLIS;
            case PARAMETERS, FLOPS -> COUNTS;
            case LOSS, SCORE -> Map.of(); // these are shares
        };
        Double factor = units.get(unit);
        if (factor == null) {
            throw wrong(
                    text,
                    unit.isEmpty()
                            ? quantity + " needs a unit"
                            : quantity + " is not counted in \"" + m.group(4) + "\"");
        }
        return new Bound(quantity, null, number * factor, false);
    }

    private static double number(String text, String digits) {
        double number;
        try {
            number = Double.parseDouble(digits);
        } catch (NumberFormatException e) {
            number = Double.NaN;
        }
        if (Double.isFinite(number)) {
            return number;
        }
        throw wrong(text, "\"" + digits + "\" is no number");
    }

    /** What a loss or a score can be. */
    private static double share(String text, double share) {
        if (share <= 1) {
            return share;
        }
        throw wrong(text, "a loss or a score is a share of at most 1, or 100%");
    }

    private static LatheException unknown(String text, String name) {
        List<String> known =
                new ArrayList<>(Metric.ALL.stream().map(Object::toString).toList());
        for (Quantity q : Quantity.values()) {
            if (q != Quantity.SCORE) {
                known.add(q.toString());
            }
        }
        return wrong(text, "there is no \"" + name + "\"", Suggestion.of(name, known));
    }

    private static LatheException wrong(String text, String why) {
        return wrong(text, why, "");
    }

    private static LatheException wrong(String text, String why, String meant) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "compress.budget",
                        "the budget \"" + text.strip() + "\" cannot be read: " + why,
                        meant + "write bounds such as size<=25%, size<=20MB, loss<=0.5%, latency<=5ms, latency<=80%,"
                                + " flops<=50%, parameters<=10M, memory<=100MB, same-neighbour>=0.9; metrics are "
                                + Metric.ALL.stream()
                                        .filter(m -> m != Metric.MAX_ABS)
                                        .map(Object::toString)
                                        .collect(Collectors.joining(", ")))));
    }

    /** The bound of this quantity, the tightest if there are several. */
    Optional<Bound> of(Quantity quantity) {
        return bounds.stream()
                .filter(b -> b.quantity() == quantity)
                .min((a, b) -> Double.compare(a.limit(), b.limit()));
    }

    /** The text that parses to this, as far as digits show. */
    @Override
    public String toString() {
        return bounds.stream().map(Bound::toString).collect(Collectors.joining(", "));
    }
}
