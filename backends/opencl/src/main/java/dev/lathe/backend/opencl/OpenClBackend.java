package dev.lathe.backend.opencl;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.backend.Support;
import dev.lathe.backend.plan.Kernels;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Pipelines;
import dev.lathe.runtime.ModelArchive;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The target {@code opencl}: readable OpenCL C, compiled by the driver of a device. It runs every op: what has no
 * kernel is a step that the host runs by the op's reference meaning, and the plan says which.
 */
public final class OpenClBackend implements Backend {
    /** What any device runs as one kernel: groups are made before a device is chosen, which may have no doubles. */
    private final Kernels kernels = OpenClKernels.table(false);

    @Override
    public String name() {
        return OpenClArtifact.TARGET;
    }

    @Override
    public OpenClOptions options() {
        return OpenClOptions.DEFAULT;
    }

    @Override
    public Availability probe() {
        return Devices.probe();
    }

    /** Every node: what has no kernel runs on the host. */
    @Override
    public Support supports(Node node) {
        return Support.YES;
    }

    @Override
    public Pipeline pipeline(CompileOptions options) {
        return Pipelines.kernels(kernels::keeps, kernels);
    }

    @Override
    public Optional<String> plan(Graph graph, CompileOptions options) {
        return Optional.of(plans(graph, options).text());
    }

    @Override
    public List<Node> expanded(Graph graph, CompileOptions options) {
        return plans(graph, options).plan().expanded();
    }

    @Override
    public List<Node> onHost(Graph graph, CompileOptions options) {
        return plans(graph, options).plan().onHost();
    }

    /** Those of usual devices that have such tiles. */
    private static OpenClPlans plans(Graph graph, CompileOptions options) {
        return OpenClPlans.of(graph, Features.usual(own(options).tiles()));
    }

    @Override
    public Artifact compile(Graph graph, CompileOptions options) {
        options.progress().report("emit", 0, 0);
        OpenClOptions own = own(options);
        if (own.tune()) {
            options.progress().report("tune", 0, 0);
            Device device = Devices.find(own.device());
            new TileTrial(device, graph, options.roles()).run(device.features(own.tiles()), TileStore.standard());
        }
        return OpenClArtifact.of(
                ClText.identifier(options.name().isEmpty() ? graph.name() : options.name()),
                graph,
                options.roles(),
                own,
                options.maxConcurrentCalls());
    }

    private static OpenClOptions own(CompileOptions options) {
        return options.targetOptions(OpenClOptions.DEFAULT);
    }

    @Override
    public Optional<Artifact> open(Path file, LoadOptions options) {
        return ModelArchive.isJar(file) ? OpenClArtifact.open(file, options) : Optional.empty();
    }
}
