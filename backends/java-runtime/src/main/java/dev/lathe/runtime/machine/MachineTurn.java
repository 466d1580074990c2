package dev.lathe.runtime.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Turns rows of bytes and of pairs of bytes over in machine code, in squares of 128 bits a side. Whatever it touches is
 * checked here before the call; see {@link MachineTiles}.
 */
public final class MachineTurn {
    /** Bytes of the side of a square. */
    private static final int SIDE = 16;

    private static final int QUARTERS = 4;
    /** Sets of rows of a call at most, since no garbage is collected meanwhile: some microseconds. */
    private static final int MOST_SETS = 1 << 9;

    /** See {@link TurnCode} for the arguments. */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.critical(true));

    private final MemorySegment bytes;
    private final MemorySegment pairs;

    private MachineTurn(MemorySegment bytes, MemorySegment pairs) {
        this.bytes = bytes;
        this.pairs = pairs;
    }

    static MachineTurn of(Convention convention, ExecutableMemory memory) throws ExecutableMemory.RefusedException {
        return new MachineTurn(
                memory.holding(TurnCode.write(convention, 1)), memory.holding(TurnCode.write(convention, 2)));
    }

    /** Whether there are enough rows, and elements in each, of this many bytes. */
    public static boolean suits(int rows, int length, int elementBytes) {
        return rows >= SIDE / elementBytes && length >= SIDE / elementBytes;
    }

    /**
     * Turns rows over: {@code to[toAt + i * toStride + r] = from[fromAt + r * fromStride + i]}.
     *
     * @param rows as many as {@link #suits} says
     * @param length elements of a row, as many as {@link #suits} says
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void turn(int rows, byte[] from, int fromAt, int fromStride, int length, byte[] to, int toAt, int toStride) {
        turn(1, rows, from, from.length, fromAt, fromStride, length, to, to.length, toAt, toStride);
    }

    /** As the other, of pairs of bytes. */
    public void turn(
            int rows, short[] from, int fromAt, int fromStride, int length, short[] to, int toAt, int toStride) {
        turn(2, rows, from, from.length, fromAt, fromStride, length, to, to.length, toAt, toStride);
    }

    /** {@code from} and {@code to} are arrays of one type, of so many elements. */
    private void turn(
            int elementBytes,
            int rows,
            Object from,
            int fromLength,
            int fromAt,
            int fromStride,
            int length,
            Object to,
            int toLength,
            int toAt,
            int toStride) {
        int side = SIDE / elementBytes;
        Objects.checkFromToIndex(side, rows, Integer.MAX_VALUE);
        Objects.checkFromToIndex(side, length, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(fromAt, MachineTiles.extent(rows, fromStride, length), fromLength);
        Objects.checkFromIndexSize(toAt, MachineTiles.extent(length, toStride, rows), toLength);
        int squares = length / side;
        for (int q = 0; q < squares; q += QUARTERS) {
            int column = q * side;
            columns(
                    elementBytes,
                    rows,
                    from,
                    fromAt + column,
                    fromStride,
                    Math.min(QUARTERS, squares - q),
                    to,
                    (long) toAt + (long) column * toStride,
                    toStride);
        }
        if (length % side != 0) { // the last columns, of which some are turned over again
            int column = length - side;
            columns(
                    elementBytes,
                    rows,
                    from,
                    fromAt + column,
                    fromStride,
                    1,
                    to,
                    (long) toAt + (long) column * toStride,
                    toStride);
        }
    }

    /** Some squares of all rows. */
    private void columns(
            int elementBytes,
            int rows,
            Object from,
            long fromAt,
            int fromStride,
            int quarters,
            Object to,
            long toAt,
            int toStride) {
        int side = SIDE / elementBytes;
        int sets = rows / side;
        for (int s = 0; s < sets; s += MOST_SETS) {
            long row = (long) s * side;
            call(
                    elementBytes,
                    from,
                    fromAt + row * fromStride,
                    fromStride,
                    quarters,
                    Math.min(MOST_SETS, sets - s),
                    to,
                    toAt + row,
                    toStride);
        }
        if (rows % side != 0) {
            long row = (long) rows - side;
            call(elementBytes, from, fromAt + row * fromStride, fromStride, quarters, 1, to, toAt + row, toStride);
        }
    }

    private void call(
            int elementBytes,
            Object from,
            long fromAt,
            int fromStride,
            int quarters,
            int sets,
            Object to,
            long toAt,
            int toStride) {
        try {
            if (elementBytes == 1) {
                CALL.invokeExact(
                        bytes,
                        MemorySegment.ofArray((byte[]) from),
                        MemorySegment.ofArray((byte[]) to),
                        (long) fromStride,
                        (long) toStride,
                        fromAt,
                        toAt,
                        (long) quarters,
                        (long) sets);
            } else {
                CALL.invokeExact(
                        pairs,
                        MemorySegment.ofArray((short[]) from),
                        MemorySegment.ofArray((short[]) to),
                        2L * fromStride,
                        2L * toStride,
                        2 * fromAt,
                        2 * toAt,
                        (long) quarters,
                        (long) sets);
            }
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }
}
