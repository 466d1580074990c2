package dev.lathe.cli;

import dev.lathe.frontend.onnx.OnnxOperators;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An ONNX operator in the list of those that Lathe reads.
 *
 * @param operator its name, qualified by its domain when that is not {@code ai.onnx}
 * @param opsets those in which its meaning changed
 * @param types its element types, as {@link OnnxOperators#types} writes them
 * @param java what the target java has for it: {@code kernel}, {@code partly}, {@code meaning} or {@code view}; empty
 * if no test says
 */
public record OperatorRow(String operator, List<Integer> opsets, String types, String java) {
    /**
     * The resource with a line {@code operator | java} for each operator; a test of the conformance suite writes it.
     */
    public static final String KERNELS = "operator-kernels.txt";

    /** All that are known, by name. */
    public static List<OperatorRow> all() {
        Map<String, String> types = OnnxOperators.types();
        Map<String, String> kernels = kernels();
        return OnnxOperators.all().entrySet().stream()
                .map(e -> new OperatorRow(
                        e.getKey(),
                        e.getValue(),
                        types.getOrDefault(e.getKey(), ""),
                        kernels.getOrDefault(e.getKey(), "")))
                .toList();
    }

    private static Map<String, String> kernels() {
        try (InputStream in = Objects.requireNonNull(OperatorRow.class.getResourceAsStream(KERNELS))) {
            Map<String, String> kernels = new HashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.contains("|") && !line.startsWith("#"))
                    .forEach(line -> {
                        String[] parts = line.split("\\|");
                        kernels.put(parts[0].strip(), parts[1].strip());
                    });
            return kernels;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
