package dev.lathe.runtime.machine;

import java.lang.foreign.MemorySegment;

/** A {@link VectorFunction} in machine code, for sums that tiles have in registers. */
public final class MachineFunction {
    /** Keeps the memory. */
    private final MemorySegment code;
    /** The address to call with so many registers of sums. */
    private final long[] entries;

    private final int constants;

    MachineFunction(MemorySegment code, int[] entries, int constants) {
        this.code = code;
        this.entries = new long[entries.length];
        for (int i = 0; i < entries.length; i++) {
            this.entries[i] = this.code.address() + entries[i];
        }
        this.constants = constants;
    }

    /** What a tile calls whose sums take so many registers. */
    long entry(int registers) {
        return entries[registers];
    }

    /** All of them, from none on. */
    long[] entries() {
        return entries;
    }

    /** Throws if these are not as many constants as the function reads. */
    void check(float[] values) {
        if (values.length < constants) {
            throw new IndexOutOfBoundsException(values.length + " constants of " + constants);
        }
    }
}
