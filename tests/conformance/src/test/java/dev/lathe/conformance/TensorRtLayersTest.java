package dev.lathe.conformance;

import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.tensorrt.InterpretedNetwork;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.List;
import java.util.stream.Stream;

/**
 * The networks that {@link TensorRtRecordingTest} records give what the suites expect: their layers are interpreted one
 * by one, so that what they mean together is proven without a GPU.
 */
class TensorRtLayersTest extends OnnxConformance {
    /** Those that make no network, but models, and those that no target runs. */
    private static final List<Ignored> IGNORED = Stream.of("tensorrt.txt", "ignored.txt", "tensorrt-layers.txt")
            .flatMap(list -> Ignored.read(list).stream())
            .filter(i -> i.name().startsWith("test_"))
            .toList();

    private final Backend backend = Backends.named("tensorrt");

    @Override
    List<Ignored> ignored() {
        return IGNORED;
    }

    @Override
    List<ModelForm> modes() {
        return List.of(ModelForm.AS_WRITTEN, ModelForm.SYMBOLIC);
    }

    @Override
    Executable load(Graph graph) {
        CompileOptions options = CompileOptions.builder().target(backend.name()).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        return InterpretedNetwork.of(PassManager.run(canonical, backend.pipeline(options), options.passContext()));
    }
}
