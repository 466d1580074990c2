package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Products with matrices that are kept without their zeros, in machine code. For columns, rows of the left operand are
 * turned over first, {@link #rows} together, so that a vector holds one column of several rows. Whatever the code
 * touches is checked here; see {@link MachineTiles}.
 */
public final class MachineSparse {
    /** Columns that are added up side by side. */
    public static final int GROUP = SparseCode.GROUP;

    private static final long LINE = 64;

    private static final MethodHandle COLUMNS = handle(6, 7);
    private static final MethodHandle FILL = handle(2, 3);
    private static final MethodHandle TURN = handle(2, 6);

    private final Form form;
    private final int lanes;
    /** By the number of vectors of rows. */
    private final MemorySegment[] columns;

    /** By the number of vectors of rows. */
    private final MemorySegment[] fill;

    private final MemorySegment turn;
    private final MachinePanels panels;

    MachineSparse(Form form, MemorySegment[] columns, MemorySegment[] fill, MemorySegment turn, MachinePanels panels) {
        this.form = form;
        this.lanes = form.lanes;
        this.columns = columns;
        this.fill = fill;
        this.turn = turn;
        this.panels = panels;
    }

    static MachineSparse of(Form form, Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        MemorySegment[] columns = new MemorySegment[SparseCode.maxVectors(form) + 1];
        MemorySegment[] fill = new MemorySegment[columns.length];
        for (int vectors = 1; vectors < columns.length; vectors++) {
            columns[vectors] = memory.holding(SparseCode.columns(convention, form, vectors));
            fill[vectors] = memory.holding(SparseCode.fill(convention, form, vectors));
        }
        return new MachineSparse(
                form,
                columns,
                fill,
                memory.holding(SparseCode.turn(convention, form)),
                MachinePanels.of(form, convention, memory));
    }

    static MethodHandle handle(int addresses, int numbers) {
        FunctionDescriptor type = FunctionDescriptor.ofVoid();
        for (int i = 0; i < addresses + numbers; i++) {
            type = type.appendArgumentLayouts(i < addresses ? ValueLayout.ADDRESS : ValueLayout.JAVA_LONG);
        }
        return Linker.nativeLinker().downcallHandle(type, Linker.Option.critical(true));
    }

    /** Products with panels, whose rows are read as they are. */
    public MachinePanels panels() {
        return panels;
    }

    /** Room for rows and sums in which no vector lies in two lines of a cache; the collector frees it. */
    public static MemorySegment room(long bytes) {
        return Arena.ofAuto().allocate(bytes, LINE);
    }

    /** Rows of the left operand that are turned over at a time: as many as a vector has lanes. */
    public int lanes() {
        return lanes;
    }

    /** Rows of the left operand that are multiplied together: some vectors. */
    public int rows() {
        return lanes * (columns.length - 1);
    }

    /** Floats from one row of the left operand, turned over, to the next, and from the sums of a column to the next. */
    public int stride(int vectors) {
        Objects.checkFromToIndex(1, vectors, columns.length - 1);
        return SparseCode.strideBytes(form, vectors) / Float.BYTES;
    }

    /**
     * Elements of a matrix in parts, each of some groups of {@link #GROUP} columns of a block of rows. They are
     * checked once, and must not be changed from then on.
     */
    public static final class Columns {
        private final char[] places;
        private final float[] values;
        private final int[] ends;
        private final char[] order;
        private final int groups;
        /** The greatest column of sums. */
        private final int lastSum;
        /** The greatest row of the left operand, for each part. */
        private final int[] lastRow;

        /**
         * @param places the row of the left operand, turned over, that each element of {@code values} multiplies,
         *     from the first of its block on
         * @param values elements, one of each column of a group in turn
         * @param ends where the elements of each group end, group after group
         * @param order which sums are those of each column of each group
         * @param groups the groups of a part
         * @throws IllegalArgumentException if the arrays do not fit each other
         */
        public Columns(char[] places, float[] values, int[] ends, char[] order, int groups) {
            this.places = places;
            this.values = values;
            this.ends = ends;
            this.order = order;
            this.groups = groups;
            boolean fits = groups > 0
                    && ends.length % groups == 0
                    && order.length == GROUP * ends.length
                    && places.length == values.length;
            int start = 0;
            for (int end : ends) {
                fits &= end >= start && (end - start) % GROUP == 0;
                start = end;
            }
            if (!fits || start != values.length) {
                throw new IllegalArgumentException("these are no groups of columns");
            }
            int last = 0;
            for (char place : order) {
                last = Math.max(last, place);
            }
            lastSum = last;
            lastRow = new int[ends.length / groups];
            for (int part = 0; part < lastRow.length; part++) {
                int end = ends[(part + 1) * groups - 1];
                for (int i = start(part); i < end; i++) {
                    lastRow[part] = Math.max(lastRow[part], places[i]);
                }
            }
        }

        private int start(int part) {
            return part == 0 ? 0 : ends[part * groups - 1];
        }
    }

    /**
     * Adds the columns of a part times the left operand to their sums, in the order of the elements, and rounds once
     * an element.
     *
     * @param vectors how many vectors of rows are multiplied, from 1 to as many as {@link #rows} are
     * @param left the left operand turned over: {@link #stride} floats for each of its columns
     * @param leftAt the byte where that of the part's block begins
     * @param sums {@link #stride} floats for each column, from the beginning
     * @throws IndexOutOfBoundsException if anything of this lies outside of its memory
     */
    public void add(Columns c, int part, int vectors, MemorySegment left, long leftAt, MemorySegment sums) {
        Objects.checkIndex(part, c.lastRow.length);
        long stride = 4L * stride(vectors);
        long bytes = 4L * vectors * lanes;
        long start = c.start(part);
        if (start == c.ends[(part + 1) * c.groups - 1]) {
            return; // nothing but zeros
        }
        Objects.checkFromIndexSize(leftAt, stride * c.lastRow[part] + bytes, left.byteSize());
        Objects.checkFromIndexSize(stride * c.lastSum, bytes, sums.byteSize());
        try {
            COLUMNS.invokeExact(
                    columns[vectors],
                    left,
                    MemorySegment.ofArray(c.places),
                    MemorySegment.ofArray(c.values),
                    sums,
                    MemorySegment.ofArray(c.ends),
                    MemorySegment.ofArray(c.order),
                    leftAt,
                    2 * start,
                    4 * start,
                    0L,
                    4L * part * c.groups,
                    2L * part * c.groups * GROUP,
                    (long) c.groups);
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }

    /**
     * Sets the sums of columns to a value of each.
     *
     * @param vectors how many vectors of rows, from 1 to as many as {@link #rows} are
     * @param sums {@link #stride} floats for each column, from the beginning
     * @param values one for each column, from {@code at} on
     * @param count columns, one at least
     * @throws IndexOutOfBoundsException if anything of this lies outside of its memory
     */
    public void fill(int vectors, MemorySegment sums, float[] values, int at, int count) {
        Objects.checkIndex(0, count);
        Objects.checkFromIndexSize(at, count, values.length);
        Objects.checkFromIndexSize(0, 4L * count * stride(vectors), sums.byteSize());
        try {
            FILL.invokeExact(fill[vectors], sums, MemorySegment.ofArray(values), 0L, 4L * at, (long) count);
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }

    /**
     * Turns rows over: {@code to[i * toStride + r] = from[r * fromStride + i]}, where places and strides are in floats.
     *
     * @param rows at least {@link #lanes}
     * @param length elements of a row, four at least
     * @throws IndexOutOfBoundsException if anything of this lies outside of its memory
     */
    public void turn(
            int rows,
            MemorySegment from,
            long fromAt,
            int fromStride,
            int length,
            MemorySegment to,
            long toAt,
            int toStride) {
        turnRows(rows, from, from.byteSize(), fromAt, fromStride, length, to, to.byteSize(), toAt, toStride);
    }

    /** As the other, from array to array. */
    public void turn(
            int rows, float[] from, int fromAt, int fromStride, int length, float[] to, int toAt, int toStride) {
        turnRows(rows, from, 4L * from.length, fromAt, fromStride, length, to, 4L * to.length, toAt, toStride);
    }

    /** As the other, of integers of 32 bits. */
    public void turn(int rows, int[] from, int fromAt, int fromStride, int length, int[] to, int toAt, int toStride) {
        turnRows(rows, from, 4L * from.length, fromAt, fromStride, length, to, 4L * to.length, toAt, toStride);
    }

    /** {@code from} and {@code to} are both arrays of one type, or both segments, of so many bytes. */
    private void turnRows(
            int rows,
            Object from,
            long fromBytes,
            long fromAt,
            int fromStride,
            int length,
            Object to,
            long toBytes,
            long toAt,
            int toStride) {
        Objects.checkFromToIndex(lanes, rows, Integer.MAX_VALUE);
        Objects.checkFromToIndex(4, length, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(0, fromStride, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(0, toStride, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(4 * fromAt, 4 * ((rows - 1L) * fromStride + length), fromBytes);
        Objects.checkFromIndexSize(4 * toAt, 4 * ((length - 1L) * toStride + rows), toBytes);
        // Far rows share sets of a cache: those of the result are written together, those that are read are not.
        int together = fromStride < toStride ? rows / lanes : 1;
        int last = rows - lanes;
        for (long row = 0; row <= last; row += (long) together * lanes) {
            turnSets(together, from, fromAt + row * fromStride, fromStride, length, to, toAt + row, toStride);
        }
        if (rows % lanes != 0) {
            // The last rows, of which some are turned over again.
            turnSets(1, from, fromAt + (long) last * fromStride, fromStride, length, to, toAt + last, toStride);
        }
    }

    /** The same of sets of {@link #lanes} rows. */
    private void turnSets(
            int sets, Object from, long fromAt, int fromStride, int length, Object to, long toAt, int toStride) {
        turnFours(sets, from, fromAt, fromStride, length / 4, to, toAt, toStride);
        if (length % 4 != 0) {
            // The last four, of which some are turned over again.
            int last = length - 4;
            turnFours(sets, from, fromAt + last, fromStride, 1, to, toAt + (long) last * toStride, toStride);
        }
    }

    /** Segments of arrays are made where they are used: only there no object is made for them. */
    private void turnFours(
            int sets, Object from, long fromAt, int fromStride, int fours, Object to, long toAt, int toStride) {
        long fromStep = 4L * fromStride;
        long toStep = 4L * toStride;
        try {
            if (from instanceof float[] x) {
                MemorySegment y = MemorySegment.ofArray((float[]) to);
                TURN.invokeExact(
                        turn, MemorySegment.ofArray(x), y, fromStep, toStep, (long) fours, 4 * fromAt, 4 * toAt, (long)
                                sets);
            } else if (from instanceof int[] x) {
                MemorySegment y = MemorySegment.ofArray((int[]) to);
                TURN.invokeExact(
                        turn, MemorySegment.ofArray(x), y, fromStep, toStep, (long) fours, 4 * fromAt, 4 * toAt, (long)
                                sets);
            } else {
                TURN.invokeExact(
                        turn,
                        (MemorySegment) from,
                        (MemorySegment) to,
                        fromStep,
                        toStep,
                        (long) fours,
                        4 * fromAt,
                        4 * toAt,
                        (long) sets);
            }
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }
}
