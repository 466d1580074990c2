package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
    @TempDir
    private Path folder;

    @Test
    void everythingIsMeasured() throws IOException {
        Path json = folder.resolve("bench.json");
        Cli cli = Cli.lathe(
                "bench",
                TinyModels.mlp(folder),
                "--shape",
                "x=8x3",
                "--threads",
                "1",
                "--warm-up",
                "0.05",
                "--seconds",
                "0.1",
                "--json",
                json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("on java, 1 thread", "x: f32[8, 3]", "median", "GFLOP/s");
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        for (String key :
                new String[] {"median_ms", "p99_ms", "first_ms", "load_ms", "compile_ms", "gflops", "peak_share"}) {
            assertThat(report.get(key).asDouble()).as(key).isPositive();
        }
        assertThat(report.has("peak_rss_mb")).isTrue();
        assertThat(report.get("p99_ms").asDouble())
                .isGreaterThanOrEqualTo(report.get("median_ms").asDouble());
        assertThat(report.get("runs").asInt()).isGreaterThanOrEqualTo(5);
    }

    @Test
    void severalTargetsTakeTurns() throws IOException {
        Path json = folder.resolve("turns.json");
        Cli cli = Cli.lathe(
                "bench",
                TinyModels.mlp(folder),
                "--shape",
                "x=8x3",
                "--target",
                "reference",
                "--target",
                "java",
                "--warm-up",
                "0",
                "--seconds",
                "0.1",
                "--json",
                json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("in turns", "reference", "java", "ratio");
        JsonNode sides = new ObjectMapper().readTree(json.toFile());
        assertThat(sides).hasSize(2);
        assertThat(sides.get(0).get("ratio").asDouble()).isEqualTo(1);
        assertThat(sides.get(1).get("result").get("target").asText()).isEqualTo("java");
        assertThat(sides.get(1).get("difference").asDouble()).isLessThan(1e-5);
    }

    @Test
    void oneTargetIsAllThatOtherCommandsTake() {
        Cli cli = Cli.lathe("run", TinyModels.mlp(folder), "--target", "reference", "--target", "java");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("usage.target", "lathe bench");
        cli = Cli.lathe(
                "bench", TinyModels.mlp(folder), "--target", "reference", "--target", "java", "-T", "nothing=1");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("has an option nothing");
    }

    @Test
    void theReferenceIsMeasuredToo() {
        Cli cli =
                Cli.lathe("bench", TinyModels.mlp(folder), "--target", "reference", "--warm-up", "0", "--seconds", "0");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("on reference", "of 5 runs");
    }
}
