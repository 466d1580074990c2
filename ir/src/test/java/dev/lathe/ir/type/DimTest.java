package dev.lathe.ir.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
            return new Pair(signed ? Dim.signedSymbol(name) : Dim.symbol(name), values.get(name));
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
    void growthIsBounded() {
        Dim[] d = {Dim.symbol("n")};
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        d[0] = d[0].plus(Dim.symbol("m" + i)).floorDiv(2).times(d[0]);
                    }
                })
                .isInstanceOf(ArithmeticException.class);
        Dim[] power = {Dim.symbol("n")};
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 20; i++) {
                        power[0] = power[0].times(power[0]);
                    }
                })
                .isInstanceOf(ArithmeticException.class);
    }
}
