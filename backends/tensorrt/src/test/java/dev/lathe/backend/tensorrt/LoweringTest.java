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
            graph @f(%x: f32[n, 4], %d: f64[n]) -> (f32[n, 4], f64[n], f32[c]) {
              %i = constant [0, 1] : i64[2, 1]
              %u = constant 0.0 : f32[2, 4]
              %a = scatter_nd(%x, %i, %u) {reduction=add} at "scatter"(ScatterND-18)
              %b = exp(%a)
              %e = exp(%d)
              %v = slice(%x) {starts=[0, 0], sizes=[1, 4], steps=[1, 1]}
              %y, %p, %q, %r = unique(%v) {sorted=true, count=c}
              return %b, %e, %y
            }
            """);
        assertThat(problems).extracting(Diagnostic::code).containsOnly(Lowering.CODE);
        assertThat(problems)
                .extracting(Diagnostic::what)
                .satisfiesExactly(
                        input -> assertThat(input).contains("input \"d\"").contains("f64"),
                        scatter -> assertThat(scatter)
                                .startsWith("scatter_nd of f32[n, 4]")
                                .contains("ADD"),
                        exp -> assertThat(exp).startsWith("exp of f64[n]").contains("f64"),
                        unique -> assertThat(unique).startsWith("unique").contains("distinct"));
        assertThat(problems.get(1).location().toString()).contains("scatter");
        assertThat(problems).extracting(Diagnostic::fix).noneMatch(String::isEmpty);
    }

    private static List<Diagnostic> problems(String text) {
        return Lowering.run(IrText.parse(text), new NetworkRecorder());
    }
}
