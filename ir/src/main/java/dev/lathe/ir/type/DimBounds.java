package dev.lathe.ir.type;

/** What values a dimension expression can have, as far as intervals tell. */
final class DimBounds {
    private DimBounds() {}

    /** The greatest provable lower bound or the least provable upper one; an extreme {@code long} where none is known. */
    static long bound(Dim dim, boolean upper) {
        long unbounded = upper ? Long.MAX_VALUE : Long.MIN_VALUE;
        long sum = 0;
        for (var term : dim.terms.entrySet()) {
            long low = 1;
            long high = 1;
            for (Atom atom : term.getKey().atoms()) {
                long l = atomBound(atom, false);
                long h = atomBound(atom, true);
                if (l < 0) {
                    if (term.getKey().atoms().size() == 1) {
                        low = l;
                        high = h;
                        break;
                    }
                    return unbounded;
                }
                low = saturatedProduct(low, l);
                high = saturatedProduct(high, h);
            }
            long coefficient = term.getValue();
            long extreme = coefficient > 0 == upper ? high : low;
            if (extreme == Long.MAX_VALUE || extreme == Long.MIN_VALUE) {
                return unbounded;
            }
            long product = Math.multiplyHigh(coefficient, extreme) == (coefficient * extreme >> 63)
                    ? coefficient * extreme
                    : unbounded;
            if (product == unbounded) {
                return unbounded;
            }
            long next = sum + product;
            if (((sum ^ next) & (product ^ next)) < 0) {
                return unbounded;
            }
            sum = next;
        }
        return sum;
    }

    private static long saturatedProduct(long a, long b) {
        if (a == 0 || b == 0) {
            return 0;
        }
        return a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
    }

    private static long atomBound(Atom atom, boolean upper) {
        return switch (atom) {
            case Atom.Symbol s -> upper ? Long.MAX_VALUE : s.signed() ? Long.MIN_VALUE : 0;
            case Atom.FloorDiv d -> {
                if (d.denominator().isConstant() && d.denominator().constant() > 0) {
                    long b = bound(d.numerator(), upper);
                    yield b == Long.MAX_VALUE || b == Long.MIN_VALUE
                            ? b
                            : Math.floorDiv(b, d.denominator().constant());
                }
                boolean nonNegative =
                        d.numerator().isNonNegative() && d.denominator().isNonNegative();
                yield upper
                        ? (nonNegative ? d.numerator().upperBound() : Long.MAX_VALUE)
                        : (nonNegative ? 0 : Long.MIN_VALUE);
            }
            case Atom.Extremum e -> {
                long result = bound(e.items().getFirst(), upper);
                for (Dim item : e.items()) {
                    long b = bound(item, upper);
                    result = e.max() ? Math.max(result, b) : Math.min(result, b);
                }
                yield result;
            }
        };
    }
}
