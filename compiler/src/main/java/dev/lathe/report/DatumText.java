package dev.lathe.report;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/** Values in few words. */
public final class DatumText {
    private static final int FIRST = 10;

    private DatumText() {}

    /** Such as {@code f32[1, 10]}. */
    public static String type(Datum d) {
        return switch (d) {
            case Tensor t -> t.type().toString();
            case Datum.Sequence s ->
                new SequenceType(s.itemType()) + " of " + s.items().size();
            case Datum.Maybe m -> new OptionalType(m.elementType()).toString();
        };
    }

    /** The first values. */
    public static String values(Datum d) {
        return switch (d) {
            case Tensor t -> {
                StringJoiner s = new StringJoiner(" ");
                for (long i = 0; i < Math.min(t.size(), FIRST); i++) {
                    s.add(element(t, i));
                }
                if (t.size() > FIRST) {
                    s.add("…");
                }
                yield t.size() == 0 ? "(no elements)" : s.toString();
            }
            case Datum.Sequence q ->
                q.items().isEmpty()
                        ? "(no items)"
                        : type(q.items().getFirst()) + " " + values(q.items().getFirst())
                                + (q.items().size() > 1 ? "; …" : "");
            case Datum.Maybe m -> m.element().map(DatumText::values).orElse("(absent)");
        };
    }

    /** Least, greatest and mean of a tensor of numbers with more elements than {@link #values} shows; else nothing. */
    public static String statistics(Datum d) {
        if (!(d instanceof Tensor t) || t.size() <= FIRST || !t.element().isNumeric()) {
            return "";
        }
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        double sum = 0;
        long invalid = 0;
        for (long i = 0; i < t.size(); i++) {
            double x = t.getDouble(i);
            if (Double.isNaN(x)) {
                invalid++;
            } else {
                least = Math.min(least, x);
                most = Math.max(most, x);
                sum += x;
            }
        }
        String numbers = invalid == t.size()
                ? ""
                : String.format(
                        Locale.ROOT, ", min %.6g, max %.6g, mean %.6g", least, most, sum / (t.size() - invalid));
        return numbers + (invalid == 0 ? "" : ", " + invalid + " NaN");
    }

    private static String element(Tensor t, long i) {
        return switch (t.element().kind()) {
            case FLOAT -> String.format(Locale.ROOT, "%.7g", t.getDouble(i));
            case TEXT -> '"' + t.getString(i).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
            default -> t.elementText(i);
        };
    }

    /** The elements as numbers, booleans and strings, for JSON; NaN and infinities as strings. */
    public static List<Object> elements(Tensor t) {
        List<Object> all = new ArrayList<>();
        for (long i = 0; i < t.size(); i++) {
            all.add(
                    switch (t.element().kind()) {
                        case FLOAT -> {
                            double x = t.getDouble(i);
                            yield Double.isFinite(x) ? (Object) x : Double.toString(x);
                        }
                        case SIGNED -> t.getLong(i);
                        case UNSIGNED -> new java.math.BigInteger(Long.toUnsignedString(t.getLong(i)));
                        case BOOLEAN -> t.getBoolean(i);
                        case TEXT, COMPLEX -> t.elementText(i);
                    });
        }
        return all;
    }
}
