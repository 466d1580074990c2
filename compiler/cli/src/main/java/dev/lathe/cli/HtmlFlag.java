package dev.lathe.cli;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --html}: the result as a page. */
final class HtmlFlag {
    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Also write a page with charts of the result to FILE; it needs no network.")
    private @Nullable Path file;

    /** Fails early if the file cannot be written. */
    void require() {
        if (file != null) {
            OutputFile.require(file);
        }
    }

    /** Writes the page that {@code page} makes, if somebody asked for one. */
    void write(Supplier<String> page) {
        if (file != null) {
            OutputFile.write(file, page.get());
        }
    }
}
