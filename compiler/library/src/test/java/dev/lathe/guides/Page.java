package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A Markdown page of this project, by its path from the project's folder. */
public record Page(String path) {

    /**
     * A fenced block.
     *
     * @param language the word after the fence, such as {@code java}
     * @param caption the line of text before it
     */
    public record Block(String language, String caption, String text) {}

    private static final boolean BLESS = System.getProperty("bless") != null;

    /** The project's folder, wherever in it the tests run. */
    public static Path root() {
        Path folder = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("docs/architecture.md"))) {
            folder = Objects.requireNonNull(folder.getParent(), "the tests do not run in the project's folder");
        }
        return folder;
    }

    public Path file() {
        return root().resolve(path);
    }

    public String text() throws IOException {
        return Files.readString(file());
    }

    /**
     * Fails if the page is not {@code unwrapped} with its lines broken; with {@code -Dbless} writes that instead.
     */
    public void check(String unwrapped) throws IOException {
        checkText(Markdown.wrapped(unwrapped));
    }

    /** As {@link #check}, of what stands under a heading of a page that is otherwise written by hand. */
    public void checkChapter(String heading, String unwrapped) throws IOException {
        String page = text();
        int from = chapter(page, heading);
        int to = page.indexOf("\n## ", from);
        checkText(page.substring(0, from) + "\n" + Markdown.wrapped(unwrapped) + (to < 0 ? "" : page.substring(to)));
    }

    private void checkText(String expected) throws IOException {
        if (BLESS) {
            Files.createDirectories(file().getParent());
            Files.writeString(file(), expected);
        }
        List<String> there = Files.isRegularFile(file()) ? text().lines().toList() : List.of();
        List<String> wanted = expected.lines().toList();
        int line = 0;
        while (line < there.size() && line < wanted.size() && there.get(line).equals(wanted.get(line))) {
            line++;
        }
        // The first difference alone: whole pages would hide it.
        assertThat(line < there.size() ? there.get(line) : "")
                .as("line %d of %s, which is written from the code: run this test with -Dbless", line + 1, path)
                .isEqualTo(line < wanted.size() ? wanted.get(line) : "");
        assertThat(there).hasSameSizeAs(wanted);
    }

    /** The fenced blocks, in order. */
    public List<Block> blocks() throws IOException {
        return blocksOf(text());
    }

    /** The fenced blocks of a chapter, in order. */
    public List<Block> blocks(String heading) throws IOException {
        String page = text();
        int from = chapter(page, heading);
        int to = page.indexOf("\n## ", from);
        return blocksOf(page.substring(from, to < 0 ? page.length() : to));
    }

    /** Where a chapter begins, behind its heading. */
    private int chapter(String page, String heading) {
        String start = "\n## " + heading + "\n";
        int from = page.indexOf(start);
        assertThat(from).as("%s has a chapter %s", path, heading).isNotNegative();
        return from + start.length();
    }

    private List<Block> blocksOf(String page) {
        List<Block> blocks = new ArrayList<>();
        String language = null;
        String caption = "";
        StringBuilder text = new StringBuilder();
        for (String line : page.split("\n", -1)) {
            if (!line.startsWith("```")) {
                text.append(line).append('\n');
                caption = language == null && !line.isBlank() ? line : caption;
            } else if (language == null) {
                language = line.substring(3).strip();
                text.setLength(0);
            } else {
                blocks.add(new Block(language, caption, text.toString()));
                language = null;
            }
        }
        assertThat(language).as("%s: a block that does not end", path).isNull();
        return blocks;
    }
}
