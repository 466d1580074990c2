package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassManager;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ops with a work item for each element of their result: none runs on the host, and all mean what they should. */
class ElementKernelTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();

    @BeforeAll
    static void needsDevice() {
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    private static Executable load(Graph graph) {
        CompileOptions options = CompileOptions.builder().target("opencl").build();
        Graph target = PassManager.run(graph, BACKEND.pipeline(options), options.passContext());
        assertThat(BACKEND.onHost(target, options)).isEmpty();
        return BACKEND.compile(target, options).load();
    }

    private static Tensor numbers(Random random, String type, long... dims) {
        ElementType element = ElementType.valueOf(type.toUpperCase(Locale.ROOT));
        Tensor t = Tensor.zeros(element, dims);
        for (int i = 0; i < t.size(); i++) {
            int step = random.nextInt(-8, 9);
            if (element.isFloat()) {
                t.setDouble(i, step * 0.125);
            } else {
                t.setLong(i, step);
            }
        }
        return t;
    }

    private static Tensor indices(Random random, long bound, long... dims) {
        Tensor t = Tensor.zeros(ElementType.I64, dims);
        for (int i = 0; i < t.size(); i++) {
            t.setLong(i, random.nextLong(-bound, bound));
        }
        return t;
    }

    private static void check(String text, Map<String, Tensor> in) {
        Graph graph = IrText.parse(text);
        try (Executable run = load(graph)) {
            compare(run, graph, in);
        }
    }

    private static void compare(Executable run, Graph graph, Map<String, Tensor> in) {
        Map<String, Tensor> actual = run.call(in);
        new ReferenceEvaluator(graph).call(in).forEach((name, expected) -> {
            Tensor own = Tensor.named(actual, name);
            assertThat(own.type()).as(name).isEqualTo(expected.type());
            boolean narrow = expected.element() == ElementType.F16 || expected.element() == ElementType.BF16;
            for (int i = 0; i < own.size(); i++) {
                double e = expected.element().isFloat() ? expected.getDouble(i) : expected.getLong(i);
                double a = own.element().isFloat() ? own.getDouble(i) : own.getLong(i);
                double slack = expected.element().isFloat() ? (narrow ? 1e-2 : 1e-5) * (1 + Math.abs(e)) : 0;
                boolean same = Double.compare(a, e) == 0 || Math.abs(a - e) <= slack;
                assertThat(same).as("%s[%d]: %s, not %s", name, i, a, e).isTrue();
            }
        });
    }

    /** Windows over one, two and three axes, in both layouts; groups, dilations, strides, pads. */
    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "bf16", "f64"})
    void windowsOverThreeAxes(String type) {
        Random random = new Random(1);
        check(
                """
                graph @windows(%%x: %1$s[n, 4, 5, 6, 7], %%w: %1$s[6, 2, 2, 3, 2], %%l: %1$s[n, 5, 6, 7, 4],
                    %%u: %1$s[4, 3, 2, 3, 2]) -> (%1$s[n, 6, 3, 3, 9], %1$s[n, 3, 3, 9, 6], %1$s[n, 6, 10, 11, 16]) {
                  %%a = conv(%%x, %%w) {strides=[2, 2, 1], pads=[1, 2, 1, 0, 1, 2], dilations=[1, 2, 1], groups=2,
                      layout=channels_first}
                  %%b = conv(%%l, %%w) {strides=[2, 2, 1], pads=[1, 2, 1, 0, 1, 2], dilations=[1, 2, 1], groups=2,
                      layout=channels_last}
                  %%c = conv_transpose(%%x, %%u) {strides=[2, 2, 2], pads=[0, 1, 0, 1, 1, 0],
                      output_padding=[1, 0, 1], dilations=[1, 1, 2], groups=2, layout=channels_first}
                  return %%a, %%b, %%c
                }
                """.formatted(type),
                Map.of(
                        "x", numbers(random, type, 2, 4, 5, 6, 7),
                        "w", numbers(random, type, 6, 2, 2, 3, 2),
                        "l", numbers(random, type, 2, 5, 6, 7, 4),
                        "u", numbers(random, type, 4, 3, 2, 3, 2)));
    }

    /** Windows side by side, with few channels, behind other ops and in front of them; sizes that tiles do not fit. */
    @ParameterizedTest
    @CsvSource({"1, 2, 2, 5", "3, 2, 3, 2", "4, 2, 4, 1", "8, 2, 2, 3"})
    void windowsThatDoNotMeet(int columns, int height, int width, int depth) {
        Random random = new Random(columns);
        String numbers = IntStream.range(0, columns * height * width * depth)
                .mapToObj(_ -> String.valueOf(random.nextInt(-8, 9) * 0.125))
                .collect(Collectors.joining(", "));
        String bias = IntStream.range(0, columns).mapToObj(String::valueOf).collect(Collectors.joining(", "));
        check(
                """
                graph @apart(%%x: f32[n, %4$d, 3, m]) -> (f32[n, %1$d, 3*%2$d, %3$d*m]) {
                  %%w = constant [%5$s] : f32[%4$d, %1$d, %2$d, %3$d]
                  %%b = constant [%6$s] : f32[%1$d, 1, 1]
                  %%y = conv_transpose(%%x, %%w) {strides=[%2$d, %3$d], pads=[0, 0, 0, 0], output_padding=[0, 0],
                      dilations=[1, 1], groups=1, layout=channels_first}
                  %%a = add(%%y, %%b)
                  %%s = sigmoid(%%a)
                  return %%s
                }
                """.formatted(columns, height, width, depth, numbers, bias)
                        .replace("3*" + height, String.valueOf(3 * height)),
                Map.of("x", numbers(random, "f32", 2, depth, 3, 7)));
    }

    /** Interpolation along some axes, of symbolic sizes, with and without factors and a region. */
    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "bf16", "f64", "i32", "u8"})
    void interpolations(String type) {
        String rest = ", nearest=floor, cubic_coefficient=-0.75, extrapolation=3.0";
        check("""
            graph @resizes(%%x: %1$s[n, 2, 5, m]) -> (%1$s[n, 2, 9, 2*m], %1$s[n, 2, 3, m], %1$s[n, 2, 2, 3], %1$s[n, 2, 4, m]) {
              %%s = constant [1.0, 1.0, 0.6, 1.0] : f32[4]
              %%r = constant [0.0, 0.0, -0.2, 0.0, 1.0, 1.0, 0.8, 1.0] : f32[8]
              %%a = resize(%%x, _, _) {shape=[n, 2, 9, 2*m], mode=linear, coordinates=half_pixel, exclude_outside=false,
                  antialias=false%2$s}
              %%b = resize(%%x, %%s, _) {shape=[n, 2, 3, m], mode=cubic, coordinates=asymmetric, exclude_outside=true,
                  antialias=false%2$s}
              %%c = resize(%%x, _, _) {shape=[n, 2, 2, 3], mode=linear, coordinates=half_pixel, exclude_outside=false,
                  antialias=true%2$s}
              %%d = resize(%%x, _, %%r) {shape=[n, 2, 4, m], mode=linear, coordinates=tf_crop_and_resize,
                  exclude_outside=false, antialias=false%2$s}
              return %%a, %%b, %%c, %%d
            }
            """.formatted(type, rest), Map.of("x", numbers(new Random(7), type, 2, 2, 5, 6)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "f64"})
    void pools(String type) {
        Random random = new Random(2);
        Tensor x = numbers(random, type, 2, 3, 5, 6, 7);
        x.setDouble(17, Double.NaN);
        check("""
            graph @pools(%%x: %1$s[n, 3, 5, 6, 7])
                -> (%1$s[n, 3, 3, 4, 4], %1$s[n, 3, 3, 3, 4], %1$s[n, 3, 3, 3, 4], %1$s[n, 3, 4, 5, 6],
                    i64[n, 3, 3, 4, 4], i64[n, 3, 3, 4, 4]) {
              %%a = max_pool(%%x) {kernel=[2, 2, 2], strides=[2, 2, 2], pads=[1, 1, 1, 0, 1, 0],
                  dilations=[1, 1, 1], ceil_mode=false, layout=channels_first}
              %%b = average_pool(%%x) {kernel=[2, 2, 2], strides=[2, 2, 2], pads=[0, 0, 0, 0, 0, 0],
                  dilations=[1, 1, 1], ceil_mode=true, layout=channels_first}
              %%c = average_pool_padded(%%x) {kernel=[2, 3, 2], strides=[2, 2, 2], pads=[1, 0, 1, 0, 1, 0],
                  dilations=[1, 1, 1], ceil_mode=false, layout=channels_first}
              %%d = sum_pool(%%x) {kernel=[2, 2, 2], strides=[1, 1, 1], pads=[0, 0, 0, 0, 0, 0],
                  dilations=[1, 1, 1], ceil_mode=false, layout=channels_first}
              %%e = pool_indices(%%x) {kernel=[2, 2, 2], strides=[2, 2, 2], pads=[1, 1, 1, 0, 1, 0],
                  dilations=[1, 1, 1], ceil_mode=false, layout=channels_first, column_major=false}
              %%f = pool_indices(%%x) {kernel=[2, 2, 2], strides=[2, 2, 2], pads=[1, 1, 1, 0, 1, 0],
                  dilations=[1, 1, 1], ceil_mode=false, layout=channels_first, column_major=true}
              return %%a, %%b, %%c, %%d, %%e, %%f
            }
            """.formatted(type), Map.of("x", x));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nearest", "linear", "cubic"})
    void grids(String mode) {
        Random random = new Random(3);
        Tensor grid = numbers(random, "f32", 2, 4, 5, 2);
        for (int i = 0; i < grid.size(); i++) {
            grid.setDouble(i, grid.getDouble(i) * 2.3);
        }
        grid.setDouble(3, Double.NaN);
        grid.setDouble(8, Double.POSITIVE_INFINITY);
        StringBuilder text = new StringBuilder("""
            graph @grids(%x: f32[n, 3, 6, 7], %g: f32[n, 4, 5, 2], %v: f32[n, 3, 4, 3, 5], %h: f32[n, 2, 3, 4, 3]) -> (
            """);
        text.append("f32[n, 3, 4, 5], ".repeat(6)).append("f32[n, 3, 2, 3, 4]) {\n");
        int k = 0;
        for (String padding : List.of("zeros", "border", "reflection")) {
            for (boolean corners : new boolean[] {true, false}) {
                text.append("  %r")
                        .append(k++)
                        .append(" = grid_sample(%x, %g) {mode=")
                        .append(mode);
                text.append(", padding=")
                        .append(padding)
                        .append(", align_corners=")
                        .append(corners)
                        .append("}\n");
            }
        }
        text.append("  %r6 = grid_sample(%v, %h) {mode=").append(mode);
        text.append(", padding=border, align_corners=false}\n");
        text.append("  return %r0, %r1, %r2, %r3, %r4, %r5, %r6\n}\n");
        Map<String, Tensor> in = Map.of(
                "x", numbers(random, "f32", 2, 3, 6, 7),
                "g", grid,
                "v", numbers(random, "f32", 2, 3, 4, 3, 5),
                "h", numbers(random, "f32", 2, 2, 3, 4, 3));
        check(text.toString(), in);
    }

    @Test
    void regions() {
        Random random = new Random(4);
        StringBuilder text = new StringBuilder(
                "graph @regions(%x: f32[2, 3, 9, 8], %r: f32[k, 4], %b: i64[k]) -> (f32[k, 3, 3, 2], f32[k, 3, 3, 2],"
                        + " f32[k, 3, 3, 2], f32[k, 3, 3, 2]) {\n");
        int k = 0;
        for (int ratio : new int[] {0, 2}) {
            for (boolean max : new boolean[] {true, false}) {
                text.append("  %y").append(k++).append(" = roi_align(%x, %r, %b) {height=3, width=2, sampling_ratio=");
                text.append(ratio).append(", spatial_scale=0.7, half_pixel=").append(!max || ratio == 0);
                text.append(", max=").append(max).append("}\n");
            }
        }
        text.append("  return %y0, %y1, %y2, %y3\n}\n");
        Tensor rois = Tensor.of(new float[] {0, 0, 5, 6, 2.5f, 1, 30, 7, -4, -3, 2, 40, 3, 3, 3, 3, 8, 8, 2, 2}, 5, 4);
        Map<String, Tensor> in = Map.of(
                "x", numbers(random, "f32", 2, 3, 9, 8),
                "r", rois,
                "b", Tensor.of(new long[] {0, 1, 1, 0, 1}, 5));
        check(text.toString(), in);
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "i8", "i64", "f64"})
    void theBestInOrder(String type) {
        Random random = new Random(5);
        Tensor x = numbers(random, type, 3, 9, 4);
        if (x.element().isFloat()) {
            x.setDouble(5, Double.NaN);
            x.setDouble(9, Double.NaN);
        }
        check("""
            graph @best(%%x: %1$s[n, 9, 4]) -> (%1$s[n, 4, 4], i64[n, 4, 4], %1$s[n, 9, 2], i64[n, 9, 2],
                %1$s[n, 0, 4], i64[n, 0, 4]) {
              %%a, %%b = top_k(%%x) {k=4, axis=1, largest=true, sorted=true}
              %%c, %%d = top_k(%%x) {k=2, axis=2, largest=false, sorted=true}
              %%e, %%f = top_k(%%x) {k=0, axis=1, largest=false, sorted=true}
              return %%a, %%b, %%c, %%d, %%e, %%f
            }
            """.formatted(type), Map.of("x", x));
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "i64", "f16", "i8"})
    void slicesAtIndexTuples(String type) {
        Random random = new Random(6);
        Graph graph = IrText.parse("""
            graph @tuples(%%x: %1$s[4, 5, m], %%at: i64[n, 2], %%each: i64[4, 3, 1], %%u: %1$s[n, m], %%one: i64[n, 1],
                %%v: %1$s[n, 5, m]) -> (%1$s[n, m], %1$s[4, 3, m], %1$s[4, 5, m], %1$s[4, 5, m], %1$s[4, 5, m]) {
              %%a = gather_nd(%%x, %%at) {batch_dims=0}
              %%b = gather_nd(%%x, %%each) {batch_dims=1}
              %%c = scatter_nd(%%x, %%at, %%u) {reduction=none}
              %%d = scatter_nd(%%x, %%at, %%u) {reduction=add}
              %%e = scatter_nd(%%x, %%one, %%v) {reduction=max}
              return %%a, %%b, %%c, %%d, %%e
            }
            """.formatted(type));
        try (Executable run = load(graph)) {
            for (int n : new int[] {30, 1, 0}) {
                Map<String, Tensor> in = new LinkedHashMap<>();
                in.put("x", numbers(random, type, 4, 5, 3));
                in.put("at", indices(random, 4, n, 2));
                in.put("each", indices(random, 5, 4, 3, 1));
                in.put("u", numbers(random, type, n, 3));
                in.put("one", indices(random, 4, n, 1));
                in.put("v", numbers(random, type, n, 5, 3));
                compare(run, graph, in);
            }
        }
    }

    @Test
    void determinants() {
        Random random = new Random(7);
        check(
                """
                graph @determinants(%x: f32[n, 4, 4], %y: f64[3, 3], %z: f16[2, 1, 1]) -> (f32[n], f64[], f16[2]) {
                  %a = determinant(%x)
                  %b = determinant(%y)
                  %c = determinant(%z)
                  return %a, %b, %c
                }
                """,
                Map.of(
                        "x", numbers(random, "f32", 5, 4, 4),
                        "y", numbers(random, "f64", 3, 3),
                        "z", numbers(random, "f16", 2, 1, 1)));
    }

    @Test
    void anIndexOutsideNamesTheNode() {
        Graph graph = IrText.parse("""
            graph @outside(%x: f32[4, 5], %at: i64[n, 2], %u: f32[n]) -> (f32[4, 5]) {
              %y = scatter_nd(%x, %at, %u) {reduction=none} at "cache"(ScatterND-18)
              return %y
            }
            """);
        Tensor x = Tensor.zeros(ElementType.F32, 4, 5);
        Tensor u = Tensor.of(new float[] {1}, 1);
        try (Executable run = load(graph)) {
            for (long[] at : new long[][] {{4, 0}, {-5, 0}, {0, 5}, {Long.MIN_VALUE, 0}}) {
                assertThatThrownBy(() -> run.call(Map.of("x", x, "at", Tensor.of(at, 1, 2), "u", u)))
                        .isInstanceOf(LatheException.class)
                        .hasMessageContaining("is outside of an axis of")
                        .hasMessageContaining("cache");
            }
        }
    }
}
