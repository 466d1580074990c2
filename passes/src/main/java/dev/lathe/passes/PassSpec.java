package dev.lathe.passes;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A pass in a pipeline's text: {@code name} or {@code name{option=value,…}}. */
public record PassSpec(String name, Map<String, String> options) {
    public PassSpec {
        options = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }

    public static PassSpec of(String name) {
        return new PassSpec(name, Map.of());
    }

    /** The text that parses to this. */
    @Override
    public String toString() {
        return options.isEmpty()
                ? name
                : options.entrySet().stream()
                        .map(e -> e.getKey() + "=" + quote(e.getValue()))
                        .collect(Collectors.joining(",", name + "{", "}"));
    }

    private static String quote(String value) {
        return value.matches("[A-Za-z_][A-Za-z0-9_.-]*|-?[0-9]+(\\.[0-9]+)?")
                ? value
                : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
