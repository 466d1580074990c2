package dev.lathe.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.analysis.GraphCost;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void unitsHaveThreeDigits() {
        assertThat(Units.bytes(999)).isEqualTo("999 B");
        assertThat(Units.bytes(90_400_000)).isEqualTo("90.4 MB");
        assertThat(Units.bytes(999_600)).isEqualTo("1.00 MB");
        assertThat(Units.count(22_713_216)).isEqualTo("22.7 M");
        assertThat(Units.flops(5.64e9)).isEqualTo("5.64 GFLOP");
        assertThat(Units.millis(0.012)).isEqualTo("12.0 µs");
        assertThat(Units.millis(12_345)).isEqualTo("12.3 s");
    }

    @Test
    void memoryIsFreedAfterTheLastUse() {
        // x and a; a and b; b and c: never more than two of them, and x stays with its owner.
        Graph chain = IrText.parse("""
            graph @chain(%x: f32[10]) -> (c: f32[10]) {
              %a = relu(%x) : f32[10]
              %b = exp(%a) : f32[10]
              %c = relu(%b) : f32[10]
              return %c
            }
            """);
        assertThat(new GraphCost(_ -> 1).peakBytes(chain)).isEqualTo(3 * 40);
    }

    @Test
    void aReshapeTakesNoMemory() {
        Graph reshape = IrText.parse("""
            graph @reshape(%x: f32[10]) -> (c: f32[10, 1]) {
              %a = relu(%x) : f32[10]
              %b = reshape(%a) {shape=[2, 5]} : f32[2, 5]
              %c = reshape(%b) {shape=[10, 1]} : f32[10, 1]
              return %c
            }
            """);
        assertThat(new GraphCost(_ -> 1).peakBytes(reshape)).isEqualTo(2 * 40);
    }

    @Test
    void compositesCostWhatTheirExpansionsCost() {
        Graph softmax = IrText.parse("""
            graph @s(%x: f32[n, 8]) -> (y: f32[n, 8]) {
              %y = softmax(%x) {axis=1} : f32[n, 8]
              return %y
            }
            """);
        assertThat(new GraphCost(_ -> 3).flops(softmax)).isGreaterThanOrEqualTo(3 * 8 * 4);
        assertThat(GraphCost.symbolicFlops(softmax).orElseThrow().evaluate(_ -> 3))
                .isEqualTo((long) new GraphCost(_ -> 3).flops(softmax));
    }
}
