package dev.lathe.backend.java;

import dev.lathe.backend.Artifact;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.CompiledModel;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.Weights;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model as Java classes with their sources and weights, in memory or in a jar. */
public final class JavaArtifact implements Artifact {
    private static final String CLASS = ".class";

    private final String className;
    private final String modelVersion;
    private final List<Port> inputs;
    private final List<Port> outputs;
    private final Map<String, String> sources;
    private final Map<String, byte[]> classes;
    private final List<Tensor> weights;
    private final List<ModelStep> steps;
    private final int threads;
    private final int maxConcurrentCalls;
    /** Shared by all that differ in their weights, so that the JVM compiles their code once. */
    private final Classes loader;

    JavaArtifact(
            String className,
            String modelVersion,
            List<Port> inputs,
            List<Port> outputs,
            Map<String, String> sources,
            Map<String, byte[]> classes,
            List<Tensor> weights,
            List<ModelStep> steps,
            int threads,
            int maxConcurrentCalls) {
        this(
                className,
                modelVersion,
                inputs,
                outputs,
                sources,
                classes,
                weights,
                steps,
                threads,
                maxConcurrentCalls,
                new Classes(classes));
    }

    private JavaArtifact(
            String className,
            String modelVersion,
            List<Port> inputs,
            List<Port> outputs,
            Map<String, String> sources,
            Map<String, byte[]> classes,
            List<Tensor> weights,
            List<ModelStep> steps,
            int threads,
            int maxConcurrentCalls,
            Classes loader) {
        this.className = className;
        this.modelVersion = modelVersion;
        this.inputs = inputs;
        this.outputs = outputs;
        this.sources = sources;
        this.classes = classes;
        this.weights = weights;
        this.steps = steps;
        this.threads = threads;
        this.maxConcurrentCalls = maxConcurrentCalls;
        this.loader = loader;
    }

    /** The generated sources by class name. */
    @Override
    public Map<String, String> sources() {
        return sources;
    }

    /** The full name of the class that users name; see {@link ClassNames}. */
    public String className() {
        return className;
    }

    /** The full name of the generated class that runs the steps of a call. */
    public String executionName() {
        return ClassNames.of(className).execution();
    }

    @Override
    public boolean isFile() {
        return true;
    }

    /** Writes a jar that runs by itself; see {@code dev.lathe.runtime.ModelMain}. */
    @Override
    public void write(Path file) throws IOException {
        JarWriter.write(file, className, modelVersion, inputs, outputs, sources, classes, weights, steps);
    }

    @Override
    public List<Path> writeModule(Path folderOfSources, Path resources) throws IOException {
        return new ModuleWriter(folderOfSources, resources).write(className, sources, classes, weights);
    }

    @Override
    public Optional<Artifact> with(Map<Tensor, Tensor> constants) {
        Map<Tensor, Tensor> others = new IdentityHashMap<>(constants);
        List<Tensor> all = new ArrayList<>();
        for (Tensor t : weights) {
            Tensor other = others.remove(t);
            all.add(other == null ? t : other);
        }
        return others.isEmpty()
                ? Optional.of(new JavaArtifact(
                        className,
                        modelVersion,
                        inputs,
                        outputs,
                        sources,
                        classes,
                        all,
                        steps,
                        threads,
                        maxConcurrentCalls,
                        loader))
                : Optional.empty();
    }

    @Override
    public Executable load() {
        return loaded().maxConcurrentCalls(maxConcurrentCalls);
    }

    @Override
    public List<ModelStep> steps() {
        return steps;
    }

    @Override
    public Executable load(StepTimes times) {
        return loaded().times(times);
    }

    private CompiledModel loaded() {
        try {
            return load(className, loader, weights, threads);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalStateException("the generated class does not load; this is a fault of Lathe", e);
        }
    }

    private static CompiledModel load(String className, Classes loader, List<Tensor> weights, int threads)
            throws ReflectiveOperationException {
        Weights own = weights::get;
        try {
            return (CompiledModel) loader.loadClass(ClassNames.of(className).model())
                    .getConstructor(Weights.class, int.class)
                    .newInstance(own, threads);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof LatheException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Loads the model in a jar, for as many calls at a time as suit the machine; see {@link #load(Path, int, int)}. */
    public static Executable load(Path jar, int threads) {
        return load(jar, threads, 0);
    }

    /**
     * Loads the model in a jar that {@link #write} made: everything is read, and its checksums compared, before a
     * class of it is loaded. The file may change or go afterwards.
     *
     * @param threads the most threads of a call; 0 for one per processor
     * @param maxConcurrentCalls the most calls at a time; see {@link CompiledModel#maxConcurrentCalls(int)}
     * @throws LatheException {@code artifact.corrupt} if {@code jar} is damaged, or another if it is no such jar
     */
    public static Executable load(Path jar, int threads, int maxConcurrentCalls) {
        return loaded(jar, threads).maxConcurrentCalls(maxConcurrentCalls);
    }

    /** As {@link #load(Path, int)}, for one call at a time that tells how long its steps take. */
    static Executable load(Path jar, int threads, StepTimes times) {
        return loaded(jar, threads).times(times);
    }

    private static CompiledModel loaded(Path jar, int threads) {
        if (!Files.isRegularFile(jar)) {
            throw failure("there is no file " + jar, "check the path");
        }
        try (ModelArchive archive = ModelArchive.open(jar)) {
            Map<String, byte[]> classes = new HashMap<>();
            archive.check().forEach((name, bytes) -> {
                if (name.endsWith(CLASS)) {
                    classes.put(
                            name.substring(0, name.length() - CLASS.length()).replace('/', '.'), bytes);
                }
            });
            // Runtime classes come from here, not from the jar: one Executable type for all models.
            return load(archive.className(), new Classes(classes), archive.weights(), threads);
        } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
            throw failure(
                    jar + " is not a compiled model: its classes do not fit this version of Lathe",
                    "give a jar that `lathe compile` of this version wrote");
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
