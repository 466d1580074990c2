package dev.lathe.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.Artifact;
import java.util.List;
import java.util.regex.Pattern;

/** What generated sources look like to their readers, whatever the model is. */
public final class ReadableSources {
    private static final int WIDTH = 120;
    private static final Pattern IMPORT = Pattern.compile("import ([\\w.]+);");
    private static final Pattern NO_CODE =
            Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"|/\\*.*?\\*/|//[^\\n]*|(?m)^import [^\\n]*", Pattern.DOTALL);

    private ReadableSources() {}

    /** Lines end before the margin, and each import is of one class and used. */
    public static void check(Artifact artifact) {
        artifact.sources().forEach((name, text) -> {
            List<String> lines = text.lines().toList();
            assertThat(lines).as("lines of " + name).allMatch(l -> l.length() <= WIDTH);
            String code = NO_CODE.matcher(text).replaceAll("");
            lines.stream().filter(l -> l.startsWith("import ")).forEach(l -> {
                var single = IMPORT.matcher(l);
                assertThat(single.matches()).as(l).isTrue();
                String type = single.group(1).substring(single.group(1).lastIndexOf('.') + 1);
                assertThat(Pattern.compile("\\b" + type + "\\b").matcher(code).find())
                        .as(name + " uses what it imports: " + l)
                        .isTrue();
            });
        });
    }
}
