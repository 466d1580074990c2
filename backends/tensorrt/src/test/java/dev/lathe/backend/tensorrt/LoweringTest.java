package dev.lathe.backend.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.diag.Diagnostic;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoweringTest {
    /** All that no layers stand for is reported, each once, also where it depends on another such node. */
    @Test
    void reportsEachNodeThatCannotRun() {
        List<Diagnostic> problems = problems("""
            graph @f(%x: f32[n, 4], %d: f64[n]) -> (i32[n, 4], f64[n], f32[n]) {
              %a = bit_cast(%x) {to=i32} at "bits"(BitCast-1)
              %b = negate(%a)
              %e = exp(%d)
              %y = random_uniform() {shape=[n], element=f32, low=0.0, high=1.0, seed=1.0}
              return %b, %e, %y
            }
            """);
        assertThat(problems).extracting(Diagnostic::code).containsOnly(Lowering.CODE);
        assertThat(problems)
                .extracting(Diagnostic::what)
                .satisfiesExactly(
                        input -> assertThat(input).contains("input \"d\"").contains("f64"),
                        bits -> assertThat(bits)
                                .startsWith("bit_cast of f32[n, 4]")
                                .contains("reads the bits"),
                        exp -> assertThat(exp).startsWith("exp of f64[n]").contains("f64"),
                        noise -> assertThat(noise).startsWith("random_uniform").contains("seed"));
        assertThat(problems.get(1).location().toString()).contains("bits");
        assertThat(problems).extracting(Diagnostic::fix).noneMatch(String::isEmpty);
    }

    private static List<Diagnostic> problems(String text) {
        return Lowering.run(IrText.parse(text), new NetworkRecorder());
    }
}
