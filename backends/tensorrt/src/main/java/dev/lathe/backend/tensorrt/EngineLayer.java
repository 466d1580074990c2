package dev.lathe.backend.tensorrt;

import dev.lathe.ir.ModelStep;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A layer of an engine, which TensorRT made of those of the network.
 *
 * @param name as its profiler calls it
 * @param type such as {@code CaskConvolution}; empty if it does not tell
 * @param nodes what the layers of the network that it was made of are for, as far as TensorRT tells
 */
record EngineLayer(String name, String type, List<String> nodes) {
    /** TensorRT puts this between what it fuses. */
    private static final String SEPARATOR = "\u001E";

    EngineLayer {
        nodes = List.copyOf(nodes);
    }

    /** What TensorRT's inspector says of a layer, as JSON; at lowest verbosity that is the name alone, as a string. */
    static EngineLayer parse(String json) {
        String name = field(json, "Name").orElse(unquoted(json.strip()));
        return new EngineLayer(
                name,
                field(json, "LayerType").orElse(""),
                field(json, "Metadata").stream()
                        .flatMap(m -> List.of(m.split(SEPARATOR)).stream())
                        .map(String::strip)
                        .filter(m -> !m.isEmpty())
                        .distinct()
                        .toList());
    }

    /** The first field of this name, which is the layer's own: its tensors come after it. */
    private static Optional<String> field(String json, String name) {
        Matcher m = Pattern.compile("\"" + name + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"")
                .matcher(json);
        return m.find() ? Optional.of(unescaped(m.group(1))) : Optional.empty();
    }

    private static String unquoted(String json) {
        boolean isString = json.length() > 1 && json.startsWith("\"") && json.endsWith("\"");
        return isString ? unescaped(json.substring(1, json.length() - 1)) : json;
    }

    private static String unescaped(String text) {
        return Pattern.compile("\\\\(u([0-9a-fA-F]{4})|.)")
                .matcher(text)
                .replaceAll(m -> Matcher.quoteReplacement(
                        m.group(2) != null
                                ? String.valueOf((char) Integer.parseInt(m.group(2), 16))
                                : switch (m.group(1)) {
                                    case "n" -> "\n";
                                    case "t" -> "\t";
                                    case "r" -> "\r";
                                    default -> m.group(1);
                                }));
    }

    ModelStep step() {
        return new ModelStep(type.isEmpty() ? "layer" : type, name, nodes, Optional.empty(), Optional.empty(), 0);
    }
}
