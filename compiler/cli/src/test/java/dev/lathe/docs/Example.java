package dev.lathe.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.guides.Page;
import dev.lathe.guides.Page.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A folder with an example, and the page that shows each of its files below the file's name. */
record Example(Page page, Path folder) {
    private static final Pattern CAPTION = Pattern.compile("`([^` ]+)`(, continued)?");

    void assertShown() throws IOException {
        Map<String, String> shown = new LinkedHashMap<>();
        for (Block block : page.blocks()) {
            Matcher file = CAPTION.matcher(block.caption());
            if (file.matches()) {
                shown.merge(file.group(1), block.text(), String::concat);
            }
        }
        Map<String, String> there = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                if (!name.startsWith("target/") && !name.startsWith(".")) {
                    there.put(name, Files.readString(file));
                }
            }
        }
        assertThat(shown).containsExactlyInAnyOrderEntriesOf(there);
    }
}
