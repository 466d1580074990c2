package dev.lathe.backend.tensorrt;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model as a network, of which an engine is built when it is loaded or written; or an engine in a file. What was
 * built stays, so that models with other weights are made of it.
 */
final class TensorRtArtifact implements Artifact {
    private static final System.Logger LOGGER = System.getLogger("dev.lathe.tensorrt");

    private static final double NANOS_PER_MILLI = 1e6;

    private final EngineFile model;
    private final int maxConcurrentCalls;
    /** Where the engine is, if it was built before. */
    private final @Nullable Path file;
    /** The model that this is, with other weights. */
    private final @Nullable TensorRtArtifact base;
    /** Gets the folder of an installation. */
    private final Function<String, EngineRuntime> runtimes;

    private @Nullable MemorySegment engine;

    private TensorRtArtifact(
            EngineFile model,
            int maxConcurrentCalls,
            @Nullable Path file,
            @Nullable TensorRtArtifact base,
            Function<String, EngineRuntime> runtimes) {
        this.model = model;
        this.maxConcurrentCalls = maxConcurrentCalls;
        this.file = file;
        this.base = base;
        this.runtimes = runtimes;
    }

    /** TensorRT on the GPU of this machine. */
    static EngineRuntime here(String tensorrtHome) {
        return new GpuRuntime(Gpu.require(tensorrtHome));
    }

    /**
     * Makes the network.
     *
     * @throws LatheException with all nodes that TensorRT cannot run, or if profiles do not fit
     */
    static TensorRtArtifact of(Graph graph, CompileOptions options, Function<String, EngineRuntime> runtimes) {
        NetworkRecorder recorder = new NetworkRecorder();
        List<Diagnostic> problems = Lowering.run(graph, recorder);
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
        EngineFile model = new EngineFile(
                options.name().isEmpty() ? graph.name() : options.name(),
                graph,
                options.roles(),
                Profiles.inRanges(options.targetOptions(TensorRtOptions.DEFAULT), options.ranges(), graph),
                recorder.text(),
                Map.of());
        return new TensorRtArtifact(model, options.maxConcurrentCalls(), null, null, runtimes);
    }

    static TensorRtArtifact open(Path file, LoadOptions options, Function<String, EngineRuntime> runtimes) {
        return new TensorRtArtifact(EngineFile.read(file), options.maxConcurrentCalls(), file, null, runtimes);
    }

    EngineFile model() {
        return model;
    }

    /** The network, a line for each layer. */
    @Override
    public Map<String, String> sources() {
        return Map.of(EngineFile.NETWORK, model.network());
    }

    @Override
    public boolean isBuiltOnLoad() {
        return true;
    }

    @Override
    public boolean isFile() {
        return true;
    }

    /**
     * Of an engine that can be refitted, where the network has the same layers with these numbers. Numbers that are no
     * weights, such as indices, are part of an engine.
     */
    @Override
    public Optional<Artifact> with(Map<Tensor, Tensor> constants) {
        if (!model.options().refit()) {
            return Optional.empty();
        }
        Optional<Graph> changed = OtherWeights.in(model.graph(), constants);
        if (changed.isEmpty()) {
            return Optional.empty();
        }
        NetworkRecorder before = new NetworkRecorder();
        NetworkRecorder after = new NetworkRecorder();
        boolean isTaken = Lowering.run(model.graph(), before).isEmpty()
                && Lowering.run(changed.get(), after).isEmpty();
        return isTaken && before.structure().equals(after.structure())
                ? Optional.of(new TensorRtArtifact(
                        model.with(changed.get(), after.text()), maxConcurrentCalls, null, this, runtimes))
                : Optional.empty();
    }

    private EngineRuntime runtime() {
        return runtimes.apply(model.options().tensorrtHome());
    }

    @Override
    public void write(Path to) throws IOException {
        EngineRuntime runtime = runtime();
        write(to, runtime, engine(runtime));
    }

    private void write(Path to, EngineRuntime runtime, MemorySegment built) throws IOException {
        model.with(model.facts(runtime)).write(to, built);
    }

    /** The engine of a file, built again if it is for another GPU, driver or version; else a new one. */
    @Override
    public Executable load() {
        EngineRuntime runtime = runtime();
        return runtime.load(model, engine(runtime), maxConcurrentCalls);
    }

    /** The layers of the engine, which is built for it, and one for what TensorRT's profiler calls otherwise. */
    @Override
    public List<ModelStep> steps() {
        EngineRuntime runtime = runtime();
        List<ModelStep> steps = new ArrayList<>();
        runtime.layers(model, engine(runtime)).forEach(layer -> steps.add(layer.step()));
        steps.add(new EngineLayer("", "others", List.of()).step());
        return steps;
    }

    @Override
    public Executable load(StepTimes times) {
        EngineRuntime runtime = runtime();
        MemorySegment built = engine(runtime);
        List<EngineLayer> layers = runtime.layers(model, built);
        Map<String, Integer> numbers = new HashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            numbers.putIfAbsent(layers.get(i).name(), i);
        }
        return runtime.load(
                model,
                built,
                (layer, millis) ->
                        times.took(numbers.getOrDefault(layer, layers.size()), Math.round(millis * NANOS_PER_MILLI)));
    }

    private synchronized MemorySegment engine(EngineRuntime runtime) {
        MemorySegment own = engine;
        if (own == null) {
            own = made(runtime);
            engine = own;
        }
        return own;
    }

    private MemorySegment made(EngineRuntime runtime) {
        if (base != null) {
            return runtime.refitted(base.engine(runtime), model.graph(), model.options());
        }
        if (file == null) {
            return runtime.build(model.graph(), model.options());
        }
        List<String> differences = model.differences(model.facts(runtime));
        if (differences.isEmpty()) {
            return EngineFile.bytes(file);
        }
        LOGGER.log(
                System.Logger.Level.WARNING,
                file + " is built again, since it was built for " + String.join("; ", differences));
        MemorySegment built = runtime.build(model.graph(), model.options());
        try {
            write(file, runtime, built);
        } catch (IOException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    file + " cannot be written, and is built again each time: " + e.getMessage());
        }
        return built;
    }
}
