package dev.lathe.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.ModelStep;
import dev.lathe.ir.type.Dim;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepTextTest {
    @Test
    void stepsComeBack() {
        Dim n = Dim.symbol("batch size");
        Dim offset = Dim.signedSymbol("off+set");
        Dim size = n.times(n).times(3).plus(offset.floorDiv(Dim.of(4)).max(n)).min(offset.plus(7));
        List<ModelStep> steps = List.of(
                new ModelStep(
                        "Gemm + Relu0",
                        "a\tb\n=",
                        List.of("\"fc1\"(MatMul-13)", "\"a b\"(Relu-13)"),
                        Optional.of(size),
                        Optional.of(Dim.of(-12)),
                        1L << 40),
                new ModelStep("host top_k", "", List.of(), Optional.empty(), Optional.empty(), 0));
        assertThat(StepText.parse(StepText.of(steps))).isEqualTo(steps);
        assertThat(StepText.parse(StepText.of(List.of()))).isEmpty();
    }

    @Test
    void anExpressionThatIsTooLongIsNotKnown() {
        Dim size = Dim.symbol("n");
        for (int i = 0; i < 40; i++) {
            size = size.times(size).plus(Dim.symbol("s" + i)).floorDiv(3).defined();
        }
        ModelStep step = new ModelStep("kernel", "y", List.of(), Optional.of(size), Optional.empty(), 0);
        assertThat(StepText.of(List.of(step)).length()).isLessThan(1000);
        assertThat(StepText.parse(StepText.of(List.of(step))).getFirst().flops())
                .isEmpty();
    }

    @Test
    void otherTextIsCorrupt() {
        assertThatThrownBy(() -> StepText.parse("kernel\ty\t+\t?\t0")).hasMessageContaining("artifact.corrupt");
        assertThatThrownBy(() -> StepText.parse("kernel")).hasMessageContaining("artifact.corrupt");
    }
}
