package dev.lathe.backend.java;

import dev.lathe.backend.LatheVersion;
import dev.lathe.backend.StepText;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.CompiledModel;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.ModelArchiveWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The jar of a compiled model: its classes and sources, its weights, those classes of the runtime that it reaches, and
 * what Maven wants to know of it.
 */
final class JarWriter {
    /** The entry that says which steps a call has. */
    static final String STEPS = "META-INF/lathe-steps.txt";

    private JarWriter() {}

    static void write(
            Path file,
            String className,
            String modelVersion,
            List<Port> inputs,
            List<Port> outputs,
            Map<String, String> sources,
            Map<String, byte[]> classes,
            List<Tensor> weights,
            List<ModelStep> steps)
            throws IOException {
        ModelArchiveWriter jar = new ModelArchiveWriter(className, LatheVersion.current(), weights);
        classes.forEach((name, bytes) -> jar.put(name.replace('.', '/') + ".class", bytes));
        jar.runs(classes.values(), List.of(), CompiledModel.class.getClassLoader());
        sources.forEach((name, text) -> jar.put(ModelArchive.SOURCES + name.replace('.', '/') + ".java", text));
        jar.put(ModelArchive.MODEL_TEXT, ModelArchive.text(inputs, outputs));
        jar.put(STEPS, StepText.of(steps));
        MavenCoordinates maven = MavenCoordinates.of(className, modelVersion);
        jar.put(maven.folder() + "pom.xml", maven.pom(LatheVersion.current()));
        jar.put(maven.folder() + "pom.properties", maven.properties());
        // Else a module path would name the module by its file.
        jar.attribute("Automatic-Module-Name", className);
        jar.write(file);
    }
}
