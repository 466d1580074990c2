package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.Progress;
import dev.lathe.input.InputRoles;
import dev.lathe.input.LikelyShapes;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.type.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A model that a command runs: read and compiled, or opened when the file is an artifact.
 *
 * @param source the graph before compilation, which tells what the inputs mean; null for an artifact
 * @param nanos how long reading and compiling took
 */
record OpenedModel(@Nullable Graph source, Model model, long nanos) {

    static OpenedModel open(
            Path file, TargetFlags target, Map<String, Shape> shapes, DimFlags dims, Terminal terminal) {
        return open(file, target, shapes, dims, terminal, UnaryOperator.identity());
    }

    /** {@code part} makes what is compiled of the graph that was read; nothing is made of an artifact. */
    static OpenedModel open(
            Path file,
            TargetFlags target,
            Map<String, Shape> shapes,
            DimFlags dims,
            Terminal terminal,
            UnaryOperator<Graph> part) {
        long start = System.nanoTime();
        if (isArtifact(file)) {
            dims.requireAbsent();
            target.requireNoOptions();
            return new OpenedModel(null, Lathe.open(file, target.threads()), System.nanoTime() - start);
        }
        try (ProgressLine progress = new ProgressLine(terminal)) {
            CompileOptions options = options(target, shapes, dims, progress);
            progress.report("read", 0, 0);
            Graph graph = part.apply(Lathe.read(file, options));
            return compiled(graph, options, terminal, start);
        }
    }

    private static OpenedModel compiled(Graph graph, CompileOptions options, Terminal terminal, long start) {
        Model model = Lathe.compile(graph, options);
        long nanos = System.nanoTime() - start;
        model.placement().ifPresent(p -> {
            terminal.err().println(terminal.faint(p.toString()));
            terminal.err().flush();
        });
        return new OpenedModel(graph, model, nanos);
    }

    /** The same graph, compiled in another way. */
    static OpenedModel of(
            Graph graph, TargetFlags target, Map<String, Shape> shapes, DimFlags dims, Terminal terminal) {
        long start = System.nanoTime();
        try (ProgressLine progress = new ProgressLine(terminal)) {
            return compiled(graph, options(target, shapes, dims, progress), terminal, start);
        }
    }

    private static CompileOptions options(
            TargetFlags target, Map<String, Shape> shapes, DimFlags dims, Progress progress) {
        CompileOptions.Builder options = target.options().progress(progress);
        shapes.forEach(options::shape);
        dims.addTo(options);
        return options.build();
    }

    /** What the inputs of {@code model} mean: as the graph tells, or as the artifact remembers. */
    Function<String, InputRole> roles(Executable model) {
        return source == null ? model::role : new InputRoles(source)::of;
    }

    /** {@code shapes}, with sizes that the model accepts; the values of {@code inputs} have their own. */
    Map<String, Shape> likely(Map<String, Shape> shapes, List<String> inputs) {
        return source == null || !inputs.isEmpty() ? shapes : LikelyShapes.of(source, shapes);
    }

    static boolean isArtifact(Path file) {
        return Backends.all().stream().anyMatch(b -> file.toString().endsWith(b.fileEnding()));
    }
}
