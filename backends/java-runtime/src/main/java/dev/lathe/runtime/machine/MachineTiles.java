package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Tiles of one kind in machine code: a few rows times a panel of two vectors of columns. They read and write arrays
 * where they are, so the JVM moves none meanwhile ({@link Linker.Option#critical}); a call takes some microseconds at
 * most. Whatever a tile touches is checked here before the call.
 */
public final class MachineTiles {
    /** A tile: see {@link TileCode} for its arguments. */
    private static final MethodHandle CALL = Linker.nativeLinker()
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
                            ValueLayout.ADDRESS),
                    Linker.Option.critical(true));

    private static final int[] NO_STARTS = {};

    private final int lanes;
    private final int maxRows;
    private final MemorySegment[][] entries;

    private MachineTiles(Form form, MemorySegment code, int[][] entries) {
        this.lanes = form.lanes;
        this.maxRows = TileCode.maxRows(form);
        this.entries = new MemorySegment[entries.length][maxRows + 1];
        for (int vectors = 1; vectors < entries.length; vectors++) {
            for (int rows = 1; rows <= maxRows; rows++) {
                this.entries[vectors][rows] = code.asSlice(entries[vectors][rows]);
            }
        }
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
        call(
                entries[vectors][rows],
                part(MemorySegment.ofArray(a), aAt, extent(rows, aStride, depth), 4),
                part(MemorySegment.ofArray(b), bAt, (long) depth * width(), 4),
                part(MemorySegment.ofArray(init), initAt, (long) vectors * lanes, 4),
                part(MemorySegment.ofArray(c), cAt, extent(rows, cStride, columns), 4),
                4L * aStride,
                depth,
                cStride,
                columns,
                MemorySegment.ofArray(NO_STARTS));
    }

    /**
     * {@code c[r][j] = init[j] + starts[r] + Σ a[r * aStride + i] * b[i / 4 * 4 * width + 4 * j + i % 4]}, of tiles of
     * bytes: {@code a} has no sign and {@code b} has one, the sums are integers of 32 bits, whose overflows cancel out
     * if the whole sum is one, and {@code c} is the nearest float. Products of signed rows are these of rows that are
     * moved by 128.
     *
     * @param rows how many, from 1 to {@link #maxRows}
     * @param a the left operand, from {@code aAt} on, with rows {@code aStride} apart
     * @param quads a quarter of the depth
     * @param b the panel, from {@code bAt} on: four rows of the matrix interleaved, then the next four
     * @param init a value for each column, from {@code initAt} on, padded to whole vectors
     * @param starts a value for each row, from {@code startsAt} on
     * @param c the result, from {@code cAt} on, with rows {@code cStride} apart
     * @param columns how many columns of the panel to store, from 1 to {@link #width}
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
            int columns) {
        int vectors = vectors(rows, columns);
        call(
                entries[vectors][rows],
                part(MemorySegment.ofArray(a), aAt, extent(rows, aStride, 4L * quads), 1),
                part(MemorySegment.ofArray(b), bAt, 4L * quads * width(), 1),
                part(MemorySegment.ofArray(init), initAt, (long) vectors * lanes, 4),
                part(MemorySegment.ofArray(c), cAt, extent(rows, cStride, columns), 4),
                aStride,
                quads,
                cStride,
                columns,
                part(MemorySegment.ofArray(starts), startsAt, rows, 4));
    }

    /**
     * {@code c[r][j] = init[j] + Σ a[r * aStride + i] * b[i / 2 * 2 * width + 2 * j + i % 2]}, of tiles of brain
     * floats, two products at a time, as the instruction {@code vdpbf16ps} rounds.
     *
     * @param rows how many, from 1 to {@link #maxRows}
     * @param a the left operand, from {@code aAt} on, with rows {@code aStride} apart
     * @param pairs half of the depth
     * @param b the panel, from {@code bAt} on: two rows of the matrix interleaved, then the next two
     * @param init a value for each column, from {@code initAt} on, padded to whole vectors
     * @param c the result, from {@code cAt} on, with rows {@code cStride} apart
     * @param columns how many columns of the panel to store, from 1 to {@link #width}
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiplyHalves(
            int rows,
            short[] a,
            int aAt,
            int aStride,
            int pairs,
            short[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        int vectors = vectors(rows, columns);
        call(
                entries[vectors][rows],
                part(MemorySegment.ofArray(a), aAt, extent(rows, aStride, 2L * pairs), 2),
                part(MemorySegment.ofArray(b), bAt, 2L * pairs * width(), 2),
                part(MemorySegment.ofArray(init), initAt, (long) vectors * lanes, 4),
                part(MemorySegment.ofArray(c), cAt, extent(rows, cStride, columns), 4),
                2L * aStride,
                pairs,
                cStride,
                columns,
                MemorySegment.ofArray(NO_STARTS));
    }

    private int vectors(int rows, int columns) {
        Objects.checkFromToIndex(1, rows, maxRows);
        Objects.checkFromToIndex(1, columns, width());
        return columns <= lanes ? 1 : 2;
    }

    /** How many elements there are from the first of the first row to the last of the last. */
    private static long extent(int rows, int stride, long elements) {
        if (rows > 1 && stride < 0) {
            throw new IndexOutOfBoundsException("rows " + stride + " apart");
        }
        return (rows - 1L) * stride + elements;
    }

    /** So many elements of so many bytes each; throws if they are not all there. */
    private static MemorySegment part(MemorySegment array, int at, long elements, int bytes) {
        return array.asSlice((long) at * bytes, elements * bytes);
    }

    private static void call(
            MemorySegment tile,
            MemorySegment a,
            MemorySegment b,
            MemorySegment init,
            MemorySegment c,
            long aStride,
            long steps,
            long cStride,
            int columns,
            MemorySegment starts) {
        try {
            CALL.invokeExact(tile, a, b, init, c, aStride, steps, 4L * cStride, (1L << columns) - 1, starts);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e); // a tile throws nothing
        }
    }
}
