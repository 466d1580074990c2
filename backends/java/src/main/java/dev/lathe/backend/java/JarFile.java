package dev.lathe.backend.java;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.LoadOptions;
import dev.lathe.backend.StepText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.runtime.ModelArchive;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model in a jar that {@link JavaArtifact#write} made.
 *
 * @param stepText its steps, which are read if somebody asks for them
 */
record JarFile(Path jar, String stepText, LoadOptions options) implements Artifact {

    /**
     * The model in a jar whose checksums hold; those of the weights are compared when it is loaded. Empty if the jar
     * is for another target.
     */
    static Optional<Artifact> checked(Path jar, LoadOptions options) {
        try (ModelArchive archive = ModelArchive.open(jar)) {
            if (!archive.target().equals(JavaBackend.NAME)) {
                return Optional.empty();
            }
            byte[] steps = archive.check().getOrDefault(JarWriter.STEPS, new byte[0]);
            String text = new String(steps, StandardCharsets.UTF_8);
            return Optional.of(new JarFile(jar, text, options));
        }
    }

    @Override
    public List<ModelStep> steps() {
        return StepText.parse(stepText);
    }

    @Override
    public Executable load() {
        return JavaArtifact.load(jar, options.threads(), options.maxConcurrentCalls());
    }

    @Override
    public Executable load(StepTimes times) {
        return JavaArtifact.load(jar, options.threads(), times);
    }

    @Override
    public boolean isFile() {
        return true;
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
