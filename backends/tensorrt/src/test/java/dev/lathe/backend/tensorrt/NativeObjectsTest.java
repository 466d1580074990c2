package dev.lathe.backend.tensorrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

/** Objects as C++ lays them out: a pointer to a table of functions, of which the second is the deleting destructor. */
class NativeObjectsTest {
    private final List<Long> deleted = Collections.synchronizedList(new ArrayList<>());

    @SuppressWarnings("UnusedMethod") // found by its name
    private void delete(MemorySegment object) {
        deleted.add(object.address());
    }

    private Pointer object(Arena arena) throws ReflectiveOperationException {
        MemorySegment destructor = Linker.nativeLinker()
                .upcallStub(
                        MethodHandles.lookup()
                                .bind(this, "delete", MethodType.methodType(void.class, MemorySegment.class)),
                        FunctionDescriptor.ofVoid(ADDRESS),
                        arena);
        MemorySegment table = arena.allocate(ADDRESS, 2);
        table.setAtIndex(ADDRESS, 0, MemorySegment.NULL);
        table.setAtIndex(ADDRESS, 1, destructor);
        MemorySegment object = arena.allocate(ADDRESS, 2);
        object.set(ADDRESS, 0, table);
        return EngineBuilder.pointer(object.address());
    }

    @Test
    void theLastIsDeletedFirstAndAllOnce() throws ReflectiveOperationException {
        try (Arena arena = Arena.ofConfined()) {
            NativeObjects objects = new NativeObjects();
            Pointer runtime = objects.own(object(arena));
            Pointer engine = objects.own(object(arena));
            long[] addresses = {runtime.address(), engine.address()};
            objects.close();
            objects.close();
            assertThat(deleted).containsExactly(addresses[1], addresses[0]);
            assertThat(runtime.isNull()).isTrue();
            assertThat(NativeTensorRt.isNothing(engine)).isTrue();
        }
    }

    /** An engine is not deleted under a call that another thread still runs. */
    @Test
    void anEngineStaysUntilItsCallsEnd() {
        NativeObjects engine = new NativeObjects();
        engine.release(() -> deleted.add(0L));
        NativeObjects first = engine.child();
        NativeObjects second = engine.child();
        first.release(() -> deleted.add(1L));
        second.release(() -> deleted.add(2L));
        second.close();
        engine.close();
        engine.close();
        assertThat(deleted).containsExactly(2L);
        assertThatThrownBy(engine::child).isInstanceOf(LatheException.class);
        first.close();
        first.close();
        assertThat(deleted).containsExactly(2L, 1L, 0L);
    }

    @Test
    void whatIsNoObjectIsLeftAlone() {
        try (NativeObjects objects = new NativeObjects()) {
            objects.own(EngineBuilder.pointer(552));
            objects.own(EngineBuilder.pointer(0));
        }
        assertThat(deleted).isEmpty();
    }

    @Test
    void whatComesAfterTheEndGoesAtOnce() {
        NativeObjects objects = new NativeObjects();
        objects.close();
        objects.release(() -> deleted.add(1L));
        assertThat(deleted).containsExactly(1L);
    }

    @Test
    void severalThreadsThatCloseDeleteOnce() throws Exception {
        NativeObjects objects = new NativeObjects();
        for (long i = 0; i < 1000; i++) {
            long number = i;
            objects.release(() -> deleted.add(number));
        }
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().start(objects::close));
        }
        for (Thread t : threads) {
            t.join();
        }
        assertThat(deleted).hasSize(1000).doesNotHaveDuplicates();
    }
}
