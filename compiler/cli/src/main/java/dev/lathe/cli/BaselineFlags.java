package dev.lathe.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.bench.Benchmark;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --baseline}: an earlier measurement to compare with. */
final class BaselineFlags {
    @Option(
            names = "--baseline",
            paramLabel = "FILE",
            description = "Compare the medians with those in FILE, which an earlier --json wrote: the same target,"
                    + " inputs, threads and callers.")
    private @Nullable Path file;

    @Option(
            names = "--max-slowdown",
            paramLabel = "N%",
            description = "Exit with 1 if a median is more than N percent above that of --baseline.")
    private @Nullable String maxSlowdown;

    /** Medians of an earlier measurement by what was measured. */
    record Baseline(Map<String, Double> medians, double limit) {
        /** {@code result} with its ratio, where it was measured before. */
        Benchmark.Result compared(Benchmark.Result result) {
            Double before = medians.get(key(result.target(), result.threads(), result.callers(), result.inputs()));
            return before == null ? result : result.withBaseline(result.medianMs() / before);
        }

        boolean isTooSlow(Benchmark.Result result) {
            return result.baselineRatio() != null && result.baselineRatio() > limit;
        }
    }

    boolean isGiven() {
        return file != null;
    }

    /**
     * What {@code --baseline} holds; nothing where it is not given.
     *
     * @throws LatheException if the file is no result of {@code lathe bench}
     */
    Baseline read() {
        double limit = limit();
        if (file == null) {
            return new Baseline(Map.of(), limit);
        }
        if (!Files.isRegularFile(file)) {
            throw bad("there is no file " + file);
        }
        JsonNode json;
        try {
            json = new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw bad(file + " is no JSON");
        }
        Map<String, Double> medians = new HashMap<>();
        for (JsonNode row : json.isArray() ? json : List.of(json)) {
            JsonNode result = row.has("result") ? row.get("result") : row;
            double median = result.path("median_ms").asDouble(0);
            if (!(median > 0) || !result.path("inputs").isObject()) {
                throw bad(file + " is no result of lathe bench");
            }
            Map<String, String> inputs = new HashMap<>();
            result.get("inputs")
                    .properties()
                    .forEach(e -> inputs.put(e.getKey(), e.getValue().asText()));
            medians.put(
                    key(
                            result.path("target").asText(),
                            result.path("threads").asInt(),
                            result.path("callers").asInt(1),
                            inputs),
                    median);
        }
        return new Baseline(medians, limit);
    }

    private static String key(String target, int threads, int callers, Map<String, String> inputs) {
        return target + " " + threads + " " + callers + " " + new TreeMap<>(inputs);
    }

    /** The ratio from which on a row is too slow. */
    private double limit() {
        if (maxSlowdown == null) {
            return Double.POSITIVE_INFINITY;
        }
        if (file == null) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.max-slowdown",
                            "--max-slowdown compares with an earlier measurement, and there is none",
                            "add --baseline FILE, which an earlier --json FILE wrote")));
        }
        if (!maxSlowdown.matches("[0-9]{1,6}(\\.[0-9]{1,6})?%")) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.max-slowdown",
                            "--max-slowdown cannot be " + maxSlowdown,
                            "give a share, for example --max-slowdown 5%")));
        }
        return 1 + Double.parseDouble(maxSlowdown.substring(0, maxSlowdown.length() - 1)) / 100;
    }

    private static LatheException bad(String what) {
        return new LatheException(
                Diagnostic.error("bench.baseline", what, "give a file that `lathe bench MODEL --json FILE` wrote"));
    }
}
