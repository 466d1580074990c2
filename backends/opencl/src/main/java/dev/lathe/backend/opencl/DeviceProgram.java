package dev.lathe.backend.opencl;

import dev.lathe.backend.device.DeviceException;
import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The program of a model, compiled for a device, with the weights that its kernels read. It is shared by the calls of
 * the model, and goes when the model is closed and the last of them has ended.
 */
final class DeviceProgram {
    /** No buffer has no bytes. */
    private static final long LEAST_BYTES = 64;

    final Device device;
    final OpenCl cl;
    final long context;
    private final long program;
    private final long queue;
    private final Map<Object, Long> buffers = new HashMap<>();
    /** The model, and its executions. */
    private int users = 1;

    /**
     * Compiles a program.
     *
     * @throws LatheException {@code opencl.build} with what the driver's compiler says
     */
    DeviceProgram(Device device, String source, ProgramCache cache) {
        this.device = device;
        this.cl = device.cl();
        this.context = cl.createContext(device.id());
        this.queue = cl.createQueue(context, device.id(), false);
        String options = options(device);
        long known = cache.find(device, options, source)
                .map(binary -> rebuilt(binary, options))
                .orElse(0L);
        if (known != 0) {
            this.program = known;
            return;
        }
        this.program = cl.createProgram(context, source);
        try {
            cl.buildProgram(program, device.id(), options);
        } catch (ClException e) {
            LatheException failure = refused(device, source, cl.buildLog(program, device.id()), e);
            release();
            throw failure;
        }
        cache.keep(device, options, source, cl.binary(program));
    }

    /** A program that was compiled before; 0 if the driver takes it no more. */
    private long rebuilt(byte[] binary, String options) {
        long made = 0;
        try {
            made = cl.createProgram(context, device.id(), binary);
            cl.buildProgram(made, device.id(), options);
            return made;
        } catch (ClException e) {
            if (made != 0) {
                cl.releaseProgram(made);
            }
            return 0;
        }
    }

    static String options(Device device) {
        // Devices that have products of bytes tell of them in that version alone.
        String version = device.multipliesBytes() ? "-cl-std=CL3.0" : "-cl-std=CL1.2";
        return device.dividesRight() ? version + " -cl-fp32-correctly-rounded-divide-sqrt" : version;
    }

    private static LatheException refused(Device device, String source, String log, ClException e) {
        List<String> places = BuildLog.places(source, log);
        LatheException failure = new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        "opencl.build",
                        "the driver of " + device.name() + " does not compile "
                                + (places.isEmpty() ? "the program" : String.join("; ", places)) + ": "
                                + Diagnostic.shortened(log.isEmpty() ? String.valueOf(e.getMessage()) : log, 2000),
                        "update the driver " + device.driver() + ", or use --target java")));
        failure.initCause(e);
        return failure;
    }

    /** The error that says that a device failed. */
    static LatheException failed(Device device, DeviceException e, Location node) {
        boolean isOutOfMemory = e instanceof ClException c && c.isOutOfMemory();
        LatheException failure = new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        "opencl.failed",
                        node,
                        device.name() + ": " + e.getMessage(),
                        isOutOfMemory
                                ? "give smaller inputs, or use a device with more memory"
                                : "run it again; if it fails again, look whether `lathe doctor` still lists"
                                        + " the device")));
        failure.initCause(e);
        return failure;
    }

    long createQueue(boolean profiles) {
        return cl.createQueue(context, device.id(), profiles);
    }

    long createKernel(String name) {
        return cl.createKernel(program, name);
    }

    /**
     * A buffer that the host can map.
     *
     * @throws LatheException {@code run.too-large} if the device has no room for it: another may have
     */
    long createBuffer(String what, long bytes) {
        if (bytes > device.largestBuffer()) {
            throw tooLarge(what, bytes);
        }
        try {
            // Where memory is one, mapping copies nothing; elsewhere such a buffer would be in the host's memory.
            long place = device.sharesMemory() ? OpenCl.CL_MEM_ALLOC_HOST_PTR : 0;
            return cl.createBuffer(context, OpenCl.CL_MEM_READ_WRITE | place, Math.max(LEAST_BYTES, bytes));
        } catch (ClException e) {
            if (e.isOutOfMemory()) {
                throw tooLarge(what, bytes);
            }
            throw e;
        }
    }

    private LatheException tooLarge(String what, long bytes) {
        return new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        "run.too-large",
                        what + " needs " + bytes + " bytes in one buffer, and " + device.name() + " has "
                                + device.largestBuffer() + " for one, of " + device.memory() + " bytes of memory",
                        "give smaller inputs, such as a smaller batch, or use a device with more memory")));
    }

    /** The buffer with the elements of a weight, which {@code tensor} is. */
    synchronized long elements(Weight weight, Tensor tensor) {
        return buffers.computeIfAbsent(weight, _ -> upload(tensor.data().asSlice(0, tensor.byteSize())));
    }

    /** The buffer with arranged weights; {@code tensor} finds the tensor that a weight is. */
    synchronized long panels(Panels panels, Function<Weight, Tensor> tensor) {
        Long known = buffers.get(panels);
        if (known == null) {
            float[] floats = panels instanceof Panels.Zeros(long size)
                    ? new float[Math.toIntExact(size)]
                    : panels.arrange(tensor.apply(panels.weight()));
            known = upload(MemorySegment.ofArray(floats));
            buffers.put(panels, known);
        }
        return known;
    }

    /** The buffer with weights as bytes; see {@link Panels#bytes}. */
    synchronized long bytes(Panels panels, long depth, Function<Weight, Tensor> tensor) {
        Launch.ArrangedBytes key = new Launch.ArrangedBytes(panels, depth);
        Long known = buffers.get(key);
        if (known == null) {
            known = upload(MemorySegment.ofArray(Panels.bytes(panels.arrange(tensor.apply(panels.weight())), depth)));
            buffers.put(key, known);
        }
        return known;
    }

    private long upload(MemorySegment bytes) {
        long buffer = createBuffer("a weight", bytes.byteSize());
        if (bytes.byteSize() > 0) {
            MemorySegment mapped = cl.map(queue, buffer, OpenCl.CL_MAP_WRITE_INVALIDATE_REGION, 0, bytes.byteSize());
            MemorySegment.copy(bytes, 0, mapped, 0, bytes.byteSize());
            cl.unmap(queue, buffer, mapped);
            cl.finish(queue);
        }
        return buffer;
    }

    /** Notes another user. */
    synchronized void use() {
        users++;
    }

    /** Notes that a user has gone; with the last one goes everything. */
    synchronized void leave() {
        if (--users == 0) {
            release();
        }
    }

    private void release() {
        buffers.values().forEach(cl::releaseBuffer);
        buffers.clear();
        cl.releaseProgram(program);
        cl.releaseQueue(queue);
        cl.releaseContext(context);
    }
}
