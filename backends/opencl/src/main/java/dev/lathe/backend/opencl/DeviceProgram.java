package dev.lathe.backend.opencl;

import dev.lathe.backend.device.DeviceException;
import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.device.SharedWeights;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The program of a model, compiled for a device, with the weights that its kernels read. */
final class DeviceProgram extends SharedWeights<Long> {
    /** No buffer has no bytes. */
    private static final long LEAST_BYTES = 64;

    final Device device;
    final OpenCl cl;
    final long context;
    private final long program;
    private final long queue;

    private DeviceProgram(Device device, long context, long queue, long program) {
        this.device = device;
        this.cl = device.cl();
        this.context = context;
        this.queue = queue;
        this.program = program;
    }

    /**
     * Compiles a program.
     *
     * @throws LatheException {@code opencl.build} with what the driver's compiler says
     */
    static DeviceProgram of(Device device, String source, ProgramCache cache) {
        OpenCl cl = device.cl();
        long context = cl.createContext(device.id());
        long queue = 0;
        try {
            queue = cl.createQueue(context, device.id(), false);
            return new DeviceProgram(device, context, queue, program(device, context, source, cache));
        } catch (RuntimeException e) {
            if (queue != 0) {
                cl.releaseQueue(queue);
            }
            cl.releaseContext(context);
            throw e;
        }
    }

    private static long program(Device device, long context, String source, ProgramCache cache) {
        OpenCl cl = device.cl();
        String options = options(device);
        Optional<byte[]> binary = cache.find(device, options, source);
        long known = binary.isPresent() ? rebuilt(device, context, binary.get(), options) : 0;
        if (known != 0) {
            return known;
        }
        long made = cl.createProgram(context, source);
        try {
            cl.buildProgram(made, device.id(), options);
        } catch (ClException e) {
            LatheException failure = refused(device, source, cl.buildLog(made, device.id()), e);
            cl.releaseProgram(made);
            throw failure;
        }
        cache.keep(device, options, source, cl.binary(made));
        return made;
    }

    /** A program that was compiled before; 0 if the driver takes it no more. */
    private static long rebuilt(Device device, long context, byte[] binary, String options) {
        OpenCl cl = device.cl();
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

    /** The buffer with weights as bytes; see {@link Panels#bytes}. */
    long bytes(Panels panels, long depth, Function<Weight, Tensor> tensor) {
        return uploaded(
                new Launch.ArrangedBytes(panels, depth),
                () -> MemorySegment.ofArray(Panels.bytes(panels.arrange(tensor.apply(panels.weight())), depth)));
    }

    @Override
    protected Long upload(MemorySegment bytes) {
        long buffer = createBuffer("a weight", bytes.byteSize());
        if (bytes.byteSize() > 0) {
            MemorySegment mapped = cl.map(queue, buffer, OpenCl.CL_MAP_WRITE_INVALIDATE_REGION, 0, bytes.byteSize());
            MemorySegment.copy(bytes, 0, mapped, 0, bytes.byteSize());
            cl.unmap(queue, buffer, mapped);
            cl.finish(queue);
        }
        return buffer;
    }

    @Override
    protected void release(Collection<Long> uploaded) {
        uploaded.forEach(cl::releaseBuffer);
        cl.releaseProgram(program);
        cl.releaseQueue(queue);
        cl.releaseContext(context);
    }
}
