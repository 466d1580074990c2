package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.Defined;
import dev.lathe.ir.type.Atom.Extremum;
import dev.lathe.ir.type.Atom.FloorDiv;
import dev.lathe.ir.type.Atom.Symbol;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The least value that a dimension expression can be proved to have. Each atom has an interval, which is all that a
 * single term needs. In a sum, atoms depend on each other, so that they are replaced by what bounds them:
 * {@code floor(n, d)} lies between {@code (n-d+1)/d} and {@code n/d}, after which {@code x-7*floor(x, 7)} is seen to
 * lie between 0 and 6; and a maximum is one of its items.
 */
final class DimBounds {
    /** Expressions looked at for one bound. */
    private static final int BUDGET = 24;

    /** Larger sums are only looked at as intervals. */
    private static final int MAX_TERMS = 12;

    private static final int MAX_SIZE = 48;

    private int left = BUDGET;

    private DimBounds() {}

    /** The largest provable lower bound; {@code Long.MIN_VALUE} where none is known. */
    static long lower(Dim dim) {
        return new DimBounds().bound(dim);
    }

    /** The least provable upper bound; {@code Long.MAX_VALUE} where none is known. */
    static long upper(Dim dim) {
        long least = isRelated(dim) ? lower(dim.negate()) : interval(dim, true);
        return least == Long.MIN_VALUE ? Long.MAX_VALUE : -least;
    }

    /** Whether there is more to learn than intervals tell. */
    private static boolean isRelated(Dim dim) {
        return dim.terms.size() >= 2
                && dim.terms.size() <= MAX_TERMS
                && dim.size() <= MAX_SIZE
                && !dim.terms.containsValue(Long.MIN_VALUE)
                && step(dim) != null;
    }

    private long bound(Dim dim) {
        long best = interval(dim, false);
        if (!isRelated(dim) || left-- <= 0) {
            return best;
        }
        try {
            Step step = step(dim);
            return step == null ? best : Math.max(best, step.bound(this, dim, best));
        } catch (ArithmeticException e) {
            return best; // coefficients out of range
        }
    }

    /** An atom that is replaced next. */
    private record Step(Monomial monomial, long coefficient, Atom atom) {
        /** A bound, of which {@code known} is one already. */
        long bound(DimBounds bounds, Dim dim, long known) {
            return switch (atom) {
                case FloorDiv f -> relaxed(bounds, dim, f);
                case Extremum e -> split(bounds, dim, e, known);
                default -> throw new IllegalStateException("nothing replaces " + atom);
            };
        }

        /** {@code d*floor(n, d)} is at most {@code n}, and at least {@code n-d+1}. */
        private long relaxed(DimBounds bounds, Dim dim, FloorDiv f) {
            long d = f.denominator().constant();
            Dim term = Dim.of(monomial, coefficient);
            Dim bound = coefficient > 0 ? f.numerator().minus(d - 1) : f.numerator();
            Dim factor = Dim.of(others(), coefficient);
            long scaled = bounds.bound(dim.minus(term).times(d).plus(factor.times(bound)));
            return scaled == Long.MIN_VALUE ? scaled : Math.ceilDiv(scaled, d);
        }

        private Monomial others() {
            List<Atom> rest = new ArrayList<>(monomial.atoms());
            rest.remove(atom);
            return new Monomial(List.copyOf(rest));
        }

        /** Where a maximum is added once, each of its items is a bound; else the least that one of them gives. */
        private long split(DimBounds bounds, Dim dim, Extremum e, long known) {
            boolean added = e.max() == coefficient > 0
                    && dim.terms.keySet().stream()
                                    .filter(m -> m.atoms().contains(e))
                                    .count()
                            == 1
                    && isNonNegative(others());
            long result = added ? Long.MIN_VALUE : Long.MAX_VALUE;
            for (Dim item : e.items()) {
                long b = bounds.bound(replaced(dim, e, item));
                result = added ? Math.max(result, b) : Math.min(result, b);
                if (!added && result <= known) {
                    return known; // the other items make it no better
                }
            }
            return result;
        }
    }

    private static Dim replaced(Dim dim, Atom atom, Dim by) {
        TreeMap<Monomial, Long> kept = new TreeMap<>();
        List<Dim> parts = new ArrayList<>();
        for (var t : dim.terms.entrySet()) {
            if (!t.getKey().atoms().contains(atom)) {
                kept.put(t.getKey(), t.getValue());
                continue;
            }
            List<Atom> rest = new ArrayList<>(t.getKey().atoms());
            Dim factor = Dim.ONE;
            while (rest.remove(atom)) {
                factor = factor.times(by);
            }
            parts.add(Dim.of(new Monomial(List.copyOf(rest)), t.getValue()).times(factor));
        }
        parts.add(Dim.of(kept));
        return Dim.sum(parts);
    }

    /** The outermost atom that can be replaced. */
    private static @Nullable Step step(Dim dim) {
        Step best = null;
        for (var t : dim.terms.entrySet()) {
            for (Atom atom : t.getKey().atoms()) {
                Step step = new Step(t.getKey(), t.getValue(), atom);
                boolean possible = switch (atom) {
                    case FloorDiv f ->
                        f.denominator().isConstant() && f.denominator().constant() > 0 && isNonNegative(step.others());
                    case Extremum _ -> true;
                    default -> false;
                };
                if (possible && (best == null || Dim.size(atom) > Dim.size(best.atom))) {
                    best = step;
                }
            }
        }
        return best;
    }

    private static boolean isNonNegative(Monomial m) {
        for (Atom atom : m.atoms()) {
            if (low(atom) < 0) {
                return false;
            }
        }
        return true;
    }

    /** The lower bound, of the negated expression too, that the intervals of the atoms tell. */
    private static long interval(Dim dim, boolean negated) {
        long sum = 0;
        for (var term : dim.terms.entrySet()) {
            long low = 1;
            long high = 1;
            List<Atom> atoms = term.getKey().atoms();
            for (Atom atom : atoms) {
                long l = low(atom);
                long h = high(atom);
                if (l < 0) {
                    if (atoms.size() > 1) {
                        return Long.MIN_VALUE;
                    }
                    low = l;
                    high = h;
                    break;
                }
                low = saturatedProduct(low, l);
                high = saturatedProduct(high, h);
            }
            long coefficient = negated ? -term.getValue() : term.getValue();
            if (coefficient == Long.MIN_VALUE) {
                return Long.MIN_VALUE;
            }
            long extreme = coefficient > 0 ? low : high;
            if (extreme == Long.MAX_VALUE || extreme == Long.MIN_VALUE) {
                return Long.MIN_VALUE;
            }
            long product = coefficient * extreme;
            long next = sum + product;
            if (Math.multiplyHigh(coefficient, extreme) != product >> 63 || ((sum ^ next) & (product ^ next)) < 0) {
                return Long.MIN_VALUE;
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

    private static long low(Atom atom) {
        return switch (atom) {
            case Symbol s -> s.signed() ? Long.MIN_VALUE : 0;
            case Defined d -> d.definition().lowerBound();
            case FloorDiv(Dim n, Dim d)
            when d.isConstant() && d.constant() > 0 -> {
                long low = n.lowerBound();
                yield low == Long.MIN_VALUE ? low : Math.floorDiv(low, d.constant());
            }
            case FloorDiv(Dim n, Dim d) -> n.isNonNegative() && d.isNonNegative() ? 0 : Long.MIN_VALUE;
            case Extremum e -> {
                long result = e.items().getFirst().lowerBound();
                for (Dim item : e.items()) {
                    result = e.max() ? Math.max(result, item.lowerBound()) : Math.min(result, item.lowerBound());
                }
                yield result;
            }
        };
    }

    private static long high(Atom atom) {
        return switch (atom) {
            case Symbol _ -> Long.MAX_VALUE;
            case Defined d -> d.definition().upperBound();
            case FloorDiv(Dim n, Dim d)
            when d.isConstant() && d.constant() > 0 -> {
                long high = n.upperBound();
                yield high == Long.MAX_VALUE ? high : Math.floorDiv(high, d.constant());
            }
            case FloorDiv(Dim n, Dim d) -> n.isNonNegative() && d.isNonNegative() ? n.upperBound() : Long.MAX_VALUE;
            case Extremum e -> {
                long result = e.items().getFirst().upperBound();
                for (Dim item : e.items()) {
                    result = e.max() ? Math.max(result, item.upperBound()) : Math.min(result, item.upperBound());
                }
                yield result;
            }
        };
    }
}
