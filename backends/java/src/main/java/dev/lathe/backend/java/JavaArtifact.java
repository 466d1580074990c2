package dev.lathe.backend.java;

import dev.lathe.backend.Artifact;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.CompiledModel;
import dev.lathe.runtime.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/** A model as Java classes with their sources and weights, in memory or in a jar. */
public final class JavaArtifact implements Artifact {
    private final String className;
    private final Map<String, String> sources;
    private final Map<String, byte[]> classes;
    private final List<Tensor> weights;
    private final int threads;

    JavaArtifact(
            String className,
            Map<String, String> sources,
            Map<String, byte[]> classes,
            List<Tensor> weights,
            int threads) {
        this.className = className;
        this.sources = sources;
        this.classes = classes;
        this.weights = weights;
        this.threads = threads;
    }

    /** The generated sources by class name. */
    public Map<String, String> sources() {
        return sources;
    }

    /** The full name of the model's class. */
    public String className() {
        return className;
    }

    /** Writes a jar that runs by itself; see {@code dev.lathe.runtime.ModelMain}. */
    @Override
    public void write(Path file) throws IOException {
        JarWriter.write(file, className, sources, classes, weights);
    }

    @Override
    public Executable load() {
        ClassLoader loader = new Classes(classes);
        Weights own = weights::get;
        try {
            return (CompiledModel) loader.loadClass(className)
                    .getConstructor(Weights.class, int.class)
                    .newInstance(own, threads);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the generated class does not load; this is a fault of Lathe", e);
        }
    }

    /**
     * Loads the model in a jar that {@link #write} made.
     *
     * @param threads the most threads of a call; 0 for one per processor
     * @throws LatheException if {@code jar} is no such jar
     */
    public static Executable load(Path jar, int threads) {
        if (!Files.isRegularFile(jar)) {
            throw failure("there is no file " + jar, "check the path");
        }
        try {
            return open(jar, threads);
        } catch (IOException e) {
            throw failure(jar + " is not a compiled model: " + e.getMessage(), "give a jar that `lathe compile` wrote");
        }
    }

    private static Executable open(Path jar, int threads) throws IOException {
        String className;
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            className = manifest == null ? null : manifest.getMainAttributes().getValue(JarWriter.MODEL);
        }
        if (className == null) {
            throw new IOException("its manifest names no model");
        }
        // Runtime classes come from here, not from the jar: one Executable type for all models.
        URLClassLoader loader =
                new URLClassLoader(new URL[] {jar.toUri().toURL()}, CompiledModel.class.getClassLoader());
        try {
            return (CompiledModel)
                    loader.loadClass(className).getMethod("load", int.class).invoke(null, threads);
        } catch (ReflectiveOperationException | LinkageError e) {
            loader.close();
            if (e.getCause() instanceof UncheckedIOException unread) {
                throw unread.getCause();
            }
            throw new IOException("its classes do not fit this version of Lathe", e);
        }
    }

    static LatheException failure(String what, String fix) {
        return new LatheException(LatheException.Fault.INPUT, List.of(Diagnostic.error("java.artifact", what, fix)));
    }

    /** Generated classes, defined from memory. */
    private static final class Classes extends ClassLoader {
        private final Map<String, byte[]> classes;

        Classes(Map<String, byte[]> classes) {
            super(CompiledModel.class.getClassLoader());
            this.classes = classes;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] bytes = classes.get(name);
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        }
    }
}
