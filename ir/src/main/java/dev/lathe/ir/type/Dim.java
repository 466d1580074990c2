package dev.lathe.ir.type;

import dev.lathe.ir.type.Atom.Defined;
import dev.lathe.ir.type.Atom.Extremum;
import dev.lathe.ir.type.Atom.FloorDiv;
import dev.lathe.ir.type.Atom.Symbol;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A symbolic integer expression in a normal form: a polynomial with integer coefficients over atoms, where an atom is
 * a named symbol, a floor division, a minimum or a maximum. Equal expressions such as {@code 2*seq+2} and
 * {@code 2*(seq+1)} are equal objects in the sense of {@link #equals}.
 *
 * <p>A plain symbol stands for a size and is never negative; a {@linkplain #signedSymbol signed symbol} stands for a
 * number read from data. Arithmetic that leaves the range of {@code long} throws {@link ArithmeticException}.
 *
 * <p>No expression is too large: where one would grow past {@value #MAX_TERMS} terms, its operands become
 * {@linkplain #defined() defined} symbols, each of which stands for an expression and is named after it. So a size
 * that many sizes are made of is computed once.
 */
public final class Dim implements Comparable<Dim> {
    private static final int MAX_TERMS = 64;
    private static final int MAX_DEPTH = 12;
    private static final int MAX_DEGREE = 16;
    /** Atoms, counted wherever they occur; it bounds the text and the time of everything that walks an expression. */
    private static final int MAX_SIZE = 256;
    /** As {@link #MAX_SIZE}, for what is not worth a definition: the product of two such expressions fits. */
    private static final int SMALL_SIZE = 7;

    public static final Dim ZERO = new Dim(new TreeMap<>());
    public static final Dim ONE = of(1);

    final TreeMap<Monomial, Long> terms;
    private final int hash;
    private final int size;
    private final int depth;
    private final int degree;
    private @Nullable String text;
    private @Nullable Long lower;
    private @Nullable Long upper;

    private Dim(TreeMap<Monomial, Long> terms) {
        this.terms = terms;
        this.hash = terms.hashCode();
        int parts = 0;
        int deepest = 0;
        int highest = 0;
        for (Monomial m : terms.keySet()) {
            highest = Math.max(highest, m.atoms().size());
            for (Atom atom : m.atoms()) {
                parts += size(atom);
                deepest = Math.max(deepest, depth(atom));
            }
        }
        this.size = parts;
        this.depth = deepest;
        this.degree = highest;
    }

    static int size(Atom atom) {
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

    private static int depth(Atom atom) {
        int deepest = -1;
        if (atom instanceof FloorDiv d) {
            deepest = Math.max(d.numerator().depth, d.denominator().depth);
        } else if (atom instanceof Extremum e) {
            for (Dim item : e.items()) {
                deepest = Math.max(deepest, item.depth);
            }
        }
        return deepest + 1;
    }

    /** Whether an atom is small enough to be part of an expression. */
    static boolean fits(Atom atom) {
        return depth(atom) <= MAX_DEPTH && size(atom) <= MAX_SIZE;
    }

    private boolean fits() {
        return terms.size() <= MAX_TERMS && size <= MAX_SIZE && degree <= MAX_DEGREE;
    }

    boolean isSmall() {
        return size <= SMALL_SIZE;
    }

    /** An expression of terms that is known to fit. */
    static Dim of(TreeMap<Monomial, Long> terms) {
        return new Dim(terms);
    }

    static Dim of(Monomial monomial, long coefficient) {
        TreeMap<Monomial, Long> terms = new TreeMap<>();
        if (coefficient != 0) {
            terms.put(monomial, coefficient);
        }
        return new Dim(terms);
    }

    /**
     * A symbol that stands for this expression, wherever it occurs: no arithmetic looks inside, and the text names it
     * {@code $…}. A small expression stays what it is.
     */
    public Dim defined() {
        return isSmall() ? this : ofAtom(Defined.of(this));
    }

    /** This expression as few factors: those that all terms share, and a symbol for the rest. */
    Dim named() {
        return isSmall() ? this : DimDefinitions.factored(this);
    }

    int size() {
        return size;
    }

    /** Whether a {@linkplain #defined() defined} symbol occurs in this expression. */
    public boolean hasDefinitions() {
        return DimDefinitions.occurIn(this);
    }

    /**
     * Adds the defined symbols that occur in this expression, and in their definitions, to {@code into}, inner ones
     * first; one that is there came with all that it is made of.
     */
    public void collectDefinitions(Map<String, Dim> into) {
        DimDefinitions.of(this, d -> into.containsKey(d.name())).forEach(d -> into.put(d.name(), d.definition()));
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

    static Dim ofAtom(Atom atom) {
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

    long constantTerm() {
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
        Dim result = new Dim(sum);
        return result.fits() ? result : named().plus(other.named());
    }

    static Dim sum(List<Dim> parts) {
        TreeMap<Monomial, Long> sum = new TreeMap<>();
        for (Dim part : parts) {
            part.terms.forEach((m, c) -> sum.merge(m, c, Math::addExact));
        }
        sum.values().removeIf(c -> c == 0);
        Dim all = new Dim(sum);
        if (all.fits()) {
            return all;
        }
        Dim result = ZERO;
        for (Dim part : parts) {
            result = result.plus(part);
        }
        return result;
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
        Dim result = new Dim(product);
        return result.fits() ? result : named().times(other.named());
    }

    public Dim times(long value) {
        return times(of(value));
    }

    public Dim negate() {
        return times(-1);
    }

    /** The quotient rounded towards negative infinity; the divisor must not be zero. */
    public Dim floorDiv(Dim divisor) {
        return DimDivision.floorDiv(this, divisor);
    }

    /** The largest integer that divides all coefficients. */
    long content() {
        long g = 0;
        for (long c : terms.values()) {
            g = DimDivision.gcd(g, c);
        }
        return g;
    }

    Dim divideExact(long by) {
        TreeMap<Monomial, Long> quotient = new TreeMap<>();
        terms.forEach((m, c) -> quotient.put(m, c / by));
        return new Dim(quotient);
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
        return DimExtrema.of(false, this, other);
    }

    public Dim max(Dim other) {
        return DimExtrema.of(true, this, other);
    }

    /** The atom that this expression is; null if it is more. */
    @Nullable
    Atom single() {
        boolean one = terms.size() == 1
                && terms.firstEntry().getValue() == 1
                && terms.firstKey().atoms().size() == 1;
        return one ? terms.firstKey().atoms().getFirst() : null;
    }

    /** Whether this is provably at least zero for every value of its symbols; false when unknown. */
    public boolean isNonNegative() {
        return lowerBound() >= 0;
    }

    /** Whether this is provably greater than zero. */
    public boolean isPositive() {
        return lowerBound() > 0;
    }

    /** The largest provable lower bound; {@code Long.MIN_VALUE} when none is known. */
    public long lowerBound() {
        Long known = lower;
        if (known == null) {
            known = DimBounds.lower(this);
            lower = known;
        }
        return known;
    }

    /** The least provable upper bound; {@code Long.MAX_VALUE} when none is known. */
    public long upperBound() {
        Long known = upper;
        if (known == null) {
            known = DimBounds.upper(this);
            upper = known;
        }
        return known;
    }

    /** The value of this expression when each symbol has the value that {@code values} gives for its name. */
    public long evaluate(ToLongFunction<String> values) {
        if (isConstant()) {
            return constant();
        }
        return isSymbol() ? values.applyAsLong(symbolName()) : fold(new DimValue(values));
    }

    /** This expression with each symbol for which {@code replacement} has an entry replaced by that expression. */
    public Dim substitute(Map<String, Dim> replacement) {
        return substitution(replacement).apply(this);
    }

    /**
     * {@link #substitute} for many expressions: what they share by definition is made once. {@code replacement} may
     * change in between.
     */
    public static UnaryOperator<Dim> substitution(Map<String, Dim> replacement) {
        DimMap map = new DimMap(s -> replacement.getOrDefault(s.name(), ofAtom(s)), replacement::get, false);
        return d -> d.isConstant() || replacement.isEmpty() ? d : map.apply(d);
    }

    /** This expression with its symbols renamed; they stay signed or not. */
    public Dim rename(UnaryOperator<String> name) {
        return isConstant()
                ? this
                : new DimMap(s -> ofAtom(new Symbol(name.apply(s.name()), s.signed())), name::apply, true).apply(this);
    }

    /** Adds the names of the symbols that occur in this expression, and in what it is defined by, to {@code into}. */
    public void collectSymbols(Set<String> into) {
        for (Monomial m : terms.keySet()) {
            for (Atom atom : m.atoms()) {
                if (atom instanceof Symbol s) {
                    into.add(s.name());
                } else if (atom instanceof Defined d) {
                    into.addAll(d.symbols());
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

    /** What the parts of an expression become in {@link #fold}. */
    public interface Algebra<T> {
        T constant(long value);

        T symbol(String name, boolean signed);

        T plus(T a, T b);

        T times(T a, T b);

        T floorDiv(T numerator, T denominator);

        T min(T a, T b);

        T max(T a, T b);

        /** What a defined symbol becomes, whose definition is {@code value}; asked for once. */
        default T defined(Dim symbol, T value) {
            return value;
        }
    }

    /** This expression computed in another algebra, such as that of source text. */
    public <T> T fold(Algebra<T> algebra) {
        return new DimFold<>(algebra).apply(this);
    }

    @Override
    public int compareTo(Dim other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return this == o || (o instanceof Dim d && hash == d.hash && terms.equals(d.terms));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** IR text of this expression: {@code 2*seq+2}, {@code floor(h, 2)}, {@code max(1, n)}. */
    @Override
    public String toString() {
        String made = text;
        if (made == null) {
            made = DimText.of(this);
            text = made;
        }
        return made;
    }

    /** {@code text} as a quoted string of IR text, with escapes. */
    public static String quote(String text) {
        return DimText.quote(text);
    }
}
