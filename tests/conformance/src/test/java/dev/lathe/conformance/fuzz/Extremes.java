package dev.lathe.conformance.fuzz;

import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;

/** Numbers at the ends of their range, and what ops are defined for them. */
final class Extremes {
    static final List<Double> NUMBERS = List.of(
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            -0.0,
            0.0,
            1e-40,
            -3e38,
            6e4,
            1e-5,
            16777217.0);

    /** Above, rounding shows after a difference, and sums and products may overflow in one order and not in another. */
    private static final double HUGE = 1e3;

    private Extremes() {}

    /**
     * Whether the standard says what {@code op} makes of such operands. What reads padding may or may not multiply it,
     * NaN has no place in an order, and a sum of huge numbers depends on the order.
     */
    static boolean defined(Op op, List<Tensor> operands) {
        boolean nan = false;
        boolean infinite = false;
        boolean huge = false;
        for (Tensor t : operands) {
            if (t.element().isFloat()) {
                for (long i = 0; i < t.size(); i++) {
                    double x = t.getDouble(i);
                    nan |= Double.isNaN(x);
                    infinite |= Double.isInfinite(x);
                    huge |= Math.abs(x) > HUGE && !Double.isInfinite(x);
                }
            }
        }
        boolean ordinary = !nan && !infinite && !huge;
        return switch (op) {
            case Conv _, ConvTranspose _, Determinant _, Resize _, Sampling _, Tabular _, CompositeOp _ -> ordinary;
            case Control _, NonMaxSuppression _ -> ordinary; // areas of boxes overflow
            case Ordering _, ArgReduce _, PoolIndices _ -> !nan;
            case Pool p -> p.function() == PoolFunction.MAX_POOL ? !nan : ordinary;
            case Cast c -> c.to().isFloat() || ordinary;
            default -> op.tolerance() != Tolerance.ACCUMULATING || !huge;
        };
    }
}
