package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    @TempDir
    private Path folder;

    @Test
    void symbolsAreShownAndAssumptionsTold() {
        Cli cli = Cli.lathe("inspect", TinyModels.mlp(folder));
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out())
                .contains(
                        "x: f32[batch, 3]",
                        "y: f32[batch, 2]",
                        "6 parameters, 24 B (f32 24 B)",
                        "14*batch",
                        "14 FLOP with batch=1",
                        "28 B of activations at the peak with batch=1",
                        "1 mat_mul");
    }

    @Test
    void shapesFixSymbols() {
        Cli cli = Cli.lathe("inspect", TinyModels.mlp(folder), "--shape", "x=10x3");
        assertThat(cli.out()).contains("x: f32[10, 3]", "140 FLOP\n", "280 B of activations at the peak\n");
    }

    @Test
    void layersAreATable() {
        Cli cli = Cli.lathe("inspect", TinyModels.mlp(folder), "--layers");
        assertThat(cli.out()).containsPattern("0 +mat_mul +h +f32\\[batch, 2] +6 +f32 24 B +12 FLOP +85.7 % +8 B");
        assertThat(cli.out())
                .containsPattern("op +layer .*stored as +kernel")
                .containsPattern("1 +relu .*Gemm \\+ Relu");
    }

    @Test
    void layersSayHowTheirWeightsAreStored() throws IOException {
        StringBuilder weights = new StringBuilder();
        for (int i = 0; i < 2048; i++) {
            weights.append(i == 0 ? "[" : i % 32 == 0 ? "], [" : ", ").append(i % 2);
        }
        Path file = Files.writeString(folder.resolve("sparse.lir"), """
            graph @g(%x: f32[1, 64]) -> (f32[1, 32]) {
              %w = constant [[WEIGHTS]] : f32[64, 32]
              %y = mat_mul(%x, %w) : f32[1, 32]
              return %y
            }
            """.replace("[WEIGHTS]", weights + "]"));
        Cli cli = Cli.lathe("inspect", file.toString(), "--layers");
        assertThat(cli.out()).containsPattern("mat_mul .* 2.05 k +f32 8.19 kB, 50 % zeros");
    }

    @Test
    void thePlanIsWhatATargetDoes() {
        Cli cli = Cli.lathe("inspect", TinyModels.mlp(folder), "--plan", "java");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("plan @", "matrix_product x=in0[batch, 3] rows=batch", "return out0[batch, 2]");
        Cli none = Cli.lathe("inspect", TinyModels.mlp(folder), "--plan", "reference");
        assertThat(none.exit()).isEqualTo(2);
        assertThat(none.err()).contains("the target reference makes no plan");
    }

    @Test
    void jsonHoldsTheSame() throws IOException {
        Cli cli = Cli.lathe("inspect", TinyModels.mlp(folder), "--json", "-");
        JsonNode report = new ObjectMapper().readTree(cli.out());
        assertThat(report.get("parameters").asInt()).isEqualTo(6);
        assertThat(report.get("flops").asInt()).isEqualTo(14);
        assertThat(report.get("peak_activation_bytes").asInt()).isEqualTo(28);
        assertThat(report.get("layers")).hasSize(2);
    }

    @Test
    void onnxOperatorsAreCounted() {
        Cli cli = Cli.lathe("inspect", TinyModels.onnx(folder.resolve("m.onnx"), "Relu"));
        assertThat(cli.out()).contains("1 Relu-13", "x: f32[2, 3]");
    }
}
