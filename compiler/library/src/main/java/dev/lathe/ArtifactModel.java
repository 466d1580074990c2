package dev.lathe;

import dev.lathe.backend.Artifact;
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
import org.jspecify.annotations.Nullable;

/** What a backend has compiled or opened; without a graph if it was opened from a file. */
record ArtifactModel(String target, @Nullable Graph compiled, Artifact artifact, Optional<Placement> placement)
        implements Model {
    @Override
    public Optional<Graph> graph() {
        return Optional.ofNullable(compiled);
    }

    /** The graph stays the one that was compiled. */
    @Override
    public Optional<Model> with(Map<Tensor, Tensor> constants) {
        return artifact.with(constants).map(a -> new ArtifactModel(target, compiled, a, placement));
    }

    @Override
    public boolean isFile() {
        return artifact.isFile();
    }

    @Override
    public Executable load() {
        return artifact.load();
    }

    @Override
    public List<ModelStep> steps() {
        return artifact.steps();
    }

    @Override
    public Executable load(StepTimes times) {
        return artifact.load(times);
    }

    @Override
    public void write(Path file) throws IOException {
        artifact.write(file);
    }

    @Override
    public List<Path> writeModule(Path sources, Path resources) throws IOException {
        return artifact.writeModule(sources, resources);
    }
}
