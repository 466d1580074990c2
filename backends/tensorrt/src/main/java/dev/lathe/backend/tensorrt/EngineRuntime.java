package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/** What builds and runs engines: TensorRT on a GPU, or what stands for it in tests. */
interface EngineRuntime {
    /** What the engines of this runtime depend on, such as its GPU, by name. */
    Map<String, String> facts();

    /**
     * Builds the engine of a graph, which takes from seconds to many minutes.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code tensorrt.build} with TensorRT's message if it builds none
     */
    MemorySegment build(Graph graph, TensorRtOptions options);

    /**
     * An engine with the weights of another graph, whose network has the same layers.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code tensorrt.refit} if it does not take them
     */
    MemorySegment refitted(MemorySegment engine, Graph graph, TensorRtOptions options);

    /**
     * Makes an engine ready to run.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code tensorrt.load} with TensorRT's message if it does not load
     */
    Executable load(EngineFile model, MemorySegment engine, int maxConcurrentCalls);

    /** As {@link #load}, for one call at a time that tells how long each of the {@link #layers} takes. */
    Executable load(EngineFile model, MemorySegment engine, LayerTimes.Listener times);

    /**
     * The layers that an engine has.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code tensorrt.load} with TensorRT's message if it does not load
     */
    List<EngineLayer> layers(EngineFile model, MemorySegment engine);
}
