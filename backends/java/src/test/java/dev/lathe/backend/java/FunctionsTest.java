package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.ScalarFunctions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The elementary functions over the whole range of floats, as kernels compute them and their scalar twins, against
 * double precision.
 */
class FunctionsTest {
    private static final int STEP = 8209; // a prime, so that all exponents and many mantissas are met

    private static final Set<UnaryFunction> ODD = EnumSet.of(
            UnaryFunction.TANH,
            UnaryFunction.ERF,
            UnaryFunction.SIN,
            UnaryFunction.TAN,
            UnaryFunction.ASIN,
            UnaryFunction.ATAN);

    /** A function of one float. */
    interface FloatFunction {
        float of(float x);
    }

    /**
     * A function with its twin and its bounds.
     *
     * @param relative what the error may be for results that are normal floats
     * @param absolute what else it may be
     */
    record Function(
            UnaryFunction op, FloatFunction scalar, DoubleUnaryOperator exact, double relative, double absolute) {
        /** What a compiled model computes. */
        float[] kernel(float[] x) {
            Builder b = Builder.graph("function");
            Value v = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.of(x.length))));
            try (Executable run = JavaBackendTest.compile(b.build(List.of(b.unary(op, v)), List.of("y")))
                    .load()) {
                Tensor y = Tensor.named(run.call(Map.of("x", Tensor.of(x, x.length))), "y");
                float[] out = new float[x.length];
                for (int i = 0; i < out.length; i++) {
                    out[i] = y.getFloat(i);
                }
                return out;
            }
        }

        @Override
        public String toString() {
            return op.name();
        }
    }

    static Stream<Function> functions() {
        return Stream.of(
                new Function(UnaryFunction.EXP, ScalarFunctions::exp, Math::exp, 2e-7, 1.5e-45),
                new Function(UnaryFunction.LOG, ScalarFunctions::log, Math::log, 3e-7, 0),
                new Function(
                        UnaryFunction.SIGMOID,
                        ScalarFunctions::sigmoid,
                        x -> 1 / (1 + Math.exp(-x)),
                        3e-7,
                        Float.MIN_NORMAL),
                new Function(UnaryFunction.TANH, ScalarFunctions::tanh, Math::tanh, 0, 4e-7),
                new Function(UnaryFunction.ERF, ScalarFunctions::erf, FunctionsTest::erf, 0, 5e-7),
                ofMath(UnaryFunction.SIN, Math::sin),
                ofMath(UnaryFunction.COS, Math::cos),
                ofMath(UnaryFunction.TAN, Math::tan),
                ofMath(UnaryFunction.ASIN, Math::asin),
                ofMath(UnaryFunction.ACOS, Math::acos),
                ofMath(UnaryFunction.ATAN, Math::atan));
    }

    /** One whose scalar twin is the JDK's. */
    private static Function ofMath(UnaryFunction f, DoubleUnaryOperator exact) {
        return new Function(f, x -> (float) exact.applyAsDouble(x), exact, 3e-7, Float.MIN_VALUE);
    }

    /** By its power series, and by the continued fraction of its complement. */
    private static double erf(double x) {
        double a = Math.abs(x);
        if (Double.isNaN(x) || a > 6) {
            return Double.isNaN(x) ? x : Math.signum(x);
        }
        if (a < 2.5) {
            double term = x;
            double sum = x;
            for (int n = 1; n < 60; n++) {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }
            return 2 / Math.sqrt(Math.PI) * sum;
        }
        double fraction = a;
        for (int k = 60; k > 0; k--) {
            fraction = a + k / 2.0 / fraction;
        }
        return Math.signum(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction);
    }

    private static float[] all() {
        int n = (int) ((1L << 32) / STEP);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = Float.intBitsToFloat(i * STEP);
        }
        return x;
    }

    private static void check(Function f, float x, float y) {
        double exact = f.exact().applyAsDouble(x);
        float rounded = (float) exact;
        double tolerance = Math.abs(exact) * f.relative() + f.absolute();
        boolean edge = Float.isInfinite(rounded) != Float.isInfinite(y) && Math.abs(exact) > 0x1.fffffcp127;
        if (!edge) {
            assertClose(y, Float.isFinite(rounded) ? exact : rounded, tolerance, f + "(" + x + ")");
        }
    }

    private static void assertClose(double actual, double expected, double tolerance, String where) {
        boolean close = Math.abs(actual - expected) <= tolerance
                || actual == expected
                || Double.isNaN(actual) && Double.isNaN(expected);
        if (!close) {
            assertThat(actual).as(where).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void errorsStayWithinTheirBoundsOverAllFloats(Function f) {
        float[] x = all();
        float[] y = f.kernel(x);
        for (int i = 0; i < x.length; i++) {
            check(f, x[i], y[i]);
            check(f, x[i], f.scalar().of(x[i]));
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void specialValuesAreExact(Function f) {
        float[] special = {
            0f,
            -0f,
            1f,
            -1f,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Float.MIN_NORMAL,
            Float.MAX_VALUE,
            -Float.MAX_VALUE,
            88.72283f,
            88.722835f,
            88.8f,
            -87.33655f,
            -103.97f,
            -103.98f,
            -104f,
            -110f
        };
        float[] results = f.kernel(special);
        for (int i = 0; i < special.length; i++) {
            float v = special[i];
            float y = results[i];
            check(f, v, y);
            check(f, v, f.scalar().of(v));
            if (v == 0 && ODD.contains(f.op())) {
                assertThat(Float.floatToRawIntBits(y)).isEqualTo(Float.floatToRawIntBits(v));
                assertThat(Float.floatToRawIntBits(f.scalar().of(v))).isEqualTo(Float.floatToRawIntBits(v));
            }
        }
    }

    @Test
    void boundsAreReached() {
        assertThat(ScalarFunctions.exp(0)).isEqualTo(1);
        assertThat(ScalarFunctions.log(1)).isZero();
        assertThat(ScalarFunctions.sigmoid(0)).isEqualTo(0.5f);
        assertThat(ScalarFunctions.tanh(Float.POSITIVE_INFINITY)).isEqualTo(1);
        assertThat(ScalarFunctions.erf(Float.NEGATIVE_INFINITY)).isEqualTo(-1);
        assertThat(ScalarFunctions.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(ScalarFunctions.exp(89)).isInfinite();
    }
}
