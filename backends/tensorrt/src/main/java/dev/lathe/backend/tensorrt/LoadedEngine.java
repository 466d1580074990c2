package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IRefitter;
import org.bytedeco.tensorrt.nvinfer.IRuntime;
import org.bytedeco.tensorrt.nvinfer.Weights;

/** An engine in the memory of a GPU. */
final class LoadedEngine implements AutoCloseable {
    private final Gpu gpu;
    private final long context;
    private final EngineLog log;
    private final IRuntime runtime;
    private final ICudaEngine engine;

    /**
     * Loads an engine.
     *
     * @throws LatheException {@code tensorrt.load} with TensorRT's message if it does not load
     */
    LoadedEngine(Gpu gpu, MemorySegment bytes, boolean verbose) {
        this.log = new EngineLog(verbose);
        this.gpu = gpu;
        this.context = gpu.cuda().context(0);
        gpu.cuda().use(context);
        runtime = nvinfer.createInferRuntime(log);
        if (NativeTensorRt.isNothing(runtime)) {
            throw NativeTensorRt.unavailable(
                    "TensorRT does not run: " + log.lastError(),
                    "look whether the driver is new enough for TensorRT " + gpu.tensorRt());
        }
        engine = runtime.deserializeCudaEngine(EngineBuilder.pointer(bytes.address()), bytes.byteSize());
        if (NativeTensorRt.isNothing(engine)) {
            throw failed("tensorrt.load", "does not load the engine");
        }
    }

    ICudaEngine engine() {
        return engine;
    }

    /** The context of the GPU that it was loaded in. */
    long context() {
        return context;
    }

    LatheException failed(String code, String what) {
        return new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        code, "TensorRT " + what + ": " + log.lastError(), "compile the model again")));
    }

    /** Puts in the weights of a graph, whose network is that of the engine. */
    void refit(Graph graph) {
        IBuilder builder = nvinfer.createInferBuilder(log);
        if (NativeTensorRt.isNothing(builder)) {
            throw failed("tensorrt.refit", "makes no builder");
        }
        INetworkDefinition network = builder.createNetworkV2(gpu.release().networkFlags());
        try (EngineNetwork made = new EngineNetwork(network)) {
            Lowering.run(graph, made);
            IRefitter refitter = nvinfer.createInferRefitter(engine, log);
            if (NativeTensorRt.isNothing(refitter)) {
                throw failed("tensorrt.refit", "makes no refitter");
            }
            Map<String, Weights> all = made.weights();
            for (String name : names(refitter)) {
                Weights own = all.get(name);
                if (own == null || !refitter.setNamedWeights(name, own)) {
                    throw failed("tensorrt.refit", "does not take the weights " + name);
                }
            }
            if (!refitter.refitCudaEngine()) {
                throw failed("tensorrt.refit", "does not take the weights");
            }
            refitter.deallocate();
        }
    }

    /** The weights that can be replaced, as TensorRT calls them. */
    private static List<String> names(IRefitter refitter) {
        int count = refitter.getAllWeights(0, new PointerPointer<BytePointer>());
        List<String> names = new ArrayList<>();
        try (PointerPointer<BytePointer> all = new PointerPointer<>(Math.max(1, count))) {
            refitter.getAllWeights(count, all);
            for (int i = 0; i < count; i++) {
                names.add(all.get(BytePointer.class, i).getString());
            }
        }
        return names;
    }

    @Override
    public void close() {
        gpu.cuda().use(context);
        engine.deallocate();
        runtime.deallocate();
    }
}
