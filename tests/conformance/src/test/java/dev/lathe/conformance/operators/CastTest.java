package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static dev.lathe.ir.type.ElementType.BF16;
import static dev.lathe.ir.type.ElementType.BOOL;
import static dev.lathe.ir.type.ElementType.F16;
import static dev.lathe.ir.type.ElementType.F32;
import static dev.lathe.ir.type.ElementType.F4E2M1;
import static dev.lathe.ir.type.ElementType.F64;
import static dev.lathe.ir.type.ElementType.F8E4M3FN;
import static dev.lathe.ir.type.ElementType.F8E4M3FNUZ;
import static dev.lathe.ir.type.ElementType.F8E5M2;
import static dev.lathe.ir.type.ElementType.F8E5M2FNUZ;
import static dev.lathe.ir.type.ElementType.F8E8M0;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.ResultComparison;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Cast, CastLike and BitCast between all element types, bit by bit, against the standard's text and tables. */
class CastTest extends OperatorTest {
    private static final List<ElementType> NARROW =
            List.of(F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F4E2M1);

    @Override
    boolean inAllForms() {
        return false;
    }

    @Override
    ResultComparison closeness(Datum expected) {
        return within(0, 0);
    }

    private void add(String name, Tensor x, ElementType to, Tensor expected, Object... attributes) {
        Object[] parts = Stream.concat(Stream.of(x, attribute("to", to)), Stream.of(attributes))
                .toArray();
        formula(_ -> List.of(expected), name + " to " + to.text(), "Cast-25", "y", parts);
        if (attributes.length == 0 && NARROW.contains(to)) {
            Object[] like = {x, Tensor.zeros(to, 1)};
            formula(_ -> List.of(expected), name + " like " + to.text(), "CastLike-25", "y", like);
        }
    }

    @TestFactory
    Stream<DynamicTest> toNarrowFloats() {
        for (ElementType to : NARROW) {
            SmallFloats target = SmallFloats.of(to);
            for (ElementType from : List.of(F32, F64, F16, BF16)) {
                if (from == to) {
                    continue;
                }
                Tensor x = numbers(from, target.samples());
                for (int saturate = 0; saturate < 2; saturate++) {
                    boolean bounded = saturate == 1;
                    Tensor y = mapped(x, to, v -> target.cast(v, bounded));
                    Object[] how = bounded ? new Object[0] : new Object[] {attribute("saturate", 0)};
                    add(from.text() + " " + saturate, x, to, y, how);
                }
            }
        }
        return tests();
    }

    private interface Conversion {
        double of(double value);
    }

    private static Tensor mapped(Tensor x, ElementType to, Conversion c) {
        return Indexed.tensor(to, x.dims(), i -> c.of(Indexed.at(x, i)));
    }

    /** Every code of a narrow type, in wide types and in the other narrow ones. */
    @TestFactory
    Stream<DynamicTest> fromNarrowFloats() {
        for (ElementType from : NARROW) {
            if (from.bits() > 8) {
                continue;
            }
            SmallFloats source = SmallFloats.of(from);
            double[] both = source.magnitudes().stream()
                    .flatMapToDouble(m -> java.util.stream.DoubleStream.of(m, -m))
                    .toArray();
            Tensor x = numbers(from, both);
            for (ElementType to : List.of(F32, F64, F16, BF16)) {
                add(from.text(), x, to, numbers(to, both));
            }
            for (ElementType to : NARROW) {
                if (to != from) {
                    add(
                            from.text(),
                            x,
                            to,
                            mapped(x, to, v -> SmallFloats.of(to).cast(v, true)));
                }
            }
            add(from.text(), x, BOOL, mapped(x, BOOL, v -> v == 0 ? 0 : 1));
            Tensor small = numbers(from, 0, 0.5, 1, 1.5, 3, -2, -1.5);
            for (ElementType to : List.of(ElementType.I8, ElementType.I32, ElementType.I64)) {
                add(from.text(), small, to, mapped(small, to, v -> (long) v));
            }
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> betweenIntegers() {
        List<ElementType> integers = Arrays.stream(ElementType.values())
                .filter(ElementType::isInteger)
                .toList();
        for (ElementType from : integers) {
            long low = from.isSigned() ? -(1L << from.bits() - 1) : 0;
            long high = from.bits() == 64 ? Long.MAX_VALUE : (1L << from.bits() - (from.isSigned() ? 1 : 0)) - 1;
            long[] values = {0, 1, low, high, low + 1, high - 1, low / 3, high / 3, high / 5};
            Tensor x = Tensor.zeros(from, values.length);
            for (int i = 0; i < values.length; i++) {
                x.setLong(i, values[i]);
            }
            for (ElementType to : integers) {
                if (to != from) {
                    // Higher bits are dropped, the others read in the target's way.
                    Tensor y = Tensor.zeros(to, values.length);
                    int unused = 64 - to.bits();
                    for (int i = 0; i < values.length; i++) {
                        y.setLong(i, to.isSigned() ? values[i] << unused >> unused : values[i] << unused >>> unused);
                    }
                    add(from.text(), x, to, y);
                }
            }
            Tensor small = numbers(from, 0, 1, from.isSigned() ? -2 : 2, 1, 0);
            for (ElementType to : List.of(F64, F32, F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F4E2M1)) {
                add(from.text(), small, to, mapped(small, to, v -> v));
                Tensor back = mapped(small, to, v -> v);
                add(to.text() + " back", back, from, small);
            }
            add(from.text(), small, BOOL, mapped(small, BOOL, v -> v == 0 ? 0 : 1));
        }
        return tests();
    }

    /** The numbers of f8e8m0 are powers of two; its codes are told apart as numbers. */
    @TestFactory
    Stream<DynamicTest> toPowersOfTwo() {
        double[] values = {
            1, 1.25, 1.5, 1.75, 2, 3, 0.75, 5, 6, 7, 0x1p-126, 0x1.8p-126, 0x1p126, 0x1.8p126, 0x1p127, 0x1p-127
        };
        for (String mode : List.of("up", "down", "nearest")) {
            for (int saturate = 0; saturate < 2; saturate++) {
                Object[] how = {attribute("round_mode", mode), attribute("saturate", saturate)};
                for (ElementType from : List.of(F32, F64, F16, BF16)) {
                    double[] fitting = from == F16 ? Arrays.copyOf(values, 10) : values;
                    Tensor x = numbers(from, fitting);
                    add(
                            from.text() + " " + mode + " " + saturate,
                            x,
                            F8E8M0,
                            mapped(x, F8E8M0, v -> power(v, mode)),
                            how);
                }
                Tensor outside = floats(Double.NaN, Double.POSITIVE_INFINITY, 0x1.8p127, 0, 0x1p-130);
                double most = saturate == 1 ? 0x1p127 : Double.NaN;
                double least = saturate == 1 ? 0x1p-127 : Double.NaN;
                Tensor bounded = numbers(F8E8M0, Double.NaN, most, most, least, least);
                add("outside " + mode + " " + saturate, outside, F8E8M0, bounded, how);
            }
        }
        Tensor x = numbers(F8E8M0, Arrays.copyOfRange(values, 4, 5));
        for (ElementType to : List.of(F32, F64, F16, BF16)) {
            add("f8e8m0", x, to, numbers(to, 2));
        }
        add("default", floats(1.25, 3, 4), F8E8M0, numbers(F8E8M0, 2, 4, 4));
        return tests();
    }

    private static double power(double x, String mode) {
        double below = Math.pow(2, Math.floor(Math.log(x) / Math.log(2) + 1e-12));
        boolean up = switch (mode) {
            case "up" -> x > below;
            case "nearest" -> x - below >= 2 * below - x;
            default -> false;
        };
        return up ? 2 * below : below;
    }

    @TestFactory
    Stream<DynamicTest> strings() {
        String[] texts = {"3.14", "1000", "1e-5", "1E8", "+INF", "INF", "-INF", "NaN", "inf", "nan", "-0.5"};
        double inf = Double.POSITIVE_INFINITY;
        double[] values = {3.14, 1000, 1e-5, 1e8, inf, inf, -inf, Double.NaN, inf, Double.NaN, -0.5};
        Tensor x = Tensor.ofStrings(texts, texts.length);
        for (ElementType to : List.of(F64, F32, F16, BF16)) {
            add("text", x, to, numbers(to, values));
        }
        Tensor whole = Tensor.ofStrings(new String[] {"12", "-7", "0"}, 3);
        for (ElementType to : List.of(ElementType.I64, ElementType.I32, ElementType.I8, F8E5M2)) {
            add("whole text", whole, to, numbers(to, 12, -7, 0));
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> numbersAsStrings() {
        // Numbers that have at most eight digits are what ONNX Runtime writes; the tests of the standard want no more
        // digits than needed.
        double[] plain = {
            0,
            -0.0,
            1,
            -0.5,
            0.1,
            0.25,
            123456.78,
            0.00012345678,
            -0.0625,
            1e7,
            12345678,
            99999992,
            100,
            1.5,
            -7,
            1048576
        };
        double[] powers = {1e8, 1e10, -1e9, 1e-7, 1.0013901e8, 1e-6, 3.4028235e38, 1e16, 1e20};
        double[] endless = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        for (double[] values : List.of(plain, powers, endless)) {
            for (ElementType from : List.of(F32, F64)) {
                Tensor x = numbers(from, values);
                oracle("numbers of " + from.text(), "Cast-19", "y", x, attribute("to", ElementType.STRING));
            }
        }
        double[] small = {0.5, 448, -0.0, 0.0078125, 57344, 1e9, -1e9};
        for (ElementType from : List.of(F16, BF16)) {
            oracle("text of " + from.text(), "Cast-19", "y", numbers(from, small), attribute("to", ElementType.STRING));
        }
        Tensor shortest = Tensor.ofStrings(new String[] {"0.01", "0.3", "0.6666667", "1e+15", "9.007199e+15"}, 5);
        Tensor x = numbers(F32, 0.01, 0.3, 2.0 / 3, 1e15, 9007199254740993.0);
        formula(_ -> List.of(shortest), "fewest digits", "Cast-19", "y", x, attribute("to", ElementType.STRING));
        Tensor all = Tensor.ofStrings(new String[] {"0.30000000000000004", "3.141592653589793", "1.23456789e+08"}, 3);
        Tensor y = numbers(F64, 0.1 + 0.2, Math.PI, 123456789);
        formula(_ -> List.of(all), "all digits", "Cast-19", "y", y, attribute("to", ElementType.STRING));
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> bitCasts() {
        for (ElementType from : ElementType.values()) {
            for (ElementType to : ElementType.values()) {
                if (from.bits() == to.bits()
                        && !from.isString()
                        && from != to
                        && !from.isComplex()
                        && !to.isComplex()) {
                    Tensor x = Tensor.zeros(from, 3, 5);
                    for (int i = 0; i < x.size(); i++) {
                        // A bool has no bits but one.
                        long bits = random.nextLong() >>> 64 - from.bits();
                        x.setBits(i, from.isBool() || to.isBool() ? bits & 1 : bits);
                    }
                    Tensor y = Tensor.zeros(to, 3, 5);
                    for (int i = 0; i < x.size(); i++) {
                        y.setBits(i, x.getBits(i));
                    }
                    String name = "bits of " + from.text() + " as " + to.text();
                    formula(_ -> List.of(y), name, "BitCast-26", "y", x, attribute("to", to));
                }
            }
        }
        return tests();
    }
}
