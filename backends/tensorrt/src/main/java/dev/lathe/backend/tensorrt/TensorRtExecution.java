package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.eval.OutputCheck;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.ConcurrentModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.nvinfer.Dims64;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.bytedeco.tensorrt.nvinfer.IProfiler;
import org.jspecify.annotations.Nullable;

/**
 * One call of an engine at a time: a context of TensorRT, a stream, and a buffer of the device for each input and
 * output, which grow as needed. Elements that TensorRT has not go to and from its types on the host.
 */
final class TensorRtExecution implements ConcurrentModel.Call {
    private final List<Port> inputs;
    private final List<Port> outputs;
    private final ICudaEngine engine;
    private final Profiles profiles;
    private final Cuda cuda;
    private final long cudaContext;
    private final NativeObjects objects;
    private final IExecutionContext context;
    private final long stream;
    private final CUstream_st streamPointer;
    private final Map<String, Buffer> buffers = new HashMap<>();
    private int profile;
    private boolean isIntact = true;

    /** Memory of the device, or of the host for what TensorRT reads there, which goes with its arena. */
    private record Buffer(
            long address, long bytes, @Nullable Arena host) {}

    TensorRtExecution(
            List<Port> inputs,
            List<Port> outputs,
            LoadedEngine loaded,
            Profiles profiles,
            Cuda cuda,
            Optional<LayerTimes.Listener> times) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.engine = loaded.engine();
        this.profiles = profiles;
        this.cuda = cuda;
        this.cudaContext = loaded.context();
        this.objects = loaded.ofCall();
        try {
            Optional<LayerTimes> profiler = times.map(t -> new LayerTimes(NativeTensorRt.api(), t));
            profiler.ifPresent(p -> objects.release(p::close));
            this.context = objects.own(engine.createExecutionContext());
            if (NativeTensorRt.isNothing(context)) {
                throw failed("TensorRT has no memory for another call");
            }
            profiler.ifPresent(p -> context.setProfiler(new IProfiler(EngineBuilder.pointer(p.address()))));
            this.stream = cuda.createStream();
            objects.release(() -> cuda.destroyStream(stream));
            objects.release(() -> buffers.values().forEach(this::release));
        } catch (Cuda.CudaException e) {
            objects.close();
            throw failed("the GPU failed: " + e.getMessage());
        } catch (RuntimeException e) {
            objects.close();
            throw e;
        }
        this.streamPointer = new CUstream_st(EngineBuilder.pointer(stream));
    }

    private static LatheException failed(String what) {
        return new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        "tensorrt.failed", what, "give smaller inputs, or look at the log of dev.lathe.tensorrt")));
    }

    @Override
    public boolean isIntact() {
        return isIntact;
    }

    @Override
    public void drop() {
        cuda.use(cudaContext);
        cuda.synchronize(stream);
        objects.close();
    }

    private void release(Buffer b) {
        if (b.host() == null) {
            cuda.free(b.address());
        }
    }

    @Override
    public @Nullable Datum[] call(
            Map<String, ? extends Datum> given, @Nullable Map<String, Tensor> targets, Deadline deadline) {
        InputCheck.bind(inputs, given);
        if (targets != null) {
            OutputCheck.names(outputs, targets);
        }
        isIntact = false;
        try {
            cuda.use(cudaContext);
            chooseProfile(given);
            for (Port p : inputs) {
                if (given.get(p.name()) instanceof Tensor t) {
                    upload(p, t);
                }
            }
            prepareOutputs();
            deadline.check();
            if (!context.enqueueV3(streamPointer)) {
                throw failed("TensorRT does not run the call; its log says why");
            }
            cuda.synchronize(stream);
            @Nullable Datum[] results = new Datum[outputs.size()];
            for (int i = 0; i < results.length; i++) {
                Port p = outputs.get(i);
                Tensor made = download(p);
                Tensor target = targets == null ? null : targets.get(p.name());
                if (target != null) {
                    OutputCheck.store(p.name(), made, target);
                }
                results[i] = target == null ? made : target;
            }
            isIntact = true;
            return results;
        } catch (Cuda.CudaException e) {
            throw failed("the GPU failed: " + e.getMessage());
        }
    }

    /** The first profile that has the shapes of a call. */
    private void chooseProfile(Map<String, ? extends Datum> given) {
        List<Profiles.Profile> all = profiles.all();
        for (int i = 0; i < all.size(); i++) {
            if (fits(all.get(i), given)) {
                if (i != profile) {
                    context.setOptimizationProfileAsync(i, streamPointer);
                    profile = i;
                }
                return;
            }
        }
        if (!all.isEmpty()) {
            throw new LatheException(Diagnostic.error(
                    "run.wrong-input",
                    "no profile of the engine has the shapes of this call",
                    "compile the model with --min-shapes and --max-shapes that contain them"));
        }
    }

    private static boolean fits(Profiles.Profile p, Map<String, ? extends Datum> given) {
        for (String name : p.opt().keySet()) {
            if (given.get(name) instanceof Tensor t) {
                List<Long> min = p.min().getOrDefault(name, List.of());
                List<Long> max = p.max().getOrDefault(name, List.of());
                boolean values = Profiles.isValues(t.type());
                for (int i = 0; i < min.size(); i++) {
                    long n = values ? t.getLong(i) : t.dim(i);
                    if (n < min.get(i) || n > max.get(i)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static ElementType stored(ElementType element) {
        return DataType.port(element).orElseThrow().element();
    }

    private void upload(Port p, Tensor given) {
        Tensor t = Net.as(given, stored(given.element()));
        boolean host = engine.getTensorLocation(p.name()) == nvinfer.TensorLocation.kHOST;
        Buffer b = buffer(p.name(), t.byteSize(), host);
        MemorySegment from = t.data().asSlice(0, t.byteSize());
        if (b.host() != null) {
            MemorySegment.ofAddress(b.address()).reinterpret(t.byteSize()).copyFrom(from);
        } else if (from.isNative()) {
            cuda.toDevice(b.address(), from);
        } else {
            try (Arena arena = Arena.ofConfined()) {
                cuda.toDevice(b.address(), arena.allocate(t.byteSize(), 8).copyFrom(from));
            }
        }
        try (Dims64 dims = EngineBuilder.dims(Arrays.stream(t.dims()).boxed().toList())) {
            if (!context.setInputShape(p.name(), dims)) {
                throw failed("TensorRT does not take a " + t.type() + " for input \"" + p.name() + "\"");
            }
        }
        context.setTensorAddress(p.name(), EngineBuilder.pointer(b.address()));
    }

    private Buffer buffer(String name, long bytes, boolean host) {
        Buffer b = buffers.get(name);
        if (b == null || b.bytes() < bytes) {
            if (b != null) {
                buffers.remove(name);
                release(b);
            }
            if (host) {
                Arena arena = Arena.ofAuto();
                b = new Buffer(arena.allocate(Math.max(bytes, 1), 8).address(), bytes, arena);
            } else {
                b = new Buffer(cuda.allocate(bytes), bytes, null);
            }
            buffers.put(name, b);
        }
        return b;
    }

    /** Every output of the engine, also those that tell the sizes of others, has a buffer for the most it may be. */
    private void prepareOutputs() {
        for (int i = 0; i < engine.getNbIOTensors(); i++) {
            String name = engine.getIOTensorName(i);
            if (engine.getTensorIOMode(name) == nvinfer.TensorIOMode.kOUTPUT) {
                long most = context.getMaxOutputSize(name);
                if (most < 0) {
                    throw failed("TensorRT cannot tell how large output \"" + name + "\" may be");
                }
                context.setTensorAddress(
                        name, EngineBuilder.pointer(buffer(name, most, false).address()));
            }
        }
    }

    private Tensor download(Port p) {
        ElementType element = ((TensorType) p.type()).element();
        long[] dims = dims(p.name());
        Tensor made = Tensor.zeros(stored(element), dims);
        if (made.byteSize() > 0) {
            copy(p.name(), made);
        }
        return Net.as(made, element);
    }

    private void copy(String name, Tensor to) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(to.byteSize(), 8);
            Buffer b = buffers.get(name);
            cuda.toHost(bytes, b == null ? 0 : b.address());
            to.data().asSlice(0, to.byteSize()).copyFrom(bytes);
        }
    }

    /** The dimensions of an output; another output tells them where they depend on data. */
    private long[] dims(String name) {
        List<Long> dims = new ArrayList<>();
        try (Dims64 d = context.getTensorShape(name)) {
            for (int i = 0; i < d.nbDims(); i++) {
                dims.add(d.d(i));
            }
        }
        if (dims.contains(NetworkTensor.UNKNOWN)) {
            Tensor sizes = Tensor.zeros(ElementType.I64, dims.size());
            copy(Lowering.shapeOutput(name), sizes);
            return sizes.toLongArray();
        }
        return dims.stream().mapToLong(d -> d).toArray();
    }
}
