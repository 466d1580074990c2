package dev.lathe.report;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.MapKeys;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Values in few words. */
public final class DatumText {
    private static final int FIRST = 10;

    private DatumText() {}

    /** Such as {@code f32[1, 10]}; with the number of items, if it is a sequence or a map. */
    public static String type(Datum d) {
        return switch (d) {
            case Datum.Sequence s -> s.type() + " of " + s.items().size();
            case Datum.Mapping m -> m.type() + " of " + m.entries().size();
            default -> d.type().toString();
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
            case Datum.Mapping m -> {
                StringJoiner s = new StringJoiner(", ", "{", "}");
                m.entries().entrySet().stream().limit(FIRST).forEach(e -> s.add(entry(m, e)));
                yield (m.entries().size() > FIRST ? s.add("…") : s).toString();
            }
            case Datum.Maybe m -> m.element().map(DatumText::values).orElse("(absent)");
        };
    }

    private static String entry(Datum.Mapping m, Map.Entry<Object, Datum> e) {
        boolean scalar = e.getValue() instanceof Tensor t && t.isScalar();
        return MapKeys.text(m.keyType(), e.getKey()) + ": " + (scalar ? "" : type(e.getValue()) + " ")
                + values(e.getValue());
    }

    /**
     * Smallest, largest and mean of a tensor of numbers with more elements than {@link #values} shows; else nothing.
     */
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

    /**
     * A value for JSON: a scalar as its element, other tensors as a list of their elements, a sequence as a list of its
     * items, a map as an object, an absent value as null.
     */
    public static @Nullable Object json(Datum d) {
        return switch (d) {
            case Tensor t -> t.isScalar() ? elements(t).getFirst() : elements(t);
            case Datum.Sequence s -> s.items().stream().map(DatumText::json).toList();
            case Datum.Mapping m -> {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                m.entries()
                        .forEach((key, value) ->
                                object.put(key instanceof String s ? s : MapKeys.text(m.keyType(), key), json(value)));
                yield object;
            }
            case Datum.Maybe m -> m.element().map(DatumText::json).orElse(null);
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
