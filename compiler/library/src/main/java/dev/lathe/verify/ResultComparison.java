package dev.lathe.verify;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.MapKeys;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Says whether two values agree. */
public final class ResultComparison {
    private final Tolerances tolerances;

    public ResultComparison(Tolerances tolerances) {
        this.tolerances = tolerances;
    }

    /** Why {@code actual} is not {@code expected}, in one line; empty when they agree. NaN agrees with NaN. */
    public Optional<String> difference(Datum expected, Datum actual) {
        return switch (expected) {
            case Tensor e when actual instanceof Tensor a -> tensors(e, a);
            case Datum.Sequence e when actual instanceof Datum.Sequence a -> sequences(e, a);
            case Datum.Mapping e when actual instanceof Datum.Mapping a -> maps(e, a);
            case Datum.Maybe e when actual instanceof Datum.Maybe a -> optionals(e, a);
            case Datum.Maybe e
            when e.element().isPresent() -> difference(e.element().get(), actual);
            default -> Optional.of("it is a " + kind(actual) + ", expected a " + kind(expected));
        };
    }

    private static String kind(Datum d) {
        return switch (d) {
            case Tensor _ -> "tensor";
            case Datum.Sequence _ -> "sequence";
            case Datum.Mapping _ -> "map";
            case Datum.Maybe _ -> "optional";
        };
    }

    private Optional<String> sequences(Datum.Sequence expected, Datum.Sequence actual) {
        if (expected.items().size() != actual.items().size()) {
            return Optional.of("it has " + actual.items().size() + " items, expected "
                    + expected.items().size());
        }
        for (int i = 0; i < expected.items().size(); i++) {
            Optional<String> d =
                    difference(expected.items().get(i), actual.items().get(i));
            if (d.isPresent()) {
                return Optional.of("item " + i + ": " + d.get());
            }
        }
        return Optional.empty();
    }

    private Optional<String> maps(Datum.Mapping expected, Datum.Mapping actual) {
        if (!expected.entries().keySet().equals(actual.entries().keySet())) {
            return Optional.of("its keys are " + actual.entries().keySet() + ", expected "
                    + expected.entries().keySet());
        }
        for (Map.Entry<Object, Datum> e : expected.entries().entrySet()) {
            Datum value = Objects.requireNonNull(actual.entries().get(e.getKey()));
            Optional<String> difference = difference(e.getValue(), value);
            if (difference.isPresent()) {
                return Optional.of("key " + MapKeys.text(expected.keyType(), e.getKey()) + ": " + difference.get());
            }
        }
        return Optional.empty();
    }

    private Optional<String> optionals(Datum.Maybe expected, Datum.Maybe actual) {
        if (expected.element().isEmpty() || actual.element().isEmpty()) {
            return expected.element().isEmpty() == actual.element().isEmpty()
                    ? Optional.empty()
                    : Optional.of(actual.element().isEmpty() ? "it is absent" : "it is present, expected absent");
        }
        return difference(expected.element().get(), actual.element().get());
    }

    private Optional<String> tensors(Tensor expected, Tensor actual) {
        if (expected.element() != actual.element() || !Arrays.equals(expected.dims(), actual.dims())) {
            return Optional.of("it is " + actual.type() + ", expected " + expected.type());
        }
        return switch (expected.element().kind()) {
            case FLOAT -> floats(expected, actual);
            case COMPLEX -> floats(parts(expected), parts(actual));
            case SIGNED, UNSIGNED, BOOLEAN, TEXT -> exact(expected, actual);
        };
    }

    private static Tensor parts(Tensor complex) {
        double[] parts = new double[Math.toIntExact(2 * complex.size())];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = complex.getComplex(i / 2, i % 2);
        }
        return Tensor.of(parts, complex.size(), 2);
    }

    private static Optional<String> exact(Tensor expected, Tensor actual) {
        long first = -1;
        long count = 0;
        for (long i = 0; i < expected.size(); i++) {
            if (!expected.elementText(i).equals(actual.elementText(i))) {
                first = first < 0 ? i : first;
                count++;
            }
        }
        return count == 0 ? Optional.empty() : Optional.of(element(expected, actual, first) + share(count, expected));
    }

    private Optional<String> floats(Tensor expected, Tensor actual) {
        double scale = 0;
        for (long i = 0; i < expected.size(); i++) {
            double e = Math.abs(expected.getDouble(i));
            scale = e <= Double.MAX_VALUE ? Math.max(scale, e) : scale;
        }
        long worst = -1;
        double most = 0;
        double allowedThere = 0;
        long count = 0;
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.getDouble(i);
            double a = actual.getDouble(i);
            double distance = distance(e, a);
            double allowed = tolerances.allowed(expected.element(), e, scale);
            if (distance != 0 && (Double.isInfinite(distance) || !(distance <= allowed))) {
                count++;
                // How far outside, so that the worst offender is named.
                double excess = allowed > 0 ? distance / allowed : distance;
                if (worst < 0 || excess > most) {
                    worst = i;
                    most = excess;
                    allowedThere = allowed;
                }
            }
        }
        if (count == 0) {
            return Optional.empty();
        }
        double distance = distance(expected.getDouble(worst), actual.getDouble(worst));
        return Optional.of(element(expected, actual, worst)
                + String.format(Locale.ROOT, " (off by %.3g, allowed %.3g)", distance, allowedThere)
                + share(count, expected));
    }

    static double distance(double expected, double actual) {
        if (Double.isNaN(expected) || Double.isNaN(actual)) {
            return Double.isNaN(expected) && Double.isNaN(actual) ? 0 : Double.POSITIVE_INFINITY;
        }
        if (Double.isInfinite(expected) || Double.isInfinite(actual)) {
            return expected == actual ? 0 : Double.POSITIVE_INFINITY;
        }
        return Math.abs(expected - actual);
    }

    private static String element(Tensor expected, Tensor actual, long i) {
        return "element " + index(expected, i) + " is " + actual.elementText(i) + ", expected "
                + expected.elementText(i);
    }

    private static String share(long count, Tensor t) {
        return "; " + count + " of " + t.size() + " differ";
    }

    static List<Long> index(Tensor t, long flat) {
        List<Long> index = new ArrayList<>();
        long rest = flat;
        for (int axis = t.rank() - 1; axis >= 0; axis--) {
            index.addFirst(rest % t.dim(axis));
            rest /= t.dim(axis);
        }
        return index;
    }
}
