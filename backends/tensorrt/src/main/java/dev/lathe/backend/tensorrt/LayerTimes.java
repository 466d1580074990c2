package dev.lathe.backend.tensorrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * TensorRT's {@code IProfiler}, which JavaCPP's API cannot implement: an object of C++ whose table of virtual functions
 * leads to Java. The slots are in the order of the header ({@code NvInferRuntime.h}) by the Itanium ABI, with two for a
 * destructor. In version 11 it extends {@code IVersionedInterface}, whose three functions come first; in version 10 the
 * time comes first, then the destructor.
 */
final class LayerTimes implements AutoCloseable {
    /** {@code InterfaceInfo}: the kind as text, and the version of the interface. */
    private static final MemoryLayout INFO = MemoryLayout.structLayout(ADDRESS, JAVA_INT, JAVA_INT);

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

    /** Hears the time of a layer. */
    @FunctionalInterface
    interface Listener {
        void took(String layer, float millis);
    }

    private final Arena arena = Arena.ofShared();
    private final Listener listener;
    private final MemorySegment info;
    private final MemorySegment object;

    LayerTimes(Version api, Listener listener) {
        this.listener = listener;
        this.info = arena.allocate(INFO);
        info.set(ADDRESS, 0, arena.allocateFrom("IProfiler"));
        info.set(JAVA_INT, ADDRESS.byteSize(), 1);
        MemorySegment report = stub(
                "report",
                MethodType.methodType(void.class, MemorySegment.class, MemorySegment.class, float.class),
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_FLOAT));
        MemorySegment nothing = stub(
                "destroy", MethodType.methodType(void.class, MemorySegment.class), FunctionDescriptor.ofVoid(ADDRESS));
        MemorySegment[] slots = api.major() < 11
                ? new MemorySegment[] {report, nothing, nothing}
                : new MemorySegment[] {
                    stub(
                            "language",
                            MethodType.methodType(int.class, MemorySegment.class),
                            FunctionDescriptor.of(JAVA_INT, ADDRESS)),
                    stub(
                            "info",
                            MethodType.methodType(MemorySegment.class, MemorySegment.class),
                            FunctionDescriptor.of(INFO, ADDRESS)),
                    nothing,
                    nothing,
                    report
                };
        MemorySegment table = arena.allocate(ADDRESS, slots.length);
        for (int i = 0; i < slots.length; i++) {
            table.setAtIndex(ADDRESS, i, slots[i]);
        }
        object = arena.allocate(ADDRESS);
        object.set(ADDRESS, 0, table);
    }

    /** The object as C++ sees it; lives until {@link #close}. */
    long address() {
        return object.address();
    }

    private MemorySegment stub(String method, MethodType type, FunctionDescriptor function) {
        try {
            MethodHandle bound = LOOKUP.bind(this, method, type);
            return LINKER.upcallStub(bound, function, arena);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a method of this class", e);
        }
    }

    // What TensorRT calls. An exception that left these would end the process.

    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // called from C++, with the object first
    private void report(MemorySegment self, MemorySegment layer, float millis) {
        String name =
                layer.address() == 0 ? "" : layer.reinterpret(Integer.MAX_VALUE).getString(0);
        listener.took(name, millis);
    }

    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // called from C++, with the object first
    private int language(MemorySegment self) {
        return 0; // APILanguage::kCPP
    }

    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // called from C++, with the object first
    private MemorySegment info(MemorySegment self) {
        return info;
    }

    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // called from C++, with the object first
    private void destroy(MemorySegment self) {}

    @Override
    public void close() {
        arena.close();
    }
}
