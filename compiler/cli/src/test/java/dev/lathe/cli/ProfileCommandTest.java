package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileCommandTest {
    @TempDir
    private Path folder;

    private static Cli profile(Object... more) {
        List<Object> all = new ArrayList<>(List.of("profile", "--threads", "1", "--warm-up", "0", "--seconds", "0"));
        all.addAll(List.of(more));
        return Cli.lathe(all.toArray());
    }

    @Test
    void aJarIsATableAPageAndJson() throws IOException {
        Path jar = folder.resolve("mlp.jar");
        assertThat(Cli.lathe("compile", TinyModels.mlp(folder), "-o", jar).exit())
                .isZero();
        Path page = folder.resolve("profile.html");
        Path json = folder.resolve("profile.json");
        Cli cli = profile(jar, "--shape", "x=8x3", "--html", page, "--json", json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out())
                .contains("on java, 1 thread", "x: f32[8, 3]", "median of 5 calls", "roofline", "kernel", "lost")
                .contains("Gemm + Relu", "% of");
        assertThat(page).content().contains("mlp.jar", "<svg", "Gemm + Relu").doesNotContain("http:", "https:");

        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.get("target").asText()).isEqualTo("java");
        assertThat(report.get("inputs").get("x").asText()).isEqualTo("f32[8, 3]");
        assertThat(report.get("median_ms").asDouble()).isPositive();
        assertThat(report.get("roofline").get("flops_per_second").asDouble()).isPositive();
        assertThat(report.get("roofline")
                        .get("bandwidths")
                        .get(0)
                        .get("bytes_per_second")
                        .asDouble())
                .isPositive();
        JsonNode step = report.get("steps").get(0);
        assertThat(step.get("kernel").asText()).startsWith("Gemm + Relu");
        assertThat(step.get("runs").asInt()).isOne();
        assertThat(step.get("flops").asDouble()).isEqualTo(8 * 2 * (2 * 3 + 1));
        assertThat(step.get("bytes").asDouble()).isEqualTo(4 * (8 * 3 + 8 * 2 + 6));
        for (String key :
                new String[] {"ms", "share", "gflops_per_second", "gb_per_second", "least_ms", "efficiency"}) {
            assertThat(step.get(key).asDouble()).as(key).isPositive();
        }
        assertThat(step.get("bound").asText()).isIn("ARITHMETIC", "CACHE", "MEMORY");
    }

    @Test
    void onlyTheTopIsPrinted() {
        Path model = TinyModels.write(folder.resolve("two.lir"), """
            graph @two(%x: f32[4, 4]) -> (y: f32[4, 4]) {
              %h = softmax(%x) {axis=1} : f32[4, 4]
              %y = softmax(%h) {axis=1} : f32[4, 4]
              return %y
            }
            """);
        Cli cli = profile(model, "--top", "1");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("1 more steps; --top 0 shows all");
        assertThat(profile(model, "--top", "0").err()).doesNotContain("more steps");
    }

    @Test
    void jsonReplacesTheTable() throws IOException {
        Cli cli = profile(TinyModels.mlp(folder), "--target", "reference", "--json", "-");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(new ObjectMapper().readTree(cli.out()).get("steps")).isNotEmpty();
    }

    @Test
    void faultsHaveTheirExitCodes() throws IOException {
        assertThat(profile(folder.resolve("none.jar")).exit()).isOne();
        Cli unwritable = profile(TinyModels.mlp(folder), "--html", folder.resolve("no/page.html"));
        assertThat(unwritable.exit()).isEqualTo(2);
        assertThat(unwritable.err()).contains("output.unwritable");
        Path empty = TinyModels.write(folder.resolve("same.lir"), """
            graph @same(%x: f32[4]) -> (y: f32[4]) {
              return %x
            }
            """);
        assertThat(Files.exists(empty)).isTrue();
        Cli none = profile(empty, "--target", "reference");
        assertThat(none.exit()).isOne();
        assertThat(none.err()).contains("target.no-steps");
    }
}
