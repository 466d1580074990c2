package dev.lathe.conformance.operators;

import static dev.lathe.conformance.operators.Indexed.tensor;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Elementwise operators of every element type; integers wrap around. */
class ElementwiseTest extends OperatorTest {
    private static final List<ElementType> FLOATS =
            List.of(ElementType.F32, ElementType.F64, ElementType.F16, ElementType.BF16);
    private static final List<ElementType> INTEGERS = Stream.of(ElementType.values())
            .filter(t -> t.isInteger() && t.bits() >= 8)
            .toList();

    private static final Map<String, DoubleUnaryOperator> UNARY = new TreeMap<>(Map.ofEntries(
            Map.entry("Acos", Math::acos),
            Map.entry("Acosh", x -> Math.log(x + Math.sqrt(x * x - 1))),
            Map.entry("Asin", Math::asin),
            Map.entry("Asinh", x -> Math.signum(x) * Math.log(Math.abs(x) + Math.sqrt(x * x + 1))),
            Map.entry("Atan", Math::atan),
            Map.entry("Atanh", x -> Math.log((1 + x) / (1 - x)) / 2),
            Map.entry("Cos", Math::cos),
            Map.entry("Cosh", Math::cosh),
            Map.entry("Sin", Math::sin),
            Map.entry("Sinh", Math::sinh),
            Map.entry("Tan", Math::tan),
            Map.entry("Tanh", Math::tanh),
            Map.entry("Exp", Math::exp),
            Map.entry("Log", Math::log),
            Map.entry("Sqrt", Math::sqrt),
            Map.entry("Reciprocal", x -> 1 / x),
            Map.entry("Round", Math::rint),
            Map.entry("Floor", Math::floor),
            Map.entry("Ceil", Math::ceil),
            Map.entry("Abs", Math::abs),
            Map.entry("Neg", x -> -x),
            Map.entry("Sign", Math::signum),
            Map.entry("Sigmoid", x -> 1 / (1 + Math.exp(-x))),
            Map.entry("Mish", x -> x * Math.tanh(Math.log(1 + Math.exp(x)))),
            Map.entry("Gelu", x -> x / 2 * (1 + erf(x / Math.sqrt(2)))),
            Map.entry("Erf", ElementwiseTest::erf)));

    /** The series of the error function. */
    private static double erf(double x) {
        double sum = 0;
        double term = x;
        for (int n = 0; n < 120; n++) {
            sum += term / (2 * n + 1);
            term *= -x * x / (n + 1);
        }
        return Math.abs(x) > 5 ? Math.signum(x) : 2 / Math.sqrt(Math.PI) * sum;
    }

    @Override
    boolean inAllForms() {
        return false;
    }

    @TestFactory
    Stream<DynamicTest> functions() {
        double[] values = {0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2.5, -2.5, 3.5, 0.25, -0.75, 4, Double.NaN};
        UNARY.forEach((operator, f) -> {
            for (ElementType type : FLOATS) {
                Tensor x = numbers(type, values);
                formula(
                        n -> List.of(tensor(type, n.in(0).dims(), i -> f.applyAsDouble(Indexed.at(n.in(0), i)))),
                        operator + " " + type.text(),
                        operator + "-22",
                        "y",
                        x);
            }
        });
        return tests();
    }

    private static final Map<String, BinaryOperator<BigInteger>> WHOLE = new TreeMap<>(Map.of(
            "Add", BigInteger::add,
            "Sub", BigInteger::subtract,
            "Mul", BigInteger::multiply,
            "Div", BigInteger::divide,
            "Min", BigInteger::min,
            "Max", BigInteger::max,
            "BitwiseAnd", BigInteger::and,
            "BitwiseOr", BigInteger::or,
            "BitwiseXor", BigInteger::xor));

    private static final Map<String, BinaryOperator<Boolean>> TRUTH = new TreeMap<>(
            Map.of("And", (x, y) -> x && y, "Or", (x, y) -> x || y, "Xor", (x, y) -> x ^ y, "Equal", Boolean::equals));

    private static BigInteger big(Tensor t, long i) {
        BigInteger value = BigInteger.valueOf(t.getLong(i));
        return t.element().isUnsigned() && value.signum() < 0 ? value.add(BigInteger.TWO.pow(64)) : value;
    }

    /** Small numbers and both ends of a type, without zero. */
    private static Tensor ends(ElementType type, int from) {
        long low = type.isSigned() ? Long.MIN_VALUE >> 64 - type.bits() : 1;
        long high = type.isSigned() ? ~low : -1L >>> 64 - type.bits();
        long[] all = {1, 3, 7, low, high, high - 2, 100, type.isSigned() ? -5 : 5, 2};
        Tensor t = Tensor.zeros(type, all.length);
        for (int i = 0; i < all.length; i++) {
            t.setLong(i, all[(i + from) % all.length]);
        }
        return t;
    }

    @TestFactory
    Stream<DynamicTest> integers() {
        for (ElementType type : INTEGERS) {
            Tensor x = ends(type, 0).reshape(9, 1);
            Tensor y = ends(type, 4);
            WHOLE.forEach((operator, f) -> add(operator + " " + type.text(), operator, type, x, y, (i, j) -> {
                boolean overflows = operator.equals("Div") && big(x, i).bitLength() == type.bits() - 1;
                // The quotient of the least number and -1 is in no range.
                return overflows && big(y, j).equals(BigInteger.ONE.negate())
                        ? x.getLong(i)
                        : f.apply(big(x, i), big(y, j)).longValue();
            }));
            Map<String, java.util.function.IntPredicate> orders = Map.of(
                    "Less", c -> c < 0,
                    "LessOrEqual", c -> c <= 0,
                    "Greater", c -> c > 0,
                    "GreaterOrEqual", c -> c >= 0,
                    "Equal", c -> c == 0);
            orders.forEach((operator, order) -> add(
                    operator + " " + type.text(),
                    operator,
                    ElementType.BOOL,
                    x,
                    y,
                    (i, j) -> order.test(big(x, i).compareTo(big(y, j))) ? 1 : 0));
        }
        return tests();
    }

    private interface Entry {
        long of(long i, long j);
    }

    /** A column and a row give a table. */
    private void add(String name, String operator, ElementType type, Tensor column, Tensor row, Entry entry) {
        Tensor z = Tensor.zeros(type, column.size(), row.size());
        for (long i = 0; i < z.size(); i++) {
            z.setLong(i, entry.of(i / row.size(), i % row.size()));
        }
        formula(_ -> List.of(z), name, operator + "-19", "z", column, row);
    }

    @TestFactory
    Stream<DynamicTest> truth() {
        Tensor x = tensor(ElementType.BOOL, new long[] {2, 1}, i -> i[0]);
        Tensor y = x.reshape(2);
        TRUTH.forEach((operator, f) ->
                add(operator, operator, ElementType.BOOL, x, y, (i, j) -> f.apply(i == 1, j == 1) ? 1 : 0));
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> reals() {
        double inf = Double.POSITIVE_INFINITY;
        Map<String, DoubleBinaryOperator> functions = new TreeMap<>(Map.of(
                "Add", Double::sum,
                "Sub", (x, y) -> x - y,
                "Mul", (x, y) -> x * y,
                "Div", (x, y) -> x / y,
                "Min", Math::min,
                "Max", Math::max,
                "Pow", (x, y) -> x == 1 ? 1 : Math.pow(x, y)));
        for (ElementType type : FLOATS) {
            Tensor x = numbers(type, 0, 1, -2, 3.5, inf, -inf, Double.NaN, 0.25).reshape(8, 1);
            Tensor y = numbers(type, 1, -1, 0.5, 3, inf, Double.NaN);
            functions.forEach((operator, f) -> formula(
                    n -> List.of(tensor(
                            type,
                            new long[] {8, 6},
                            i -> f.applyAsDouble(Indexed.get(n.in(0), i[0]), Indexed.get(n.in(1), i[1])))),
                    operator + " " + type.text(),
                    operator + "-15",
                    "z",
                    x,
                    y));
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> powers() {
        for (ElementType base : List.of(
                ElementType.F32,
                ElementType.F64,
                ElementType.F16,
                ElementType.BF16,
                ElementType.I32,
                ElementType.I64)) {
            for (ElementType exponent : ElementType.values()) {
                if (!exponent.isNumeric() || exponent.bits() < 8 || (exponent.isFloat() && exponent.bits() < 16)) {
                    continue;
                }
                Tensor x = numbers(base, 1, 2, 3, 5).reshape(4, 1);
                Tensor y = numbers(exponent, 0, 1, 2, 3);
                String name = base.text() + " to " + exponent.text();
                formula(
                        _ -> List.of(tensor(base, new long[] {4, 4}, i -> Math.pow(Indexed.get(x, i[0]), i[1]))),
                        name,
                        "Pow-15",
                        "z",
                        x,
                        y);
            }
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> limits() {
        for (ElementType type :
                Stream.concat(FLOATS.stream(), INTEGERS.stream()).toList()) {
            Tensor x = type.isFloat() ? numbers(type, -3, 0, 2, 7, 100) : numbers(type, 0, 1, 2, 7, 100);
            Tensor low = Tensor.scalar(type, 1);
            Tensor high = Tensor.scalar(type, 6);
            for (Object[] parts : new Object[][] {{x, low, high}, {x, low}, {x, "", high}, {x}, {x, high, low}}) {
                formula(
                        n -> List.of(tensor(type, x.dims(), i -> {
                            double v = n.opt(1)
                                    .map(l -> Math.max(Indexed.get(l, 0), Indexed.at(x, i)))
                                    .orElse(Indexed.at(x, i));
                            return n.opt(2)
                                    .map(h -> Math.min(Indexed.get(h, 0), v))
                                    .orElse(v);
                        })),
                        "clip " + type.text() + " " + parts.length + parts[parts.length - 1].hashCode() % 7,
                        "Clip-13",
                        "y",
                        parts);
            }
        }
        return tests();
    }
}
