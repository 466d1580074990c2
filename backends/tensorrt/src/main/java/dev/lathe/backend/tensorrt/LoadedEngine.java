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
import org.bytedeco.tensorrt.nvinfer.IEngineInspector;
import org.bytedeco.tensorrt.nvinfer.IRefitter;
import org.bytedeco.tensorrt.nvinfer.IRuntime;
import org.bytedeco.tensorrt.nvinfer.Weights;

/** An engine in the memory of a GPU. It stays there until it and all calls of it are closed. */
final class LoadedEngine implements AutoCloseable {
    private final Gpu gpu;
    private final long context;
    private final NativeObjects objects = new NativeObjects();
    private final EngineLog log;
    private final ICudaEngine engine;

    /**
     * Loads an engine.
     *
     * @throws LatheException {@code tensorrt.load} with TensorRT's message if it does not load
     */
    LoadedEngine(Gpu gpu, MemorySegment bytes, boolean verbose) {
        this.gpu = gpu;
        this.context = gpu.takeContext(objects);
        try {
            this.log = objects.free(new EngineLog(verbose));
            IRuntime runtime = objects.own(nvinfer.createInferRuntime(log));
            if (NativeTensorRt.isNothing(runtime)) {
                throw NativeTensorRt.unavailable(
                        "TensorRT does not run: " + log.lastError(),
                        "look whether the driver is new enough for TensorRT " + gpu.tensorRt());
            }
            engine = objects.own(
                    runtime.deserializeCudaEngine(EngineBuilder.pointer(bytes.address()), bytes.byteSize()));
            if (NativeTensorRt.isNothing(engine)) {
                throw failed(log, "tensorrt.load", "does not load the engine");
            }
        } catch (RuntimeException | LinkageError e) {
            objects.close();
            throw e;
        }
    }

    /** For what a call of the engine needs; the engine stays until that is closed. */
    NativeObjects ofCall() {
        return objects.child();
    }

    ICudaEngine engine() {
        return engine;
    }

    /** The context of the GPU that it was loaded in. */
    long context() {
        return context;
    }

    LatheException failed(String code, String what) {
        return failed(log, code, what);
    }

    private static LatheException failed(EngineLog log, String code, String what) {
        return new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        code, "TensorRT " + what + ": " + log.lastError(), "compile the model again")));
    }

    /** What TensorRT made of the network, layer by layer. */
    List<EngineLayer> layers() {
        try (NativeObjects making = new NativeObjects()) {
            IEngineInspector inspector = making.own(engine.createEngineInspector());
            if (NativeTensorRt.isNothing(inspector)) {
                throw failed("tensorrt.load", "makes no inspector of the engine");
            }
            List<EngineLayer> layers = new ArrayList<>();
            for (int i = 0; i < engine.getNbLayers(); i++) {
                layers.add(EngineLayer.parse(inspector.getLayerInformation(i, nvinfer.LayerInformationFormat.kJSON)));
            }
            return layers;
        }
    }

    /** Puts in the weights of a graph, whose network is that of the engine. */
    void refit(Graph graph) {
        try (NativeObjects making = new NativeObjects()) {
            IBuilder builder = making.own(nvinfer.createInferBuilder(log));
            if (NativeTensorRt.isNothing(builder)) {
                throw failed("tensorrt.refit", "makes no builder");
            }
            EngineNetwork made = EngineNetwork.of(builder, gpu.release(), making);
            Lowering.run(graph, made);
            IRefitter refitter = making.own(nvinfer.createInferRefitter(engine, log));
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
        objects.close();
    }
}
