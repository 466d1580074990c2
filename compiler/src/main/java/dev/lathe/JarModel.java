package dev.lathe;

import dev.lathe.backend.java.JavaArtifact;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** A model in a jar that {@code lathe compile} wrote. */
record JarModel(Path jar, int threads) implements Model {
    @Override
    public String target() {
        return "java";
    }

    @Override
    public Optional<Graph> graph() {
        return Optional.empty();
    }

    @Override
    public Executable load() {
        return JavaArtifact.load(jar, threads);
    }

    @Override
    public void write(Path file) throws IOException {
        // Not a temporary file of the JDK's: those are for their owner alone.
        Path beside = file.resolveSibling(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        try {
            Files.copy(jar, beside, StandardCopyOption.REPLACE_EXISTING);
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(beside);
        }
    }
}
