package dev.lathe.backend.tensorrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The functions of CUDA's driver that engines need: devices, memory and streams. Objects are their addresses. */
final class Cuda {
    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;
    private static final int NAME_BYTES = 256;

    /** The driver is looked for once. */
    private static final class Loaded {
        static final @Nullable Cuda INSTANCE = load();
    }

    private final SymbolLookup symbols;
    private final MethodHandle init;
    private final MethodHandle driverVersion;
    private final MethodHandle deviceCount;
    private final MethodHandle deviceName;
    private final MethodHandle deviceAttribute;
    private final MethodHandle retainContext;
    private final MethodHandle releaseContext;
    private final MethodHandle setContext;
    private final MethodHandle allocate;
    private final MethodHandle free;
    private final MethodHandle toDevice;
    private final MethodHandle toHost;
    private final MethodHandle createStream;
    private final MethodHandle destroyStream;
    private final MethodHandle synchronize;

    private Cuda(SymbolLookup symbols) {
        this.symbols = symbols;
        init = function("cuInit", JAVA_INT);
        driverVersion = function("cuDriverGetVersion", ADDRESS);
        deviceCount = function("cuDeviceGetCount", ADDRESS);
        deviceName = function("cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
        deviceAttribute = function("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
        retainContext = function("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
        releaseContext = function("cuDevicePrimaryCtxRelease_v2", JAVA_INT);
        setContext = function("cuCtxSetCurrent", JAVA_LONG);
        allocate = function("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
        free = function("cuMemFree_v2", JAVA_LONG);
        toDevice = function("cuMemcpyHtoD_v2", JAVA_LONG, ADDRESS, JAVA_LONG);
        toHost = function("cuMemcpyDtoH_v2", ADDRESS, JAVA_LONG, JAVA_LONG);
        createStream = function("cuStreamCreate", ADDRESS, JAVA_INT);
        destroyStream = function("cuStreamDestroy_v2", JAVA_LONG);
        synchronize = function("cuStreamSynchronize", JAVA_LONG);
    }

    /** A function of the driver that failed. */
    static final class CudaException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private static final int OUT_OF_MEMORY = 2;

        private final int status;

        CudaException(String function, int status) {
            super(function + " failed with status " + status + (status == OUT_OF_MEMORY ? ", out of memory" : ""));
            this.status = status;
        }

        boolean isOutOfMemory() {
            return status == OUT_OF_MEMORY;
        }
    }

    /** The driver of this system; empty if it has none. */
    static Optional<Cuda> driver() {
        return Optional.ofNullable(Loaded.INSTANCE);
    }

    private static @Nullable Cuda load() {
        try {
            return new Cuda(SymbolLookup.libraryLookup("libcuda.so.1", Arena.global()));
        } catch (IllegalArgumentException _) {
            return null; // there is no such library, or one without these functions
        }
    }

    private MethodHandle function(String name, MemoryLayout... arguments) {
        MemorySegment address = symbols.find(name)
                .orElseThrow(() -> new IllegalArgumentException("the driver has no function " + name));
        return Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    private static void check(String function, int status) {
        if (status != 0) {
            throw new CudaException(function, status);
        }
    }

    private static RuntimeException unexpected(Throwable t) {
        return t instanceof RuntimeException r ? r : new IllegalStateException(t);
    }

    /** How many devices there are; must be called first. */
    int devices() {
        try (Arena arena = Arena.ofConfined()) {
            check("cuInit", (int) init.invokeExact(0));
            MemorySegment count = arena.allocate(JAVA_INT);
            check("cuDeviceGetCount", (int) deviceCount.invokeExact(count));
            return count.get(JAVA_INT, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Such as {@code 13030} for 13.3. */
    int version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment version = arena.allocate(JAVA_INT);
            check("cuDriverGetVersion", (int) driverVersion.invokeExact(version));
            return version.get(JAVA_INT, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** The name of a device and its compute capability: {@code NVIDIA H100 sm_90}. */
    String device(int number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(NAME_BYTES);
            check("cuDeviceGetName", (int) deviceName.invokeExact(name, NAME_BYTES, number));
            return name.getString(0) + " sm_" + attribute(COMPUTE_CAPABILITY_MAJOR, number)
                    + attribute(COMPUTE_CAPABILITY_MINOR, number);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    private int attribute(int attribute, int device) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            check("cuDeviceGetAttribute", (int) deviceAttribute.invokeExact(value, attribute, device));
            return value.get(JAVA_INT, 0);
        }
    }

    /** The context of a device, which TensorRT uses too; whoever takes it gives it back. */
    long takeContext(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment context = arena.allocate(JAVA_LONG);
            check("cuDevicePrimaryCtxRetain", (int) retainContext.invokeExact(context, device));
            return context.get(JAVA_LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    void giveContextBack(int device) {
        try {
            check("cuDevicePrimaryCtxRelease", (int) releaseContext.invokeExact(device));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Makes a context the one of the calling thread. */
    void use(long context) {
        try {
            check("cuCtxSetCurrent", (int) setContext.invokeExact(context));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    long allocate(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(JAVA_LONG);
            check("cuMemAlloc", (int) allocate.invokeExact(address, Math.max(bytes, 1)));
            return address.get(JAVA_LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    void free(long address) {
        try {
            check("cuMemFree", (int) free.invokeExact(address));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Copies native memory to the device. */
    void toDevice(long address, MemorySegment from) {
        try {
            check("cuMemcpyHtoD", (int) toDevice.invokeExact(address, from, from.byteSize()));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Copies from the device into native memory. */
    void toHost(MemorySegment to, long address) {
        try {
            check("cuMemcpyDtoH", (int) toHost.invokeExact(to, address, to.byteSize()));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    long createStream() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stream = arena.allocate(JAVA_LONG);
            check("cuStreamCreate", (int) createStream.invokeExact(stream, 0));
            return stream.get(JAVA_LONG, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    void destroyStream(long stream) {
        try {
            check("cuStreamDestroy", (int) destroyStream.invokeExact(stream));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Waits until all is done that was put into a stream. */
    void synchronize(long stream) {
        try {
            check("cuStreamSynchronize", (int) synchronize.invokeExact(stream));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }
}
