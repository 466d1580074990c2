package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;

/** TensorRT on a GPU. */
record GpuRuntime(Gpu gpu) implements EngineRuntime {

    @Override
    public Map<String, String> facts() {
        return Map.of("gpu", gpu.device(), "driver", String.valueOf(gpu.driver()), "tensorrt", gpu.tensorRt());
    }

    @Override
    public MemorySegment build(Graph graph, TensorRtOptions options) {
        return EngineBuilder.build(graph, options, gpu);
    }

    @Override
    public MemorySegment refitted(MemorySegment engine, Graph graph, TensorRtOptions options) {
        if (options.stripWeights()) {
            return engine; // it has none, and gets them when it is loaded
        }
        try (LoadedEngine loaded = new LoadedEngine(gpu, engine, options.verbose())) {
            loaded.refit(graph);
            IHostMemory bytes = loaded.engine().serialize();
            if (NativeTensorRt.isNothing(bytes)) {
                throw loaded.failed("tensorrt.refit", "does not store the engine with other weights");
            }
            return EngineBuilder.taken(bytes);
        }
    }

    @Override
    public Executable load(EngineFile model, MemorySegment engine, int maxConcurrentCalls) {
        return new TensorRtModel(model, engine, gpu, Optional.empty()).maxConcurrentCalls(maxConcurrentCalls);
    }

    @Override
    public Executable load(EngineFile model, MemorySegment engine, LayerTimes.Listener times) {
        return new TensorRtModel(model, engine, gpu, Optional.of(times)).maxConcurrentCalls(1);
    }

    @Override
    public List<EngineLayer> layers(EngineFile model, MemorySegment engine) {
        try (LoadedEngine loaded = new LoadedEngine(gpu, engine, model.options().verbose())) {
            return loaded.layers();
        }
    }
}
