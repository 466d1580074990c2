package dev.lathe.verify;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.report.DatumText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a value is from the one that is expected.
 *
 * @param name of the value
 * @param type what is expected, such as {@code f32[1, 10]}
 * @param maxAbsolute the largest distance of an element; infinite where one alone is NaN or infinite. Null, as all
 * numbers here, for what is no tensor of numbers of the same shape
 * @param where the index of the element with that distance
 * @param maxRelative the largest distance of an element, as a share of what is expected there; elements that should be
 * 0 are left out
 * @param cosine of the angle between both as vectors: 1 for the same direction; null where one is all zeros or not
 * finite
 * @param reason why the value is not right, in one line; empty if it is within the tolerance
 */
public record ValueDifference(
        String name,
        String type,
        @Nullable Double maxAbsolute,
        List<Long> where,
        @Nullable Double maxRelative,
        @Nullable Double cosine,
        String reason) {

    /** Compares a value that may be missing. */
    public static ValueDifference of(String name, Datum expected, @Nullable Datum actual, ResultComparison comparison) {
        String type = DatumText.type(expected);
        if (actual == null) {
            return new ValueDifference(name, type, null, List.of(), null, null, "it is not there");
        }
        String reason = comparison.difference(expected, actual).orElse("");
        if (!(expected instanceof Tensor e)
                || !(actual instanceof Tensor a)
                || !e.shape().equals(a.shape())
                || !e.element().isNumeric()
                || !a.element().isNumeric()) {
            return new ValueDifference(name, type, null, List.of(), null, null, reason);
        }
        return of(name, type, e, a, reason);
    }

    private static ValueDifference of(String name, String type, Tensor expected, Tensor actual, String reason) {
        double most = 0;
        double mostRelative = 0;
        long where = 0;
        double dot = 0;
        double ee = 0;
        double aa = 0;
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.getDouble(i);
            double a = actual.getDouble(i);
            double distance = ResultComparison.distance(e, a);
            if (distance > most) {
                most = distance;
                where = i;
            }
            if (e != 0 && distance > 0) {
                mostRelative = Math.max(mostRelative, distance / Math.abs(e));
            }
            dot += e * a;
            ee += e * e;
            aa += a * a;
        }
        double cosine = dot / Math.sqrt(ee) / Math.sqrt(aa);
        return new ValueDifference(
                name,
                type,
                most,
                expected.size() == 0 ? List.of() : ResultComparison.index(expected, where),
                mostRelative,
                Double.isFinite(cosine) ? Double.valueOf(Math.max(-1, Math.min(1, cosine))) : null,
                reason);
    }

    /** Whether the value is within the tolerance. */
    public boolean agrees() {
        return reason.isEmpty();
    }
}
