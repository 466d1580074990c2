package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Numerics;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A model gives the same bits on tiles in machine code, of the Vector API, and without vectors. */
class TilesTest {
    private static final String PROPERTY = "lathe.tiles";

    private final Random random = new Random(3);

    private Tensor floats(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) random.nextGaussian());
        }
        return t;
    }

    /** Products with constant and with computed columns, and windows inside of an image and over its border. */
    private Graph graph() {
        Builder b = Builder.graph("tiles");
        Dim n = Dim.symbol("n");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(n, Dim.of(37))));
        Value product = b.matMul(x, b.constant(floats(37, 70)));
        Value square = b.matMul(product, b.transpose(product, List.of(1, 0)));
        Value image = b.input("image", TensorType.of(ElementType.F32, 1, 9, 11, 7));
        Value filters = b.constant(floats(45, 9, 3, 3));
        Window window = new Window(List.of(1L, 1L), List.of(Dim.ONE, Dim.ONE, Dim.ONE, Dim.ONE), List.of(1L, 1L));
        Value conv = b.add(new Conv(image, filters, window, 1, ChannelLayout.CHANNELS_FIRST));
        return b.build(List.of(product, square, conv), List.of("product", "square", "conv"));
    }

    private static Map<String, Datum> run(JavaArtifact model, String tiles, Map<String, Tensor> in) {
        String before = System.getProperty(PROPERTY);
        System.setProperty(PROPERTY, tiles);
        try (Executable run = model.load()) {
            return Map.copyOf(run.run(Map.copyOf(in)));
        } finally {
            if (before == null) {
                System.clearProperty(PROPERTY);
            } else {
                System.setProperty(PROPERTY, before);
            }
        }
    }

    @Test
    void allTilesGiveTheSameBits() {
        JavaArtifact model = JavaBackendTest.compile(graph());
        for (long rows : new long[] {1, 5, 12, 49}) {
            Map<String, Tensor> in = Map.of("x", floats(rows, 37), "image", floats(1, 9, 11, 7));
            Map<String, Datum> scalar = run(model, "scalar", in);
            assertThat(run(model, "vector", in)).isEqualTo(scalar);
            assertThat(run(model, "machine", in)).isEqualTo(scalar);
        }
    }

    /** What follows a product in its registers, or by a kernel that reads its sums again. */
    @Test
    void functionsOfSumsHaveTheSameBits() {
        Builder b = Builder.graph("ends");
        Value x = b.input("x", TensorType.of(ElementType.F32, 1, 40, 12, 12));
        Window window = new Window(List.of(1L, 1L), List.of(Dim.ONE, Dim.ONE, Dim.ONE, Dim.ONE), List.of(1L, 1L));
        Value wide = conv(b, x, 40, window, 1);
        Value each = b.add(new Conv(x, b.constant(floats(40, 1, 3, 3)), window, 40, ChannelLayout.CHANNELS_FIRST));
        Value swish = b.multiply(wide, b.unary(UnaryFunction.SIGMOID, wide));
        Value gate = b.add(conv(b, x, 40, window, 1), x);
        Value hard = b.multiply(
                gate,
                b.min(
                        b.max(
                                b.add(
                                        b.multiply(gate, b.constant(Tensor.scalar(1 / 6f))),
                                        b.constant(Tensor.scalar(0.5f))),
                                b.constant(Tensor.scalar(0f))),
                        b.constant(Tensor.scalar(1f))));
        Value own = b.multiply(each, b.unary(UnaryFunction.SIGMOID, each));
        Value tanh = b.unary(UnaryFunction.TANH, conv(b, x, 33, window, 1));
        Value erf = b.unary(UnaryFunction.ERF, conv(b, x, 17, window, 1));
        Value other = b.subtract(
                b.constant(Tensor.scalar(2f)),
                b.unary(UnaryFunction.ABS, b.unary(UnaryFunction.NEGATE, conv(b, x, 5, window, 1))));
        List<Value> results = List.of(swish, hard, own, tanh, erf, other);
        JavaArtifact model = JavaBackendTest.compile(
                b.build(results, List.of("swish", "hard", "own", "tanh", "erf", "other")), Numerics.STRICT);
        Tensor image = floats(1, 40, 12, 12);
        for (int i = 0; i < image.size(); i += 7) {
            image.setFloat(i, image.getFloat(i) * 100);
        }
        image.setFloat(5, Float.NaN);
        Map<String, Tensor> in = Map.of("x", image);
        Map<String, Datum> machine = run(model, "machine", in);
        run(model, "vector", in).forEach((name, expected) -> assertSame(tensor(machine, name), (Tensor) expected));
    }

    private Tensor bytes(ElementType e, long... dims) {
        Tensor t = Tensor.zeros(e, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, random.nextLong());
        }
        return t;
    }

    private Tensor scales(long n) {
        Tensor t = Tensor.zeros(ElementType.F32, n);
        for (long i = 0; i < n; i++) {
            t.setFloat(i, 0.001f + 0.01f * random.nextFloat());
        }
        return t;
    }

    /** Numbers of columns and of runs, rounding, and integers on the way to the next quantized operand. */
    @Test
    void quantizedSumsHaveTheSameBits() {
        Builder b = Builder.graph("quantized");
        Value x = b.input("x", TensorType.of(ElementType.U8, Shape.of(Dim.symbol("n"), Dim.of(48))));
        Value image = b.input("image", TensorType.of(ElementType.U8, 1, 20, 9, 9));
        Value scale = b.input("scale", TensorType.scalar(ElementType.F32));
        Value zero = b.constant(Tensor.scalar(ElementType.U8, 119));
        Value step = b.constant(Tensor.scalar(0.037f));
        Value a = b.add(new Dequantize(x, scale, Optional.of(zero), ElementType.F32, 0, 0));
        // 33 columns: the last panel has one.
        Value w = dequantized(b, bytes(ElementType.I8, 48, 33), scales(33), 1);
        Value sum = b.add(b.matMul(a, w), b.constant(floats(33)));
        Value hidden = b.add(
                b.matMul(a, dequantized(b, bytes(ElementType.I8, 48, 33), scales(33), 1)), b.constant(floats(33)));
        Value next = quantized(b, b.relu(hidden), step, zero);
        Value v = dequantized(b, bytes(ElementType.I8, 33, 70), scales(70), 1);
        Value product = b.multiply(b.matMul(next, v), b.constant(floats(70)));
        Window window = new Window(List.of(1L, 1L), List.of(Dim.ONE, Dim.ONE, Dim.ONE, Dim.ONE), List.of(1L, 1L));
        Value pixels = b.add(new Dequantize(image, step, Optional.of(zero), ElementType.F32, 0, 0));
        Value f = dequantized(b, bytes(ElementType.I8, 40, 20, 3, 3), scales(40), 0);
        Value conv = b.add(new Conv(pixels, f, window, 1, ChannelLayout.CHANNELS_FIRST));
        Value codes = quantized(b, b.add(conv, b.constant(floats(40, 1, 1))), step, zero);
        Value g = dequantized(b, bytes(ElementType.I8, 40, 10, 3, 3), scales(40), 0);
        Value grouped = b.relu(b.add(new Conv(codes, g, window, 4, ChannelLayout.CHANNELS_FIRST)));
        Value dynamic = b.multiply(
                b.matMul(
                        b.add(new Dequantize(x, step, Optional.of(zero), ElementType.F32, 0, 0)),
                        b.cast(b.constant(bytes(ElementType.I8, 48, 50)), ElementType.F32)),
                scale);
        JavaArtifact model = JavaBackendTest.compile(
                b.build(List.of(sum, product, grouped, dynamic), List.of("sum", "product", "grouped", "dynamic")));
        String sources = String.join("\n", model.sources().values());
        assertThat(sources).contains(".column(0, ", ".scalar(0, ", ".integer(");
        for (long rows : new long[] {1, 13, 40}) {
            for (float s : new float[] {0.02f, 1e30f, Float.NaN}) {
                Map<String, Tensor> in = Map.of(
                        "x",
                        bytes(ElementType.U8, rows, 48),
                        "image",
                        bytes(ElementType.U8, 1, 20, 9, 9),
                        "scale",
                        Tensor.scalar(s));
                Map<String, Datum> machine = run(model, "machine", in);
                run(model, "vector", in)
                        .forEach((name, expected) -> assertSame(tensor(machine, name), (Tensor) expected));
            }
        }
    }

    private static Value dequantized(Builder b, Tensor codes, Tensor scales, int axis) {
        return b.add(new Dequantize(b.constant(codes), b.constant(scales), Optional.empty(), ElementType.F32, axis, 0));
    }

    /** As bytes, and floats again. */
    private static Value quantized(Builder b, Value x, Value scale, Value zero) {
        Value q = b.add(new Quantize(x, scale, Optional.of(zero), ElementType.U8, ElementType.F32, 0, 0, true));
        return b.add(new Dequantize(q, scale, Optional.of(zero), ElementType.F32, 0, 0));
    }

    private static Tensor tensor(Map<String, Datum> results, String name) {
        return (Tensor) Objects.requireNonNull(results.get(name));
    }

    /** Which NaN it is is left open. */
    private static void assertSame(Tensor actual, Tensor expected) {
        for (long i = 0; i < expected.size(); i++) {
            float e = expected.getFloat(i);
            assertThat(Float.floatToIntBits(actual.getFloat(i)))
                    .as("%s of %s and %s", i, actual.getFloat(i), e)
                    .isEqualTo(Float.floatToIntBits(e));
        }
    }

    private Value conv(Builder b, Value x, int channels, Window window, int groups) {
        return b.add(new Conv(
                x, b.constant(floats(channels, 40 / groups, 3, 3)), window, groups, ChannelLayout.CHANNELS_FIRST));
    }

    @Test
    void otherTilesAreAFault() {
        JavaArtifact model = JavaBackendTest.compile(graph());
        assertThatThrownBy(() -> run(model, "matrix", Map.of()))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("run.tiles")
                .hasMessageContaining("-Dlathe.tiles=machine, vector or scalar");
    }
}
