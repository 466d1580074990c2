package dev.lathe.backend.tvm;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LatheVersion;
import dev.lathe.backend.LoadOptions;
import dev.lathe.backend.RoleText;
import dev.lathe.frontend.text.StoredGraph;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.Numerics;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.ModelArchiveWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A model as kernels, a plan and weights.
 *
 * <p>Its file is a jar with {@value #CODE}, the kernels for one kind of processor, {@value #KERNELS} and {@value
 * #PLAN}, which are for people, {@value #GRAPH}, of which the same plan is made again when the file is opened, and the
 * weights. A processor that lacks instructions that they may use compiles the kernels again.
 *
 * @param name what the file calls the model
 * @param graph what was compiled
 * @param roles what its inputs mean
 * @param numerics how far its results may move, which decides what its plan is
 * @param cpu the name of the processor to compile for; empty for that of this machine
 * @param code the compiled kernels, if they come from a file
 * @param threads how many workers share a kernel; 0 for all processors
 */
record TvmArtifact(
        String name,
        Graph graph,
        TvmPlans plans,
        Map<String, InputRole> roles,
        Numerics numerics,
        String cpu,
        Optional<Code> code,
        int threads,
        int maxConcurrentCalls)
        implements Artifact {
    private static final String CODE = "model.so";
    private static final String KERNELS = "model.tir";
    private static final String PLAN = "plan.txt";
    private static final String GRAPH = "graph.lir";
    private static final String CPU = "META-INF/lathe-instructions.txt";
    private static final String NUMERICS = "META-INF/lathe-numerics.txt";
    private static final String ROLES = "META-INF/lathe-roles.txt";

    /**
     * Compiled kernels.
     *
     * @param needs the sets of instructions that they may use
     */
    record Code(byte[] bytes, Set<String> needs) {}

    static TvmArtifact of(Graph graph, CompileOptions options) {
        return new TvmArtifact(
                Program.identifier(options.name().isEmpty() ? graph.name() : options.name()),
                graph,
                TvmPlans.of(graph, options.numerics()),
                options.roles(),
                options.numerics(),
                options.targetOptions(TvmOptions.DEFAULT).cpu(),
                Optional.empty(),
                options.threads(),
                options.maxConcurrentCalls());
    }

    /** The kernels, and the plan whose steps call them. */
    @Override
    public Map<String, String> sources() {
        return Map.of(KERNELS, plans.source(), PLAN, plans.text());
    }

    private KernelCompiler compiler() {
        NativeTvm library = NativeTvm.require();
        return new KernelCompiler(library, cpu.isEmpty() ? library.cpu() : Processor.named(library.tvm(), cpu));
    }

    @Override
    public List<ModelStep> steps() {
        return plans.steps();
    }

    @Override
    public Executable load() {
        return load(null, maxConcurrentCalls);
    }

    @Override
    public Executable load(StepTimes times) {
        return load(times, 1);
    }

    private Executable load(@Nullable StepTimes times, int concurrentCalls) {
        int workers = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        return TvmModel.load(plans, roles, module(NativeTvm.require().cpu()), workers, times)
                .maxConcurrentCalls(concurrentCalls);
    }

    /** The kernels of the file if the processor {@code here} runs them, else new ones. */
    KernelModule module(Processor here) {
        KernelCompiler compiler = compiler();
        if (runsOn(here)) {
            return compiler.load(code.orElseThrow().bytes);
        }
        Set<String> missing = here.lacks(compiler.cpu().features());
        if (!missing.isEmpty()) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "tvm.cpu",
                            "code for " + cpu + " may use " + String.join(", ", missing) + ", which this machine lacks",
                            "write it to a file by `lathe compile -o`, for another machine, or leave -T cpu away")));
        }
        return compiler.compile(plans.launches().program());
    }

    /** Whether a processor runs the kernels of the file as they are. */
    boolean runsOn(Processor here) {
        return code.isPresent() && here.lacks(code.get().needs).isEmpty();
    }

    @Override
    public boolean isFile() {
        return true;
    }

    @Override
    public void write(Path file) throws IOException {
        StoredGraph stored = StoredGraph.of(graph);
        // Of what is read again, whose constants may be shared otherwise.
        TvmPlans read = TvmPlans.of(stored.graph(), numerics);
        KernelCompiler compiler = compiler();
        ModelArchiveWriter jar =
                new ModelArchiveWriter(TvmBackend.NAME + "." + name, LatheVersion.current(), stored.tensors());
        jar.put(CODE, compiler.sharedObject(read.launches().program()));
        jar.put(KERNELS, read.source());
        jar.put(PLAN, read.text());
        jar.put(GRAPH, stored.text());
        jar.put(ROLES, RoleText.of(roles));
        jar.put(CPU, String.join(" ", compiler.cpu().features()));
        jar.put(NUMERICS, numerics.name());
        jar.put(ModelArchive.MODEL_TEXT, ModelArchive.text(graph.inputPorts(), graph.outputPorts()));
        jar.attribute(ModelArchive.TARGET, TvmBackend.NAME);
        jar.write(file);
    }

    /**
     * The model in a file of this target; empty if it is another's.
     *
     * @throws LatheException {@code artifact.corrupt} if it is damaged, {@code artifact.no-model} if another version
     * of Lathe wrote it, whose kernels are others
     */
    static Optional<Artifact> open(Path file, LoadOptions options) {
        try (ModelArchive archive = ModelArchive.open(file)) {
            if (!archive.target().equals(TvmBackend.NAME)) {
                return Optional.empty();
            }
            Map<String, byte[]> entries = archive.check();
            Graph graph = new StoredGraph(text(entries, GRAPH), archive.weights()).graph();
            Numerics numerics = numerics(text(entries, NUMERICS));
            TvmPlans plans = TvmPlans.of(graph, numerics);
            if (!plans.text().equals(text(entries, PLAN)) || !plans.source().equals(text(entries, KERNELS))) {
                throw new LatheException(Diagnostic.error(
                        "artifact.no-model",
                        file + " has other kernels than this version of Lathe: " + archive.version() + " compiled it",
                        "compile the model again, or use the version that compiled it"));
            }
            return Optional.of(new TvmArtifact(
                    archive.name(),
                    graph,
                    plans,
                    RoleText.parse(text(entries, ROLES)),
                    numerics,
                    "",
                    Optional.of(code(file, entries)),
                    options.threads(),
                    options.maxConcurrentCalls()));
        }
    }

    private static Code code(Path file, Map<String, byte[]> entries) {
        byte[] bytes = entries.getOrDefault(CODE, new byte[0]);
        if (!ElfFile.isWhole(bytes)) {
            throw new LatheException(Diagnostic.error(
                    "artifact.corrupt",
                    file + " has no whole " + CODE,
                    "copy the file again, or compile the model again"));
        }
        Set<String> needs = new TreeSet<>(List.of(text(entries, CPU).split(" ")));
        needs.remove("");
        return new Code(bytes, needs);
    }

    private static Numerics numerics(String name) {
        return name.equals(Numerics.STRICT.name()) ? Numerics.STRICT : Numerics.DEFAULT;
    }

    private static String text(Map<String, byte[]> entries, String name) {
        return new String(entries.getOrDefault(name, new byte[0]), StandardCharsets.UTF_8);
    }
}
