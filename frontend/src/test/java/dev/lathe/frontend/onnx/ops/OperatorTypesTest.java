package dev.lathe.frontend.onnx.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The element types of the operators against the standard's list of schemas, where that is at hand ({@code
 * -Dlathe.onnx.operators=…}).
 */
class OperatorTypesTest {
    private static final String HEAD = """
        # The element types that the newest version of each operator takes. Those of the standard are written by OperatorTypesTest with -Dbless
        # from the list of schemas (-Dlathe.onnx.operators); the others, which are not in that list, are written by hand.
        """;

    private static final Pattern CONTAINER = Pattern.compile("(seq|optional|map|tensor)\\((.*)\\)");

    @Test
    void everyOperatorHasTypes() {
        assertThat(OperatorTypes.read().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        BuiltInOperators.TABLE.entries().keySet());
    }

    @Test
    void theStandardSaysTheSame() throws IOException {
        String path = System.getProperty("lathe.onnx.operators", "");
        assumeTrue(!path.isEmpty() && Files.exists(Path.of(path)), "set -Dlathe.onnx.operators to the list of schemas");
        Map<String, String> standard =
                ofSchemas(new ObjectMapper().readTree(Path.of(path).toFile()));
        assertThat(standard).hasSizeGreaterThan(200);
        if (System.getProperty("bless") != null) {
            Map<String, String> all = new TreeMap<>(OperatorTypes.read());
            all.putAll(standard);
            StringBuilder text = new StringBuilder(HEAD);
            all.forEach((name, types) ->
                    text.append(name).append(" | ").append(types).append('\n'));
            Files.writeString(source(), text);
        }
        assertThat(OperatorTypes.parse(Files.readString(source()))).containsAllEntriesOf(standard);
    }

    private static Path source() {
        Path module = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        if (!module.endsWith("frontend")) {
            module = module.resolve("frontend");
        }
        return module.resolve("src/main/resources/dev/lathe/frontend/onnx/ops").resolve(OperatorTypes.RESOURCE);
    }

    private static Map<String, String> ofSchemas(JsonNode schemas) {
        Map<String, JsonNode> newest = new TreeMap<>();
        for (JsonNode schema : schemas) {
            String domain = OnnxNames.normal(schema.get("domain").asText());
            String name =
                    (domain.isEmpty() ? "" : domain + ":") + schema.get("name").asText();
            newest.merge(
                    name,
                    schema,
                    (a, b) -> a.get("since").asInt() > b.get("since").asInt() ? a : b);
        }
        Map<String, String> types = new TreeMap<>();
        newest.forEach((name, schema) -> types.put(name, ofSchema(schema)));
        types.keySet().retainAll(BuiltInOperators.TABLE.entries().keySet());
        return types;
    }

    private static String ofSchema(JsonNode schema) {
        Map<String, List<String>> inputs = byTypes(schema, "inputs");
        Map<String, List<String>> outputs = byTypes(schema, "outputs");
        outputs.keySet().removeAll(inputs.keySet());
        List<String> parts = new ArrayList<>();
        inputs.forEach(
                (types, names) -> parts.add(inputs.size() == 1 ? types : String.join(", ", names) + ": " + types));
        outputs.forEach((types, _) -> parts.add("→ " + types));
        return parts.isEmpty() ? "none" : String.join("; ", parts);
    }

    /** The first operand of each type parameter, or result, by the types that it may have. */
    private static Map<String, List<String>> byTypes(JsonNode schema, String side) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        TreeSet<String> seen = new TreeSet<>();
        for (JsonNode value : schema.get(side)) {
            String parameter = value.get("type").asText();
            if (seen.add(parameter)) {
                names.computeIfAbsent(ofParameter(schema, parameter), _ -> new ArrayList<>())
                        .add(value.get("name").asText());
            }
        }
        return names;
    }

    private static String ofParameter(JsonNode schema, String parameter) {
        JsonNode declared = schema.get("types").get(parameter);
        List<String> allowed = new ArrayList<>();
        if (declared == null) {
            allowed.add(parameter);
        } else {
            declared.get("allowed").forEach(t -> allowed.add(t.asText()));
        }
        Map<String, Collection<ElementType>> tensors = new TreeMap<>();
        TreeSet<String> maps = new TreeSet<>();
        allowed.forEach(t -> add(t, "", tensors, maps));
        List<String> words = new ArrayList<>();
        tensors.forEach((container, types) -> words.add(
                container.isEmpty() ? OperatorTypes.text(types) : closed(container, OperatorTypes.text(types))));
        words.addAll(maps);
        return String.join(" ", words);
    }

    private static String closed(String container, String types) {
        return container
                + types
                + ")".repeat((int) container.chars().filter(c -> c == '(').count());
    }

    private static void add(
            String type, String container, Map<String, Collection<ElementType>> tensors, TreeSet<String> maps) {
        Matcher m = CONTAINER.matcher(type);
        assertThat(m.matches()).as(type).isTrue();
        switch (m.group(1)) {
            case "tensor" ->
                tensors.computeIfAbsent(container, _ -> new TreeSet<>()).add(element(m.group(2)));
            case "map" -> {
                String[] sides = m.group(2).split(", *");
                maps.add(closed(
                        container,
                        "map(" + element(sides[0]).text() + ", "
                                + element(sides[1]).text() + ")"));
            }
            default -> add(m.group(2), container + m.group(1) + "(", tensors, maps);
        }
    }

    private static ElementType element(String name) {
        String text = switch (name) {
            case "double" -> "f64";
            case "float" -> "f32";
            default ->
                name.replace("uint", "u")
                        .replace("int", "i")
                        .replace("bfloat", "bf")
                        .replace("float", "f")
                        .replace("complex", "c");
        };
        return ElementType.ofText(text).orElseThrow(() -> new AssertionError(name));
    }
}
