package dev.lathe.ir.type;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The normal form keeps the value of every expression, and makes equal what people know to be equal. */
class DimTest {
    private static final List<String> SIZES = List.of("a", "b", "c");
    private static final List<String> NUMBERS = List.of("s", "t");

    /** An expression and its value, computed without the normal form. */
    private record Pair(Dim dim, long value) {}

    private static final class Source {
        final Random random;
        final Map<String, Long> values = new HashMap<>();

        Source(long seed) {
            random = new Random(seed);
            SIZES.forEach(s -> values.put(s, (long) random.nextInt(9)));
            NUMBERS.forEach(s -> values.put(s, (long) random.nextInt(21) - 10));
        }

        Pair pair(int depth) {
            if (depth == 0 || random.nextInt(5) == 0) {
                return leaf();
            }
            Pair x = pair(depth - 1);
            Pair y = pair(depth - 1);
            return switch (random.nextInt(8)) {
                case 0, 1 -> new Pair(x.dim.plus(y.dim), x.value + y.value);
                case 2 -> new Pair(x.dim.minus(y.dim), x.value - y.value);
                case 3 -> new Pair(x.dim.times(y.dim), x.value * y.value);
                case 4 -> new Pair(x.dim.min(y.dim), Math.min(x.value, y.value));
                case 5 -> new Pair(x.dim.max(y.dim), Math.max(x.value, y.value));
                case 6 ->
                    y.value == 0 || y.dim.isConstant(0)
                            ? x
                            : new Pair(x.dim.floorDiv(y.dim), Math.floorDiv(x.value, y.value));
                default ->
                    y.value == 0 || y.dim.isConstant(0)
                            ? x
                            : new Pair(x.dim.mod(y.dim), Math.floorMod(x.value, y.value));
            };
        }

        private Pair leaf() {
            return switch (random.nextInt(4)) {
                case 0 -> symbol(NUMBERS, true);
                case 1 -> {
                    long c = random.nextInt(9) - 3L;
                    yield new Pair(Dim.of(c), c);
                }
                default -> symbol(SIZES, false);
            };
        }

        private Pair symbol(List<String> names, boolean signed) {
            String name = names.get(random.nextInt(names.size()));
            return new Pair(
                    signed ? Dim.signedSymbol(name) : Dim.symbol(name), Objects.requireNonNull(values.get(name), name));
        }
    }

    private static Pair tryPair(Source source, int depth) {
        try {
            return source.pair(depth);
        } catch (ArithmeticException e) {
            return new Pair(Dim.ZERO, 0); // too large an expression
        }
    }

    @Property(tries = 3000)
    void theNormalFormKeepsTheValue(@ForAll long seed) {
        Source source = new Source(seed);
        Pair p = tryPair(source, 4);
        assertThat(p.dim.evaluate(source.values::get))
                .as("%s for %s", p.dim, source.values)
                .isEqualTo(p.value);
    }

    @Property(tries = 2000)
    void boundsHold(@ForAll long seed) {
        Source source = new Source(seed);
        Pair p = tryPair(source, 4);
        assertThat(p.value).as("%s for %s", p.dim, source.values).isBetween(p.dim.lowerBound(), p.dim.upperBound());
        assertThat(p.dim.isNonNegative() && p.value < 0).isFalse();
        assertThat(p.dim.isPositive() && p.value <= 0).isFalse();
    }

    @Property(tries = 1000)
    void lawsOfRings(@ForAll long seed) {
        Source source = new Source(seed);
        Dim x = tryPair(source, 2).dim;
        Dim y = tryPair(source, 2).dim;
        Dim z = tryPair(source, 2).dim;
        assertThat(x.plus(y)).isEqualTo(y.plus(x)).hasSameHashCodeAs(y.plus(x));
        assertThat(x.plus(y).plus(z)).isEqualTo(x.plus(y.plus(z)));
        assertThat(x.times(y)).isEqualTo(y.times(x));
        assertThat(x.times(y.plus(z))).isEqualTo(x.times(y).plus(x.times(z)));
        assertThat(x.minus(x)).isEqualTo(Dim.ZERO);
        assertThat(x.times(1)).isEqualTo(x);
        assertThat(x.negate().negate()).isEqualTo(x);
        assertThat(x.min(y)).isEqualTo(y.min(x));
        assertThat(x.max(y)).isEqualTo(y.max(x));
        assertThat(x.max(x)).isEqualTo(x);
        assertThat(x.max(y).max(y)).isEqualTo(x.max(y));
    }

    @Property(tries = 2000)
    void substitutionIsEvaluation(@ForAll long seed) {
        Source source = new Source(seed);
        Pair p = tryPair(source, 3);
        Map<String, Dim> some = new HashMap<>();
        source.values.forEach((name, value) -> {
            if (source.random.nextBoolean()) {
                some.put(name, Dim.of(value));
            }
        });
        assertThat(p.dim.substitute(some).evaluate(source.values::get)).isEqualTo(p.value);
        assertThat(p.dim.rename(name -> name + "_1").evaluate(n -> source.values.get(n.substring(0, 1))))
                .isEqualTo(p.value);
    }

    @Test
    void equalsWhatPeopleKnowToBeEqual() {
        Dim n = Dim.symbol("n");
        Dim m = Dim.symbol("m");
        assertThat(n.plus(1).times(2)).isEqualTo(n.times(2).plus(2)).hasToString("2*n+2");
        assertThat(n.times(4).floorDiv(2)).isEqualTo(n.times(2));
        assertThat(n.times(2).plus(1).floorDiv(2)).isEqualTo(n);
        assertThat(n.times(m).floorDiv(m)).isEqualTo(n);
        assertThat(n.plus(m).times(6).floorDiv(4)).hasToString("floor(3*m+3*n, 2)");
        assertThat(n.max(Dim.ZERO)).isEqualTo(n);
        assertThat(Dim.signedSymbol("s").max(Dim.ZERO)).hasToString("max(0, ?s)");
        assertThat(n.min(n.plus(3))).isEqualTo(n);
        assertThat(n.max(m).min(n)).isEqualTo(n);
    }

    @Test
    void whatGrowsIsDefinedBySymbols() {
        Dim grown = Dim.symbol("n");
        for (int i = 0; i < 100; i++) {
            grown = grown.plus(Dim.symbol("m" + i))
                    .floorDiv(2)
                    .times(grown)
                    .plus(1)
                    .min(grown);
        }
        assertThat(grown.toString()).hasSizeLessThan(20_000);
        assertThat(grown.evaluate(_ -> 1)).isEqualTo(1);
        Dim power = Dim.symbol("n");
        for (int i = 0; i < 20; i++) {
            power = power.times(power);
        }
        assertThat(power.toString()).hasSizeLessThan(1000);
        assertThat(power.evaluate(_ -> -1)).isEqualTo(1);
    }

    /** Sums, products, quotients and maxima of many symbols, as a graph in which each is used more than once. */
    @Property(tries = 20)
    void definitionsKeepTheValue(@ForAll long seed) {
        Random random = new Random(seed);
        Map<String, Long> values = new HashMap<>();
        List<Pair> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            long value = random.nextInt(7);
            values.put("n" + i, value);
            all.add(new Pair(Dim.symbol("n" + i), value));
        }
        for (int i = 0; i < 40; i++) {
            Pair x = all.get(random.nextInt(all.size()));
            Pair y = all.get(all.size() - 1 - random.nextInt(Math.min(all.size(), 12)));
            long c = 1L + random.nextInt(5);
            all.add(
                    switch (random.nextInt(5)) {
                        case 0 -> new Pair(x.dim.min(y.dim), Math.min(x.value, y.value));
                        case 1 -> new Pair(x.dim.max(y.dim), Math.max(x.value, y.value));
                        case 2 -> new Pair(x.dim.plus(y.dim).floorDiv(c), Math.floorDiv(x.value + y.value, c));
                        case 3 ->
                            Math.abs(x.value * y.value) > 1_000_000
                                    ? new Pair(x.dim.minus(y.dim), x.value - y.value)
                                    : new Pair(x.dim.times(y.dim), x.value * y.value);
                        default -> new Pair(x.dim.plus(y.dim), x.value + y.value);
                    });
        }
        for (Pair p : all) {
            assertThat(p.dim.evaluate(values::get))
                    .isEqualTo(p.value)
                    .isBetween(p.dim.lowerBound(), p.dim.upperBound());
            assertThat(p.dim.toString()).hasSizeLessThan(20_000);
            Map<String, Dim> half = new HashMap<>();
            values.forEach((name, value) -> half.put(name, name.length() == 2 ? Dim.of(value) : Dim.symbol(name)));
            assertThat(p.dim.substitute(half).evaluate(values::get)).isEqualTo(p.value);
            Dim renamed = p.dim.rename(name -> name + "_1");
            assertThat(renamed.evaluate(name -> values.get(name.substring(0, name.length() - 2))))
                    .isEqualTo(p.value);
        }
    }

    /** The powers of two symbols, each larger than the one before, as a chain of the same operator makes them. */
    private static List<Dim> powers(int n) {
        List<Dim> all = new ArrayList<>();
        all.add(Dim.symbol("a"));
        for (int i = 1; i < n; i++) {
            all.add(all.getLast().times(Dim.symbol(i % 2 == 0 ? "a" : "b")));
        }
        return all;
    }

    @Test
    void aChainOfDefinitionsIsNotWalkedForEachExpression() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] allocated = new long[3];
        for (int i = 0; i < allocated.length; i++) {
            List<Dim> all = powers(i == allocated.length - 1 ? 2000 : 500);
            UnaryOperator<Dim> substitution = Dim.substitution(Map.of("a", Dim.symbol("c")));
            Map<String, Dim> definitions = new LinkedHashMap<>();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (Dim d : all) {
                Set<String> symbols = new HashSet<>();
                d.collectSymbols(symbols);
                d.collectDefinitions(definitions);
                substitution.apply(d).collectSymbols(symbols);
                assertThat(symbols.size()).isBetween(2, 3);
            }
            allocated[i] = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated[2]).isLessThan(6 * allocated[1]);
    }

    @Test
    void aSubstitutionSeesWhatItsMapBecomes() {
        Map<String, Dim> replacement = new HashMap<>(Map.of("a", Dim.of(1)));
        UnaryOperator<Dim> substitution = Dim.substitution(replacement);
        List<Dim> all = powers(100);
        for (Map<String, Dim> next : List.of(
                Map.of("a", Dim.of(1)),
                Map.of("a", Dim.of(-1), "b", Dim.symbol("c")),
                Map.of("b", Dim.symbol("c").plus(1)),
                Map.<String, Dim>of())) {
            replacement.clear();
            replacement.putAll(next);
            for (Dim d : all) {
                assertThat(substitution.apply(d)).isEqualTo(d.substitute(next));
            }
        }
    }

    @Test
    void equalExpressionsAreDefinedByEqualSymbols() {
        Dim n = Dim.symbol("n");
        Dim h = Dim.ZERO;
        Dim w = Dim.ZERO;
        for (int i = 0; i < 20; i++) {
            h = h.plus(Dim.symbol("h" + i));
            w = w.plus(Dim.symbol("w" + i));
        }
        Dim size = n.times(h).times(w);
        assertThat(size.toString()).matches("\\$[0-9a-f]{16}\\*\\$[0-9a-f]{16}\\*n");
        assertThat(size).isEqualTo(w.times(n).times(h)).isEqualTo(h.times(w).times(n));
        assertThat(size.floorDiv(n)).isEqualTo(h.times(w));
        assertThat(size.minus(size)).isEqualTo(Dim.ZERO);
        assertThat(size.substitute(Map.of("n", Dim.of(2)))).isEqualTo(h.times(w).times(2));
    }

    @Test
    void rangesDecideMaximaAndMinima() {
        Dim x = Dim.symbol("x");
        Dim rest = x.minus(x.floorDiv(7).times(7));
        assertThat(rest.lowerBound()).isZero();
        assertThat(rest.upperBound()).isEqualTo(6);
        assertThat(x.mod(Dim.of(7)).max(Dim.ZERO)).isEqualTo(rest);
        assertThat(rest.min(Dim.of(6))).isEqualTo(rest);
        assertThat(Dim.of(7).minus(rest).mod(Dim.of(7)).lowerBound()).isZero();
        Dim ceil = x.ceilDiv(Dim.of(2));
        assertThat(ceil).hasToString("floor(x+1, 2)");
        assertThat(ceil.min(x)).isEqualTo(ceil);
        assertThat(ceil.max(x.floorDiv(2))).isEqualTo(ceil);
        assertThat(x.floorDiv(2).plus(3).floorDiv(4)).hasToString("floor(x+6, 8)");
        assertThat(x.minus(2).max(Dim.ZERO).minus(2).floorDiv(2).plus(1).max(Dim.ZERO))
                .hasToString("floor(max(0, x-2), 2)");
        assertThat(x.minus(2).max(Dim.ZERO).floorDiv(2).minus(2).max(Dim.ZERO)).hasToString("max(0, floor(x, 2)-3)");
    }
}
