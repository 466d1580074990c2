package dev.lathe.backend;

import dev.lathe.ir.Executable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A compiled model. */
public interface Artifact {

    /** Writes this to a file, which is complete or not there: written beside, then renamed. */
    void write(Path file) throws IOException;

    /** The generated sources by name; empty where a target has none. */
    default Map<String, String> sources() {
        return Map.of();
    }

    /** Makes this ready to run in this process; the caller closes the result. */
    Executable load();
}
