package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.ScalarFunctions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Powers by a kernel, against those of the JDK. */
class PowersTest {
    /** A little more than half of what the last bit is worth. */
    private static final double RELATIVE = 6.2e-8;

    private static final float[] SPECIAL = {
        0,
        -0f,
        1,
        -1,
        2,
        -2,
        3,
        -3,
        0.5f,
        -0.5f,
        1.5f,
        -1.5f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN,
        Float.intBitsToFloat(0x7fffffff),
        Math.nextUp(1f),
        Math.nextDown(1f),
        4194303.5f,
        -4194303.5f,
        8388607,
        8388609,
        -8388609,
        16777215,
        16777216,
        -16777218,
        128,
        -149.5f,
        150,
        1e9f
    };

    private static Graph graph(ElementType type) {
        Builder b = Builder.graph("power");
        Dim n = Dim.symbol("n");
        Value x = b.input("x", TensorType.of(type, Shape.of(n)));
        Value y = b.input("y", TensorType.of(type, Shape.of(n)));
        return b.build(List.of(b.binary(BinaryFunction.POW, x, y)), List.of("power"));
    }

    private static void check(float[] x, float[] y) {
        try (Compared model = Compared.byKernels(graph(ElementType.F32))) {
            Tensor power = Tensor.named(
                    model.executable().run(Map.of("x", Tensor.of(x, x.length), "y", Tensor.of(y, y.length))), "power");
            for (int i = 0; i < x.length; i++) {
                double exact = ScalarFunctions.pow(x[i], y[i]);
                float rounded = (float) exact;
                float own = power.getFloat(i);
                if (rounded == 0 || rounded == 1 || !Float.isFinite(rounded)) {
                    assertThat(Float.compare(own, rounded))
                            .as("%s to %s is %s", x[i], y[i], own)
                            .isZero();
                } else {
                    assertThat((double) own)
                            .as("%s to %s", x[i], y[i])
                            .isCloseTo(exact, within(Math.abs(exact) * RELATIVE + 0.51 * Float.MIN_VALUE));
                }
            }
        }
    }

    @Test
    void specialValuesAreThoseOfC() {
        int n = SPECIAL.length;
        float[] x = new float[n * n];
        float[] y = new float[n * n];
        for (int i = 0; i < x.length; i++) {
            x[i] = SPECIAL[i / n];
            y[i] = SPECIAL[i % n];
        }
        check(x, y);
    }

    /** Of all magnitudes, most with a power that a float holds, and many near one with a large exponent. */
    @Test
    void powersAreTheFloatBesideTheExactOne() {
        Random random = new Random(9);
        int n = 300_000;
        float[] x = new float[n];
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = switch (i % 3) {
                case 0 -> Float.intBitsToFloat(random.nextInt(0x7f800000));
                case 1 -> random.nextFloat(0, 4);
                default -> 1 + random.nextFloat(-1, 1) * 0x1p-10f;
            };
            double most = 150 / Math.abs(Math.log(x[i]) / Math.log(2));
            y[i] = (float) random.nextDouble(-Math.min(most, 1e30), Math.min(most, 1e30));
            if (i % 5 == 0) {
                x[i] = -x[i];
                y[i] = (float) Math.rint(y[i]);
            }
        }
        check(x, y);
    }

    @Test
    void powersOfHalvesAreRoundedOnce() {
        Random random = new Random(10);
        Tensor x = Tensor.zeros(ElementType.F16, 5000);
        Tensor y = Tensor.zeros(ElementType.F16, 5000);
        for (int i = 0; i < 5000; i++) {
            x.setFloat(i, random.nextFloat(0, 3));
            y.setFloat(i, random.nextFloat(-9, 9));
        }
        try (Compared model = Compared.byKernels(graph(ElementType.F16))) {
            model.same(Map.of("x", x, "y", y));
        }
    }
}
