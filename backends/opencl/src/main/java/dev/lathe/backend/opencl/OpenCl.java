package dev.lathe.backend.opencl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The functions of the system's OpenCL loader that this backend calls, of OpenCL 1.2. Objects of OpenCL are their
 * addresses, as {@code long}. A function that fails throws a {@link ClException}.
 */
final class OpenCl {
    // The constants of the OpenCL headers, by their names there.
    static final int CL_DEVICE_NOT_FOUND = -1;
    static final int CL_PLATFORM_NOT_FOUND_KHR = -1001;
    static final long CL_DEVICE_TYPE_ALL = 0xFFFFFFFFL;
    static final long CL_MEM_READ_WRITE = 1;
    static final long CL_MEM_ALLOC_HOST_PTR = 1 << 4;
    static final long CL_MAP_READ = 1;
    static final long CL_MAP_WRITE_INVALIDATE_REGION = 1 << 2;
    private static final long CL_QUEUE_PROFILING_ENABLE = 1 << 1;
    private static final int CL_PROFILING_COMMAND_START = 0x1282;
    private static final int CL_PROFILING_COMMAND_END = 0x1283;
    private static final int CL_PROGRAM_BUILD_LOG = 0x1183;
    private static final int CL_PROGRAM_BINARY_SIZES = 0x1165;
    private static final int CL_PROGRAM_BINARIES = 0x1166;

    /** The loader by the name that systems give it: Linux, Windows, macOS. */
    private static final List<String> NAMES = List.of(
            "libOpenCL.so.1", "libOpenCL.so", "OpenCL.dll", "/System/Library/Frameworks/OpenCL.framework/OpenCL");

    /** The loader is looked for once, when somebody asks for it. */
    private static final class Loaded {
        static final @Nullable OpenCl INSTANCE = load();
    }

    private final SymbolLookup symbols;
    private final MethodHandle getPlatformIds;
    private final MethodHandle getPlatformInfo;
    private final MethodHandle getDeviceIds;
    private final MethodHandle getDeviceInfo;
    private final MethodHandle createContext;
    private final MethodHandle releaseContext;
    private final MethodHandle createQueue;
    private final MethodHandle releaseQueue;
    private final MethodHandle createBuffer;
    private final MethodHandle releaseBuffer;
    private final MethodHandle createProgram;
    private final MethodHandle buildProgram;
    private final MethodHandle getBuildInfo;
    private final MethodHandle getProgramInfo;
    private final MethodHandle createFromBinary;
    private final MethodHandle releaseProgram;
    private final MethodHandle createKernel;
    private final MethodHandle releaseKernel;
    private final MethodHandle setArgument;
    private final MethodHandle enqueueKernel;
    private final MethodHandle map;
    private final MethodHandle unmap;
    private final MethodHandle marker;
    private final MethodHandle waitForEvents;
    private final MethodHandle releaseEvent;
    private final MethodHandle getProfilingInfo;
    private final MethodHandle finish;

    private OpenCl(SymbolLookup symbols) {
        this.symbols = symbols;
        getPlatformIds = status("clGetPlatformIDs", JAVA_INT, ADDRESS, ADDRESS);
        getPlatformInfo = status("clGetPlatformInfo", JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
        getDeviceIds = status("clGetDeviceIDs", JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
        getDeviceInfo = status("clGetDeviceInfo", JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
        createContext = object("clCreateContext", ADDRESS, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        releaseContext = status("clReleaseContext", JAVA_LONG);
        createQueue = object("clCreateCommandQueue", JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS);
        releaseQueue = status("clReleaseCommandQueue", JAVA_LONG);
        createBuffer = object("clCreateBuffer", JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
        releaseBuffer = status("clReleaseMemObject", JAVA_LONG);
        createProgram = object("clCreateProgramWithSource", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        buildProgram = status("clBuildProgram", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        getBuildInfo = status("clGetProgramBuildInfo", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
        getProgramInfo = status("clGetProgramInfo", JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
        createFromBinary =
                object("clCreateProgramWithBinary", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        releaseProgram = status("clReleaseProgram", JAVA_LONG);
        createKernel = object("clCreateKernel", JAVA_LONG, ADDRESS, ADDRESS);
        releaseKernel = status("clReleaseKernel", JAVA_LONG);
        setArgument = status("clSetKernelArg", JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS);
        enqueueKernel = status(
                "clEnqueueNDRangeKernel",
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_INT,
                ADDRESS,
                ADDRESS);
        map = object(
                "clEnqueueMapBuffer",
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                ADDRESS,
                ADDRESS,
                ADDRESS);
        unmap = status("clEnqueueUnmapMemObject", JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        marker = status("clEnqueueMarkerWithWaitList", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
        waitForEvents = status("clWaitForEvents", JAVA_INT, ADDRESS);
        releaseEvent = status("clReleaseEvent", JAVA_LONG);
        getProfilingInfo = status("clGetEventProfilingInfo", JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
        finish = status("clFinish", JAVA_LONG);
    }

    /** The loader of this system; empty if it has none. */
    static Optional<OpenCl> loader() {
        return Optional.ofNullable(Loaded.INSTANCE);
    }

    private static @Nullable OpenCl load() {
        for (String name : NAMES) {
            try {
                return new OpenCl(SymbolLookup.libraryLookup(name, Arena.global()));
            } catch (IllegalArgumentException _) {
                // There is no such library.
            }
        }
        return null;
    }

    /** A function that returns a status. */
    private MethodHandle status(String name, MemoryLayout... arguments) {
        return function(name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /** A function that returns an object, and stores a status where its last argument says. */
    private MethodHandle object(String name, MemoryLayout... arguments) {
        return function(name, FunctionDescriptor.of(JAVA_LONG, arguments));
    }

    private MethodHandle function(String name, FunctionDescriptor type) {
        MemorySegment address = symbols.find(name)
                .orElseThrow(() -> new IllegalArgumentException("the OpenCL library has no function " + name));
        return Linker.nativeLinker().downcallHandle(address, type);
    }

    /** What a downcall throws is no more than errors of the JVM. */
    private static AssertionError impossible(Throwable t) {
        return new AssertionError("a call of OpenCL failed in Java", t);
    }

    private static void check(String function, int status) {
        if (status != 0) {
            throw new ClException(function, status);
        }
    }

    // Platforms and devices.

    long[] platforms() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_INT);
            int status = (int) getPlatformIds.invokeExact(0, MemorySegment.NULL, count);
            if (status == CL_PLATFORM_NOT_FOUND_KHR) {
                return new long[0];
            }
            check("clGetPlatformIDs", status);
            int n = count.get(JAVA_INT, 0);
            MemorySegment ids = arena.allocate(JAVA_LONG, Math.max(1, n));
            if (n > 0) {
                check("clGetPlatformIDs", (int) getPlatformIds.invokeExact(n, ids, MemorySegment.NULL));
            }
            return Arrays.copyOf(ids.toArray(JAVA_LONG), n);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    long[] devices(long platform) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_INT);
            int status = (int) getDeviceIds.invokeExact(platform, CL_DEVICE_TYPE_ALL, 0, MemorySegment.NULL, count);
            if (status == CL_DEVICE_NOT_FOUND) {
                return new long[0];
            }
            check("clGetDeviceIDs", status);
            int n = count.get(JAVA_INT, 0);
            MemorySegment ids = arena.allocate(JAVA_LONG, Math.max(1, n));
            status = (int) getDeviceIds.invokeExact(platform, CL_DEVICE_TYPE_ALL, n, ids, MemorySegment.NULL);
            check("clGetDeviceIDs", status);
            return Arrays.copyOf(ids.toArray(JAVA_LONG), n);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    String platformText(long platform, int what) {
        return text(information("clGetPlatformInfo", getPlatformInfo, platform, what));
    }

    String deviceText(long device, int what) {
        return text(information("clGetDeviceInfo", getDeviceInfo, device, what));
    }

    /** A number of a device, of 32 or 64 bits. */
    long deviceNumber(long device, int what) {
        byte[] bytes = information("clGetDeviceInfo", getDeviceInfo, device, what);
        MemorySegment s = MemorySegment.ofArray(bytes);
        return bytes.length < 8
                ? Integer.toUnsignedLong(s.get(JAVA_INT.withByteAlignment(1), 0))
                : s.get(JAVA_LONG.withByteAlignment(1), 0);
    }

    private static byte[] information(String name, MethodHandle function, long of, int what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            check(name, (int) function.invokeExact(of, what, 0L, MemorySegment.NULL, size));
            MemorySegment value = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
            check(name, (int) function.invokeExact(of, what, value.byteSize(), value, MemorySegment.NULL));
            return value.toArray(JAVA_BYTE);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    private static String text(byte[] bytes) {
        int n = 0;
        while (n < bytes.length && bytes[n] != 0) {
            n++;
        }
        return new String(bytes, 0, n, StandardCharsets.UTF_8).strip();
    }

    // Contexts, queues and memory.

    long createContext(long device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            MemorySegment devices = arena.allocateFrom(JAVA_LONG, device);
            long context = (long) createContext.invokeExact(
                    MemorySegment.NULL, 1, devices, MemorySegment.NULL, MemorySegment.NULL, status);
            check("clCreateContext", status.get(JAVA_INT, 0));
            return context;
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /**
     * A queue that runs its commands in order.
     *
     * @param profiles whether events have times
     */
    long createQueue(long context, long device, boolean profiles) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            long queue =
                    (long) createQueue.invokeExact(context, device, profiles ? CL_QUEUE_PROFILING_ENABLE : 0L, status);
            check("clCreateCommandQueue", status.get(JAVA_INT, 0));
            return queue;
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    long createBuffer(long context, long flags, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            long buffer = (long) createBuffer.invokeExact(context, flags, bytes, MemorySegment.NULL, status);
            check("clCreateBuffer", status.get(JAVA_INT, 0));
            return buffer;
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Waits for the commands before, and shows {@code bytes} of a buffer from {@code offset} on. */
    MemorySegment map(long queue, long buffer, long flags, long offset, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            long address = (long) map.invokeExact(
                    queue, buffer, 1, flags, offset, bytes, 0, MemorySegment.NULL, MemorySegment.NULL, status);
            check("clEnqueueMapBuffer", status.get(JAVA_INT, 0));
            return MemorySegment.ofAddress(address).reinterpret(bytes);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    void unmap(long queue, long buffer, MemorySegment mapped) {
        try {
            int status = (int) unmap.invokeExact(queue, buffer, mapped, 0, MemorySegment.NULL, MemorySegment.NULL);
            check("clEnqueueUnmapMemObject", status);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** An event that comes when all commands before it have ended. */
    long marker(long queue) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(JAVA_LONG);
            check("clEnqueueMarkerWithWaitList", (int) marker.invokeExact(queue, 0, MemorySegment.NULL, event));
            return event.get(JAVA_LONG, 0);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Waits for an event, and releases it. */
    void await(long event) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocateFrom(JAVA_LONG, event);
            int status = (int) waitForEvents.invokeExact(1, events);
            check("clReleaseEvent", (int) releaseEvent.invokeExact(event));
            check("clWaitForEvents", status);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    void finish(long queue) {
        release("clFinish", finish, queue);
    }

    void releaseContext(long context) {
        release("clReleaseContext", releaseContext, context);
    }

    void releaseQueue(long queue) {
        release("clReleaseCommandQueue", releaseQueue, queue);
    }

    void releaseBuffer(long buffer) {
        release("clReleaseMemObject", releaseBuffer, buffer);
    }

    void releaseProgram(long program) {
        release("clReleaseProgram", releaseProgram, program);
    }

    void releaseKernel(long kernel) {
        release("clReleaseKernel", releaseKernel, kernel);
    }

    private static void release(String name, MethodHandle function, long object) {
        try {
            check(name, (int) function.invokeExact(object));
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    // Programs and kernels.

    long createProgram(long context, String source) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            MemorySegment text = arena.allocateFrom(source);
            MemorySegment texts = arena.allocateFrom(ADDRESS, text);
            long program = (long) createProgram.invokeExact(context, 1, texts, MemorySegment.NULL, status);
            check("clCreateProgramWithSource", status.get(JAVA_INT, 0));
            return program;
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** A program from what {@link #binary} gave; it must be built, too. */
    long createProgram(long context, long device, byte[] binary) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            MemorySegment devices = arena.allocateFrom(JAVA_LONG, device);
            MemorySegment sizes = arena.allocateFrom(JAVA_LONG, (long) binary.length);
            MemorySegment binaries = arena.allocateFrom(ADDRESS, arena.allocateFrom(JAVA_BYTE, binary));
            long program = (long)
                    createFromBinary.invokeExact(context, 1, devices, sizes, binaries, MemorySegment.NULL, status);
            check("clCreateProgramWithBinary", status.get(JAVA_INT, 0));
            return program;
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** What a driver made of a program for its one device; empty if it tells nothing. */
    byte[] binary(long program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            int status =
                    (int) getProgramInfo.invokeExact(program, CL_PROGRAM_BINARY_SIZES, 8L, size, MemorySegment.NULL);
            check("clGetProgramInfo", status);
            MemorySegment bytes = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
            MemorySegment binaries = arena.allocateFrom(ADDRESS, bytes);
            status = (int) getProgramInfo.invokeExact(
                    program, CL_PROGRAM_BINARIES, ADDRESS.byteSize(), binaries, MemorySegment.NULL);
            check("clGetProgramInfo", status);
            return size.get(JAVA_LONG, 0) == 0 ? new byte[0] : bytes.toArray(JAVA_BYTE);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Compiles a program; what the compiler says is in {@link #buildLog}, also if this fails. */
    void buildProgram(long program, long device, String options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment devices = arena.allocateFrom(JAVA_LONG, device);
            MemorySegment text = arena.allocateFrom(options);
            int status =
                    (int) buildProgram.invokeExact(program, 1, devices, text, MemorySegment.NULL, MemorySegment.NULL);
            check("clBuildProgram", status);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    String buildLog(long program, long device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            int status =
                    (int) getBuildInfo.invokeExact(program, device, CL_PROGRAM_BUILD_LOG, 0L, MemorySegment.NULL, size);
            check("clGetProgramBuildInfo", status);
            MemorySegment log = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
            status = (int) getBuildInfo.invokeExact(
                    program, device, CL_PROGRAM_BUILD_LOG, log.byteSize(), log, MemorySegment.NULL);
            check("clGetProgramBuildInfo", status);
            return text(log.toArray(JAVA_BYTE));
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    long createKernel(long program, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            long kernel = (long) createKernel.invokeExact(program, arena.allocateFrom(name), status);
            check("clCreateKernel", status.get(JAVA_INT, 0));
            return kernel;
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Sets an argument to the first {@code bytes} of {@code value}. */
    void setArgument(long kernel, int index, long bytes, MemorySegment value) {
        try {
            check("clSetKernelArg", (int) setArgument.invokeExact(kernel, index, bytes, value));
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** The nanoseconds that the command of an event took, which has ended. */
    long nanos(long event) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(JAVA_LONG);
            int status =
                    (int) getProfilingInfo.invokeExact(event, CL_PROFILING_COMMAND_START, 8L, time, MemorySegment.NULL);
            check("clGetEventProfilingInfo", status);
            long start = time.get(JAVA_LONG, 0);
            status = (int) getProfilingInfo.invokeExact(event, CL_PROFILING_COMMAND_END, 8L, time, MemorySegment.NULL);
            check("clGetEventProfilingInfo", status);
            return time.get(JAVA_LONG, 0) - start;
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /**
     * Runs a kernel over {@code global} work items in groups of {@code local}, each a {@code size_t} an axis.
     *
     * @param event takes the event of it; NULL for none
     */
    void enqueueKernel(
            long queue, long kernel, int axes, MemorySegment global, MemorySegment local, MemorySegment event) {
        try {
            int status = (int) enqueueKernel.invokeExact(
                    queue, kernel, axes, MemorySegment.NULL, global, local, 0, MemorySegment.NULL, event);
            check("clEnqueueNDRangeKernel", status);
        } catch (ClException e) {
            throw e;
        } catch (Throwable t) {
            throw impossible(t);
        }
    }
}
