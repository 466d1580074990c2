package dev.lathe;

import dev.lathe.backend.java.JavaArtifact;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.WholeFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/** A model in a jar that {@code lathe compile} wrote. */
record JarModel(Path jar, LoadOptions options) implements Model {
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
        return JavaArtifact.load(jar, options.threads(), options.maxConcurrentCalls());
    }

    @Override
    public void write(Path file) throws IOException {
        try (FileChannel from = FileChannel.open(jar)) {
            WholeFile.replace(file, to -> {
                long size = from.size();
                for (long at = 0; at < size; ) {
                    long n = from.transferTo(at, size - at, to);
                    if (n == 0) {
                        throw new EOFException(jar + " became shorter while it was copied");
                    }
                    at += n;
                }
            });
        }
    }
}
