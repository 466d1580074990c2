package dev.lathe.verify;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.lower.ExpandComposites;
import java.util.OptionalDouble;

/**
 * How far floating-point values may be apart: {@code |actual - expected| <= absolute + relative * |expected| + ofScale * scale}, where the scale is the greatest finite magnitude
 * that is expected. Other values must be equal.
 *
 * @param worst the least exact op that the values come through
 * @param relative in place of the relative tolerance that follows from {@code worst}, if present
 * @param absolute in place of the absolute one
 */
public record Tolerances(Tolerance worst, OptionalDouble relative, OptionalDouble absolute) {

    /** What follows from {@code worst} alone. */
    public static Tolerances of(Tolerance worst) {
        return new Tolerances(worst, OptionalDouble.empty(), OptionalDouble.empty());
    }

    /** What follows from the ops of {@code graph}. */
    public static Tolerances of(Graph graph) {
        Graph expanded = new ExpandComposites().run(graph, PassContext.standard());
        Tolerance worst = Tolerance.EXACT;
        for (Node node : expanded.allNodes()) {
            Tolerance t = node.op().tolerance();
            worst = t.compareTo(worst) > 0 ? t : worst;
        }
        return of(worst);
    }

    /** These with a relative or an absolute tolerance replaced, where one is present. */
    public Tolerances with(OptionalDouble newRelative, OptionalDouble newAbsolute) {
        return new Tolerances(
                worst, newRelative.isPresent() ? newRelative : relative, newAbsolute.isPresent() ? newAbsolute : absolute);
    }

    /** The greatest distance from {@code expected}, for values of {@code type} with magnitudes up to {@code scale}. */
    double allowed(ElementType type, double expected, double scale) {
        double magnitude = Math.abs(expected);
        double byDefault = unit(type)
                * switch (worst) {
                    case EXACT -> 0;
                    // A few roundings in a row, some of them of small differences.
                    case ROUNDING -> 64 * magnitude + 8 * scale;
                    // Sums in another order, each of thousands of terms.
                    case ACCUMULATING -> 512 * magnitude + 512 * scale;
                };
        if (relative.isEmpty() && absolute.isEmpty()) {
            return byDefault;
        }
        return absolute.orElse(0) + relative.orElse(0) * magnitude;
    }

    /** Half the distance from 1 to the next number. */
    private static double unit(ElementType type) {
        return switch (type) {
            // Test data of 64 bits is often computed with 32 somewhere on the way.
            case F64, C128, F32, C64 -> 0x1p-24;
            case F16 -> 0x1p-11 / 16;
            case BF16 -> 0x1p-8 / 16;
            default -> 0x1p-4 / 64;
        };
    }
}
