package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R8;
import static dev.lathe.runtime.machine.Assembler.R9;
import static dev.lathe.runtime.machine.Assembler.RAX;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDX;

import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.Assembler.Memory;

/**
 * Writes the products of one row with a matrix whose rows are read where they lie, for AVX-512.
 *
 * <p>The arguments: the addresses of the matrix, the results and the row; how many bytes from its address each begins;
 * how many whole vectors a row of the matrix has, a bit for each element behind them, and how many rows there are, one
 * at least; the bytes from one to the next.
 */
final class RowProductCode extends RowCode {
    private static final int VECTORS_ARGUMENT = 6;
    private static final int REST_ARGUMENT = 7;
    private static final int ROWS_ARGUMENT = 8;
    private static final int STRIDE_ARGUMENT = 9;

    private static final int ROW = RDX;
    /** Where the row is read, and the matrix, in {@link #sums}. */
    private static final int FACTOR = R8;

    private static final int LINE = R9;
    /** The mask of one element. */
    private static final int FIRST = 2;
    // Vectors.
    private static final int SUM = 18;
    private static final int FACTORS = 17;

    private RowProductCode(Convention convention) {
        super(convention, VECTORS_ARGUMENT, REST_ARGUMENT);
    }

    /** The sum of each row of the matrix times the row, element by element. */
    static byte[] dots(Convention convention) {
        return new RowProductCode(convention).dots();
    }

    /** Adds the rows of the matrix, each times an element of the row, to the results. */
    static byte[] sums(Convention convention) {
        return new RowProductCode(convention).sums();
    }

    private void begin() {
        convention.enter(a);
        a.add(FROM, RCX).add(TO, R8).add(ROW, R9);
        setRest();
    }

    private byte[] dots() {
        begin();
        a.clear(RAX).addConstant(RAX, 1).setMask(FIRST, RAX);
        Label row = new Label();
        a.mov(ROWS_LEFT, convention.argument(ROWS_ARGUMENT)).bind(row);
        clearSums(SUM);
        fours(
                () -> multiply(BLOCK),
                () -> multiply(1),
                () -> a.loadMasked(0, REST, at(ROW)).multiplyAddMasked(SUM, REST, 0, at(FROM)));
        total(SUM);
        a.storeMasked(Memory.at(TO, 0), FIRST, SUM)
                .addConstant(TO, Float.BYTES)
                .add(FROM, convention.argument(STRIDE_ARGUMENT))
                .subtractConstant(ROWS_LEFT, 1)
                .jumpIfNotZero(row);
        convention.leave(a);
        return a.code();
    }

    private void multiply(int vectors) {
        for (int v = 0; v < vectors; v++) {
            a.load(v, at(ROW, v)).multiplyAdd(SUM + v, v, at(FROM, v));
        }
    }

    private byte[] sums() {
        begin();
        fours(() -> add(BLOCK), () -> add(1), () -> {
            a.loadMasked(SUM, REST, at(TO));
            eachRow(() -> a.multiplyAddMasked(SUM, REST, FACTORS, Memory.at(LINE, 0)));
            a.storeMasked(at(TO), REST, SUM);
        });
        convention.leave(a);
        return a.code();
    }

    private void add(int vectors) {
        for (int v = 0; v < vectors; v++) {
            a.load(SUM + v, at(TO, v));
        }
        eachRow(() -> {
            for (int v = 0; v < vectors; v++) {
                a.multiplyAdd(SUM + v, FACTORS, Memory.at(LINE, v * BYTES));
            }
        });
        for (int v = 0; v < vectors; v++) {
            a.store(at(TO, v), SUM + v);
        }
    }

    /** Writes something for each row of the matrix, with its element of the row in all lanes. */
    private void eachRow(Runnable step) {
        Label next = new Label();
        a.mov(FACTOR, ROW).lea(LINE, Memory.at(FROM, AT, 1, 0));
        a.mov(ROWS_LEFT, convention.argument(ROWS_ARGUMENT)).align(32).bind(next);
        a.broadcastFloat(FACTORS, Memory.at(FACTOR, 0));
        step.run();
        a.addConstant(FACTOR, Float.BYTES)
                .add(LINE, convention.argument(STRIDE_ARGUMENT))
                .subtractConstant(ROWS_LEFT, 1)
                .jumpIfNotZero(next);
    }
}
