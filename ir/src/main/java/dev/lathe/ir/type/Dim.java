package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.Extremum;
import dev.lathe.ir.type.Atom.FloorDiv;
import dev.lathe.ir.type.Atom.Symbol;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A symbolic integer expression in a normal form: a polynomial with integer coefficients over atoms, where an atom is a
 * named symbol, a floor division, a minimum or a maximum. Equal expressions such as {@code 2*seq+2} and {@code 2*(seq+1)} are equal
 * objects in the sense of {@link #equals}.
 *
 * <p>A plain symbol stands for a size and is never negative; a {@linkplain #signedSymbol signed symbol} stands for a number read from
 * data. Arithmetic that leaves the range of {@code long}, or grows past {@value #MAX_TERMS} terms, throws {@link
 * ArithmeticException}.
 */
public final class Dim implements Comparable<Dim> {
    public static final int MAX_TERMS = 64;
    private static final int MAX_DEPTH = 16;
    /** Atoms, counted wherever they occur; it bounds the text and the time of everything that walks an expression. */
    private static final int MAX_SIZE = 2048;

    public static final Dim ZERO = new Dim(new TreeMap<>());
    public static final Dim ONE = of(1);

    final TreeMap<Monomial, Long> terms;
    private final int hash;
    private final int size;

    private Dim(TreeMap<Monomial, Long> terms) {
        this.terms = terms;
        this.hash = terms.hashCode();
        if (terms.size() > MAX_TERMS) {
            throw new ArithmeticException("dimension expression with more than " + MAX_TERMS + " terms");
        }
        int parts = 0;
        for (Monomial m : terms.keySet()) {
            for (Atom atom : m.atoms()) {
                parts += size(atom);
            }
        }
        this.size = parts;
        if (size > MAX_SIZE) {
            throw new ArithmeticException("dimension expression of more than " + MAX_SIZE + " parts");
        }
    }

    private static int size(Atom atom) {
        int parts = 1;
        if (atom instanceof FloorDiv d) {
            parts += d.numerator().size + d.denominator().size;
        } else if (atom instanceof Extremum e) {
            for (Dim item : e.items()) {
                parts += item.size;
            }
        }
        return parts;
    }

    public static Dim of(long value) {
        TreeMap<Monomial, Long> terms = new TreeMap<>();
        if (value != 0) {
            terms.put(Monomial.UNIT, value);
        }
        return new Dim(terms);
    }

    /** A symbol that stands for a size and is therefore never negative. */
    public static Dim symbol(String name) {
        return ofAtom(new Symbol(name, false));
    }

    /** The size of an element of a container: {@code _}, whatever it is, where it is not constant. */
    public Dim orAny() {
        return isConstant() ? this : symbol("_");
    }

    /** A symbol that stands for any integer. */
    public static Dim signedSymbol(String name) {
        return ofAtom(new Symbol(name, true));
    }

    private static Dim ofAtom(Atom atom) {
        TreeMap<Monomial, Long> terms = new TreeMap<>();
        terms.put(new Monomial(List.of(atom)), 1L);
        return new Dim(terms);
    }

    public boolean isConstant() {
        return terms.isEmpty() || (terms.size() == 1 && terms.firstKey().atoms().isEmpty());
    }

    public boolean isConstant(long value) {
        return isConstant() && constant() == value;
    }

    /** The value of a constant expression. */
    public long constant() {
        if (!isConstant()) {
            throw new IllegalStateException(this + " is not a constant");
        }
        return constantTerm();
    }

    private long constantTerm() {
        return terms.getOrDefault(Monomial.UNIT, 0L);
    }

    /** Whether this is a bare symbol. */
    public boolean isSymbol() {
        return terms.size() == 1
                && terms.firstEntry().getValue() == 1
                && terms.firstKey().atoms().size() == 1
                && terms.firstKey().atoms().getFirst() instanceof Symbol;
    }

    /** The name of a bare symbol. */
    public String symbolName() {
        if (!isSymbol()) {
            throw new IllegalStateException(this + " is not a symbol");
        }
        return ((Symbol) terms.firstKey().atoms().getFirst()).name();
    }

    public Dim plus(Dim other) {
        TreeMap<Monomial, Long> sum = new TreeMap<>(terms);
        other.terms.forEach((m, c) -> sum.merge(m, c, Math::addExact));
        sum.values().removeIf(c -> c == 0);
        return new Dim(sum);
    }

    public Dim plus(long value) {
        return plus(of(value));
    }

    public Dim minus(Dim other) {
        return plus(other.times(-1));
    }

    public Dim minus(long value) {
        return plus(of(Math.negateExact(value)));
    }

    public Dim times(Dim other) {
        TreeMap<Monomial, Long> product = new TreeMap<>();
        for (var a : terms.entrySet()) {
            for (var b : other.terms.entrySet()) {
                product.merge(
                        a.getKey().times(b.getKey()), Math.multiplyExact(a.getValue(), b.getValue()), Math::addExact);
            }
        }
        product.values().removeIf(c -> c == 0);
        return new Dim(product);
    }

    public Dim times(long value) {
        return times(of(value));
    }

    public Dim negate() {
        return times(-1);
    }

    /** The quotient rounded towards negative infinity; the divisor must not be zero. */
    public Dim floorDiv(Dim divisor) {
        if (divisor.isConstant(0)) {
            throw new ArithmeticException("division of a dimension by zero");
        }
        if (divisor.isConstant(1)) {
            return this;
        }
        if (isConstant() && divisor.isConstant()) {
            return of(Math.floorDiv(constant(), divisor.constant()));
        }
        if (equals(divisor)) {
            return ONE;
        }
        if (divisor.terms.size() == 1) {
            Monomial by = divisor.terms.firstKey();
            long coefficient = divisor.terms.firstEntry().getValue();
            TreeMap<Monomial, Long> quotient = new TreeMap<>();
            TreeMap<Monomial, Long> rest = new TreeMap<>();
            for (var t : terms.entrySet()) {
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
            if (rest.isEmpty()) {
                return new Dim(quotient);
            }
            quotient.values().removeIf(c -> c == 0);
            Dim remainder = new Dim(rest);
            if (remainder.isConstant() && by.atoms().isEmpty() && coefficient > 0) {
                return new Dim(quotient); // a constant rest lies in [0, coefficient)
            }
            if (!quotient.isEmpty()) {
                return new Dim(quotient).plus(floorAtom(remainder, divisor));
            }
        }
        return floorAtom(this, divisor);
    }

    private static Dim floorAtom(Dim numerator, Dim divisor) {
        long g = gcd(numerator.content(), divisor.content());
        if (g > 1) {
            Dim n = numerator.divideExact(g);
            Dim d = divisor.divideExact(g);
            return d.isConstant(1) ? n : checkedAtom(new FloorDiv(n, d));
        }
        return checkedAtom(new FloorDiv(numerator, divisor));
    }

    private static Dim checkedAtom(Atom atom) {
        Dim dim = ofAtom(atom);
        if (dim.depth() > MAX_DEPTH) {
            throw new ArithmeticException("dimension expression nested more than " + MAX_DEPTH + " deep");
        }
        return dim;
    }

    private long content() {
        return terms.values().stream().mapToLong(Math::abs).reduce(0, Dim::gcd);
    }

    private Dim divideExact(long by) {
        TreeMap<Monomial, Long> quotient = new TreeMap<>();
        terms.forEach((m, c) -> quotient.put(m, c / by));
        return new Dim(quotient);
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    public Dim floorDiv(long divisor) {
        return floorDiv(of(divisor));
    }

    /** The quotient rounded towards positive infinity. */
    public Dim ceilDiv(Dim divisor) {
        return negate().floorDiv(divisor).negate();
    }

    /** The remainder that goes with {@link #floorDiv}; it has the sign of the divisor. */
    public Dim mod(Dim divisor) {
        return minus(floorDiv(divisor).times(divisor));
    }

    public Dim min(Dim other) {
        return extremum(false, other);
    }

    public Dim max(Dim other) {
        return extremum(true, other);
    }

    private Dim extremum(boolean max, Dim other) {
        Set<Dim> items = new LinkedHashSet<>();
        flatten(this, max, items);
        flatten(other, max, items);
        List<Dim> kept = new ArrayList<>(items);
        kept.sort(Comparator.naturalOrder());
        for (Dim candidate : List.copyOf(kept).reversed()) {
            if (kept.stream().anyMatch(rival -> rival != candidate && rival.covers(max, candidate))) {
                kept.remove(candidate);
            }
        }
        if (kept.size() == 1) {
            return kept.getFirst();
        }
        kept.sort(Comparator.naturalOrder());
        return checkedAtom(new Extremum(max, List.copyOf(kept)));
    }

    /** Whether a maximum (or minimum) with this does not need {@code other}: max(min(x, y), x) is x. */
    private boolean covers(boolean max, Dim other) {
        if ((max ? minus(other) : other.minus(this)).isNonNegative()) {
            return true;
        }
        return other.single() instanceof Extremum e
                && e.max() != max
                && e.items().stream().anyMatch(item -> (max ? minus(item) : item.minus(this)).isNonNegative());
    }

    /** The atom that this expression is; null if it is more. */
    private @Nullable Atom single() {
        boolean one = terms.size() == 1
                && terms.firstEntry().getValue() == 1
                && terms.firstKey().atoms().size() == 1;
        return one ? terms.firstKey().atoms().getFirst() : null;
    }

    private static void flatten(Dim dim, boolean max, Set<Dim> into) {
        if (dim.single() instanceof Extremum e && e.max() == max) {
            into.addAll(e.items());
        } else {
            into.add(dim);
        }
    }

    /** Whether this is provably at least zero for every value of its symbols; false when unknown. */
    public boolean isNonNegative() {
        return lowerBound() >= 0;
    }

    /** Whether this is provably greater than zero. */
    public boolean isPositive() {
        return lowerBound() > 0;
    }

    /** The greatest provable lower bound; {@code Long.MIN_VALUE} when none is known. */
    public long lowerBound() {
        return DimBounds.bound(this, false);
    }

    /** The least provable upper bound; {@code Long.MAX_VALUE} when none is known. */
    public long upperBound() {
        return DimBounds.bound(this, true);
    }

    /** The value of this expression when each symbol has the value that {@code values} gives for its name. */
    public long evaluate(ToLongFunction<String> values) {
        if (isConstant()) {
            return constant();
        }
        return isSymbol()
                ? values.applyAsLong(symbolName())
                : map(s -> of(values.applyAsLong(s.name()))).constant();
    }

    /** This expression with each symbol for which {@code replacement} has an entry replaced by that expression. */
    public Dim substitute(Map<String, Dim> replacement) {
        if (isConstant() || replacement.isEmpty()) {
            return this;
        }
        return map(s -> replacement.getOrDefault(s.name(), ofAtom(s)));
    }

    /** This expression with its symbols renamed; they stay signed or not. */
    public Dim rename(UnaryOperator<String> name) {
        return isConstant() ? this : map(s -> ofAtom(new Symbol(name.apply(s.name()), s.signed())));
    }

    private Dim map(Function<Symbol, Dim> function) {
        Dim sum = ZERO;
        for (var term : terms.entrySet()) {
            Dim product = of(term.getValue());
            for (Atom atom : term.getKey().atoms()) {
                product = product.times(
                        switch (atom) {
                            case Symbol s -> function.apply(s);
                            case FloorDiv d ->
                                d.numerator()
                                        .map(function)
                                        .floorDiv(d.denominator().map(function));
                            case Extremum e ->
                                e.items().stream()
                                        .map(d -> d.map(function))
                                        .reduce(e.max() ? Dim::max : Dim::min)
                                        .orElseThrow();
                        });
            }
            sum = sum.plus(product);
        }
        return sum;
    }

    /** Adds the names of the symbols that occur in this expression to {@code into}. */
    public void collectSymbols(Set<String> into) {
        for (Monomial m : terms.keySet()) {
            for (Atom atom : m.atoms()) {
                if (atom instanceof Symbol s) {
                    into.add(s.name());
                } else if (atom instanceof FloorDiv d) {
                    d.numerator().collectSymbols(into);
                    d.denominator().collectSymbols(into);
                } else if (atom instanceof Extremum e) {
                    for (Dim item : e.items()) {
                        item.collectSymbols(into);
                    }
                }
            }
        }
    }

    private int depth() {
        int depth = 0;
        for (Monomial m : terms.keySet()) {
            for (Atom atom : m.atoms()) {
                depth = Math.max(
                        depth,
                        switch (atom) {
                            case Symbol _ -> 0;
                            case FloorDiv d ->
                                1
                                        + Math.max(
                                                d.numerator().depth(),
                                                d.denominator().depth());
                            case Extremum e ->
                                1
                                        + e.items().stream()
                                                .mapToInt(Dim::depth)
                                                .max()
                                                .orElse(0);
                        });
            }
        }
        return depth;
    }

    /** What the parts of an expression become in {@link #fold}. */
    public interface Algebra<T> {
        T constant(long value);

        T symbol(String name, boolean signed);

        T plus(T a, T b);

        T times(T a, T b);

        T floorDiv(T numerator, T denominator);

        T min(T a, T b);

        T max(T a, T b);
    }

    /** This expression computed in another algebra, such as that of source text. */
    public <T> T fold(Algebra<T> algebra) {
        T sum = null;
        for (var term : terms.entrySet()) {
            T product =
                    term.getValue() != 1 || term.getKey().atoms().isEmpty() ? algebra.constant(term.getValue()) : null;
            for (Atom atom : term.getKey().atoms()) {
                T factor = switch (atom) {
                    case Symbol s -> algebra.symbol(s.name(), s.signed());
                    case FloorDiv d ->
                        algebra.floorDiv(
                                d.numerator().fold(algebra), d.denominator().fold(algebra));
                    case Extremum e ->
                        e.items().stream()
                                .map(d -> d.fold(algebra))
                                .reduce(e.max() ? algebra::max : algebra::min)
                                .orElseThrow();
                };
                product = product == null ? factor : algebra.times(product, factor);
            }
            sum = sum == null ? product : algebra.plus(sum, product);
        }
        return sum == null ? algebra.constant(0) : sum;
    }

    @Override
    public int compareTo(Dim other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public boolean equals(Object o) {
        return this == o || (o instanceof Dim d && hash == d.hash && terms.equals(d.terms));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** IR text of this expression: {@code 2*seq+2}, {@code floor(h, 2)}, {@code max(1, n)}. */
    @Override
    public String toString() {
        return DimText.of(this);
    }

    /** {@code text} as a quoted string of IR text, with escapes. */
    public static String quote(String text) {
        return DimText.quote(text);
    }
}
