package dev.lathe.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.tensorrt.InterpretedNetwork;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.Tolerances;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ops that TensorRT has no layer for are networks of layers that mean the same, in forms that no suite has. */
class TensorRtFormsTest {
    private static final Backend TARGET = Backends.named("tensorrt");

    private final Random random = new Random(11);
    private final Map<String, Tensor> inputs = new LinkedHashMap<>();

    private void given(String name, ElementType element, LongToDoubleFunction number, long... dims) {
        Tensor t = Tensor.zeros(element, dims);
        for (long i = 0; i < t.size(); i++) {
            if (element.isFloat()) {
                t.setDouble(i, number.applyAsDouble(i));
            } else {
                t.setLong(i, (long) number.applyAsDouble(i));
            }
        }
        inputs.put(name, t);
    }

    /** Numbers of a normal distribution. */
    private void given(String name, long... dims) {
        given(name, ElementType.F32, _ -> random.nextGaussian(), dims);
    }

    private void given(String name, double... numbers) {
        given(name, ElementType.F32, i -> numbers[(int) i], numbers.length);
    }

    /** The network gives what the reference gives, and has the layer of this name only if that is said. */
    private void check(String graph, String... without) {
        Graph parsed = IrText.parse(graph);
        CompileOptions options = CompileOptions.builder().target(TARGET.name()).build();
        Graph canonical = PassManager.run(parsed, Pipelines.canonical(options.level()), options.passContext());
        Graph planned = PassManager.run(canonical, TARGET.pipeline(options), options.passContext());
        for (String layer : without) {
            assertThat(TARGET.compile(planned, options).sources().get("network.txt"))
                    .doesNotContain(" " + layer + "(");
        }
        Map<String, Datum> expected = new ReferenceEvaluator(parsed).run(inputs);
        ResultComparison comparison = new ResultComparison(
                Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-4), OptionalDouble.of(1e-5)));
        try (Executable network = InterpretedNetwork.of(planned)) {
            Map<String, Datum> made = network.run(inputs);
            expected.forEach(
                    (name, right) -> assertThat(comparison.difference(right, Objects.requireNonNull(made.get(name))))
                            .as(name)
                            .isEmpty());
        }
    }

    @Test
    void convolutionsWithAnyNumberOfChannels() {
        given("x", 2, 6, 7, 5);
        given("w", 4, 3, 3, 2);
        check("""
            graph @conv(%x: f32[n, 6, h, w], %w: f32[m, 3, 3, 2]) -> (f32[n, m, floor(h, 2), w]) {
              %y = conv(%x, %w) {strides=[2, 1], pads=[1, 0, 0, 2], dilations=[1, 2], groups=2, layout=channels_first}
              return %y
            }
            """, "Convolution");
    }

    @Test
    void convolutionsOfIntegers() {
        given("x", ElementType.I64, _ -> random.nextInt(1 << 20), 1, 5, 5, 4);
        given("w", ElementType.I64, _ -> random.nextInt(1 << 20), 2, 4, 3, 3);
        check("""
            graph @conv(%x: i64[1, 5, 5, 4], %w: i64[2, 4, 3, 3]) -> (i64[1, 3, 3, 2]) {
              %y = conv(%x, %w) {strides=[1, 1], pads=[0, 0, 0, 0], dilations=[1, 1], groups=1, layout=channels_last}
              return %y
            }
            """, "Convolution");
    }

    @Test
    void convolutionsOverFourAxes() {
        given("x", 1, 2, 3, 3, 3, 3);
        given("w", 2, 2, 2, 2, 1, 2);
        check("""
            graph @conv(%x: f32[1, 2, 3, 3, 3, 3], %w: f32[2, 2, 2, 2, 1, 2]) -> (f32[1, 2, 2, 2, 3, 3]) {
              %y = conv(%x, %w) {strides=[1, 1, 1, 1], pads=[0, 0, 0, 0, 0, 0, 0, 1], dilations=[1, 1, 1, 1], groups=1, layout=channels_first}
              return %y
            }
            """);
    }

    @Test
    void transposedConvolutionsWithAnyNumberOfChannels() {
        given("x", 2, 4, 3, 4);
        given("w", 4, 3, 3, 2);
        check("""
            graph @conv(%x: f32[n, 4, h, w], %w: f32[4, m, 3, 2]) -> (f32[n, 2*m, 2*h+1, max(0, 3*w-2)]) {
              %y = conv_transpose(%x, %w) {strides=[2, 3], pads=[1, 0, -1, 1], output_padding=[0, 0], dilations=[1, 1], groups=2, layout=channels_first}
              return %y
            }
            """, "Deconvolution");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 5, 7})
    void determinantsOfAnyNumberOfRows(long n) {
        given("x", 3, n, n);
        given("s", 2, 6, 6);
        Tensor s = Tensor.named(inputs, "s");
        s.setDouble(0, 0);
        for (int i = 0; i < 6; i++) { // the second matrix has two equal rows
            s.setDouble(36 + 6 + i, s.getDouble(36 + 12 + i));
        }
        check("""
            graph @det(%x: f32[b, n, n], %s: f32[2, 6, 6]) -> (f32[b], f32[2]) {
              %d = determinant(%x)
              %e = determinant(%s)
              return %d, %e
            }
            """);
    }

    @ParameterizedTest
    @CsvSource({
        "nearest, half_pixel, round_prefer_floor, false, false",
        "nearest, tf_half_pixel_for_nn, round_prefer_ceil, false, false",
        "nearest, half_pixel_symmetric, round_prefer_ceil, false, false",
        "linear, half_pixel_symmetric, floor, false, false",
        "linear, align_corners, floor, true, false",
        "linear, pytorch_half_pixel, floor, false, true",
        "cubic, asymmetric, floor, true, false",
        "cubic, half_pixel, floor, false, true",
    })
    void resizingByScalesThatOnlyARunTells(
            String mode, String coordinates, String nearest, boolean excludes, boolean antialias) {
        for (float[] scales : new float[][] {{1, 1.75f, 0.4f}, {1, 1, 1}, {1, 0.3f, 2.5f}}) {
            given("x", 2, 9, 7);
            given("s", scales[0], scales[1], scales[2]);
            check("""
                graph @resize(%%x: f32[b, h, w], %%s: f32[3]) -> (f32[?p, ?q, ?r]) {
                  %%f = cast(%%s) {to=f64, saturate=true}
                  %%n = dims() {values=[b, h, w], scalar=false}
                  %%m = cast(%%n) {to=f64, saturate=true}
                  %%d = multiply(%%m, %%f)
                  %%e = floor(%%d)
                  %%i = cast(%%e) {to=i64, saturate=true}
                  read_dims(%%i) {symbols=[p, q, r]}
                  %%y = resize(%%x, %%s, _) {shape=[?p, ?q, ?r], mode=%s, coordinates=%s, nearest=%s, cubic_coefficient=-0.75, exclude_outside=%s, extrapolation=0.0, antialias=%s}
                  return %%y
                }
                """.formatted(mode, coordinates, nearest, excludes, antialias));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nearest", "linear", "cubic"})
    void resizingRegionsThatReachOutside(String mode) {
        given("x", 1, 1, 6, 5);
        given("r", 0, 0, 0.4, -0.2, 1, 1, 1.3, 0.8);
        check("""
            graph @crop(%%x: f32[1, 1, 6, 5], %%r: f32[8]) -> (f32[1, 1, 4, 3]) {
              %%y = resize(%%x, _, %%r) {shape=[1, 1, 4, 3], mode=%s, coordinates=tf_crop_and_resize, nearest=round_prefer_floor, cubic_coefficient=-0.75, exclude_outside=false, extrapolation=10.0, antialias=false}
              return %%y
            }
            """.formatted(mode));
    }

    @Test
    void resizingOfSmallIntegers() {
        given("x", ElementType.U8, _ -> random.nextInt(256), 1, 1, 5, 4);
        check("""
            graph @bytes(%x: u8[1, 1, 5, 4]) -> (u8[1, 1, 8, 3]) {
              %y = resize(%x, _, _) {shape=[1, 1, 8, 3], mode=linear, coordinates=half_pixel, nearest=round_prefer_floor, cubic_coefficient=-0.75, exclude_outside=false, extrapolation=0.0, antialias=false}
              return %y
            }
            """);
    }

    @ParameterizedTest
    @CsvSource({"2, true, false", "0, true, false", "0, false, false", "3, false, true", "0, true, true"})
    void alignedRegions(int samples, boolean halfPixel, boolean max) {
        given("x", 2, 3, 8, 6);
        given(
                "r",
                ElementType.F32,
                i -> new double[] {0, 0, 9, 12, 3.3, 2.1, 4.7, 9.9, -5, -3, 2, 1, 4, 4, 4, 4, 30, 30, 40, 40}[(int) i],
                5,
                4);
        given("i", ElementType.I64, i -> i % 2, 5);
        check("""
            graph @align(%%x: f32[n, c, h, w], %%r: f32[q, 4], %%i: i64[q]) -> (f32[q, c, 3, 2]) {
              %%y = roi_align(%%x, %%r, %%i) {height=3, width=2, sampling_ratio=%d, spatial_scale=0.75, half_pixel=%s, max=%s}
              return %%y
            }
            """.formatted(samples, halfPixel, max));
    }

    @Test
    void largestOfRegions() {
        given("x", 2, 3, 8, 6);
        given(
                "r",
                ElementType.F32,
                i -> new double[] {0, 0, 0, 9, 12, 1, 3.3, 2.1, 4.7, 9.9, 1, -5, -3, 2, 1, 0, 40, 4, 44, 4}[(int) i],
                4,
                5);
        check("""
            graph @pool(%x: f32[n, 3, h, w], %r: f32[q, 5]) -> (f32[q, 3, 3, 2]) {
              %y = max_roi_pool(%x, %r) {height=3, width=2, spatial_scale=0.5}
              return %y
            }
            """);
    }

    @Test
    void deformableConvolutions() {
        given("x", 2, 4, 6, 5);
        given("w", 6, 2, 3, 2);
        given("o", 2, 24, 3, 4);
        given("m", 2, 12, 3, 4);
        check("""
            graph @deform(%x: f32[n, 4, h, w], %w: f32[6, 2, 3, 2], %o: f32[n, 24, p, q], %m: f32[n, 12, p, q]) -> (f32[n, 6, p, q]) {
              %y = deform_conv(%x, %w, %o, %m) {strides=[2, 1], pads=[1, 0, 0, 0], dilations=[1, 1], groups=2, offset_groups=2}
              return %y
            }
            """);
    }

    @Test
    void deformableConvolutionsOverOneAxis() {
        given("x", 1, 2, 7);
        given("w", 3, 2, 3);
        given("o", 1, 3, 5);
        check("""
            graph @deform(%x: f32[1, 2, 7], %w: f32[3, 2, 3], %o: f32[1, 3, 5]) -> (f32[1, 3, 5]) {
              %y = deform_conv(%x, %w, %o, _) {strides=[1], pads=[0, 0], dilations=[1], groups=1, offset_groups=1}
              return %y
            }
            """);
    }

    @ParameterizedTest
    @CsvSource({"'', true", "'', false", "'axis=0, ', true", "'axis=1, ', true", "'axis=1, ', false"})
    void whatIsDistinct(String axis, boolean sorted) {
        given("x", ElementType.F32, i -> i % 7 == 3 ? Double.NaN : random.nextInt(2), 6, 4, 2);
        boolean whole = axis.isEmpty();
        check("""
            graph @distinct(%%x: f32[n, m, 2]) -> (f32[%s], i64[c], i64[%s], i64[c]) {
              %%y, %%f, %%i, %%k = unique(%%x) {%ssorted=%s, count=c}
              return %%y, %%f, %%i, %%k
            }
            """.formatted(
                        whole ? "c" : axis.contains("0") ? "c, m, 2" : "n, c, 2",
                        whole ? "2*m*n" : axis.contains("0") ? "n" : "m",
                        axis,
                        sorted));
    }

    /** By their bits: all of the range, among them numbers at its ends. */
    @Test
    void unsignedIntegersOf64Bits() {
        long[] ends = {0, 1, 2, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1, -2, -1};
        Tensor x = Tensor.zeros(ElementType.U64, 64);
        Tensor y = Tensor.zeros(ElementType.U64, 64);
        Tensor s = Tensor.zeros(ElementType.U64, 64);
        for (int i = 0; i < 64; i++) {
            x.setLong(i, i < 32 ? ends[i % 8] : random.nextLong());
            y.setLong(i, i < 32 ? ends[Math.floorMod(i / 8 + i * 3 + 1, 8)] : random.nextLong() >>> random.nextInt(64));
            y.setLong(i, y.getLong(i) == 0 ? 3 : y.getLong(i));
            s.setLong(i, i < 4 ? 64 - i : random.nextInt(64));
        }
        inputs.put("x", x);
        inputs.put("y", y);
        inputs.put("s", s);
        StringBuilder lines = new StringBuilder();
        StringBuilder types = new StringBuilder();
        StringBuilder results = new StringBuilder();
        for (String f : List.of("add", "subtract", "multiply", "divide", "mod", "min", "max", "bit_and", "bit_xor")) {
            lines.append("  %r_" + f + " = " + f + "(%x, %y)\n");
            types.append("u64[64], ");
            results.append("%r_" + f + ", ");
        }
        for (String f : List.of("less", "less_or_equal", "greater", "equal")) {
            lines.append("  %c_" + f + " = " + f + "(%x, %y)\n");
            types.append("bool[64], ");
            results.append("%c_" + f + ", ");
        }
        lines.append("  %l = shift_left(%x, %s)\n  %r = shift_right(%x, %s)\n  %n = bit_not(%x)\n  %g = sign(%x)\n");
        lines.append("  %f = cast(%x) {to=f32, saturate=true}\n  %i = cast(%x) {to=i32, saturate=true}\n");
        check("graph @unsigned(%x: u64[64], %y: u64[64], %s: u64[64]) -> (" + types
                + "u64[64], u64[64], u64[64], u64[64], f32[64], i32[64]) {\n" + lines + "  return " + results
                + "%l, %r, %n, %g, %f, %i\n}\n");
    }
}
