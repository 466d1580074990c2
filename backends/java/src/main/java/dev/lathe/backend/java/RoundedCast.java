package dev.lathe.backend.java;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A cast to an integer of a float that was rounded to a whole number, ties to even, and then cut to a range, as a
 * quantization does it. Vectors do all of this with one addition and two comparisons of integers: beside a large
 * number, a float has no room for fractions, and the bits of the sum have the order of the floats.
 *
 * @param x the float that is rounded
 * @param bounds what is made of it then, in order
 * @param steps the values between {@code x} and the cast
 */
record RoundedCast(Value x, List<Bound> bounds, Set<Value> steps) {
    /** The float whose last bit is worth one, halfway to the next power of two. */
    private static final float LARGE = 0x1.8p23f;

    private static final int BITS = Float.floatToIntBits(LARGE);

    /** Of this magnitude at most are whole numbers that {@link #LARGE} holds beside itself. */
    private static final int MOST = 1 << 22;

    /** The lesser or the greater of the number and another one. */
    record Bound(BinaryFunction function, int limit) {}

    /** What {@code c} does, if it is such a cast. */
    static Optional<RoundedCast> of(Cast c, Map<Value, Op> definitions) {
        ElementType to = c.to();
        boolean fits = to.isInteger() && VectorLanes.SINGLE.holds(to);
        RoundedCast none = new RoundedCast(c.x(), List.of(), Set.of());
        return fits ? none.before(definitions).filter(RoundedCast::isCut) : Optional.empty();
    }

    /** With what makes {@link #x}, down to what is rounded. */
    private Optional<RoundedCast> before(Map<Value, Op> definitions) {
        return switch (definitions.get(x)) {
            case Unary u when u.function() == UnaryFunction.ROUND -> Optional.of(with(u.x(), bounds));
            case Unary u when u.function() == UnaryFunction.RELU -> bound(BinaryFunction.MAX, u.x(), 0, definitions);
            case Cast c
            when c.to() == ElementType.F32 && c.x().tensorType().element().isFloat() ->
                with(c.x(), bounds).before(definitions);
            case Binary b
            when b.function() == BinaryFunction.MIN || b.function() == BinaryFunction.MAX ->
                bound(b.function(), b.x(), b.y(), definitions).or(() -> bound(b.function(), b.y(), b.x(), definitions));
            case null, default -> Optional.empty();
        };
    }

    private Optional<RoundedCast> bound(BinaryFunction f, Value y, Value limit, Map<Value, Op> definitions) {
        if (!(definitions.get(limit) instanceof Constant c)) {
            return Optional.empty();
        }
        double number = c.value().getDouble(0);
        return number != Math.rint(number) || Math.abs(number) > MOST
                ? Optional.empty()
                : bound(f, y, (int) number, definitions);
    }

    private Optional<RoundedCast> bound(BinaryFunction f, Value y, int limit, Map<Value, Op> definitions) {
        List<Bound> all = new ArrayList<>(List.of(new Bound(f, limit)));
        all.addAll(bounds);
        return with(y, all).before(definitions);
    }

    private RoundedCast with(Value newX, List<Bound> newBounds) {
        Set<Value> all = new HashSet<>(steps);
        all.add(x);
        return new RoundedCast(newX, List.copyOf(newBounds), all);
    }

    private boolean isCut() {
        return bounds.stream().anyMatch(b -> b.function == BinaryFunction.MIN)
                && bounds.stream().anyMatch(b -> b.function == BinaryFunction.MAX);
    }

    /** The integers, 0 for NaN, of the vector {@code v} of {@link #x}. */
    String expression(String v) {
        StringBuilder s = new StringBuilder(v + ".add(" + JavaText.literal(LARGE) + ").reinterpretAsInts()");
        for (Bound b : bounds) {
            s.append(b.function == BinaryFunction.MIN ? ".min(" : ".max(")
                    .append(BITS + b.limit)
                    .append(")");
        }
        return s + ".sub(" + BITS + ").blend(0, " + v + ".test(VectorOperators.IS_NAN).cast(I))";
    }
}
