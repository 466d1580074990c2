package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.passes.PassManager;
import org.junit.jupiter.api.Test;

/** Kernels of {@code f16}, on devices that compute with halves and on others. */
class HalfArithmeticTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();

    static final String MODEL = """
        graph @halves(%x: f16[n, 4], %y: f16[4]) -> (f16[n, 4], f16[n, 4]) {
          %a = multiply(%x, %y)
          %b = add(%a, %y)
          %c = relu(%b)
          %d = divide(%c, %y)
          %e = sigmoid(%d)
          %z = constant 0.5 : f16[]
          %m = max(%e, %z)
          return %c, %m
        }
        """;

    static final String EVERY = """
        graph @halves(%x: f16[n], %y: f16[n], %z: f32[n], %i: i32[n], %b: bool[n])
            -> (f16[n], f32[n], i64[n], bool[n], f16[n], f16[n], f16[n]) {
          %v0 = negate(%x)
          %v1 = abs(%v0)
          %v2 = sign(%v1)
          %v3 = floor(%v2)
          %v4 = ceil(%v3)
          %v5 = round(%v4)
          %v6 = reciprocal(%v5)
          %v7 = sigmoid(%v6)
          %v8 = exp(%v7)
          %v9 = log(%v8)
          %v10 = sqrt(%v9)
          %v11 = sin(%v10)
          %v12 = cos(%v11)
          %v13 = tan(%v12)
          %v14 = atan(%v13)
          %v15 = tanh(%v14)
          %v16 = erf(%v15)
          %v17 = relu(%v16)
          %v18 = add(%v17, %y)
          %v19 = subtract(%v18, %y)
          %v20 = multiply(%v19, %y)
          %v21 = divide(%v20, %y)
          %v22 = min(%v21, %y)
          %v23 = max(%v22, %y)
          %v24 = mod(%v23, %y)
          %v25 = fmod(%v24, %y)
          %v26 = pow(%v25, %y)
          %v27 = cast(%v26) {to=f32, saturate=true}
          %v28 = cast(%v26) {to=i64, saturate=true}
          %v29 = less(%v26, %y)
          %v30 = cast(%z) {to=f16, saturate=true}
          %v31 = cast(%i) {to=f16, saturate=true}
          %v32 = select(%b, %x, %y)
          return %v26, %v27, %v28, %v29, %v30, %v31, %v32
        }
        """;

    private static String kernels(boolean halves) {
        CompileOptions options = CompileOptions.builder().target("opencl").build();
        Graph target = PassManager.run(IrText.parse(MODEL), BACKEND.pipeline(options), options.passContext());
        String source = OpenClPlans.of(target, new Features(true, halves, false, false, MeasuredTiles.NONE))
                .launches()
                .source();
        return source.substring(source.indexOf("kernel void"));
    }

    @Test
    void sumsAndProductsAreOfHalves() {
        assertThat(kernels(true)).isEqualTo("""
            kernel void each_multiply_add_relu(
                    const long n, const long columns, global half *y, const long y_at, global const half *x0, const long x0_at,
                    global const half *x1, const long x1_at) {
                const uint row = get_global_id(0);
                if (row >= n) {
                    return;
                }
                for (long column = 0; column < columns; column++) {
                    const ulong i = (ulong) row * columns + column;
                    const half v0 = x0[x0_at + i];
                    const half v1 = x1[x1_at + column];
                    const half v2 = v0 * v1;
                    const half v3 = v2 + v1;
                    const half v4 = v3 < 0 ? 0 : v3;
                    y[y_at + i] = v4;
                }
            }

            // m
            kernel void each_divide_sigmoid_max(
                    const long n, const long columns, global half *y, const long y_at, global const half *x0, const long x0_at,
                    global const half *x1, const long x1_at) {
                const uint row = get_global_id(0);
                if (row >= n) {
                    return;
                }
                for (long column = 0; column < columns; column++) {
                    const ulong i = (ulong) row * columns + column;
                    const half v0 = x0[x0_at + i];
                    const half v1 = x1[x1_at + column];
                    const half v2 = 0.5f;
                    const half v3 = convert_half_rte((float) v0 / (float) v1);
                    const half v4 = convert_half_rte(1 / (1 + exp_of(-(float) v3)));
                    const half v5 = maximum(v4, v2);
                    y[y_at + i] = v5;
                }
            }
            """);
    }

    @Test
    void elsewhereHalvesAreFloatsThatAreRounded() {
        assertThat(kernels(false)).isEqualTo("""
            kernel void each_multiply_add_relu(
                    const long n, const long columns, global half *y, const long y_at, global const half *x0, const long x0_at,
                    global const half *x1, const long x1_at) {
                const uint row = get_global_id(0);
                if (row >= n) {
                    return;
                }
                for (long column = 0; column < columns; column++) {
                    const ulong i = (ulong) row * columns + column;
                    const float v0 = vload_half(x0_at + i, x0);
                    const float v1 = vload_half(x1_at + column, x1);
                    const float v2 = rounded_half(v0 * v1);
                    const float v3 = rounded_half(v2 + v1);
                    const float v4 = v3 < 0 ? 0 : v3;
                    vstore_half_rte(v4, y_at + i, y);
                }
            }

            // m
            kernel void each_divide_sigmoid_max(
                    const long n, const long columns, global half *y, const long y_at, global const half *x0, const long x0_at,
                    global const half *x1, const long x1_at) {
                const uint row = get_global_id(0);
                if (row >= n) {
                    return;
                }
                for (long column = 0; column < columns; column++) {
                    const ulong i = (ulong) row * columns + column;
                    const float v0 = vload_half(x0_at + i, x0);
                    const float v1 = vload_half(x1_at + column, x1);
                    const float v2 = 0.5f;
                    const float v3 = rounded_half(v0 / v1);
                    const float v4 = rounded_half(1 / (1 + exp_of(-v3)));
                    const float v5 = maximum(v4, v2);
                    vstore_half_rte(v5, y_at + i, y);
                }
            }
            """);
    }

    @Test
    void devicesThatRoundOtherwiseGetFloats() {
        assertThat(Device.roundsHalves(0x37)).isTrue();
        assertThat(Device.roundsHalves(0x0A))
                .as("towards zero, without small numbers")
                .isFalse();
    }
}
