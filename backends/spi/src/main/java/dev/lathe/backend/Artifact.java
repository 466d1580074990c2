package dev.lathe.backend;

import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A compiled model. */
public interface Artifact {

    /** Whether this can be written to a file. */
    default boolean isFile() {
        return false;
    }

    /**
     * Writes this to a file, which is complete or not there: written beside, then renamed.
     *
     * @throws LatheException {@code target.no-artifact} if this {@linkplain #isFile() is no file}
     */
    default void write(Path file) throws IOException {
        throw new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "target.no-artifact",
                        "this target interprets graphs and has no file to write",
                        "compile for another target, or write the graph with `lathe opt -o out.lir`")));
    }

    /** The generated sources by name; empty where a target has none. */
    default Map<String, String> sources() {
        return Map.of();
    }

    /** Makes this ready to run in this process; the caller closes the result. */
    Executable load();
}
