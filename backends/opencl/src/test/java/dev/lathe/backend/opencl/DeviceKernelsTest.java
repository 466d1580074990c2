package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
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
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Integers, doubles and indices have kernels, with the bits of the reference. */
class DeviceKernelsTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();

    @BeforeEach
    void needsDevice() {
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    private static Executable load(Graph graph) {
        CompileOptions options = CompileOptions.builder().target("opencl").build();
        Graph target = PassManager.run(graph, BACKEND.pipeline(options), options.passContext());
        assertThat(BACKEND.onHost(target, options)).isEmpty();
        return BACKEND.compile(target, options).load();
    }

    private static Tensor numbers(ElementType type, int n) {
        Tensor t = Tensor.zeros(type, n, 5);
        for (int i = 0; i < 5 * n; i++) {
            t.setDouble(i, (i * 7 + 3) % 11 - 4);
        }
        return t;
    }

    @ParameterizedTest
    @ValueSource(strings = {"i64", "i32", "i8", "u8", "u32", "u64", "f16", "f32", "f64"})
    void numbersOfAllTypes(String element) {
        ElementType type = ElementType.valueOf(element.toUpperCase(Locale.ROOT));
        Graph graph = IrText.parse("""
            graph @numbers(%%x: %1$s[n, 5], %%at: i64[n, 5]) -> (%1$s[5], %1$s[n, 1], i64[5], i64[n], %1$s[n, 5],
                %1$s[n, 5], %1$s[n, 5], %1$s[n, 5], %1$s[n, 5], i64[n]) {
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
              %%zero = constant 0 : i64[]
              %%two = constant 2 : i64[]
              %%range = range(%%zero, %%two, %%two) {count=n, binds_count=false}
              return %%sum, %%max, %%first, %%last, %%running, %%taken, %%added, %%put, %%part, %%range
            }
            """.formatted(element).replace("constant 7 : f", "constant 4.0 : f"));
        ReferenceEvaluator reference = new ReferenceEvaluator(graph);
        try (Executable run = load(graph)) {
            for (int n : new int[] {3, 1, 0, 40}) {
                Tensor at = Tensor.zeros(ElementType.I64, n, 5);
                for (int i = 0; i < 5 * n; i++) {
                    at.setLong(i, i * 3 % 10 - 5);
                }
                Map<String, Tensor> in = Map.of("x", numbers(type, n), "at", at);
                assertThat(run.call(in)).isEqualTo(reference.call(in));
            }
        }
    }

    @Test
    void productsOfDoubles() {
        Graph graph = IrText.parse("""
            graph @doubles(%x: f64[2, n, 5], %y: f64[5, n]) -> (f64[2, n, n]) {
              %p = mat_mul(%x, %y)
              return %p
            }
            """);
        Tensor x = Tensor.zeros(ElementType.F64, 2, 4, 5);
        Tensor y = Tensor.zeros(ElementType.F64, 5, 4);
        for (int i = 0; i < 40; i++) {
            x.setDouble(i, i * 0.125 - 2);
            y.setDouble(i % 20, 1L << (i % 30));
        }
        Map<String, Tensor> in = Map.of("x", x, "y", y);
        try (Executable run = load(graph)) {
            assertThat(run.call(in)).isEqualTo(new ReferenceEvaluator(graph).call(in));
        }
    }

    /** Types leave open which axes are 1. */
    @Test
    void operandsThatTurnOutToRepeat() {
        Graph graph = IrText.parse("""
            graph @repeats(%x: f32[a, 3, c], %y: f32[b, 3, d], %z: f32[e, 3, 1])
                -> (f32[max(a, b), 3, max(c, d)], f32[max(a, b, e), 3, max(c, d)]) {
              %s = add(%x, %y)
              %t = multiply(%s, %z)
              %u = exp(%t)
              return %s, %u
            }
            """);
        try (Executable run = load(graph)) {
            for (int[] n : new int[][] {
                {2, 2, 5, 5, 2}, {1, 4, 5, 1, 1}, {4, 1, 1, 5, 4}, {1, 1, 1, 1, 3}, {1, 3, 2, 2, 3}, {1, 1, 6, 6, 1}
            }) {
                Map<String, Tensor> in = Map.of(
                        "x", steps(n[0], 3, n[2]),
                        "y", steps(n[1], 3, n[3]),
                        "z", steps(n[4], 3, 1));
                Map<String, Tensor> actual = run.call(in);
                new ReferenceEvaluator(graph).call(in).forEach((name, expected) -> {
                    Tensor own = Tensor.named(actual, name);
                    assertThat(own.type()).isEqualTo(expected.type());
                    for (int i = 0; i < own.size(); i++) {
                        assertThat(own.getFloat(i)).isCloseTo(expected.getFloat(i), withinPercentage(1e-4));
                    }
                });
            }
            assertThatThrownBy(() -> run.call(Map.of("x", steps(2, 3, 2), "y", steps(3, 3, 2), "z", steps(1, 3, 1))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("does not broadcast");
        }
    }

    private static Tensor steps(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (int i = 0; i < t.size(); i++) {
            t.setDouble(i, 0.25 * (i % 7) - 0.5);
        }
        return t;
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
        try (Executable run = load(graph)) {
            Map<String, Tensor> right = Map.of("x", x, "y", Tensor.of(new int[] {-2, 2, -1}, 3));
            assertThat(run.call(right)).isEqualTo(new ReferenceEvaluator(graph).call(right));
            assertThatThrownBy(() -> run.call(Map.of("x", x, "y", Tensor.of(new int[] {1, 0, 1}, 3))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("integer division by zero")
                    .hasMessageContaining("share");
            assertThat(run.call(right)).isEqualTo(new ReferenceEvaluator(graph).call(right));
        }
    }
}
