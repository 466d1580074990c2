package dev.lathe.backend.tensorrt;

import dev.lathe.ir.InputRole;
import dev.lathe.runtime.ConcurrentModel;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** An engine on a GPU. Each concurrent call has a {@link TensorRtExecution}, with memory of its own. */
final class TensorRtModel extends ConcurrentModel {
    private final EngineFile model;
    private final Gpu gpu;
    private final Optional<LayerTimes.Listener> times;
    private final LoadedEngine loaded;
    private final Profiles profiles;

    /**
     * Loads an engine.
     *
     * @param times hears of the layers of each call
     * @throws dev.lathe.ir.diag.LatheException {@code tensorrt.load} with TensorRT's message if it does not load
     */
    TensorRtModel(EngineFile model, MemorySegment bytes, Gpu gpu, Optional<LayerTimes.Listener> times) {
        super(model.graph().inputPorts(), model.graph().outputPorts());
        this.model = model;
        this.gpu = gpu;
        this.times = times;
        this.profiles = Profiles.of(model.options(), model.graph());
        this.loaded = new LoadedEngine(gpu, bytes, model.options().verbose());
        if (model.options().stripWeights()) {
            try {
                loaded.refit(model.graph());
            } catch (RuntimeException e) {
                loaded.close();
                throw e;
            }
        }
    }

    @Override
    protected String runsOn() {
        return gpu.device();
    }

    @Override
    protected TensorRtExecution execution() {
        gpu.cuda().use(loaded.context());
        return new TensorRtExecution(inputs(), outputs(), loaded, profiles, gpu.cuda(), times);
    }

    /** The engine goes when the last call has ended. */
    @Override
    public void close() {
        super.close();
        loaded.close();
    }

    @Override
    public InputRole role(String input) {
        InputRole role = model.roles().get(input);
        return role == null ? super.role(input) : role;
    }
}
