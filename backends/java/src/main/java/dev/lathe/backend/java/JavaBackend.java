package dev.lathe.backend.java;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.backend.Support;
import dev.lathe.backend.plan.Kernels;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Planner;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.op.Concat;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Pipelines;
import dev.lathe.runtime.Machine;
import dev.lathe.runtime.ModelArchive;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The target {@code java}: readable Java source, compiled in this process. Runs everywhere, and runs every op. */
public final class JavaBackend implements Backend {
    static final String NAME = "java";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JavaOptions options() {
        return JavaOptions.DEFAULT;
    }

    /** Operands of one op that a method can make: each is sixteen bytes of code or more, of 65,535. */
    private static final int MOST_OPERANDS = 4_000;
    /** Operands that are copied to a result, each by a kernel of its own, which javac takes a millisecond for. */
    private static final int MOST_COPIES = 20_000;

    @Override
    public Availability probe() {
        String lanes = Machine.VECTOR
                ? Machine.LANES * 32 + "-bit vectors"
                : "no vectors; start Java with " + Machine.VECTOR_OPTION;
        return new Availability.Ready(
                "Java " + Runtime.version().feature() + ", " + Machine.processors() + " processors, " + lanes);
    }

    @Override
    public void warmUp() {
        SourceCompiler.warmUp();
    }

    /** Every node whose operands one method can name: what has no kernel runs by its reference meaning. */
    @Override
    public Support supports(Node node) {
        int operands = node.op().operands().size();
        return operands <= (node.op() instanceof Concat ? MOST_COPIES : MOST_OPERANDS)
                ? Support.YES
                : new Support.No(
                        "it has " + operands + " operands, more than generated code can hold",
                        "join them in groups first, or use --target reference");
    }

    @Override
    public Pipeline pipeline(CompileOptions options) {
        Kernels kernels = JavaKernels.table(options.numerics());
        return Pipelines.kernels(kernels::keeps, kernels);
    }

    @Override
    public Optional<Artifact> open(Path file, LoadOptions options) {
        return ModelArchive.isJar(file) ? JarFile.checked(file, options) : Optional.empty();
    }

    @Override
    public JavaArtifact compile(Graph graph, CompileOptions options) {
        options.progress().report("emit", 0, 0);
        JavaOptions own = options.targetOptions(JavaOptions.DEFAULT);
        ClassNames names = new ClassNames(own.packageName(), className(graph, options.name(), own));
        Plan plan = plan(graph, options.numerics());
        Program program = new Program(names.ownPackage(), names.className(), graph.inputSymbols(), options.numerics());
        Map<String, String> sources = new LinkedHashMap<>();
        sources.put(names.typed(), new TypedSource(names, graph).write());
        Optional<ModelSource> load = plan.load().map(l -> ModelSource.atLoad(l, Program.atLoad(program)));
        load.ifPresent(l -> sources.putAll(l.write()));
        String loader = load.map(ModelSource::className).orElse("");
        ModelSource model = ModelSource.of(plan, program, names, loader, options.roles());
        sources.putAll(model.write());
        sources.replaceAll((_, text) -> Lines.wrapped(Imports.used(text)));
        options.progress().report("compile", 0, 0);
        Map<String, byte[]> classes = SourceCompiler.compile(sources);
        return new JavaArtifact(
                names.typed(),
                own.modelVersion(),
                graph.inputPorts(),
                graph.outputPorts(),
                sources,
                classes,
                plan.weights(),
                model.steps(),
                options.threads(),
                options.maxConcurrentCalls());
    }

    @Override
    public Optional<String> plan(Graph graph, CompileOptions options) {
        return Optional.of(plan(graph, options.numerics()).toString());
    }

    @Override
    public List<Node> expanded(Graph graph, CompileOptions options) {
        return plan(graph, options.numerics()).expanded();
    }

    @Override
    public List<Node> onHost(Graph graph, CompileOptions options) {
        return plan(graph, options.numerics()).onHost();
    }

    /** What a call of a graph for {@link #compile} does, and what runs before, at load; in default numerics. */
    public static Plan plan(Graph graph) {
        return plan(graph, Numerics.DEFAULT);
    }

    private static Plan plan(Graph graph, Numerics numerics) {
        return Planner.plan(graph, JavaKernels.table(numerics));
    }

    private static String className(Graph graph, String name, JavaOptions names) {
        return JavaText.className(Stream.of(names.className(), name, graph.name())
                .filter(n -> !n.isEmpty())
                .findFirst()
                .orElse("model"));
    }
}
