package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R10;
import static dev.lathe.runtime.machine.Assembler.R11;
import static dev.lathe.runtime.machine.Assembler.R8;
import static dev.lathe.runtime.machine.Assembler.R9;
import static dev.lathe.runtime.machine.Assembler.RAX;
import static dev.lathe.runtime.machine.Assembler.RBX;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDI;
import static dev.lathe.runtime.machine.Assembler.RDX;
import static dev.lathe.runtime.machine.Assembler.RSI;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.Assembler.Memory;

/**
 * Writes the function that makes columns of rows whose elements are narrower than 32 bits, for AVX-512. A set of rows
 * is as many as 128 bits have elements; each row of a set is a vector, of which each quarter is turned over.
 *
 * <p>Rows are joined in pairs, the first of a half with the first of the other: elements of both in turns, first those
 * of the lower halves of each 128 bits, then those of the upper ones. That takes the highest bit of the number of a row
 * to the lowest of the number of an element, so after as many times as these have bits, they have changed places.
 *
 * <p>The arguments: the addresses of the rows and of the result; the bytes from a row to the next, and from a column to
 * the next in the result; how many bytes from its address each of both begins; the quarters of a vector that there are,
 * one at least; and the sets, one at least, which lie side by side in the result.
 */
final class TurnCode {
    private static final int FROM = RDI;
    private static final int TO = RSI;
    private static final int FROM_STRIDE = RDX;
    private static final int TO_STRIDE = RCX;
    private static final int COLUMN = R8;
    private static final int FROM_STRIDE_3 = R9;
    private static final int TO_STRIDE_3 = R10;
    private static final int ROW = R11;
    private static final int QUARTERS = RAX;
    private static final int SETS = RBX;
    private static final int QUARTERS_ARGUMENT = 6;
    private static final int SETS_ARGUMENT = 7;

    /** Bytes of a quarter. */
    private static final int QUARTER = 16;

    private static final int QUARTERS_OF_A_VECTOR = Form.EVEX.bytes() / QUARTER;
    /** Floats of a quarter, which masks count. */
    private static final int FLOATS = QUARTER / Float.BYTES;

    private static final int MASK = 1;
    /** Rows whose addresses are some strides behind one register. */
    private static final int TOGETHER = 4;

    private final Assembler a = new Assembler(Form.EVEX);
    private final int elementBytes;
    private final int rows;

    private TurnCode(int elementBytes) {
        this.elementBytes = elementBytes;
        this.rows = QUARTER / elementBytes;
    }

    /** @param elementBytes 1 or 2 */
    static byte[] write(Convention convention, int elementBytes) {
        TurnCode code = new TurnCode(elementBytes);
        code.function(convention);
        return code.a.code();
    }

    private void function(Convention convention) {
        Label set = new Label();
        convention.enter(a);
        a.push(RBX);
        a.add(FROM, R8).add(TO, R9);
        a.mov(QUARTERS, argument(convention, QUARTERS_ARGUMENT));
        a.lea(FROM_STRIDE_3, Memory.at(FROM_STRIDE, FROM_STRIDE, 2, 0))
                .lea(TO_STRIDE_3, Memory.at(TO_STRIDE, TO_STRIDE, 2, 0));
        mask();
        a.mov(SETS, argument(convention, SETS_ARGUMENT));
        a.mov(ROW, FROM).align(32).bind(set).mov(COLUMN, TO);
        for (int r = 0; r < rows; r++) {
            a.loadMasked(r, MASK, behind(ROW, FROM_STRIDE, FROM_STRIDE_3, r % TOGETHER));
            if (r % TOGETHER == TOGETHER - 1) {
                a.lea(ROW, Memory.at(ROW, FROM_STRIDE, TOGETHER, 0));
            }
        }
        int first = turn();
        Label next = new Label();
        for (int q = 0; q < QUARTERS_OF_A_VECTOR; q++) {
            for (int c = 0; c < rows; c++) {
                a.extractQuarter(behind(COLUMN, TO_STRIDE, TO_STRIDE_3, c % TOGETHER), first + c, q);
                if (c % TOGETHER == TOGETHER - 1) {
                    a.lea(COLUMN, Memory.at(COLUMN, TO_STRIDE, TOGETHER, 0));
                }
            }
            if (q + 1 < QUARTERS_OF_A_VECTOR) {
                a.lea(FROM, Memory.at(QUARTERS, -1 - q)).addConstant(FROM, 0).jumpIfZero(next);
            }
        }
        a.bind(next).addConstant(TO, QUARTER).subtractConstant(SETS, 1).jumpIfNotZero(set);
        a.pop(RBX);
        convention.leave(a);
    }

    private static Memory argument(Convention convention, int number) {
        Memory m = convention.argument(number);
        return Memory.at(m.base(), m.displacement() + 8);
    }

    /** A bit for each float of the quarters that there are. */
    private void mask() {
        Label known = new Label();
        for (int q = 1; q <= QUARTERS_OF_A_VECTOR; q++) {
            a.clear(RBX).addConstant(RBX, (1 << q * FLOATS) - 1).setMask(MASK, RBX);
            a.lea(RBX, Memory.at(QUARTERS, -q)).addConstant(RBX, 0).jumpIfZero(known);
        }
        a.bind(known);
    }

    /** Turns the quarters of the first vectors over; which is the first of those that hold the result. */
    private int turn() {
        int from = 0;
        for (int n = 1; n < rows; n *= 2) {
            int to = rows - from;
            for (int i = 0; i < rows / 2; i++) {
                int x = from + i;
                int y = from + rows / 2 + i;
                if (elementBytes == 1) {
                    a.unpackLowBytes(to + 2 * i, x, y).unpackHighBytes(to + 2 * i + 1, x, y);
                } else {
                    a.unpackLowPairs(to + 2 * i, x, y).unpackHighPairs(to + 2 * i + 1, x, y);
                }
            }
            from = to;
        }
        return from;
    }

    /** What is so many strides behind a register, from 0 to 3. */
    private static Memory behind(int base, int stride, int stride3, int number) {
        return switch (number) {
            case 0 -> Memory.at(base, 0);
            case 3 -> Memory.at(base, stride3, 1, 0);
            default -> Memory.at(base, stride, number, 0);
        };
    }
}
