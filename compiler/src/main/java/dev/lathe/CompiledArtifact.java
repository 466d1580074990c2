package dev.lathe;

import dev.lathe.backend.Artifact;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A model that a backend has compiled; the graph is null when it was opened from a file. */
record CompiledArtifact(String target, @Nullable Graph compiled, Artifact artifact) implements Model {
    @Override
    public Optional<Graph> graph() {
        return Optional.ofNullable(compiled);
    }

    @Override
    public Executable load() {
        return artifact.load();
    }

    @Override
    public void write(Path file) throws IOException {
        artifact.write(file);
    }
}
