package dev.lathe.frontend.onnx.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.frontend.onnx.file.OnnxNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The table of operators against the standard's list of schemas, where that is at hand ({@code
 * -Dlathe.onnx.operators=…}).
 */
class OperatorTableTest {
    /** What of a schema is needed: the beginning of its JSON object. */
    private static final Pattern SCHEMA = Pattern.compile(
            "\\{\\s*\"domain\": \"([^\"]*)\",\\s*\"name\": \"([^\"]*)\",\\s*\"since\": (\\d+),\\s*\"deprecated\":"
                    + " (true|false)");

    private static Set<String> missing(String json) {
        Set<String> missing = new TreeSet<>();
        Matcher m = SCHEMA.matcher(json);
        int schemas = 0;
        while (m.find()) {
            schemas++;
            String domain = OnnxNames.normal(m.group(1));
            String name = domain.isEmpty() ? m.group(2) : domain + ":" + m.group(2);
            int version = Integer.parseInt(m.group(3));
            if (m.group(4).equals("false")
                    && BuiltInOperators.TABLE.find(name, version).isEmpty()) {
                missing.add(name + "-" + version);
            }
        }
        assertThat(schemas).as("schemas in the file").isGreaterThan(500);
        return missing;
    }

    @Test
    void everyVersionOfEveryOperatorHasAnEntry() throws IOException {
        String path = System.getProperty("lathe.onnx.operators", "");
        assumeTrue(!path.isEmpty() && Files.exists(Path.of(path)), "set -Dlathe.onnx.operators to the list of schemas");
        assertThat(missing(Files.readString(Path.of(path))))
                .as("operators without an entry")
                .isEmpty();
    }
}
