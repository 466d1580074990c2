package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static dev.lathe.conformance.operators.Indexed.tensor;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * CumProd, CumSum, BitShift, Mod, Range and the tests for NaN and infinity, of all their types, against the standard's
 * text.
 */
class NumberTest extends OperatorTest {
    private static final List<ElementType> NUMBERS = List.of(
            ElementType.F32,
            ElementType.F64,
            ElementType.F16,
            ElementType.BF16,
            ElementType.I32,
            ElementType.I64,
            ElementType.U32,
            ElementType.U64);

    @TestFactory
    Stream<DynamicTest> cumulative() {
        for (ElementType type : NUMBERS) {
            Tensor x = tensor(type, new long[] {2, 3, 4}, _ -> random.nextInt(1, 4));
            for (int exclusive = 0; exclusive < 2; exclusive++) {
                for (int reverse = 0; reverse < 2; reverse++) {
                    Object[] how = {attribute("exclusive", exclusive), attribute("reverse", reverse)};
                    for (long axis : type == ElementType.F32 ? new long[] {0, 1, 2, -1, -3} : new long[] {-2}) {
                        Tensor at = axis % 2 == 0 ? Tensor.scalar(axis) : Tensor.scalar(ElementType.I32, axis);
                        String name = type.text() + " " + List.of(axis, exclusive, reverse);
                        Object[] parts = {x, at, how[0], how[1]};
                        formula(n -> scan(n, 1, (p, q) -> p * q), "product " + name, "CumProd-26", "y", parts);
                        formula(n -> scan(n, 0, Double::sum), "sum " + name, "CumSum-14", "y", parts);
                    }
                }
            }
        }
        formula(
                n -> scan(n, 1, (p, q) -> p * q),
                "product of a vector",
                "CumProd-26",
                "y",
                random(7),
                Tensor.scalar(0L));
        formula(
                n -> scan(n, 1, (p, q) -> p * q),
                "product of none",
                "CumProd-26",
                "y",
                random(2, 0),
                Tensor.scalar(1L));
        return tests();
    }

    private static List<Tensor> scan(NodeModel n, double start, DoubleBinaryOperator f) {
        Tensor x = n.in(0);
        int axis = Math.floorMod((int) n.in(1).getLong(0), x.rank());
        boolean reverse = n.i("reverse", 0) == 1;
        return List.of(tensor(x.element(), x.dims(), index -> {
            double result = start;
            for (long i = 0; i < x.dim(axis); i++) {
                boolean before = reverse ? i > index[axis] : i < index[axis];
                if (before || (i == index[axis] && n.i("exclusive", 0) == 0)) {
                    long[] at = index.clone();
                    at[axis] = i;
                    result = f.applyAsDouble(result, Indexed.at(x, at));
                }
            }
            return result;
        }));
    }

    @TestFactory
    Stream<DynamicTest> shifts() {
        for (ElementType type : ElementType.values()) {
            if (!type.isInteger() || type.bits() < 8) {
                continue;
            }
            int bits = type.bits();
            long top = type.isSigned() ? -1L << bits - 1 : 1L << bits - 1;
            long[] values = {1, 4, 7, top, type.isSigned() ? -5 : 5, top + 3, 0, 100};
            long[] amounts = {0, 1, 2, bits - 1, bits, type.isSigned() ? -1 : bits + 1, bits / 2};
            Tensor x = whole(type, new long[] {values.length, 1}, values);
            Tensor y = whole(type, new long[] {amounts.length}, amounts);
            int version = type.isSigned() ? 28 : 11;
            for (String direction : List.of("LEFT", "RIGHT")) {
                String name = type.text() + " " + direction;
                Object[] parts = {x, y, attribute("direction", direction)};
                formula(NumberTest::shifted, name, "BitShift-" + version, "z", parts);
            }
        }
        return tests();
    }

    private static Tensor whole(ElementType type, long[] dims, long... values) {
        Tensor t = Tensor.zeros(type, dims);
        for (int i = 0; i < values.length; i++) {
            t.setLong(i, values[i]);
        }
        return t;
    }

    private static BigInteger big(Tensor t, long i) {
        BigInteger value = BigInteger.valueOf(t.getLong(i));
        return t.element().isUnsigned() && value.signum() < 0 ? value.add(BigInteger.TWO.pow(64)) : value;
    }

    private static List<Tensor> shifted(NodeModel n) {
        Tensor x = n.in(0);
        Tensor y = n.in(1);
        boolean left = n.s("direction", "").equals("LEFT");
        int bits = x.element().bits();
        Tensor z = Tensor.zeros(x.element(), x.dim(0), y.dim(0));
        for (int i = 0; i < x.dim(0); i++) {
            for (int j = 0; j < y.dim(0); j++) {
                BigInteger value = big(x, i);
                BigInteger amount = big(y, j);
                boolean inside = amount.signum() >= 0 && amount.compareTo(BigInteger.valueOf(bits)) < 0;
                // Far to the right only the sign is left; far to the left, nothing.
                int by = inside ? amount.intValue() : bits;
                z.setLong((long) i * y.dim(0) + j, (left ? value.shiftLeft(by) : value.shiftRight(by)).longValue());
            }
        }
        return List.of(z);
    }

    @TestFactory
    Stream<DynamicTest> remainders() {
        double inf = Double.POSITIVE_INFINITY;
        double nan = Double.NaN;
        double[] reals = {0, 1, -1, 4.5, -4.5, 7, -7, inf, -inf, nan, 0.25};
        for (ElementType type : ElementType.values()) {
            boolean real = type.isFloat() && type.bits() >= 16;
            if (!real && (!type.isInteger() || type.bits() < 8)) {
                continue;
            }
            double[] values = real
                    ? reals
                    : type.isSigned() ? new double[] {0, 1, -1, 7, -7, 100, -128} : new double[] {0, 1, 7, 100};
            double[] divisors =
                    real ? reals : type.isSigned() ? new double[] {3, -3, 1, -1, 50} : new double[] {3, 1, 50};
            Tensor x = numbers(type, values).reshape(values.length, 1);
            Tensor y = numbers(type, divisors);
            for (int fmod = 0; fmod < 2; fmod++) {
                String name = type.text() + " " + fmod;
                formula(NumberTest::remainder, name, "Mod-28", "z", x, y, attribute("fmod", fmod));
            }
        }
        return tests();
    }

    private static List<Tensor> remainder(NodeModel n) {
        Tensor x = n.in(0);
        Tensor y = n.in(1);
        boolean truncated = n.i("fmod", 0) == 1;
        return List.of(tensor(x.element(), new long[] {x.dim(0), y.dim(0)}, i -> {
            double p = Indexed.get(x, i[0]);
            double q = Indexed.get(y, i[1]);
            if (Double.isInfinite(q) && Double.isFinite(p)) {
                return truncated || p == 0 || p < 0 == q < 0 ? p : q;
            }
            double quotient = p / q;
            return p
                    - (truncated ? (quotient < 0 ? Math.ceil(quotient) : Math.floor(quotient)) : Math.floor(quotient))
                            * q;
        }));
    }

    @TestFactory
    Stream<DynamicTest> ranges() {
        for (ElementType type :
                List.of(ElementType.F16, ElementType.BF16, ElementType.F32, ElementType.I16, ElementType.I64)) {
            for (double[] r :
                    new double[][] {{0, 5, 1}, {2000, 2300, 7}, {5, 0, -2}, {3, 3, 1}, {0, 5, -1}, {1, 7, 3}}) {
                String name = type.text() + " " + Arrays.toString(r);
                Object[] parts = {Tensor.scalar(type, r[0]), Tensor.scalar(type, r[1]), Tensor.scalar(type, r[2])};
                formula(
                        n -> {
                            double start = Indexed.get(n.in(0), 0);
                            double step = Indexed.get(n.in(2), 0);
                            long count = Math.max(0, (long) Math.ceil((Indexed.get(n.in(1), 0) - start) / step));
                            return List.of(tensor(type, new long[] {count}, i -> start + i[0] * step));
                        },
                        name,
                        "Range-27",
                        "y",
                        parts);
            }
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> specialNumbers() {
        double inf = Double.POSITIVE_INFINITY;
        double[] all = {1, Double.NaN, inf, -inf, 0, -2};
        for (ElementType type : ElementType.values()) {
            if (!type.isFloat() || type == ElementType.F4E2M1 || type == ElementType.F8E8M0) {
                continue;
            }
            // Without infinities, those become NaN.
            Tensor x = numbers(type, all);
            formula(
                    n -> List.of(tensor(ElementType.BOOL, x.dims(), i -> Double.isNaN(Indexed.at(x, i)) ? 1 : 0)),
                    "nan " + type.text(),
                    "IsNaN-20",
                    "y",
                    x);
            for (int up = 0; up < 2; up++) {
                for (int down = 0; down < 2; down++) {
                    boolean above = up == 1;
                    boolean below = down == 1;
                    formula(
                            n -> List.of(tensor(ElementType.BOOL, x.dims(), i -> {
                                double v = Indexed.at(x, i);
                                return (above && v == inf) || (below && v == -inf) ? 1 : 0;
                            })),
                            "infinity " + type.text() + " " + up + down,
                            "IsInf-20",
                            "y",
                            x,
                            attribute("detect_positive", up),
                            attribute("detect_negative", down));
                }
            }
        }
        return tests();
    }
}
