package dev.lathe.conformance;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** Whether a result is what is expected: integers, booleans and strings exactly, other numbers within tolerances; NaN equals NaN. */
record Comparison(double relative, double absolute) {
    /** As the standard's own test runner compares. */
    static final Comparison STANDARD = new Comparison(1e-3, 1e-7);

    /** The first difference, if there is one. */
    Optional<String> difference(Datum expected, Datum actual) {
        return switch (expected) {
            case Tensor e when actual instanceof Tensor a -> difference(e, a);
            case Datum.Sequence e when actual instanceof Datum.Sequence a -> difference(e, a);
            case Datum.Maybe e when actual instanceof Datum.Maybe a -> difference(e, a);
            case Datum.Maybe e
            when e.element().isPresent() -> difference(e.element().get(), actual);
            default -> Optional.of("expected " + expected + ", got " + actual);
        };
    }

    private Optional<String> difference(Datum.Maybe expected, Datum.Maybe actual) {
        if (expected.element().isEmpty() || actual.element().isEmpty()) {
            return expected.element().isEmpty() == actual.element().isEmpty()
                    ? Optional.empty()
                    : Optional.of("one is absent: expected " + expected + ", got " + actual);
        }
        return difference(expected.element().get(), actual.element().get());
    }

    private Optional<String> difference(Datum.Sequence expected, Datum.Sequence actual) {
        int n = expected.items().size();
        if (n != actual.items().size()) {
            return Optional.of("expected " + n + " items, got " + actual.items().size());
        }
        for (int i = 0; i < n; i++) {
            int item = i;
            Optional<String> d =
                    difference(expected.items().get(i), actual.items().get(i));
            if (d.isPresent()) {
                return d.map(s -> "item " + item + ": " + s);
            }
        }
        return Optional.empty();
    }

    private Optional<String> difference(Tensor expected, Tensor actual) {
        if (expected.element() != actual.element() || !Arrays.equals(expected.dims(), actual.dims())) {
            return Optional.of("expected " + expected.type() + ", got " + actual.type());
        }
        long wrong = 0;
        String first = "";
        for (long i = 0; i < expected.size(); i++) {
            if (!same(expected, actual, i)) {
                if (wrong++ == 0) {
                    first = "at " + i + " expected " + expected.elementText(i) + ", got " + actual.elementText(i);
                }
            }
        }
        return wrong == 0
                ? Optional.empty()
                : Optional.of(wrong + " of " + expected.size() + " elements differ: " + first);
    }

    private boolean same(Tensor expected, Tensor actual, long i) {
        return switch (expected.element().kind()) {
            case TEXT -> expected.getString(i).equals(actual.getString(i));
            case SIGNED, UNSIGNED, BOOLEAN -> expected.getLong(i) == actual.getLong(i);
            case FLOAT -> close(expected.getDouble(i), actual.getDouble(i));
            case COMPLEX ->
                close(expected.getComplex(i, 0), actual.getComplex(i, 0))
                        && close(expected.getComplex(i, 1), actual.getComplex(i, 1));
        };
    }

    private boolean close(double expected, double actual) {
        if (Double.isNaN(expected) || Double.isNaN(actual)) {
            return Double.isNaN(expected) && Double.isNaN(actual);
        }
        return expected == actual || Math.abs(expected - actual) <= absolute + relative * Math.abs(expected);
    }
}
