package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R10;
import static dev.lathe.runtime.machine.Assembler.R8;
import static dev.lathe.runtime.machine.Assembler.R9;
import static dev.lathe.runtime.machine.Assembler.RAX;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDI;
import static dev.lathe.runtime.machine.Assembler.RDX;
import static dev.lathe.runtime.machine.Assembler.RSI;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.Assembler.Memory;

/**
 * Writes the function that rounds rows of floats to brain floats, sixteen at a time, for AVX-512 with BF16.
 *
 * <p>Its arguments: the addresses of the floats and of the results; how many bytes from these the first of each begins;
 * how many whole vectors a row has, and how many rows there are; a bit for each float behind the last whole vector; a
 * bit for each pair of results there; and the bytes from row to row of both.
 */
final class RoundingCode {
    private static final int FROM = RDI;
    private static final int TO = RSI;
    private static final int VECTORS = R8;
    private static final int ROWS = R9;
    private static final int FLOATS_ARGUMENT = 6;
    private static final int PAIRS_ARGUMENT = 7;
    private static final int FROM_STRIDE_ARGUMENT = 8;
    private static final int TO_STRIDE_ARGUMENT = 9;

    // The places in the row, and the vectors left of it.
    private static final int SOURCE = RDX;
    private static final int TARGET = RCX;
    private static final int LEFT = R10;
    // Masks.
    private static final int FLOATS = 1;
    private static final int PAIRS = 2;

    private RoundingCode() {}

    static byte[] write(Convention convention) {
        Assembler a = new Assembler(Form.EVEX);
        Label row = new Label();
        Label vector = new Label();
        Label rest = new Label();
        int bytes = Form.EVEX.bytes();
        convention.enter(a);
        a.add(FROM, RDX).add(TO, RCX);
        a.mov(RAX, convention.argument(FLOATS_ARGUMENT)).setMask(FLOATS, RAX);
        a.mov(RAX, convention.argument(PAIRS_ARGUMENT)).setMask(PAIRS, RAX);
        a.bind(row).mov(SOURCE, FROM).mov(TARGET, TO).mov(LEFT, VECTORS);
        a.addConstant(LEFT, 0).jumpIfZero(rest).bind(vector);
        a.roundFloats(0, Memory.at(SOURCE, 0)).storeHalf(Memory.at(TARGET, 0), 0);
        a.addConstant(SOURCE, bytes).addConstant(TARGET, bytes / 2);
        a.subtractConstant(LEFT, 1).jumpIfNotZero(vector).bind(rest);
        // Of an odd number of floats, the last result has a zero beside it.
        a.roundFloatsMasked(0, FLOATS, Memory.at(SOURCE, 0)).storeMasked(Memory.at(TARGET, 0), PAIRS, 0);
        a.add(FROM, convention.argument(FROM_STRIDE_ARGUMENT)).add(TO, convention.argument(TO_STRIDE_ARGUMENT));
        a.subtractConstant(ROWS, 1).jumpIfNotZero(row);
        convention.leave(a);
        return a.code();
    }
}
