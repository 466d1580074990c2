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
        assertThat(cli.out()).contains("on java, 1 thread", "x: f32[8, 3]", "p50", "p90", "p99", "GFLOP/s");
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        for (String key : new String[] {
            "median_ms", "p90_ms", "p99_ms", "first_ms", "load_ms", "compile_ms", "gflops", "peak_share"
        }) {
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

    private Cli quick(Object... args) {
        List<Object> all = new ArrayList<>(List.of("bench", TinyModels.mlp(folder)));
        all.addAll(List.of(args));
        all.addAll(List.of("--warm-up", "0.05", "--seconds", "0.1", "--threads", "1"));
        return Cli.lathe(all.toArray());
    }

    @Test
    void inputsAreGivenAsForARun() {
        Cli cli = quick("--input", "x=[[1, 2, 3], [4, 5, 6]]");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("x: f32[2, 3]");
        assertThat(quick("--input", "z=1").err()).contains("no input \"z\"");
    }

    @Test
    void severalCallersCallAtATime() throws IOException {
        Path json = folder.resolve("callers.json");
        Cli cli = quick("--callers", 3, "--json", json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("1 thread, 3 callers at a time", "p90");
        JsonNode r = new ObjectMapper().readTree(json.toFile());
        assertThat(r.get("callers").asInt()).isEqualTo(3);
        assertThat(r.get("p90_ms").asDouble())
                .isBetween(r.get("median_ms").asDouble(), r.get("p99_ms").asDouble());
        assertThat(quick("--callers", 0).exit()).isEqualTo(2);
    }

    @Test
    void severalShapesAreMeasuredByOneModel() throws IOException {
        Path json = folder.resolve("shapes.json");
        Cli cli = quick("--shapes", "x=1x3; 4x3;batch=7", "--json", json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("x=1x3", "x=4x3", "batch=7", "p50", "p90", "p99");
        JsonNode rows = new ObjectMapper().readTree(json.toFile());
        assertThat(rows.findValuesAsText("x")).containsExactly("f32[1, 3]", "f32[4, 3]", "f32[7, 3]");
        assertThat(quick("--shapes", "1x3").err()).contains("is for no input");
        assertThat(quick("--shapes", "y=1x3").err()).contains("no input named y", "did you mean x?");
    }

    @Test
    void anEarlierMeasurementIsTheBaseline() throws IOException {
        Path json = folder.resolve("before.json");
        assertThat(quick("--shapes", "x=1x3;4x3", "--json", json).exit()).isZero();
        String before = Files.readString(json);
        Cli same = quick("--shapes", "x=4x3", "--baseline", json);
        assertThat(same.exit()).as(same.err()).isZero();
        assertThat(same.out()).contains("times the median of before");
        TinyModels.write(json, before.replaceAll("\"median_ms\" : [0-9.E-]+", "\"median_ms\" : 1e-9"));
        Cli slow = quick("--shapes", "x=1x3;4x3", "--baseline", json, "--max-slowdown", "5%");
        assertThat(slow.exit()).isEqualTo(1);
        assertThat(slow.err()).contains("more than 1.050");
        assertThat(quick("--shapes", "x=4x3", "--baseline", json).exit()).isZero();
        assertThat(quick("--shapes", "x=9x3", "--baseline", json).err()).contains("nothing that was measured now");
        assertThat(quick("--max-slowdown", "5%").err()).contains("add --baseline");
        assertThat(quick("--baseline", json, "--max-slowdown", "5").err()).contains("--max-slowdown 5%");
        TinyModels.write(json, "{}");
        assertThat(quick("--baseline", json).err()).contains("no result of lathe bench");
    }
}
