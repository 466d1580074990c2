package dev.lathe.backend.tensorrt;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model as a network, of which an engine is built when it is loaded or written; or an engine in a file.
 *
 * @param model what the engine is built of
 * @param file where the engine is, if it was built before
 */
record TensorRtArtifact(EngineFile model, Optional<Path> file, int maxConcurrentCalls) implements Artifact {
    private static final System.Logger LOGGER = System.getLogger("dev.lathe.tensorrt");

    /**
     * Makes the network.
     *
     * @throws LatheException with all nodes that TensorRT cannot run, or if profiles do not fit
     */
    static TensorRtArtifact of(Graph graph, CompileOptions options) {
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
        return new TensorRtArtifact(model, Optional.empty(), options.maxConcurrentCalls());
    }

    static TensorRtArtifact open(Path file, LoadOptions options) {
        return new TensorRtArtifact(EngineFile.read(file), Optional.of(file), options.maxConcurrentCalls());
    }

    /** The network, a line for each layer. */
    @Override
    public Map<String, String> sources() {
        return Map.of(EngineFile.NETWORK, model.network());
    }

    @Override
    public boolean isFile() {
        return true;
    }

    @Override
    public void write(Path to) throws IOException {
        Gpu gpu = Gpu.require(model.options().tensorrtHome());
        write(to, gpu, EngineBuilder.build(model.graph(), model.options(), gpu));
    }

    private void write(Path to, Gpu gpu, MemorySegment engine) throws IOException {
        new EngineFile(
                        model.name(),
                        model.graph(),
                        model.roles(),
                        model.options(),
                        model.network(),
                        EngineFile.facts(model.graph(), gpu))
                .write(to, engine);
    }

    /** The engine of a file, built again if it is for another GPU, driver or version; else a new one. */
    @Override
    public Executable load() {
        Gpu gpu = Gpu.require(model.options().tensorrtHome());
        return new TensorRtModel(model, engine(gpu), gpu).maxConcurrentCalls(maxConcurrentCalls);
    }

    private MemorySegment engine(Gpu gpu) {
        if (file.isPresent()) {
            List<String> differences = model.differences(EngineFile.facts(model.graph(), gpu));
            if (differences.isEmpty()) {
                return EngineFile.bytes(file.get());
            }
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    file.get() + " is built again, since it was built for " + String.join("; ", differences));
        }
        MemorySegment engine = EngineBuilder.build(model.graph(), model.options(), gpu);
        if (file.isPresent()) {
            try {
                write(file.get(), gpu, engine);
            } catch (IOException e) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        file.get() + " cannot be written, and is built again each time: " + e.getMessage());
            }
        }
        return engine;
    }
}
