package dev.lathe.backend.tvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels give what the reference gives. */
class TvmKernelsTest {
    @BeforeEach
    void needsLibrary() {
        TvmModels.needLibrary();
    }

    @ParameterizedTest
    @ValueSource(strings = {"erf", "tanh", "exp", "sigmoid", "relu", "sqrt", "abs", "negate", "floor", "round", "sign"})
    void functions(String f) {
        String first = f.equals("sqrt") ? "%a = abs(%x)\n  %y = sqrt(%a)" : "%y = " + f + "(%x)";
        TvmModels.check(
                "graph @f(%x: f32[n]) -> (f32[n]) {\n  " + first + "\n  return %y\n}\n",
                Map.of("x", TvmModels.random(1, 1003)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mod", "fmod", "divide", "pow", "max"})
    void functionsOfTwo(String f) {
        Tensor y = TvmModels.random(2, 403);
        y.setFloat(7, 0);
        TvmModels.check(
                "graph @f(%x: f32[n], %y: f32[n]) -> (f32[n]) {\n  %z = " + f + "(%x, %y)\n  return %z\n}\n",
                Map.of("x", TvmModels.random(1, 403), "y", y));
    }

    /** Nothing is computed of what has no elements. */
    @Test
    void noElements() {
        TvmModels.check("""
            graph @none(%x: f32[n, 3], %at: i64[0]) -> (f32[0, 3], f32[n, 3]) {
              %y = gather(%x, %at) {axis=0}
              %z = tanh(%x)
              return %y, %z
            }
            """, Map.of("x", TvmModels.random(1, 4, 3), "at", Tensor.zeros(ElementType.I64, 0)));
    }

    /** TVM refuses a division by a constant 0, also of floats. */
    @Test
    void divisionsByNothing() {
        TvmModels.check(
                """
                graph @rows(%x: f32[4, 0], %z: f32[n]) -> (f32[4, 0], f32[4], f32[n]) {
                  %y = layer_norm(%x) {axis=1, epsilon=1.0e-5}
                  %m = reduce_mean(%x) {axes=[1], keep_dims=false}
                  %zero = constant -0.0 : f32[]
                  %q = divide(%z, %zero)
                  return %y, %m, %q
                }
                """,
                Map.of("x", Tensor.zeros(ElementType.F32, 4, 0), "z", Tensor.of(new float[] {1, -2, 0, Float.NaN}, 4)));
    }

    /** What is used twice, again and again, is not written out at each use: that would take forever to compile. */
    @ParameterizedTest
    @CsvSource({"f32, add", "f32, multiply", "f16, add", "bf16, subtract", "f64, add", "bool, xor"})
    @Timeout(60)
    @SuppressWarnings("OrphanedFormatString") // the percent signs are those of IR text
    void chainsOfResultsThatAreUsedTwice(String element, String f) {
        ElementType type = ElementType.valueOf(element.toUpperCase(Locale.ROOT));
        StringBuilder text = new StringBuilder("graph @f(%x0: f32[n]) -> (f32[n]) {\n")
                .append(
                        type == ElementType.BOOL
                                ? "  %a0 = is_nan(%x0)\n"
                                : "  %a0 = cast(%x0) {to=" + element + ", saturate=true}\n")
                .append("  %a1 = " + f + "(%a0, %a0)\n");
        for (int i = 2; i < 48; i++) {
            text.append("  %a" + i + " = " + f + "(%a" + (i - 1) + ", %a" + (i - 2) + ")\n");
        }
        text.append("  %y = cast(%a47) {to=f32, saturate=true}\n  return %y\n}\n");
        TvmModels.check(text.toString(), Map.of("x0", Tensor.of(new float[] {0, 0, 0, 0, 0}, 5)));
    }

    @ParameterizedTest
    @CsvSource({"5, 7", "3, 128", "2, 384", "1, 1", "4, 40"})
    void rows(int rows, int length) {
        TvmModels.check(
                """
                graph @rows(%x: f32[n, m], %s: f32[m], %b: f32[m]) -> (f32[n, m], f32[n, m], f32[n], f32[n], f32[m]) {
                  %soft = softmax(%x) {axis=1}
                  %norm = layer_norm(%x, %s, %b) {axis=1, epsilon=1.0E-5}
                  %sum = reduce_sum(%x) {axes=[1], keep_dims=false}
                  %max = reduce_max(%x) {axes=[1], keep_dims=false}
                  %mean = reduce_mean(%x) {axes=[0], keep_dims=false}
                  return %soft, %norm, %sum, %max, %mean
                }
                """,
                Map.of(
                        "x",
                        TvmModels.random(1, rows, length),
                        "s",
                        TvmModels.random(2, length),
                        "b",
                        TvmModels.random(3, length)));
    }

    @ParameterizedTest
    @CsvSource({"1, 16, 32, 8", "2, 9, 31, 33", "3, 1, 5, 1", "12, 128, 32, 128", "2, 20, 1, 70"})
    void products(int batch, int rows, int depth, int columns) {
        TvmModels.check(
                """
                graph @product(%x: f32[b, m, k], %y: f32[b, k, n], %z: f32[m, n]) -> (f32[b, m, n]) {
                  %p = mat_mul(%x, %y)
                  %q = add(%p, %z)
                  return %q
                }
                """,
                Map.of(
                        "x", TvmModels.random(1, batch, rows, depth),
                        "y", TvmModels.random(2, batch, depth, columns),
                        "z", TvmModels.random(3, rows, columns)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"i64", "i32", "i8", "u8", "u32", "u64", "f16", "f32", "f64"})
    void numbersOfAllTypes(String element) {
        ElementType type = ElementType.valueOf(element.toUpperCase(Locale.ROOT));
        Graph graph = IrText.parse("""
            graph @numbers(%%x: %1$s[n, 5], %%at: i64[n, 5]) -> (%1$s[5], %1$s[n, 1], i64[5], i64[n], %1$s[n, 5],
                %1$s[n, 5], %1$s[n, 5], %1$s[n, 5], %1$s[n, 5]) {
              %%seven = constant 7 : %1$s[]
              %%sum = reduce_sum(%%x) {axes=[0], keep_dims=false}
              %%max = reduce_max(%%x) {axes=[1], keep_dims=true}
              %%first = arg_max(%%x) {axis=0, keep_dims=false, select_last=false}
              %%last = arg_min(%%x) {axis=1, keep_dims=false, select_last=true}
              %%running = cum_sum(%%x) {axis=1, exclusive=true, reverse=true}
              %%taken = gather_elements(%%x, %%at) {axis=1}
              %%added = scatter_elements(%%x, %%at, %%x) {axis=1, reduction=add}
              %%put = scatter_elements(%%x, %%at, %%x) {axis=1, reduction=none}
              %%part = divide(%%x, %%seven)
              return %%sum, %%max, %%first, %%last, %%running, %%taken, %%added, %%put, %%part
            }
            """.formatted(element).replace("constant 7 : f", "constant 4.0 : f"));
        try (Executable run = TvmModels.load(graph, 1)) {
            for (int n : new int[] {3, 1, 0, 40}) {
                Tensor x = Tensor.zeros(type, n, 5);
                Tensor at = Tensor.zeros(ElementType.I64, n, 5);
                for (int i = 0; i < 5 * n; i++) {
                    x.setDouble(i, (i * 7 + 3) % 11 - 4);
                    at.setLong(i, i * 3 % 10 - 5);
                }
                Map<String, Tensor> in = Map.of("x", x, "at", at);
                assertThat(run.call(in)).isEqualTo(new ReferenceEvaluator(graph).call(in));
            }
        }
    }

    @Test
    void aDivisionByZeroNamesTheNode() {
        Graph graph = IrText.parse("""
            graph @division(%x: i32[n], %y: i32[n]) -> (i32[n]) {
              %q = mod(%x, %y) at "share"(Mod-13)
              return %q
            }
            """);
        Tensor x = Tensor.of(new int[] {7, -7, Integer.MIN_VALUE}, 3);
        try (Executable run = TvmModels.load(graph, 1)) {
            Map<String, Tensor> right = Map.of("x", x, "y", Tensor.of(new int[] {-2, 2, -1}, 3));
            assertThat(run.call(right)).isEqualTo(new ReferenceEvaluator(graph).call(right));
            assertThatThrownBy(() -> run.call(Map.of("x", x, "y", Tensor.of(new int[] {1, 0, 1}, 3))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("integer division by zero")
                    .hasMessageContaining("share");
            assertThat(run.call(right)).isEqualTo(new ReferenceEvaluator(graph).call(right));
        }
    }

    @Test
    void aFileLoadsAgain(@TempDir Path folder) throws IOException {
        Graph graph = IrText.parse("""
            graph @stored(%x: f32[n, 3]) -> (f32[n, 2]) {
              %w = constant [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] : f32[3, 2]
              %p = mat_mul(%x, %w)
              %y = tanh(%p)
              return %y
            }
            """);
        CompileOptions options = CompileOptions.builder().target("tvm").build();
        Path file = folder.resolve("stored.jar");
        TvmModels.BACKEND.compile(TvmModels.lowered(graph, options), options).write(file);
        Map<String, Tensor> in = Map.of("x", TvmModels.random(1, 9, 3));
        try (Executable run = TvmModels.BACKEND
                .open(file, LoadOptions.standard())
                .orElseThrow()
                .load()) {
            TvmModels.assertClose(run.call(in), new ReferenceEvaluator(graph).call(in));
        }
    }
}
