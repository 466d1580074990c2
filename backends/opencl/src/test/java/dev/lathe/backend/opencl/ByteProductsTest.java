package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.plan.ByteOperand;
import dev.lathe.backend.plan.Step;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassManager;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Products of integers on devices with {@code cl_khr_integer_dot_product}. Kernels of others have the same text, with
 * the sum of four products written out, so that any device shows that their bits are those of the reference.
 */
class ByteProductsTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();
    private static final Features BYTES = new Features(true, false, true, true, MeasuredTiles.NONE);

    private static Graph target(Graph graph) {
        CompileOptions options = CompileOptions.builder().target("opencl").build();
        return PassManager.run(graph, BACKEND.pipeline(options), options.passContext());
    }

    private static Tensor random(int seed, ElementType type, long... dims) {
        Random random = new Random(seed);
        Tensor t = Tensor.zeros(type, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, type.isSigned() ? random.nextInt(-128, 128) : random.nextInt(256));
        }
        return t;
    }

    private static String constant(Tensor t) {
        StringBuilder s = new StringBuilder("[");
        for (long i = 0; i < t.size(); i++) {
            s.append(i == 0 ? "" : ", ").append(t.getLong(i));
        }
        return s.append("] : ").append(t.type()).toString();
    }

    private static void check(Graph graph, String kernel, ByteOperand held, Map<String, Tensor> in) {
        OpenClPlans plans = OpenClPlans.of(target(graph), BYTES);
        List<Optional<ByteOperand>> operands = plans.plan().steps().stream()
                .flatMap(i -> switch (i.step()) {
                    case Step.MatrixProduct s -> Stream.of(s.bytes());
                    case Step.Convolution s -> Stream.of(s.bytes());
                    default -> Stream.empty();
                })
                .toList();
        assertThat(operands).isNotEmpty().allMatch(o -> o.equals(Optional.of(held)));
        assertThat(plans.launches().source())
                .contains("void " + kernel + "(")
                .contains(held == ByteOperand.SIGNED ? "dot_4x8packed_ss_int(x, y)" : "dot_4x8packed_us_int(x, y)");
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
        try (Executable run = OpenClModel.load(plans, Map.of(), Devices.find(""), null)) {
            assertThat(run.call(in)).isEqualTo(new ReferenceEvaluator(graph).call(in));
        }
    }

    /** A zero point that only a call tells leaves a range of two bytes. */
    @ParameterizedTest
    @CsvSource({
        "u8, false, 5, 7, 3, matrix_product_tiles_of_bytes, UNSIGNED",
        "i8, false, 70, 33, 40, matrix_product_tiles_of_bytes, SIGNED",
        "u8, true, 66, 130, 65, matrix_product_tiles_of_bytes, DIFFERENCE",
        "i8, true, 3, 64, 33, matrix_product_tiles_of_bytes, DIFFERENCE",
        "u8, false, 1, 301, 50, row_product_of_bytes, UNSIGNED",
        "u8, true, 1, 42, 70, row_product_of_bytes, DIFFERENCE",
        "i8, false, 1, 1, 1, row_product_of_bytes, SIGNED",
    })
    void matrices(String type, boolean zero, int rows, int depth, int columns, String kernel, ByteOperand held) {
        Graph graph = IrText.parse("""
            graph @product(%%x: %1$s[%3$d, %4$d], %%z: %1$s[]) -> (i32[%3$d, %5$d]) {
              %%w = constant %2$s
              %%a = cast(%%x) {to=i32, saturate=true}
              %%z32 = cast(%%z) {to=i32, saturate=true}
              %%c = subtract(%%a, %%z32)
              %%v = cast(%%w) {to=i32, saturate=true}
              %%y = mat_mul(%6$s, %%v)
              return %%y
            }
            """.formatted(
                type, constant(random(1, ElementType.I8, depth, columns)), rows, depth, columns, zero ? "%c" : "%a"));
        ElementType element = ElementType.valueOf(type.toUpperCase(Locale.ROOT));
        check(graph, kernel, held, Map.of("x", random(2, element, rows, depth), "z", random(3, element)));
    }

    @ParameterizedTest
    @CsvSource({
        "u8, 1, 5, 70, 3, 1, UNSIGNED",
        "i8, 2, 6, 8, 3, 2, SIGNED",
        "u8, 1, 8, 8, 1, 2, UNSIGNED",
        "i8, 3, 4, 34, 5, 1, SIGNED",
    })
    void convolutions(String type, int n, int channels, int filters, int kernel, int groups, ByteOperand held) {
        Graph graph = IrText.parse("""
            graph @convolution(%%x: %1$s[%3$d, %4$d, 9, 11]) -> (i32[%3$d, %5$d, %6$d, %7$d]) {
              %%w = constant %2$s
              %%a = cast(%%x) {to=i32, saturate=true}
              %%v = cast(%%w) {to=i32, saturate=true}
              %%y = conv(%%a, %%v) {strides=[2, 1], pads=[1, 1, 0, 2], dilations=[1, 1], groups=%8$d,
                  layout=channels_first}
              return %%y
            }
            """.formatted(
                        type,
                        constant(random(4, ElementType.I8, filters, channels / groups, kernel, kernel)),
                        n,
                        channels,
                        filters,
                        (9 + 1 - kernel) / 2 + 1,
                        11 + 3 - kernel + 1,
                        groups));
        ElementType element = ElementType.valueOf(type.toUpperCase(Locale.ROOT));
        check(graph, "convolution_tiles_of_bytes", held, Map.of("x", random(5, element, n, channels, 9, 11)));
    }

    /** What is not known to be integers stays floats, as all does on devices without such products. */
    @Test
    void floatsStayFloats() {
        Graph graph = IrText.parse("""
            graph @floats(%x: f32[5, 4], %q: u8[5, 4]) -> (f32[5, 2], f32[5, 2], f32[5, 2]) {
              %w = constant [1.0, 2.0, -3.0, 4.0, 5.0, 6.0, 7.0, 8.0] : f32[4, 2]
              %v = constant [1.5, 2.0, -3.0, 4.0, 5.0, 6.0, 7.0, 8.0] : f32[4, 2]
              %u = constant [1.0, 2.0, -3.0, 4.0, 5.0, 6.0, 7.0, 128.0] : f32[4, 2]
              %f = cast(%q) {to=f32, saturate=true}
              %a = mat_mul(%x, %w)
              %b = mat_mul(%f, %v)
              %c = mat_mul(%f, %u)
              return %a, %b, %c
            }
            """);
        OpenClPlans plans = OpenClPlans.of(target(graph), BYTES);
        assertThat(plans.launches().source()).doesNotContain("_of_bytes");
        assertThat(plans.text()).doesNotContain("bytes=");
        Features without = new Features(true, false, false, true, MeasuredTiles.NONE);
        String source = Objects.requireNonNull(
                OpenClPlans.of(target(IrText.parse("""
                    graph @bytes(%q: u8[5, 4]) -> (f32[5, 2]) {
                      %w = constant [1.0, 2.0, -3.0, 4.0, 5.0, 6.0, 7.0, 8.0] : f32[4, 2]
                      %f = cast(%q) {to=f32, saturate=true}
                      %y = mat_mul(%f, %w)
                      return %y
                    }
                    """)), without).launches().source());
        assertThat(source).doesNotContain("_of_bytes").contains("matrix_product_tiles(");
    }
}
