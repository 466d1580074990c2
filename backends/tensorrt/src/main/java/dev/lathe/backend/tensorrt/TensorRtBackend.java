package dev.lathe.backend.tensorrt;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.backend.Refusal;
import dev.lathe.backend.Support;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Stage;
import dev.lathe.passes.clean.Canonicalize;
import dev.lathe.passes.clean.CommonSubexpressions;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.lower.ExpandComposites;
import dev.lathe.passes.lower.FloatProducts;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The target {@code tensorrt}: an engine that TensorRT builds for the GPU of this machine. The network is strongly
 * typed: elements are those of the graph, so Lathe's passes decide on precision and quantization. A node that no layers
 * stand for is an error that names it.
 */
public final class TensorRtBackend implements Backend {
    static final String NAME = "tensorrt";
    /** Bytes of constants that layers want as numbers. */
    private static final long SMALL = 1024;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public TensorRtOptions options() {
        return TensorRtOptions.DEFAULT;
    }

    @Override
    public Availability probe() {
        return Gpu.probe("");
    }

    @Override
    public Availability probe(CompileOptions options) {
        return Gpu.probe(options.targetOptions(TensorRtOptions.DEFAULT).tensorrtHome());
    }

    @Override
    public boolean readsRanges() {
        return true;
    }

    /** What an op is, and its elements, are looked at here; what its operands hold, when the network is made. */
    @Override
    public Support supports(Node node) {
        return Lowering.refusal(node)
                .<Support>map(e -> new Support.No(e.reason(), e.remedy()))
                .orElse(Support.YES);
    }

    @Override
    public List<Refusal> refusals(Graph graph, CompileOptions options) {
        return Lowering.refusals(graph);
    }

    @Override
    public List<Node> expanded(Graph graph, CompileOptions options) {
        return Lowering.expanded(graph);
    }

    @Override
    public CompileOptions optionsOfPart(Graph whole, Graph part, CompileOptions options) {
        TensorRtOptions own =
                Profiles.inRanges(options.targetOptions(TensorRtOptions.DEFAULT), options.ranges(), whole);
        return options.toBuilder()
                .targetOptions(Profiles.ofPart(own, whole, part))
                .clearRanges()
                .build();
    }

    /** TensorRT chooses layouts and fuses by itself. */
    @Override
    public Pipeline pipeline(CompileOptions options) {
        return Pipeline.of(
                        new ExpandComposites(op -> !CompositeLowering.KEPT.contains(op.getClass())),
                        new FloatProducts(false, false),
                        new ExactSizes(),
                        FoldConstants.upTo(SMALL),
                        new Canonicalize(),
                        new CommonSubexpressions())
                .reach(Stage.TARGET);
    }

    @Override
    public String fileEnding() {
        return EngineFile.ENDING;
    }

    @Override
    public Optional<Artifact> open(Path file, LoadOptions options) {
        return file.toString().endsWith(EngineFile.ENDING)
                ? Optional.of(TensorRtArtifact.open(file, options, TensorRtArtifact::here))
                : Optional.empty();
    }

    @Override
    public Artifact compile(Graph graph, CompileOptions options) {
        return TensorRtArtifact.of(graph, options, TensorRtArtifact::here);
    }
}
