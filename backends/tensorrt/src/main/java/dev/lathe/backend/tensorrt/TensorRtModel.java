package dev.lathe.backend.tensorrt;

import dev.lathe.ir.InputRole;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.runtime.ConcurrentModel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IRefitter;
import org.bytedeco.tensorrt.nvinfer.IRuntime;
import org.bytedeco.tensorrt.nvinfer.Weights;

/** An engine on a GPU. Each concurrent call has a {@link TensorRtExecution}, with memory of its own. */
final class TensorRtModel extends ConcurrentModel {
    private final EngineFile model;
    private final Gpu gpu;
    private final long context;
    private final EngineLog log = new EngineLog();
    private final IRuntime runtime;
    private final ICudaEngine engine;
    private final Profiles profiles;

    /**
     * Loads an engine.
     *
     * @throws LatheException {@code tensorrt.load} with TensorRT's message if it does not load
     */
    TensorRtModel(EngineFile model, MemorySegment bytes, Gpu gpu) {
        super(model.graph().inputPorts(), model.graph().outputPorts());
        this.model = model;
        this.gpu = gpu;
        this.context = gpu.cuda().context(0);
        this.profiles = Profiles.of(model.options(), model.graph());
        gpu.cuda().use(context);
        runtime = nvinfer.createInferRuntime(log);
        if (NativeTensorRt.isNothing(runtime)) {
            throw NativeTensorRt.unavailable(
                    "TensorRT does not run: " + log.lastError(),
                    "look whether the driver is new enough for TensorRT " + gpu.tensorRt());
        }
        engine = runtime.deserializeCudaEngine(EngineBuilder.pointer(bytes.address()), bytes.byteSize());
        if (NativeTensorRt.isNothing(engine)) {
            throw failed("does not load the engine");
        }
        if (model.options().stripWeights()) {
            refit();
        }
    }

    private LatheException failed(String what) {
        return new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        "tensorrt.load", "TensorRT " + what + ": " + log.lastError(), "compile the model again")));
    }

    /** Puts in the weights that the engine was written without: they are those of the same network. */
    private void refit() {
        var builder = nvinfer.createInferBuilder(log);
        if (NativeTensorRt.isNothing(builder)) {
            throw failed("makes no builder");
        }
        INetworkDefinition network = builder.createNetworkV2(gpu.release().networkFlags());
        try (EngineNetwork made = new EngineNetwork(network)) {
            Lowering.run(model.graph(), made);
            IRefitter refitter = nvinfer.createInferRefitter(engine, log);
            if (NativeTensorRt.isNothing(refitter)) {
                throw failed("makes no refitter");
            }
            for (Map.Entry<String, Weights> w : made.weights().entrySet()) {
                refitter.setNamedWeights(w.getKey(), w.getValue());
            }
            if (!refitter.refitCudaEngine()) {
                throw failed("does not take the weights");
            }
        }
    }

    @Override
    protected String runsOn() {
        return gpu.device();
    }

    @Override
    protected TensorRtExecution execution() {
        gpu.cuda().use(context);
        return new TensorRtExecution(inputs(), outputs(), engine, profiles, gpu.cuda(), context);
    }

    @Override
    public InputRole role(String input) {
        InputRole role = model.roles().get(input);
        return role == null ? super.role(input) : role;
    }
}
