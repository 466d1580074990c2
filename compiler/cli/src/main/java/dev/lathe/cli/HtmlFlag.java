package dev.lathe.cli;

import dev.lathe.compress.Report;
import dev.lathe.compress.ReportPage;
import java.nio.file.Path;
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

    void write(Report report) {
        if (file != null) {
            OutputFile.write(file, ReportPage.of(report));
        }
    }
}
