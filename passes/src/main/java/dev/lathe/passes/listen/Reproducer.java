package dev.lathe.passes.listen;

import dev.lathe.ir.Graph;
import dev.lathe.ir.text.Printer;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassListener;
import dev.lathe.passes.Pipeline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the graph on which a pass failed, with the pass, to a file that {@code lathe opt} reads. */
public record Reproducer(Path file) implements PassListener {
    @Override
    public void passFailed(int index, Pass pass, Graph graph, Throwable failure) {
        String first = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        String text = "// lathe opt --passes '" + Pipeline.of(pass) + "' " + file.getFileName() + "\n// " + first + "\n"
                + Printer.print(graph) + "\n";
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            UncheckedIOException unwritten = new UncheckedIOException(e);
            failure.addSuppressed(unwritten);
        }
    }
}
