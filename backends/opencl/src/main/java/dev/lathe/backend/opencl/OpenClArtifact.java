package dev.lathe.backend.opencl;

import dev.lathe.backend.Artifact;
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
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.ModelArchiveWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model as a program, a plan and weights.
 *
 * <p>Its file is a jar with {@value #PROGRAM} and {@value #PLAN}, which are for people and for the driver,
 * {@value #GRAPH}, of which the same plan is made again when the file is opened, the weights, and the classes that
 * make it run by itself; see {@link OpenClJar}.
 *
 * @param name what the file calls the model
 * @param graph what was compiled
 * @param roles what its inputs mean
 * @param options the device to run on, and what its kernels are like
 */
record OpenClArtifact(
        String name,
        Graph graph,
        OpenClPlans plans,
        Map<String, InputRole> roles,
        OpenClOptions options,
        int maxConcurrentCalls)
        implements Artifact {
    /** Stands here and not with the backend, which a jar that runs by itself does without. */
    static final String TARGET = "opencl";

    private static final String PROGRAM = "model.cl";
    private static final String PLAN = "plan.txt";
    private static final String GRAPH = "graph.lir";
    private static final String TILES = "META-INF/lathe-tiles.txt";
    private static final String DEVICE = "META-INF/lathe-device.txt";
    private static final String ROLES = "META-INF/lathe-roles.txt";

    static OpenClArtifact of(
            String name, Graph graph, Map<String, InputRole> roles, OpenClOptions options, int maxConcurrentCalls) {
        OpenClPlans plans = OpenClPlans.of(graph, Features.usual(options.tiles()));
        return new OpenClArtifact(name, graph, plans, roles, options, maxConcurrentCalls);
    }

    /** The program, and the plan whose steps launch its kernels. */
    @Override
    public Map<String, String> sources() {
        return Map.of(PROGRAM, plans.launches().source(), PLAN, plans.text());
    }

    @Override
    public Executable load() {
        Device found = Devices.find(options.device());
        return OpenClModel.load(plansFor(found), roles, found, null).maxConcurrentCalls(maxConcurrentCalls);
    }

    @Override
    public List<ModelStep> steps() {
        return plansFor(Devices.find(options.device())).steps();
    }

    @Override
    public Executable load(StepTimes times) {
        Device found = Devices.find(options.device());
        return OpenClModel.load(plansFor(found), roles, found, times).maxConcurrentCalls(1);
    }

    private OpenClPlans plansFor(Device device) {
        Features features = device.features(options.tiles());
        return plans.features().equals(features) ? plans : OpenClPlans.of(graph, features);
    }

    @Override
    public boolean isFile() {
        return true;
    }

    @Override
    public void write(Path file) throws IOException {
        StoredGraph stored = StoredGraph.of(graph);
        // Of what is read again, whose constants may be shared otherwise.
        OpenClPlans read = OpenClPlans.of(stored.graph(), plans.features());
        String className = TARGET + "." + name;
        ModelArchiveWriter jar = new ModelArchiveWriter(className, LatheVersion.current(), stored.tensors());
        OpenClJar.addTo(jar, className, graph);
        jar.put(PROGRAM, read.launches().source());
        jar.put(PLAN, read.text());
        jar.put(GRAPH, stored.text());
        jar.put(ROLES, RoleText.of(roles));
        jar.put(TILES, options.tiles().name());
        jar.put(DEVICE, options.device());
        jar.put(ModelArchive.MODEL_TEXT, ModelArchive.text(graph.inputPorts(), graph.outputPorts()));
        jar.attribute(ModelArchive.TARGET, TARGET);
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
            if (!archive.target().equals(TARGET)) {
                return Optional.empty();
            }
            Map<String, byte[]> entries = archive.check();
            Graph graph = new StoredGraph(text(entries, GRAPH), archive.weights()).graph();
            OpenClArtifact made = of(
                    archive.name(),
                    graph,
                    RoleText.parse(text(entries, ROLES)),
                    new OpenClOptions(text(entries, DEVICE), tiles(entries), false),
                    options.maxConcurrentCalls());
            boolean same = made.plans.text().equals(text(entries, PLAN))
                    && made.plans.launches().source().equals(text(entries, PROGRAM));
            if (!same) {
                throw new LatheException(Diagnostic.error(
                        "artifact.no-model",
                        file + " has other kernels than this version of Lathe: " + archive.version() + " compiled it",
                        "compile the model again, or use the version that compiled it"));
            }
            return Optional.of(made);
        }
    }

    private static String text(Map<String, byte[]> entries, String name) {
        return new String(entries.getOrDefault(name, new byte[0]), StandardCharsets.UTF_8);
    }

    private static Tiles tiles(Map<String, byte[]> entries) {
        return Tiles.valueOf(text(entries, TILES));
    }
}
