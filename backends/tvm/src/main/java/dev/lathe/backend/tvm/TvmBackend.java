package dev.lathe.backend.tvm;

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
 * The target {@code tvm}: functions of TVM's tensor IR, compiled by LLVM for a processor. It runs every op: what has no
 * kernel is a step that the host runs by the op's reference meaning, and the plan says which.
 */
public final class TvmBackend implements Backend {
    static final String NAME = "tvm";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public TvmOptions options() {
        return TvmOptions.DEFAULT;
    }

    @Override
    public Availability probe() {
        return NativeTvm.probe();
    }

    /** Every node: what has no kernel runs on the host. */
    @Override
    public Support supports(Node node) {
        return Support.YES;
    }

    @Override
    public Pipeline pipeline(CompileOptions options) {
        Kernels kernels = TvmKernels.table(options.numerics());
        return Pipelines.kernels(kernels::keeps, kernels);
    }

    @Override
    public Optional<String> plan(Graph graph, CompileOptions options) {
        return Optional.of(TvmPlans.of(graph, options.numerics()).text());
    }

    @Override
    public List<Node> expanded(Graph graph, CompileOptions options) {
        return TvmPlans.of(graph, options.numerics()).plan().expanded();
    }

    @Override
    public List<Node> onHost(Graph graph, CompileOptions options) {
        return TvmPlans.of(graph, options.numerics()).plan().onHost();
    }

    @Override
    public Artifact compile(Graph graph, CompileOptions options) {
        options.progress().report("emit", 0, 0);
        return TvmArtifact.of(graph, options);
    }

    @Override
    public Optional<Artifact> open(Path file, LoadOptions options) {
        return ModelArchive.isJar(file) ? TvmArtifact.open(file, options) : Optional.empty();
    }
}
