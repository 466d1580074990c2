package dev.lathe.conformance;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether results are the same bit for bit. Any NaN equals any other: which one an addition of two gives is not
 * specified.
 */
public final class SameBits {
    private SameBits() {}

    /** Where results first differ; empty if they do not. */
    public static Optional<String> difference(Map<String, ? extends Datum> expected, Map<String, ? extends Datum> now) {
        if (!List.copyOf(expected.keySet()).equals(List.copyOf(now.keySet()))) {
            return Optional.of("outputs " + now.keySet() + ", not " + expected.keySet());
        }
        for (Map.Entry<String, ? extends Datum> e : expected.entrySet()) {
            Optional<String> difference = difference(e.getKey(), e.getValue(), Datum.named(now, e.getKey()));
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> difference(String where, Datum expected, Datum now) {
        boolean same = expected.type().equals(now.type());
        if (same && expected instanceof Tensor e && now instanceof Tensor n) {
            return difference(where, e, n);
        }
        if (same && expected instanceof Datum.Sequence e && now instanceof Datum.Sequence n) {
            return e.items().size() == n.items().size()
                    ? all(where, e.items(), n.items())
                    : Optional.of(where + " has " + n.items().size() + " items");
        }
        if (same && expected instanceof Datum.Mapping e && now instanceof Datum.Mapping n) {
            return e.entries().keySet().equals(n.entries().keySet())
                    ? all(
                            where,
                            List.copyOf(e.entries().values()),
                            List.copyOf(n.entries().values()))
                    : Optional.of(where + " has keys " + n.entries().keySet());
        }
        if (same && expected instanceof Datum.Maybe e && now instanceof Datum.Maybe n) {
            return e.element().isPresent() == n.element().isPresent()
                    ? all(
                            where,
                            e.element().stream().toList(),
                            n.element().stream().toList())
                    : Optional.of(where + " is " + n + ", not " + e);
        }
        return Optional.of(where + " is " + now.type() + ", not " + expected.type());
    }

    private static Optional<String> all(String where, List<Datum> expected, List<Datum> now) {
        Iterator<Datum> next = now.iterator();
        return expected.stream()
                .flatMap(e -> difference(where, e, next.next()).stream())
                .findFirst();
    }

    private static Optional<String> difference(String where, Tensor expected, Tensor now) {
        if (expected.equals(now)) {
            return Optional.empty();
        }
        for (long i = 0; i < expected.size(); i++) {
            if (!same(expected, now, i)) {
                return Optional.of(
                        where + " at " + i + " is " + now.elementText(i) + ", not " + expected.elementText(i));
            }
        }
        return Optional.empty();
    }

    private static boolean same(Tensor a, Tensor b, long i) {
        return switch (a.element().kind()) {
            case TEXT -> a.getString(i).equals(b.getString(i));
            case COMPLEX ->
                Double.compare(a.getComplex(i, 0), b.getComplex(i, 0)) == 0
                        && Double.compare(a.getComplex(i, 1), b.getComplex(i, 1)) == 0;
            case FLOAT -> Double.compare(a.getDouble(i), b.getDouble(i)) == 0;
            default -> a.getBits(i) == b.getBits(i);
        };
    }
}
