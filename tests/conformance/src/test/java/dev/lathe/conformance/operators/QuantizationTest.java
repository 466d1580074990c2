package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static dev.lathe.conformance.operators.Indexed.tensor;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.ResultComparison;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * QuantizeLinear and DequantizeLinear of all types against the standard's formula; scales are powers of two, so that
 * every quotient is exact.
 */
class QuantizationTest extends OperatorTest {
    private static final List<ElementType> WIDE = List.of(ElementType.F32, ElementType.F16, ElementType.BF16);
    private static final List<ElementType> INTEGERS = List.of(
            ElementType.U8,
            ElementType.I8,
            ElementType.U16,
            ElementType.I16,
            ElementType.U4,
            ElementType.I4,
            ElementType.U2,
            ElementType.I2);
    private static final List<ElementType> FLOATS = List.of(
            ElementType.F8E4M3FN,
            ElementType.F8E4M3FNUZ,
            ElementType.F8E5M2,
            ElementType.F8E5M2FNUZ,
            ElementType.F4E2M1);

    @Override
    boolean inAllForms() {
        return false;
    }

    @Override
    ResultComparison closeness(Datum expected) {
        return within(0, 0);
    }

    /** How scales lie over a tensor {@code [2, 5, 6]}: for all, by an axis, or by blocks of it. */
    private enum Granularity {
        ALL(0, 0),
        FIRST(0, 0, 2),
        MIDDLE(1, 0, 5),
        LAST(-1, 0, 6),
        BLOCKS(1, 2, 2, 3, 6),
        LAST_BLOCKS(-1, 3, 2, 5, 2);

        private final int axis;
        private final int block;
        private final long[] dims;

        Granularity(int axis, int block, long... dims) {
            this.axis = axis;
            this.block = block;
            this.dims = dims;
        }
    }

    /** Powers of two, or their exponents' type. */
    private Tensor scales(ElementType type, Granularity g) {
        return tensor(
                type,
                g.dims,
                _ -> type == ElementType.I32 ? 1 << random.nextInt(3) : Math.pow(2, random.nextInt(-2, 2)));
    }

    private Tensor zeros(ElementType type, Granularity g) {
        return tensor(type, g.dims, _ -> type.isFloat() ? 0 : random.nextInt(type.isSigned() ? -1 : 0, 2));
    }

    /** Multiples of an eighth over more than the range of the type, or of a quarter of the type's range. */
    private Tensor values(ElementType from, ElementType to) {
        double reach = to.bits() > 4 || from != ElementType.F32 ? 200 : 9;
        return tensor(from, new long[] {2, 5, 6}, _ -> {
            double x = Math.rint(random.nextDouble(-reach, reach) * 8) / 8;
            return from == ElementType.BF16 ? Math.rint(x / 4) : x;
        });
    }

    @TestFactory
    Stream<DynamicTest> quantize() {
        for (ElementType to : INTEGERS) {
            for (Granularity g : Granularity.values()) {
                quantize(ElementType.F32, ElementType.F32, to, g, true);
            }
            for (ElementType from : WIDE) {
                quantize(from, from, to, Granularity.MIDDLE, true);
                quantize(from, from, to, Granularity.BLOCKS, false);
            }
            quantize(ElementType.I32, ElementType.F32, to, Granularity.LAST, true);
            quantize(ElementType.F16, ElementType.F32, to, Granularity.LAST, true);
            quantize(
                    ElementType.F32,
                    ElementType.F8E8M0,
                    to,
                    Granularity.LAST_BLOCKS,
                    true,
                    attribute("precision", ElementType.F32));
        }
        for (ElementType to : FLOATS) {
            for (Granularity g : Granularity.values()) {
                quantize(ElementType.F32, ElementType.F32, to, g, true);
            }
            for (ElementType from : WIDE) {
                quantize(from, from, to, Granularity.LAST, true, attribute("saturate", 0));
                quantize(from, from, to, Granularity.LAST_BLOCKS, false);
            }
            quantize(
                    ElementType.F32,
                    ElementType.F8E8M0,
                    to,
                    Granularity.LAST_BLOCKS,
                    true,
                    attribute("precision", ElementType.F32));
        }
        Tensor x = values(ElementType.F32, ElementType.U8);
        formula(QuantizationTest::quantized, "plain", "QuantizeLinear-28", "y", x, Tensor.scalar(0.5f));
        Tensor line = floats(1, 2, 2.5, -3, 300);
        Tensor two = numbers(ElementType.F32, 2);
        Object[] vector = {line, two, numbers(ElementType.I8, 3)};
        formula(QuantizationTest::quantized, "vector", "QuantizeLinear-28", "y", vector);
        return tests();
    }

    private void quantize(
            ElementType from, ElementType scale, ElementType to, Granularity g, boolean zero, Object... more) {
        List<Object> parts = new ArrayList<>(List.of(values(from, to), scales(scale, g)));
        parts.add(zero ? zeros(to, g) : "");
        if (!zero) {
            parts.add(attribute("output_dtype", to));
        }
        String name = from.text() + " by " + scale.text() + " to " + to.text() + " " + g + (zero ? " " : " plain ")
                + more.length;
        add(QuantizationTest::quantized, name, "QuantizeLinear", parts, g, more);
    }

    private void add(Formula formula, String name, String type, List<Object> parts, Granularity g, Object... more) {
        parts.add(attribute("axis", g.axis));
        parts.add(attribute("block_size", g.block));
        parts.addAll(List.of(more));
        formula(formula, name, type + "-25", "y", parts.toArray());
    }

    /** What belongs to a place of {@code x}: the scale or the zero point. */
    private static double at(NodeModel n, Tensor t, long[] index) {
        if (t.size() == 1) {
            return Indexed.get(t, 0);
        }
        int axis = Math.floorMod((int) n.i("axis", 1), index.length);
        if (t.rank() == 1) {
            return Indexed.at(t, index[axis]);
        }
        long[] block = index.clone();
        block[axis] /= n.i("block_size", 1);
        return Indexed.at(t, block);
    }

    private static List<Tensor> quantized(NodeModel n) {
        Tensor x = n.in(0);
        ElementType to = n.opt(2).map(Tensor::element).orElse(n.i("output_dtype", 0) == 0 ? ElementType.U8 : type(n));
        boolean saturate = n.i("saturate", 1) == 1;
        return List.of(tensor(to, x.dims(), i -> {
            double quotient = Indexed.at(x, i) / at(n, n.in(1), i);
            double zero = n.opt(2).map(z -> at(n, z, i)).orElse(0.0);
            if (to.isFloat()) {
                return SmallFloats.of(to).cast(quotient + zero, saturate);
            }
            double low = to.isSigned() ? -Math.pow(2, to.bits() - 1) : 0;
            return Math.clamp(Math.rint(quotient) + zero, low, low + Math.pow(2, to.bits()) - 1);
        }));
    }

    private static ElementType type(NodeModel n) {
        return Stream.of(ElementType.values())
                .filter(t -> !t.isString() && dev.lathe.conformance.Protos.number(t) == n.i("output_dtype", 0))
                .findFirst()
                .orElseThrow();
    }

    @TestFactory
    Stream<DynamicTest> dequantize() {
        List<ElementType> all = new ArrayList<>(INTEGERS);
        all.addAll(FLOATS);
        for (ElementType from : all) {
            for (Granularity g : Granularity.values()) {
                dequantize(from, ElementType.F32, g, true);
            }
            for (ElementType to : WIDE) {
                dequantize(from, to, Granularity.MIDDLE, true);
                dequantize(from, to, Granularity.LAST_BLOCKS, false);
                dequantize(from, ElementType.F8E8M0, Granularity.LAST_BLOCKS, false, attribute("output_dtype", to));
                dequantize(from, ElementType.F32, Granularity.LAST, false, attribute("output_dtype", to));
            }
        }
        dequantize(ElementType.I32, ElementType.F32, Granularity.LAST, false);
        dequantize(ElementType.I32, ElementType.F32, Granularity.ALL, false);
        return tests();
    }

    private void dequantize(ElementType from, ElementType scale, Granularity g, boolean zero, Object... more) {
        Tensor x = tensor(
                from,
                new long[] {2, 5, 6},
                _ -> from.isFloat() ? random.nextInt(-4, 5) / 2.0 : random.nextInt(from.isSigned() ? -2 : 0, 2));
        List<Object> parts = new ArrayList<>(List.of(x, scales(scale, g)));
        parts.add(zero ? zeros(from, g) : "");
        String name = from.text() + " by " + scale.text() + " " + g + (zero ? " " : " plain ")
                + List.of(more).hashCode();
        add(QuantizationTest::dequantized, name, "DequantizeLinear", parts, g, more);
    }

    private static List<Tensor> dequantized(NodeModel n) {
        Tensor x = n.in(0);
        ElementType to = n.i("output_dtype", 0) == 0 ? n.in(1).element() : type(n);
        return List.of(tensor(to, x.dims(), i -> {
            double zero = n.opt(2).map(z -> at(n, z, i)).orElse(0.0);
            return (Indexed.at(x, i) - zero) * at(n, n.in(1), i);
        }));
    }
}
