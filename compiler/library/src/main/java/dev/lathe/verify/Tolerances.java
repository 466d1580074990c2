package dev.lathe.verify;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.lower.ExpandComposites;
import java.util.OptionalDouble;

/**
 * How far floating-point values may be apart:
 * {@code |actual - expected| <= absolute + relative * |expected| + ofScale * scale}, where the scale is the largest
 * finite magnitude that is expected. Other values must be equal, and so must floats that only ops without arithmetic
 * have touched.
 *
 * <p>The relative and absolute parts are those of the standard's own test runner, 1e-3 and 1e-7. The part of the scale
 * follows from the least exact op: sums in another order are off by a share of what is summed, not of what is left.
 *
 * @param worst the least exact op that the values come through
 * @param numerics how the values that are compared were computed: with {@link Numerics#FAST} sums may be off by more
 * @param relative in place of the standard's, if present
 * @param absolute in place of the standard's, if present; when either is given, the scale allows nothing
 */
public record Tolerances(Tolerance worst, Numerics numerics, OptionalDouble relative, OptionalDouble absolute) {

    /** What follows from {@code worst} alone. */
    public static Tolerances of(Tolerance worst) {
        return new Tolerances(worst, Numerics.DEFAULT, OptionalDouble.empty(), OptionalDouble.empty());
    }

    /** What follows from the ops of {@code graph}. */
    public static Tolerances of(Graph graph) {
        Graph expanded = new ExpandComposites().run(graph, PassContext.standard());
        Tolerance worst = Tolerance.EXACT;
        for (Node node : expanded.allNodes()) {
            Tolerance t = node.op().tolerance();
            if (t == Tolerance.EXACT && isFloatArithmetic(node)) {
                t = Tolerance.ROUNDING; // exact alone, but passes may regroup it with its neighbours
            }
            worst = t.compareTo(worst) > 0 ? t : worst;
        }
        return of(worst);
    }

    private static boolean isFloatArithmetic(Node node) {
        return node.op() instanceof Binary b
                && b.function() != BinaryFunction.MIN
                && b.function() != BinaryFunction.MAX
                && node.result().tensorType().element().isFloat();
    }

    /** These for values that are computed so. */
    public Tolerances with(Numerics newNumerics) {
        return new Tolerances(worst, newNumerics, relative, absolute);
    }

    /** These with a relative or an absolute tolerance replaced, where one is present. */
    public Tolerances with(OptionalDouble newRelative, OptionalDouble newAbsolute) {
        return new Tolerances(
                worst,
                numerics,
                newRelative.isPresent() ? newRelative : relative,
                newAbsolute.isPresent() ? newAbsolute : absolute);
    }

    /** The largest distance from {@code expected}, for values of {@code type} with magnitudes up to {@code scale}. */
    double allowed(ElementType type, double expected, double scale) {
        double magnitude = Math.abs(expected);
        if (relative.isPresent() || absolute.isPresent()) {
            return absolute.orElse(0) + relative.orElse(0) * magnitude;
        }
        return switch (worst) {
            case EXACT -> 0;
            case ROUNDING -> 1e-7 + 1e-3 * magnitude + 8 * unit(type) * scale;
            case ACCUMULATING -> 1e-7 + 1e-3 * magnitude + Math.max(512 * unit(type), ofFactors()) * scale;
        };
    }

    /** What sums of rounded factors are off, after some layers. */
    private double ofFactors() {
        return numerics == Numerics.FAST ? 0x1p-5 : 0;
    }

    /** Half the distance from 1 to the next number. */
    private static double unit(ElementType type) {
        return switch (type) {
            // Test data of 64 bits is often computed with 32 somewhere on the way.
            case F64, C128, F32, C64 -> 0x1p-24;
            // Narrow types are rounded once, after sums in a wider one.
            case F16 -> 0x1p-11 / 8;
            case BF16 -> 0x1p-8 / 8;
            default -> 0x1p-4 / 8;
        };
    }
}
