package dev.lathe;

import dev.lathe.backend.CompileOptions;
import dev.lathe.debug.Extraction;
import dev.lathe.frontend.onnx.ExportOptions;
import dev.lathe.frontend.onnx.ImportedModel;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.shape.SpecializeShapes;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A model after the target-independent passes, to be written as ONNX or as text: what became of a model for other
 * runtimes.
 */
public final class OptimizedModel {
    private final Optional<ImportedModel> source;
    private final Graph original;
    private final Graph graph;
    private final Equalities equalities;

    private OptimizedModel(Optional<ImportedModel> source, Graph original, Graph graph, Equalities equalities) {
        this.source = source;
        this.original = original;
        this.graph = graph;
        this.equalities = equalities;
    }

    /**
     * Reads a model and runs the passes that {@code options} ask for.
     *
     * @throws LatheException with every problem of the model, or of the options
     */
    public static OptimizedModel of(Path model, CompileOptions options) {
        return of(model, options, Optional.empty());
    }

    /** As {@link #of(Path, CompileOptions)}, for the {@code part} of the model alone. */
    public static OptimizedModel of(Path model, CompileOptions options, Optional<Extraction> part) {
        return Limits.guarded(() -> read(model, options, part));
    }

    /** Runs the passes that {@code options} ask for on a graph. */
    public static OptimizedModel of(Graph graph, CompileOptions options) {
        return Limits.guarded(() -> optimized(Optional.empty(), graph, options, Optional.empty()));
    }

    private static OptimizedModel read(Path model, CompileOptions options, Optional<Extraction> part) {
        options.progress().report("read", 0, 0);
        Optional<ImportedModel> source = model.toString().endsWith(".lir")
                ? Optional.empty()
                : Optional.of(OnnxImporter.readModel(model, options.shapes(), options.independentDims()));
        return optimized(source, source.map(ImportedModel::graph).orElseGet(() -> IrText.read(model)), options, part);
    }

    private static OptimizedModel optimized(
            Optional<ImportedModel> source, Graph whole, CompileOptions options, Optional<Extraction> part) {
        options.progress().report("optimize", 0, 0);
        Equalities equalities = new Equalities();
        if (part.isEmpty()) {
            Graph graph = observed(equalities, whole, Lathe.canonicalPipeline(options), options.passContext());
            return new OptimizedModel(source, whole, graph, equalities);
        }
        // Shapes are of the inputs of the whole model, which the part may not have.
        Graph sized = observed(equalities, whole, Pipeline.of(new SpecializeShapes()), options.passContext());
        Graph original = part.get().of(sized);
        PassContext context = options.passContext().withShapes(Map.of());
        Graph graph = observed(equalities, original, Lathe.canonicalPipeline(options), context);
        return new OptimizedModel(source, original, graph, equalities);
    }

    private static Graph observed(Equalities equalities, Graph graph, Pipeline passes, PassContext context) {
        return Rebuild.observed(equalities, () -> PassManager.run(graph, passes, context));
    }

    /** This model after further passes. */
    public OptimizedModel then(Pipeline passes, PassContext context) {
        Equalities all = new Equalities(equalities);
        return new OptimizedModel(source, original, observed(all, graph, passes, context), all);
    }

    /** The graph before the passes. */
    public Graph original() {
        return original;
    }

    /** The graph after the passes. */
    public Graph graph() {
        return graph;
    }

    /**
     * Writes an ONNX model. It has neither more nodes nor more bytes than the model that it was made from, and the
     * same opset, unless {@code opset} names another one or shapes were given.
     *
     * @throws LatheException if an op cannot be said in ONNX, or the file cannot be written
     */
    public void writeOnnx(Path to, OptionalInt opset) {
        writeOnnx(to, opset, false);
    }

    /**
     * As {@link #writeOnnx(Path, OptionalInt)}.
     *
     * @param sparse whether large weights that are mostly zeros become sparse initializers, where these are smaller
     */
    public void writeOnnx(Path to, OptionalInt opset, boolean sparse) {
        OnnxExporter.write(graph, new ExportOptions(source, equalities, opset, sparse), to);
    }
}
