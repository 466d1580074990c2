package dev.lathe;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LatheVersion;
import dev.lathe.backend.LoadOptions;
import dev.lathe.backend.Refusal;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.frontend.text.PipelineText;
import dev.lathe.input.InputRoles;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.PassRegistry;
import dev.lathe.passes.PassSpec;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Pipelines;
import dev.lathe.passes.shape.SpecializeShapes;
import dev.lathe.regions.RegionArtifact;
import dev.lathe.regions.RegionCompiler;
import dev.lathe.regions.RegionFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compiles models.
 *
 * {@snippet :
 * Model model = Lathe.compile(Path.of("minilm.onnx"));
 * try (Executable run = model.load()) {
 *     Tensor embedding = run.call(Map.of("input_ids", ids, "attention_mask", mask)).get("last_hidden_state");
 * }
 * }
 */
public final class Lathe {
    /** The target that runs what others refuse. */
    private static final String FALLBACK = "java";

    private static final String JAR = ".jar";

    private Lathe() {}

    /** The version of this library. */
    public static String version() {
        return LatheVersion.current();
    }

    /** Compiles a model for the Java backend with the standard options. */
    public static Model compile(Path model) {
        return compile(model, CompileOptions.standard());
    }

    /**
     * Compiles a model.
     *
     * @throws LatheException with every problem of the model, or of the options
     */
    public static Model compile(Path model, CompileOptions options) {
        requireTarget(options);
        Backends.named(options.target()).warmUp();
        options.progress().report("read", 0, 0);
        CompileOptions named = options.name().isEmpty()
                ? options.toBuilder().name(nameOf(model)).build()
                : options;
        return compileChecked(read(model, options), named);
    }

    /** A model's name is that of its file: exporters give all graphs the same. */
    private static String nameOf(Path model) {
        String file = String.valueOf(model.getFileName());
        int dot = file.lastIndexOf('.');
        return dot > 0 ? file.substring(0, dot) : file;
    }

    /** Compiles a graph, which may be at any stage before the target's. */
    public static Model compile(Graph graph, CompileOptions options) {
        requireTarget(options);
        return compileChecked(graph, options);
    }

    private static Model compileChecked(Graph graph, CompileOptions options) {
        return Limits.guarded(() -> compileUnguarded(graph, options));
    }

    private static Model compileUnguarded(Graph graph, CompileOptions options) {
        requireRanges(Backends.named(options.target()), options);
        options.progress().report("optimize", 0, 0);
        PassContext context = options.passContext();
        Graph canonical = PassManager.run(graph, canonicalPipeline(options), context);
        Backend backend = Backends.named(options.target());
        Graph target = PassManager.run(canonical, backend.pipeline(options), context);
        CompileOptions informed =
                options.toBuilder().roles(new InputRoles(graph).all()).build();
        List<Refusal> refused = backend.refusals(target, informed);
        options.progress().report("emit", 0, 0);
        if (options.allowFallback() && (!refused.isEmpty() || !writesJars(backend))) {
            RegionArtifact regions = new RegionCompiler(backend, Backends.named(FALLBACK), informed).compile(target);
            return new ArtifactModel(backend.name(), target, regions, Optional.of(regions.placement()));
        }
        requireSupport(backend, refused);
        Artifact artifact = backend.compile(target, informed);
        Optional<Placement> placement = options.allowFallback()
                ? Placement.of(backend.name(), target, backend.onHost(target, options))
                : Optional.empty();
        return new ArtifactModel(backend.name(), target, artifact, placement);
    }

    /** Then a model of regions has the same ending whether anything was refused or not. */
    private static boolean writesJars(Backend backend) {
        return backend.fileEnding().equals(JAR);
    }

    /**
     * How the name of the file ends that {@link Model#write} writes of a model with these options, such as {@code
     * .jar}.
     */
    public static String fileEnding(CompileOptions options) {
        return options.allowFallback() ? JAR : Backends.named(options.target()).fileEnding();
    }

    /** The target-independent passes that {@code options} ask for. */
    public static Pipeline canonicalPipeline(CompileOptions options) {
        return options.passes()
                .map(own -> Pipeline.of(new SpecializeShapes()).then(own))
                .orElseGet(() -> Pipelines.canonical(options.level()));
    }

    /** Opens an artifact; see {@link #open(Path, int)}. */
    public static Model open(Path artifact) {
        return open(artifact, 0);
    }

    /**
     * Opens an artifact that {@link Model#write} wrote; {@link Model#load} reads it, and runs its code.
     *
     * @param threads the most threads of an execution; 0 for one per processor
     * @throws LatheException if there is no such file, or {@code artifact.corrupt} if it is damaged; a damaged weight
     * shows in {@link Model#load}
     */
    public static Model open(Path artifact, int threads) {
        return open(artifact, LoadOptions.standard().withThreads(threads));
    }

    /**
     * Opens an artifact that {@link Model#write} wrote; {@link Model#load} reads it, and runs its code.
     *
     * @throws LatheException if there is no such file, or {@code artifact.corrupt} if it is damaged; a damaged weight
     * shows in {@link Model#load}
     */
    public static Model open(Path artifact, LoadOptions options) {
        if (!Files.isRegularFile(artifact)) {
            throw new LatheException(
                    Diagnostic.error("artifact.file", "there is no file " + artifact, "check the path"));
        }
        Optional<RegionFile> regions = RegionFile.open(artifact, options, Backends::named);
        if (regions.isPresent()) {
            return new ArtifactModel(regions.get().target(), null, regions.get(), Optional.empty());
        }
        for (Backend backend : Backends.all()) {
            Optional<Artifact> opened = backend.open(artifact, options);
            if (opened.isPresent()) {
                return new ArtifactModel(backend.name(), null, opened.get(), Optional.empty());
            }
        }
        throw new LatheException(Diagnostic.error(
                "artifact.unknown",
                artifact + " is no compiled model of a target that is here: " + String.join(", ", targets()),
                "give a file that `lathe compile` wrote, with its target on the class path"));
    }

    /** Reads a model as it is; see {@link #read(Path, Map)}. */
    public static Graph read(Path model) {
        return read(model, Map.of());
    }

    /**
     * Reads a model without compiling it.
     *
     * @param model an {@code .onnx} file, or a {@code .lir} file with one graph
     * @param shapes shapes that fix symbolic dimensions, by input name
     */
    public static Graph read(Path model, Map<String, Shape> shapes) {
        return read(model, shapes, false);
    }

    /** Reads a model as {@code options} say: with their shapes, and with independent dimensions if they want these. */
    public static Graph read(Path model, CompileOptions options) {
        return read(model, options.shapes(), options.independentDims());
    }

    private static Graph read(Path model, Map<String, Shape> shapes, boolean independentDims) {
        return Limits.guarded(() -> model.toString().endsWith(".lir")
                ? IrText.read(model)
                : OnnxImporter.read(model, shapes, independentDims));
    }

    /**
     * The passes that {@code text} names, such as {@code canonicalize,dead-code}.
     *
     * @throws LatheException if it cannot be understood, or a pass or option does not exist
     */
    public static Pipeline pipeline(String text, PassRegistry registry) {
        List<PassSpec> specs = PipelineText.parse(text).stream()
                .map(step -> new PassSpec(step.name(), step.options()))
                .toList();
        return Pipeline.of(specs, registry);
    }

    /** The names of all targets, whether this machine can run them or not. */
    public static List<String> targets() {
        return Backends.all().stream().map(Backend::name).toList();
    }

    /**
     * Fails if there is no such target as {@code options} name, or this machine cannot run it.
     *
     * @throws LatheException that says how to get it
     */
    public static void requireTarget(CompileOptions options) {
        String target = options.target();
        if (Backends.named(target).probe(options) instanceof Availability.Missing(String what, String howToFix)) {
            throw new LatheException(
                    LatheException.Fault.UNAVAILABLE,
                    List.of(Diagnostic.error(
                            "target.unavailable", "target " + target + " cannot run here: " + what, howToFix)));
        }
    }

    /** Fails if sizes are promised to a target that makes nothing of it. */
    private static void requireRanges(Backend backend, CompileOptions options) {
        if (!options.ranges().isEmpty() && !backend.readsRanges()) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.range",
                            "target " + backend.name() + " compiles for every size, and reads no ranges",
                            "leave the ranges out, or fix a size with --shape "
                                    + options.ranges().keySet().iterator().next() + "=N")));
        }
    }

    /** Fails with every node that the target cannot run. */
    private static void requireSupport(Backend backend, List<Refusal> refused) {
        if (!refused.isEmpty()) {
            throw new LatheException(
                    LatheException.Fault.INPUT,
                    refused.stream().map(r -> r.diagnostic(backend.name())).toList());
        }
    }
}
