package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lines of pages and of comments end before column 120; the formatter sees to the code. */
class LineLengthTest {
    @Test
    void pages() {
        // A row of a table is one line, and those of the references are written from code.
        assertShort(longLines("docs", ".md", l -> !l.startsWith("|")));
        assertShort(longLines("docs", ".md", l -> l.startsWith("|")).stream()
                .filter(l -> !l.contains("docs/reference/operators.md"))
                .toList());
    }

    @Test
    void comments() {
        assertShort(longLines("", ".java", l -> {
            String text = l.strip();
            return text.startsWith("* ") || text.startsWith("/**") || text.startsWith("// ");
        }));
    }

    private static void assertShort(List<String> tooLong) {
        assertThat(tooLong)
                .as("lines of more than " + Markdown.WIDTH + " characters")
                .isEmpty();
    }

    /** The lines that are too long among those that {@code counts} takes, with their places. */
    private static List<String> longLines(String folder, String ending, Predicate<String> counts) {
        Path root = Page.root();
        List<String> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root.resolve(folder))) {
            files.filter(f -> f.toString().endsWith(ending))
                    .filter(f -> !root.relativize(f).toString().contains("target"))
                    .sorted()
                    .forEach(f -> {
                        List<String> lines = lines(f);
                        for (int i = 0; i < lines.size(); i++) {
                            if (lines.get(i).length() > Markdown.WIDTH && counts.test(lines.get(i))) {
                                all.add(root.relativize(f) + ":" + (i + 1) + ": " + lines.get(i));
                            }
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
