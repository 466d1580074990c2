package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Tells where an array is at the moment, so that what is read together can be put into one line of a cache. */
public final class MachineAddress {
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS), Linker.Option.critical(true));

    private final MemorySegment code;

    private MachineAddress(MemorySegment code) {
        this.code = code;
    }

    static MachineAddress of(Convention convention, ExecutableMemory memory) throws ExecutableMemory.RefusedException {
        Assembler a = new Assembler(Form.VEX);
        convention.enter(a);
        a.mov(Assembler.RAX, Assembler.RDI);
        convention.leave(a);
        return new MachineAddress(memory.holding(a.code()));
    }

    /** The address of the first element; the next collection of garbage may change it. */
    public long of(float[] array) {
        try {
            return (long) CALL.invokeExact(code, MemorySegment.ofArray(array));
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }
}
