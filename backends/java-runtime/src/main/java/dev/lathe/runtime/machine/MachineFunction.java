package dev.lathe.runtime.machine;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/** A {@link VectorFunction} in machine code, for sums that tiles have in registers. */
public final class MachineFunction {
    /** Keeps the memory. */
    private final MemorySegment code;
    /** The address to call with so many registers of sums, of rows of one vector and of two. */
    private final long[][] entries;

    private final int constants;
    private final int columns;

    MachineFunction(MemorySegment code, int[][] entries, VectorFunction function) {
        this.code = code;
        this.entries = new long[entries.length][];
        for (int i = 0; i < entries.length; i++) {
            this.entries[i] = Arrays.stream(entries[i])
                    .mapToLong(at -> this.code.address() + at)
                    .toArray();
        }
        this.constants = function.constants();
        this.columns = function.columns();
    }

    /** What a tile calls whose sums take so many registers, with so many in a row. */
    long entry(int vectors, int registers) {
        return entries[vectors - 1][registers];
    }

    /** How many numbers of a column it reads. */
    public int columns() {
        return columns;
    }

    /** All of them, from none on, of a function that reads nothing of columns. */
    long[] entries() {
        if (columns > 0) {
            throw new IllegalArgumentException("a function of columns");
        }
        return entries[0];
    }

    /** Throws if these are not as many constants as the function reads. */
    void check(float[] values) {
        if (values.length < constants) {
            throw new IndexOutOfBoundsException(values.length + " constants of " + constants);
        }
    }

    /** Throws if there are fewer numbers of {@code width} columns from {@code at} on than the function reads. */
    void checkColumns(float[] values, int at, int width) {
        Objects.checkFromIndexSize(at, columns * width, values.length);
    }
}
