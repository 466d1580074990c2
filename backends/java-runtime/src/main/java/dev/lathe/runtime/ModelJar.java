package dev.lathe.runtime;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** The jar that this class was loaded from, which holds one compiled model; see {@link ModelArchive}. */
final class ModelJar {
    private final Path file;
    private final String className;
    private final String name;
    private final String version;

    private ModelJar(Path file, ModelArchive archive) {
        this.file = file;
        this.className = archive.className();
        this.name = archive.name();
        this.version = archive.version();
    }

    /**
     * Finds the jar, and checks that it is whole.
     *
     * @throws LatheException if this class was not loaded from the jar of a model, or the jar is damaged
     */
    static ModelJar own() {
        Path file = ModelArchive.jarOf(ModelJar.class);
        try (ModelArchive archive = ModelArchive.open(file)) {
            archive.check();
            return new ModelJar(file, archive);
        }
    }

    Path file() {
        return file;
    }

    String className() {
        return className;
    }

    /** The name of the model. */
    String name() {
        return name;
    }

    /** The version of the compiler. */
    String version() {
        return version;
    }

    /** The static method of the model's class that opens it, for at most so many threads, or for all if that is 0. */
    Method opener() {
        try {
            return Class.forName(className()).getMethod("load", int.class);
        } catch (ReflectiveOperationException e) {
            throw incomplete(e);
        }
    }

    /** The model, for at most {@code threads} threads, or 0 for all. */
    ConcurrentModel load(int threads) {
        try {
            return (ConcurrentModel) opener().invoke(null, threads);
        } catch (InvocationTargetException e) {
            throw loadFailure(e.getTargetException());
        } catch (ReflectiveOperationException e) {
            throw incomplete(e);
        }
    }

    private LatheException incomplete(ReflectiveOperationException e) {
        return new LatheException(Diagnostic.error(
                "model.incomplete",
                "the jar has no usable class " + className() + ": " + e.getMessage(),
                "compile the model again"));
    }

    private static RuntimeException loadFailure(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }

    /**
     * Writes the Java sources that the jar holds in its folder {@code sources} below {@code folder}, and returns
     * their paths there.
     */
    List<Path> writeSources(Path folder) {
        List<Path> written = new ArrayList<>();
        Path root = folder.toAbsolutePath().normalize();
        try (JarFile jar = new JarFile(file.toFile())) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                String name = entry.getName();
                if (!name.startsWith(ModelArchive.SOURCES) || !name.endsWith(".java")) {
                    continue;
                }
                Path to = root.resolve(name.substring(ModelArchive.SOURCES.length()))
                        .normalize();
                if (to.startsWith(root)) {
                    Files.createDirectories(to.getParent());
                    try (InputStream in = jar.getInputStream(entry)) {
                        Files.write(to, in.readAllBytes());
                    }
                    written.add(to);
                }
            }
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
        return written;
    }

    static LatheException cannotWrite(Path folder, IOException e) {
        return new LatheException(Diagnostic.error(
                "output.unwritable",
                "cannot write below " + folder + ": " + e.getClass().getSimpleName() + " " + e.getMessage(),
                "give a folder that you may write to"));
    }
}
