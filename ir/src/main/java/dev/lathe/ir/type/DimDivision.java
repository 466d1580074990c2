package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.FloorDiv;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The normal form of quotients rounded down. A numerator over a constant starts with a positive term, since
 * {@code floor(-n, d)} is {@code -floor(n+d-1, d)}; and it is no quotient itself, since
 * {@code floor(floor(n, d)+r, e)} is {@code floor(n+d*r, d*e)}. So the sizes that windows and strides leave of one
 * symbol are one quotient.
 */
final class DimDivision {
    /** Divisors up to this one are multiplied with each other. */
    private static final long MAX_DIVISOR = 1 << 30;

    private DimDivision() {}

    static Dim floorDiv(Dim numerator, Dim divisor) {
        if (divisor.isConstant(0)) {
            throw new ArithmeticException("division of a dimension by zero");
        }
        if (divisor.isConstant(1)) {
            return numerator;
        }
        if (numerator.isConstant() && divisor.isConstant()) {
            return Dim.of(Math.floorDiv(numerator.constant(), divisor.constant()));
        }
        if (numerator.equals(divisor)) {
            return Dim.ONE;
        }
        if (divisor.terms.size() != 1) {
            return reduced(numerator, divisor);
        }
        Monomial by = divisor.terms.firstKey();
        long coefficient = divisor.terms.firstEntry().getValue();
        TreeMap<Monomial, Long> quotient = new TreeMap<>();
        TreeMap<Monomial, Long> rest = new TreeMap<>();
        for (var t : numerator.terms.entrySet()) {
            Monomial q = t.getKey().dividedBy(by);
            if (q != null && t.getValue() % coefficient == 0) {
                quotient.put(q, t.getValue() / coefficient);
            } else if (q != null && q.atoms().isEmpty() && by.atoms().isEmpty()) {
                quotient.merge(q, Math.floorDiv(t.getValue(), coefficient), Math::addExact);
                rest.put(t.getKey(), Math.floorMod(t.getValue(), coefficient));
            } else {
                rest.put(t.getKey(), t.getValue());
            }
        }
        quotient.values().removeIf(c -> c == 0);
        if (rest.isEmpty()) {
            return Dim.of(quotient);
        }
        Dim remainder = Dim.of(rest);
        Dim part = by.atoms().isEmpty() && coefficient > 0
                ? byConstant(remainder, coefficient)
                : reduced(remainder, divisor);
        return quotient.isEmpty() ? part : Dim.of(quotient).plus(part);
    }

    /** A quotient of what a positive constant leaves of a numerator. */
    private static Dim byConstant(Dim n, long divisor) {
        if (n.isConstant()) {
            return Dim.of(Math.floorDiv(n.constant(), divisor));
        }
        long g = gcd(n.minus(n.constantTerm()).content(), divisor);
        if (g > 1) {
            // The constant's remainder is less than the steps of the other terms.
            Dim steps = n.minus(n.constantTerm()).divideExact(g);
            return floorDiv(steps.plus(Math.floorDiv(n.constantTerm(), g)), Dim.of(divisor / g));
        }
        if (n.terms.firstEntry().getValue() < 0) {
            return floorDiv(n.negate().plus(divisor - 1), Dim.of(divisor)).negate();
        }
        FloorDiv inner = quotient(n, divisor);
        if (inner != null) {
            long d = inner.denominator().constant();
            Dim rest = n.minus(Dim.ofAtom(inner));
            return floorDiv(inner.numerator().plus(rest.times(d)), Dim.of(d * divisor));
        }
        long low = n.lowerBound();
        long high = n.upperBound();
        if (low != Long.MIN_VALUE && high != Long.MAX_VALUE) {
            long least = Math.floorDiv(low, divisor);
            if (least == Math.floorDiv(high, divisor)) {
                return Dim.of(least);
            }
        }
        return atom(n, Dim.of(divisor));
    }

    /** The first term that is a quotient by a constant, if its divisor and this one can be one. */
    private static @Nullable FloorDiv quotient(Dim n, long divisor) {
        for (var t : n.terms.entrySet()) {
            List<Atom> atoms = t.getKey().atoms();
            if (t.getValue() == 1
                    && atoms.size() == 1
                    && atoms.getFirst() instanceof FloorDiv f
                    && f.denominator().isConstant()
                    && f.denominator().constant() > 0
                    && f.denominator().constant() <= MAX_DIVISOR / divisor) {
                return f;
            }
        }
        return null;
    }

    private static Dim reduced(Dim numerator, Dim divisor) {
        long g = gcd(numerator.content(), divisor.content());
        if (g <= 1) {
            return atom(numerator, divisor);
        }
        Dim n = numerator.divideExact(g);
        Dim d = divisor.divideExact(g);
        return d.isConstant(1) ? n : atom(n, d);
    }

    private static Dim atom(Dim numerator, Dim divisor) {
        FloorDiv atom = new FloorDiv(numerator, divisor);
        if (Dim.fits(atom)) {
            return Dim.ofAtom(atom);
        }
        return Dim.ofAtom(new FloorDiv(numerator.named(), divisor.named()));
    }

    static long gcd(long a, long b) {
        return b == 0 ? Math.abs(a) : gcd(b, a % b);
    }
}
