package dev.lathe.backend.tensorrt;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.lathe.ir.eval.InputCheck;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayDeque;
import org.bytedeco.javacpp.Pointer;

/**
 * Native objects that live and die together: what was made last goes first. JavaCPP knows no way to delete what
 * TensorRT's functions return, and its {@code deallocate} only forgets the address of such an object, so the destructor
 * is called through the object's table of virtual functions.
 */
final class NativeObjects implements AutoCloseable {
    /**
     * Where the table has the destructor that frees the memory, too. All of TensorRT's classes that {@code delete} is
     * meant for declare their destructor first; the Itanium ABI gives it two slots, of which this is the second.
     */
    private static final int DELETING_DESTRUCTOR = 1;

    private static final MethodHandle DESTRUCTOR =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ADDRESS));

    private final ArrayDeque<Runnable> releases = new ArrayDeque<>();
    /** The owner, until it closes this, and those of {@link #child} that are open. */
    private int users = 1;

    private boolean isClosed;

    /**
     * Takes an object that TensorRT made, to be deleted.
     *
     * @return the object; what {@link NativeTensorRt#isNothing is none} is not taken
     */
    <T extends Pointer> T own(T object) {
        if (!NativeTensorRt.isNothing(object)) {
            long address = object.address();
            release(() -> {
                delete(address);
                object.setNull();
            });
        }
        return object;
    }

    /** Takes what JavaCPP allocated itself, such as an object with methods in Java. */
    <T extends Pointer> T free(T memory) {
        release(memory::deallocate);
        return memory;
    }

    /** Takes an action that gives something back; runs it at once where all is given back already. */
    void release(Runnable action) {
        synchronized (releases) {
            if (users > 0) {
                releases.push(action);
                return;
            }
        }
        action.run();
    }

    /**
     * Objects that need these, such as those of a call: these stay until all such are closed.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code run.closed} if these are closed
     */
    NativeObjects child() {
        synchronized (releases) {
            if (isClosed) {
                throw InputCheck.closed();
            }
            users++;
        }
        NativeObjects child = new NativeObjects();
        child.release(this::leave);
        return child;
    }

    /** What C++ calls {@code delete object}. */
    private static void delete(long address) {
        MemorySegment object = MemorySegment.ofAddress(address).reinterpret(ADDRESS.byteSize());
        MemorySegment table = object.get(ADDRESS, 0).reinterpret((DELETING_DESTRUCTOR + 1) * ADDRESS.byteSize());
        MemorySegment destructor = table.getAtIndex(ADDRESS, DELETING_DESTRUCTOR);
        try {
            DESTRUCTOR.invokeExact(destructor, object);
        } catch (Throwable t) {
            throw new IllegalStateException("a destructor failed", t);
        }
    }

    /** Gives all back, what was taken last first, or leaves that to the last child. A second call does nothing. */
    @Override
    public void close() {
        synchronized (releases) {
            if (isClosed) {
                return;
            }
            isClosed = true;
        }
        leave();
    }

    /** Whoever leaves last gives all back. */
    private void leave() {
        synchronized (releases) {
            users--;
            if (users > 0) {
                return;
            }
        }
        releases.forEach(Runnable::run); // nobody adds to them any more
        releases.clear();
    }
}
