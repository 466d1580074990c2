package dev.lathe.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --json}: the result as a file that programs read. */
final class JsonFlag {
    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON to FILE; - prints it in place of text.")
    private @Nullable Path file;

    /** Whether the terminal is for the JSON alone. */
    boolean replacesText() {
        return file != null && file.toString().equals("-");
    }

    /** Fails early if the file cannot be written. */
    void require() {
        if (file != null && !replacesText()) {
            OutputFile.require(file);
        }
    }

    /** Writes records, maps and lists; the components of records are named in snake case. */
    void write(Terminal terminal, Object value) {
        if (file == null) {
            return;
        }
        String text = text(value);
        if (replacesText()) {
            terminal.out().println(text);
        } else {
            OutputFile.write(file, text + "\n");
        }
    }

    /** Records, maps and lists as JSON; the components of records are named in snake case. */
    static String text(Object value) {
        try {
            return new ObjectMapper()
                    .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("this result has no JSON form", e);
        }
    }
}
