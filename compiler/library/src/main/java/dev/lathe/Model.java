package dev.lathe;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A compiled model: loads as many times as needed, and can be written to a file. */
public interface Model {

    /** The name of the target it is compiled for. */
    String target();

    /** The graph that was compiled, at its last stage; empty for a model that was opened from an artifact. */
    Optional<Graph> graph();

    /** What runs where, if not all of it on the {@link #target}; empty for a model that was opened from an artifact. */
    Optional<Placement> placement();

    /** Makes the model ready to run in this process; the caller closes the result. */
    Executable load();

    /** The steps of a call by number; empty where the target cannot tell how long each takes. */
    List<ModelStep> steps();

    /**
     * As {@link #load()}, for one call at a time that tells {@code times} of its {@link #steps}; see
     * {@link dev.lathe.profile.Profiler}.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code target.no-steps} where there are none
     */
    Executable load(StepTimes times);

    /**
     * This model with other numbers, without compiling it again: each tensor of {@code constants}, a constant of
     * {@link #graph}, is replaced by one of the same type. Which tensor is meant is told by identity.
     *
     * @return empty where the target does not keep a tensor as it is: compile the graph with the others then
     */
    Optional<Model> with(Map<Tensor, Tensor> constants);

    /** Whether {@link #write} can write it: there are targets without artifacts. */
    boolean isFile();

    /**
     * Writes the model as an artifact, which {@link Lathe#open} reads. The file is complete or not there.
     *
     * @throws dev.lathe.ir.diag.LatheException if the target has no artifacts
     */
    void write(Path file) throws IOException;

    /**
     * Writes the model as a part of a module that is being built: the class with the typed methods as a source, which
     * the module compiles with its own, and all else as resources. The module depends on
     * {@code dev.lathe:lathe-runtime} of this version.
     *
     * @param sources the folder for the source; made if it is not there
     * @param resources the folder for the other classes, their sources and the weights; made if it is not there
     * @return the files that were written, each of them complete
     * @throws dev.lathe.ir.diag.LatheException {@code target.no-module} if the target is not {@code java}, or the model
     * was opened from a file
     */
    List<Path> writeModule(Path sources, Path resources) throws IOException;
}
