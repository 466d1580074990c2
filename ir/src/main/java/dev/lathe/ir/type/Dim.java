package dev.lathe.ir.type;

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
    private static final int MAX_DEGREE = 64;
    /** Atoms, counted wherever they occur; it bounds the text and the time of everything that walks an expression. */
    private static final int MAX_SIZE = 2048;

    /** A factor of a term. */
    sealed interface Atom extends Comparable<Atom> {
        @Override
        default int compareTo(Atom other) {
            return toString().compareTo(other.toString());
        }
    }

    record Symbol(String name, boolean signed) implements Atom {
        // Written out, here and in Monomial: what the JVM derives is made at run time, which every start of a small
        // model would wait for.
        @Override
        public boolean equals(Object o) {
            return o instanceof Symbol s && signed == s.signed && name.equals(s.name);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + (signed ? 1 : 0);
        }

        @Override
        public String toString() {
            return (signed ? "?" : "") + (isIdentifier(name) ? name : quote(name));
        }
    }

    record FloorDiv(Dim numerator, Dim denominator) implements Atom {
        @Override
        public String toString() {
            return "floor(" + numerator + ", " + denominator + ")";
        }
    }

    record Extremum(boolean max, List<Dim> items) implements Atom {
        @Override
        public String toString() {
            StringBuilder s = new StringBuilder(max ? "max(" : "min(");
            for (int i = 0; i < items.size(); i++) {
                s.append(i == 0 ? "" : ", ").append(items.get(i));
            }
            return s.append(')').toString();
        }
    }

    /** A product of atoms, sorted; the empty product is one. */
    private record Monomial(List<Atom> atoms) implements Comparable<Monomial> {
        static final Monomial UNIT = new Monomial(List.of());

        @Override
        public boolean equals(Object o) {
            return o instanceof Monomial m && atoms.equals(m.atoms);
        }

        @Override
        public int hashCode() {
            return atoms.hashCode();
        }

        Monomial times(Monomial other) {
            List<Atom> all = new ArrayList<>(atoms);
            all.addAll(other.atoms);
            if (all.size() > MAX_DEGREE) {
                throw new ArithmeticException("dimension expression of a degree above " + MAX_DEGREE);
            }
            all.sort(Comparator.naturalOrder());
            return new Monomial(List.copyOf(all));
        }

        /** This product without the atoms of {@code other}, or null if some are not there. */
        @Nullable
        Monomial dividedBy(Monomial other) {
            List<Atom> rest = new ArrayList<>(atoms);
            for (Atom a : other.atoms) {
                if (!rest.remove(a)) {
                    return null;
                }
            }
            return new Monomial(List.copyOf(rest));
        }

        @Override
        public int compareTo(Monomial other) {
            int byDegree = Integer.compare(other.atoms.size(), atoms.size());
            if (byDegree != 0) {
                return byDegree;
            }
            for (int i = 0; i < atoms.size(); i++) {
                int c = atoms.get(i).compareTo(other.atoms.get(i));
                if (c != 0) {
                    return c;
                }
            }
            return 0;
        }
    }

    public static final Dim ZERO = new Dim(new TreeMap<>());
    public static final Dim ONE = of(1);

    private final TreeMap<Monomial, Long> terms;
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
            for (Atom atom : m.atoms) {
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
            parts += d.numerator.size + d.denominator.size;
        } else if (atom instanceof Extremum e) {
            for (Dim item : e.items) {
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
        return terms.isEmpty() || (terms.size() == 1 && terms.firstKey().atoms.isEmpty());
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
                && terms.firstKey().atoms.size() == 1
                && terms.firstKey().atoms.getFirst() instanceof Symbol;
    }

    /** The name of a bare symbol. */
    public String symbolName() {
        if (!isSymbol()) {
            throw new IllegalStateException(this + " is not a symbol");
        }
        return ((Symbol) terms.firstKey().atoms.getFirst()).name;
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
                } else if (q != null && q.atoms.isEmpty() && by.atoms.isEmpty()) {
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
            if (remainder.isConstant() && by.atoms.isEmpty() && coefficient > 0) {
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
                && e.max != max
                && e.items.stream().anyMatch(item -> (max ? minus(item) : item.minus(this)).isNonNegative());
    }

    /** The atom that this expression is; null if it is more. */
    private @Nullable Atom single() {
        boolean one = terms.size() == 1
                && terms.firstEntry().getValue() == 1
                && terms.firstKey().atoms.size() == 1;
        return one ? terms.firstKey().atoms.getFirst() : null;
    }

    private static void flatten(Dim dim, boolean max, Set<Dim> into) {
        if (dim.single() instanceof Extremum e && e.max == max) {
            into.addAll(e.items);
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
        return bound(false);
    }

    /** The least provable upper bound; {@code Long.MAX_VALUE} when none is known. */
    public long upperBound() {
        return bound(true);
    }

    private long bound(boolean upper) {
        long unbounded = upper ? Long.MAX_VALUE : Long.MIN_VALUE;
        long sum = 0;
        for (var term : terms.entrySet()) {
            long low = 1;
            long high = 1;
            for (Atom atom : term.getKey().atoms) {
                long l = atomBound(atom, false);
                long h = atomBound(atom, true);
                if (l < 0) {
                    if (term.getKey().atoms.size() == 1) {
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
            case Symbol s -> upper ? Long.MAX_VALUE : s.signed ? Long.MIN_VALUE : 0;
            case FloorDiv d -> {
                if (d.denominator.isConstant() && d.denominator.constant() > 0) {
                    long b = d.numerator.bound(upper);
                    yield b == Long.MAX_VALUE || b == Long.MIN_VALUE ? b : Math.floorDiv(b, d.denominator.constant());
                }
                boolean nonNegative = d.numerator.isNonNegative() && d.denominator.isNonNegative();
                yield upper
                        ? (nonNegative ? d.numerator.upperBound() : Long.MAX_VALUE)
                        : (nonNegative ? 0 : Long.MIN_VALUE);
            }
            case Extremum e -> {
                long result = e.items.getFirst().bound(upper);
                for (Dim item : e.items) {
                    long b = item.bound(upper);
                    result = e.max ? Math.max(result, b) : Math.min(result, b);
                }
                yield result;
            }
        };
    }

    /** The value of this expression when each symbol has the value that {@code values} gives for its name. */
    public long evaluate(ToLongFunction<String> values) {
        if (isConstant()) {
            return constant();
        }
        return isSymbol()
                ? values.applyAsLong(symbolName())
                : map(s -> of(values.applyAsLong(s.name))).constant();
    }

    /** This expression with each symbol for which {@code replacement} has an entry replaced by that expression. */
    public Dim substitute(Map<String, Dim> replacement) {
        if (isConstant() || replacement.isEmpty()) {
            return this;
        }
        return map(s -> replacement.getOrDefault(s.name, ofAtom(s)));
    }

    /** This expression with its symbols renamed; they stay signed or not. */
    public Dim rename(UnaryOperator<String> name) {
        return isConstant() ? this : map(s -> ofAtom(new Symbol(name.apply(s.name), s.signed)));
    }

    private Dim map(Function<Symbol, Dim> function) {
        Dim sum = ZERO;
        for (var term : terms.entrySet()) {
            Dim product = of(term.getValue());
            for (Atom atom : term.getKey().atoms) {
                product = product.times(
                        switch (atom) {
                            case Symbol s -> function.apply(s);
                            case FloorDiv d -> d.numerator.map(function).floorDiv(d.denominator.map(function));
                            case Extremum e ->
                                e.items.stream()
                                        .map(d -> d.map(function))
                                        .reduce(e.max ? Dim::max : Dim::min)
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
            for (Atom atom : m.atoms) {
                if (atom instanceof Symbol s) {
                    into.add(s.name);
                } else if (atom instanceof FloorDiv d) {
                    d.numerator.collectSymbols(into);
                    d.denominator.collectSymbols(into);
                } else if (atom instanceof Extremum e) {
                    for (Dim item : e.items) {
                        item.collectSymbols(into);
                    }
                }
            }
        }
    }

    private int depth() {
        int depth = 0;
        for (Monomial m : terms.keySet()) {
            for (Atom atom : m.atoms) {
                depth = Math.max(
                        depth,
                        switch (atom) {
                            case Symbol _ -> 0;
                            case FloorDiv d -> 1 + Math.max(d.numerator.depth(), d.denominator.depth());
                            case Extremum e ->
                                1 + e.items.stream().mapToInt(Dim::depth).max().orElse(0);
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
                    term.getValue() != 1 || term.getKey().atoms.isEmpty() ? algebra.constant(term.getValue()) : null;
            for (Atom atom : term.getKey().atoms) {
                T factor = switch (atom) {
                    case Symbol s -> algebra.symbol(s.name, s.signed);
                    case FloorDiv d -> algebra.floorDiv(d.numerator.fold(algebra), d.denominator.fold(algebra));
                    case Extremum e ->
                        e.items.stream()
                                .map(d -> d.fold(algebra))
                                .reduce(e.max ? algebra::max : algebra::min)
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
        if (terms.isEmpty()) {
            return "0";
        }
        StringBuilder s = new StringBuilder();
        for (var term : terms.entrySet()) {
            long c = term.getValue();
            if (!s.isEmpty() || c < 0) {
                s.append(c < 0 ? "-" : "+");
            }
            String magnitude = c == Long.MIN_VALUE ? "9223372036854775808" : Long.toString(Math.abs(c));
            List<String> factors = new ArrayList<>();
            if (!magnitude.equals("1") || term.getKey().atoms.isEmpty()) {
                factors.add(magnitude);
            }
            term.getKey().atoms.forEach(a -> factors.add(a.toString()));
            s.append(String.join("*", factors));
        }
        return s.toString();
    }

    static boolean isIdentifier(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_';
            if (!letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.'))) {
                return false;
            }
        }
        return !name.isEmpty() && !name.equals("floor") && !name.equals("min") && !name.equals("max");
    }

    /** {@code text} as a quoted string of IR text, with escapes. */
    public static String quote(String text) {
        StringBuilder s = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> s.append("\\\"");
                case '\\' -> s.append("\\\\");
                case '\n' -> s.append("\\n");
                case '\r' -> s.append("\\r");
                case '\t' -> s.append("\\t");
                default -> {
                    if (c < 0x20 || c >= 0x7f) {
                        s.append(String.format("\\u%04x", (int) c));
                    } else {
                        s.append(c);
                    }
                }
            }
        }
        return s.append('"').toString();
    }
}
