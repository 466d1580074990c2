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
    void theReferenceIsMeasuredToo() {
        Cli cli =
                Cli.lathe("bench", TinyModels.mlp(folder), "--target", "reference", "--warm-up", "0", "--seconds", "0");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("on reference", "of 5 runs");
    }
}
