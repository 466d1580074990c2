package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tiles of one kind in machine code: a few rows times a panel of two vectors of columns. They read and write arrays
 * where they are, so the JVM moves none meanwhile ({@link Linker.Option#critical}); a call takes some microseconds at
 * most. Whatever a tile touches is checked here before the call.
 */
public final class MachineTiles {
    /**
     * A tile: see {@link TileCode} for its arguments. It is called where the segments of its arrays are made and
     * nothing else takes them, for then C2 makes no objects.
     */
    static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.critical(true));

    private static final MemorySegment NONE = MemorySegment.ofArray(new int[0]);

    private final int lanes;
    private final int maxRows;
    private final boolean hasEnds;
    private final MemorySegment[][] straight;
    private final MemorySegment[][] along;

    MachineTiles(Form form, MemorySegment code, Map<TileCode.Walk, int[][]> entries) {
        this.lanes = form.lanes;
        this.maxRows = TileCode.maxRows(form);
        this.hasEnds = form == Form.EVEX;
        this.straight = segments(code, entries.get(TileCode.Walk.STRAIGHT));
        this.along = segments(code, entries.get(TileCode.Walk.ALONG));
    }

    /** Nothing, where tiles of a kind do not walk so. */
    private static MemorySegment[][] segments(MemorySegment code, int @Nullable [][] entries) {
        if (entries == null) {
            return new MemorySegment[0][];
        }
        MemorySegment[][] all = new MemorySegment[entries.length][];
        for (int vectors = 0; vectors < all.length; vectors++) {
            all[vectors] = new MemorySegment[entries[vectors].length];
            for (int rows = 0; rows < all[vectors].length; rows++) {
                all[vectors][rows] = code.asSlice(entries[vectors][rows]);
            }
        }
        return all;
    }

    static MachineTiles of(TileCode.Kind kind, Form form, Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        TileCode.Tiles tiles = TileCode.write(kind, form, convention);
        return new MachineTiles(form, memory.holding(tiles.bytes()), tiles.entries());
    }

    /** Columns of a panel: two vectors of floats. */
    public int width() {
        return 2 * lanes;
    }

    /** The most rows of a tile. */
    public int maxRows() {
        return maxRows;
    }

    /**
     * {@code c[r][j] = init[j] + Σ a[r * aStride + i] * b[i * width + j]} over depths {@code i}, in this order and
     * rounded once a step, of tiles of floats.
     *
     * @param rows how many, from 1 to {@link #maxRows}
     * @param a the left operand, from {@code aAt} on, with rows {@code aStride} apart
     * @param b the panel, from {@code bAt} on
     * @param init a value for each column, from {@code initAt} on, padded to whole vectors
     * @param c the result, from {@code cAt} on, with rows {@code cStride} apart
     * @param columns how many columns of the panel to store, from 1 to {@link #width}
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiply(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        int vectors = vectors(rows, columns);
        part(aAt, extent(rows, aStride, depth), a.length);
        part(bAt, (long) depth * width(), b.length);
        part(initAt, (long) vectors * lanes, init.length);
        part(cAt, extent(rows, cStride, columns), c.length);
        try {
            CALL.invokeExact(
                    straight[vectors][rows],
                    MemorySegment.ofArray(a),
                    MemorySegment.ofArray(b),
                    MemorySegment.ofArray(init),
                    MemorySegment.ofArray(c),
                    4L * aStride,
                    (long) depth,
                    4L * aAt,
                    4L * bAt,
                    4L * initAt,
                    4L * cAt,
                    4L * cStride,
                    (1L << columns) - 1,
                    NONE,
                    0L,
                    NONE,
                    1L,
                    0L,
                    NONE,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    4L * bAt + 4L * depth * width(),
                    0L,
                    NONE,
                    NONE,
                    0L,
                    1L,
                    0L);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Whether tiles can add to sums and cut them before they store them. */
    public boolean hasEnds() {
        return hasEnds;
    }

    /**
     * As {@link #multiply}, for several tiles of {@code rows} rows each, one behind the other. Where {@link #hasEnds},
     * each sum gets an element of {@code addend}, unless that is null, becomes what {@code function} makes of it,
     * unless that is null, and is cut to bounds:
     * {@code c[r][j] = min(max(function(c[r][j] + addend[r * addendStride + j]), least), greatest)}, where NaN stays.
     *
     * @param tiles how many tiles, one at least
     * @param addend from {@code addendAt} on, with rows {@code addendStride} apart
     * @param constants those of {@code function}; any array without one
     * @param numbers what {@code function} reads of columns, from {@code numbersAt} on: a number for each column of the
     *     panel, then the next for each; any array without one
     * @param least negative infinity for none; no negative zero
     * @param greatest infinity for none; no zero
     * @param next where in {@code b} that begins what is needed next; this is not read, so it may be anywhere
     * @param parts each tile fetches one of so many parts of as much as the panel is: 1, 2 or 4
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiplyTiles(
            int tiles,
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int depth,
            int lines,
            int lineStride,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            float @Nullable [] addend,
            int addendAt,
            int addendStride,
            @Nullable MachineFunction function,
            float[] constants,
            float[] numbers,
            int numbersAt,
            float least,
            float greatest,
            int next,
            int parts) {
        int vectors = vectors(rows, columns);
        Objects.checkFromToIndex(1, tiles, Integer.MAX_VALUE);
        long all = (long) tiles * rows;
        Objects.checkFromToIndex(1, lines, Integer.MAX_VALUE);
        part(aAt, extent(all, aStride, extent(lines, lineStride, depth)), a.length);
        part(bAt, (long) lines * depth * width(), b.length);
        part(initAt, (long) vectors * lanes, init.length);
        part(cAt, extent(all, cStride, columns), c.length);
        long end = fetches(parts) | end(addend, function, constants, numbers, numbersAt, least, greatest);
        float[] added = init;
        if (addend != null) {
            part(addendAt, extent(all, addendStride, columns), addend.length);
            added = addend;
        }
        try {
            CALL.invokeExact(
                    straight[vectors][rows],
                    MemorySegment.ofArray(a),
                    MemorySegment.ofArray(b),
                    MemorySegment.ofArray(init),
                    MemorySegment.ofArray(c),
                    4L * aStride,
                    (long) depth,
                    4L * aAt,
                    4L * bAt,
                    4L * initAt,
                    4L * cAt,
                    4L * cStride,
                    (1L << columns) - 1,
                    NONE,
                    0L,
                    NONE,
                    (long) tiles,
                    end,
                    MemorySegment.ofArray(added),
                    4L * addendAt,
                    4L * addendStride,
                    (long) Float.floatToRawIntBits(least),
                    (long) Float.floatToRawIntBits(greatest),
                    (long) Float.floatToRawIntBits(least == 0 ? 0f : -0f),
                    4L * next,
                    function == null ? 0L : function.entry(vectors, vectors * rows),
                    MemorySegment.ofArray(constants),
                    MemorySegment.ofArray(numbers),
                    4L * numbersAt,
                    (long) lines,
                    4L * lineStride - 4L * depth);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static long fetches(int parts) {
        return switch (parts) {
            case 1 -> TileCode.FETCHES_ALL;
            case 2 -> TileCode.FETCHES_HALF;
            default -> 0L;
        };
    }

    /** What is done to sums, as bits; checks what is read for it, but for {@code addend}. */
    private long end(
            float @Nullable [] addend,
            @Nullable MachineFunction function,
            float[] constants,
            float[] numbers,
            int numbersAt,
            float least,
            float greatest) {
        boolean isCut = least > Float.NEGATIVE_INFINITY || greatest < Float.POSITIVE_INFINITY;
        if (function != null) {
            function.check(constants);
            function.checkColumns(numbers, numbersAt, width());
        }
        long end = (addend != null ? TileCode.ADDS : 0L)
                | (function != null ? TileCode.APPLIES : 0L)
                | (isCut ? TileCode.CUTS : 0L);
        if (!hasEnds && end != 0) {
            throw new IllegalArgumentException("tiles of this processor only store their sums");
        }
        return end;
    }

    /**
     * As {@link #multiply}, with rows that start where {@code starts} says, from {@code startAt} on, and whose element
     * {@code i} is {@code path[i]} from there.
     *
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiplyAlong(
            int rows,
            float[] a,
            int[] starts,
            int startAt,
            int[] path,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        int vectors = vectors(rows, columns);
        part(startAt, rows, starts.length);
        int first = Integer.MAX_VALUE;
        int last = Integer.MIN_VALUE;
        for (int r = 0; r < rows; r++) {
            first = Math.min(first, starts[startAt + r]);
            last = Math.max(last, starts[startAt + r]);
        }
        int least = 0;
        int greatest = 0;
        for (int i = 0; i < path.length; i++) {
            least = i == 0 ? path[0] : Math.min(least, path[i]);
            greatest = i == 0 ? path[0] : Math.max(greatest, path[i]);
        }
        if (path.length > 0) {
            Objects.checkFromToIndex((long) first + least, (long) last + greatest + 1, (long) a.length);
        }
        part(bAt, (long) path.length * width(), b.length);
        part(initAt, (long) vectors * lanes, init.length);
        part(cAt, extent(rows, cStride, columns), c.length);
        try {
            CALL.invokeExact(
                    along[vectors][rows],
                    MemorySegment.ofArray(a),
                    MemorySegment.ofArray(b),
                    MemorySegment.ofArray(init),
                    MemorySegment.ofArray(c),
                    0L,
                    (long) path.length,
                    0L,
                    4L * bAt,
                    4L * initAt,
                    4L * cAt,
                    4L * cStride,
                    (1L << columns) - 1,
                    MemorySegment.ofArray(starts),
                    4L * startAt,
                    MemorySegment.ofArray(path),
                    1L,
                    0L,
                    NONE,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    0L,
                    NONE,
                    NONE,
                    0L,
                    1L,
                    0L);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * {@code c[r][j] = init[j] + starts[r] + Σ a[r * aStride + i] * b[i / 4 * 4 * width + 4 * j + i % 4]}, of tiles of
     * bytes: {@code a} has no sign and {@code b} has one, the sums are integers of 32 bits, whose overflows cancel out
     * if the whole sum is one, and {@code c} is the nearest float. Products of signed rows are these of rows that are
     * moved by 128. What follows happens to the floats as in {@link #multiplyTiles}.
     *
     * @param rows how many, from 1 to {@link #maxRows}
     * @param a the left operand, from {@code aAt} on, with rows {@code aStride} apart
     * @param quads a quarter of the depth
     * @param b the panel, from {@code bAt} on: four rows of the matrix interleaved, then the next four
     * @param init a value for each column, from {@code initAt} on, padded to whole vectors
     * @param starts a value for each row, from {@code startsAt} on
     * @param c the result, from {@code cAt} on, with rows {@code cStride} apart
     * @param columns how many columns of the panel to store, from 1 to {@link #width}
     * @param addend null for none; this and what follows as in {@link #multiplyTiles}
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiplyBytes(
            int rows,
            byte[] a,
            int aAt,
            int aStride,
            int quads,
            byte[] b,
            int bAt,
            int[] init,
            int initAt,
            int[] starts,
            int startsAt,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            float @Nullable [] addend,
            int addendAt,
            int addendStride,
            @Nullable MachineFunction function,
            float[] constants,
            float[] numbers,
            int numbersAt,
            float least,
            float greatest) {
        int vectors = vectors(rows, columns);
        part(aAt, extent(rows, aStride, 4L * quads), a.length);
        part(bAt, 4L * quads * width(), b.length);
        part(initAt, (long) vectors * lanes, init.length);
        part(cAt, extent(rows, cStride, columns), c.length);
        part(startsAt, rows, starts.length);
        long end = end(addend, function, constants, numbers, numbersAt, least, greatest);
        float[] added = constants;
        if (addend != null) {
            part(addendAt, extent(rows, addendStride, columns), addend.length);
            added = addend;
        }
        try {
            CALL.invokeExact(
                    straight[vectors][rows],
                    MemorySegment.ofArray(a),
                    MemorySegment.ofArray(b),
                    MemorySegment.ofArray(init),
                    MemorySegment.ofArray(c),
                    (long) aStride,
                    (long) quads,
                    (long) aAt,
                    (long) bAt,
                    4L * initAt,
                    4L * cAt,
                    4L * cStride,
                    (1L << columns) - 1,
                    MemorySegment.ofArray(starts),
                    4L * startsAt,
                    NONE,
                    1L,
                    end,
                    MemorySegment.ofArray(added),
                    4L * addendAt,
                    4L * addendStride,
                    (long) Float.floatToRawIntBits(least),
                    (long) Float.floatToRawIntBits(greatest),
                    (long) Float.floatToRawIntBits(least == 0 ? 0f : -0f),
                    bAt + 4L * quads * width(),
                    function == null ? 0L : function.entry(vectors, vectors * rows),
                    MemorySegment.ofArray(constants),
                    MemorySegment.ofArray(numbers),
                    4L * numbersAt,
                    1L,
                    0L);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * {@code c[r][j] = init[j] + Σ a[r * aStride + i] * b[i][j]}, of tiles of brain floats, two products at a time,
     * as the instruction {@code vdpbf16ps} rounds; then what {@link #multiplyTiles} does to sums.
     *
     * @param tiles how many tiles of {@code rows} rows, one behind the other; one at least
     * @param a the left operand, from {@code aAt} on, with rows {@code aStride} apart
     * @param pairs half of the depth
     * @param b the panel, from {@code bAt} on: for two rows an integer for each column, the upper row in its lower
     *     half, then the next two
     * @param next where in {@code b} that begins what is needed next
     * @param parts as in {@link #multiplyTiles}
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiplyHalves(
            int tiles,
            int rows,
            short[] a,
            int aAt,
            int aStride,
            int pairs,
            int[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            float @Nullable [] addend,
            int addendAt,
            int addendStride,
            @Nullable MachineFunction function,
            float[] constants,
            float[] numbers,
            int numbersAt,
            float least,
            float greatest,
            int next,
            int parts) {
        int vectors = vectors(rows, columns);
        Objects.checkFromToIndex(1, tiles, Integer.MAX_VALUE);
        long all = (long) tiles * rows;
        part(aAt, extent(all, aStride, 2L * pairs), a.length);
        part(bAt, (long) pairs * width(), b.length);
        part(initAt, (long) vectors * lanes, init.length);
        part(cAt, extent(all, cStride, columns), c.length);
        long end = fetches(parts) | end(addend, function, constants, numbers, numbersAt, least, greatest);
        float[] added = init;
        if (addend != null) {
            part(addendAt, extent(all, addendStride, columns), addend.length);
            added = addend;
        }
        try {
            CALL.invokeExact(
                    straight[vectors][rows],
                    MemorySegment.ofArray(a),
                    MemorySegment.ofArray(b),
                    MemorySegment.ofArray(init),
                    MemorySegment.ofArray(c),
                    2L * aStride,
                    (long) pairs,
                    2L * aAt,
                    4L * bAt,
                    4L * initAt,
                    4L * cAt,
                    4L * cStride,
                    (1L << columns) - 1,
                    NONE,
                    0L,
                    NONE,
                    (long) tiles,
                    end,
                    MemorySegment.ofArray(added),
                    4L * addendAt,
                    4L * addendStride,
                    (long) Float.floatToRawIntBits(least),
                    (long) Float.floatToRawIntBits(greatest),
                    (long) Float.floatToRawIntBits(least == 0 ? 0f : -0f),
                    4L * next,
                    function == null ? 0L : function.entry(vectors, vectors * rows),
                    MemorySegment.ofArray(constants),
                    MemorySegment.ofArray(numbers),
                    4L * numbersAt,
                    1L,
                    0L);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private int vectors(int rows, int columns) {
        Objects.checkFromToIndex(1, rows, maxRows);
        Objects.checkFromToIndex(1, columns, width());
        return columns <= lanes ? 1 : 2;
    }

    /** How many elements there are from the first of the first row to the last of the last. */
    static long extent(long rows, int stride, long elements) {
        if (rows > 1 && stride < 0) {
            throw new IndexOutOfBoundsException("rows are " + stride + " apart");
        }
        return (rows - 1) * stride + elements;
    }

    /** Throws if an array of this length has not so many elements from {@code at} on. */
    private static void part(int at, long elements, int length) {
        Objects.checkFromIndexSize(at, elements, length);
    }

    static RuntimeException unexpected(Throwable e) {
        return switch (e) {
            case RuntimeException own -> own;
            case Error error -> throw error;
            default -> new IllegalStateException(e); // a tile throws nothing
        };
    }

    /** Where the code of a tile is that walks straight. */
    MemorySegment entry(int vectors, int rows) {
        return straight[vectors][rows];
    }
}
