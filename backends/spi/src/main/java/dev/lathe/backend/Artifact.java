package dev.lathe.backend;

import dev.lathe.ir.Executable;
import java.io.IOException;
import java.nio.file.Path;

/** A compiled model. */
public interface Artifact {

    /** Writes this to a file, which is complete or not there: written beside, then renamed. */
    void write(Path file) throws IOException;

    /** Makes this ready to run in this process; the caller closes the result. */
    Executable load();
}
