package dev.lathe.backend;

import dev.lathe.ir.Executable;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A compiled model. */
public interface Artifact {

    /**
     * Whether this is built anew where it is loaded, as an engine for the GPU there: its steps are known then, and may
     * be others elsewhere.
     */
    default boolean isBuiltOnLoad() {
        return false;
    }

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

    /**
     * Writes this as a part of a module that is being built: the class that users name as a source, which the module
     * compiles with its own, and all else as resources. The module depends on {@code dev.lathe:lathe-runtime} of the
     * version that compiled the model.
     *
     * @param sources the folder for the source; made if it is not there
     * @param resources the folder for the other classes, their sources and the weights; made if it is not there
     * @return the files that were written, each of them complete
     * @throws LatheException {@code target.no-module} if the target has no classes, or the model was opened from a file
     */
    default List<Path> writeModule(Path sources, Path resources) throws IOException {
        throw new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "target.no-module",
                        "there are no classes that a module could hold",
                        "compile the model for target java")));
    }

    /** The generated sources by name; empty where a target has none. */
    default Map<String, String> sources() {
        return Map.of();
    }

    /**
     * This model with other numbers, without compiling it again: each tensor of {@code constants}, one of the graph
     * that was compiled, is replaced by one of the same type. Which tensor is meant is told by identity.
     *
     * @return empty where a tensor is not stored as it is, so that the graph must be compiled with the others
     */
    default Optional<Artifact> with(Map<Tensor, Tensor> constants) {
        return Optional.empty();
    }

    /** Makes this ready to run in this process; the caller closes the result. */
    Executable load();

    /** The steps of a call by number; empty where a target cannot tell how long each takes. */
    default List<ModelStep> steps() {
        return List.of();
    }

    /**
     * As {@link #load()}, for one call at a time that tells {@code times} of its {@link #steps}.
     *
     * @throws LatheException {@code target.no-steps} where there are none
     */
    default Executable load(StepTimes times) {
        throw new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "target.no-steps",
                        "this target does not tell how long its steps take",
                        "profile the model for another target, such as java; `lathe bench` times whole calls")));
    }
}
