package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R8;
import static dev.lathe.runtime.machine.Assembler.R9;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDX;

import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.VectorFunction.Kind;

/**
 * Writes the softmax of rows for AVX-512: a pass that scales, adds a mask and finds the greatest element, one that
 * calls the exponential as {@link FunctionCode} writes it, and one that divides by the sum.
 *
 * <p>The arguments: the addresses of three arrays, which have the elements, the results and the mask; how many bytes
 * from its address each begins; how many whole vectors a row has, a bit for each element behind them, and how many rows
 * there are; the bytes from row to row of the three; the factor, negative infinity and one; the addresses of the
 * exponential for one register and for four, and of its constants.
 */
final class SoftmaxCode extends RowCode {
    private static final int MASK = RDX;
    private static final int VECTORS_ARGUMENT = 6;
    private static final int REST_ARGUMENT = 7;
    private static final int ROWS_ARGUMENT = 8;
    private static final int FROM_STRIDE_ARGUMENT = 9;
    private static final int TO_STRIDE_ARGUMENT = 10;
    private static final int MASK_STRIDE_ARGUMENT = 11;
    private static final int FACTOR_ARGUMENT = 12;
    private static final int LEAST_ARGUMENT = 13;
    private static final int ONE_ARGUMENT = 14;
    private static final int EXP_ARGUMENT = 15;
    private static final int FOUR_EXP_ARGUMENT = 16;
    private static final int CONSTANTS_ARGUMENT = 17;

    // Vectors; the first four are what the exponential is called on.
    private static final int FACTOR = 16;
    private static final int GREATEST = 17;
    private static final int SUM = 18;

    private final boolean isMasked;

    private SoftmaxCode(Convention convention, boolean isMasked) {
        super(convention, VECTORS_ARGUMENT, REST_ARGUMENT);
        this.isMasked = isMasked;
    }

    static byte[] write(Convention convention, boolean isMasked) {
        return new SoftmaxCode(convention, isMasked).write();
    }

    private byte[] write() {
        Label row = new Label();
        convention.enter(a);
        a.add(FROM, RCX).add(TO, R8).add(MASK, R9);
        a.mov(FunctionCode.CONSTANTS, convention.argument(CONSTANTS_ARGUMENT));
        setRest();
        a.broadcastFloat(FACTOR, convention.argument(FACTOR_ARGUMENT));
        a.mov(ROWS_LEFT, convention.argument(ROWS_ARGUMENT)).bind(row);
        findGreatest();
        exponentials();
        divide();
        a.add(FROM, convention.argument(FROM_STRIDE_ARGUMENT)).add(TO, convention.argument(TO_STRIDE_ARGUMENT));
        a.add(MASK, convention.argument(MASK_STRIDE_ARGUMENT));
        a.subtractConstant(ROWS_LEFT, 1).jumpIfNotZero(row);
        convention.leave(a);
        return a.code();
    }

    /** A NaN need not be found: it makes the sum one. */
    private void findGreatest() {
        a.broadcastFloat(GREATEST, convention.argument(LEAST_ARGUMENT));
        each(
                () -> {
                    a.load(0, at(FROM)).operate(Kind.MULTIPLY, 0, 0, FACTOR);
                    if (isMasked) {
                        a.load(1, at(MASK)).addFloats(0, 0, 1);
                    }
                    a.store(at(TO), 0).greater(GREATEST, GREATEST, 0);
                },
                () -> {
                    a.loadMasked(0, REST, at(FROM)).operate(Kind.MULTIPLY, 0, 0, FACTOR);
                    if (isMasked) {
                        a.addFloatsMasked(0, REST, at(MASK));
                    }
                    a.storeMasked(at(TO), REST, 0).broadcastFloat(0, convention.argument(LEAST_ARGUMENT));
                    a.loadMerged(0, REST, at(TO)).greater(GREATEST, GREATEST, 0);
                });
        fold(GREATEST, Kind.GREATER);
    }

    private void exponentials() {
        clearSums(SUM);
        fours(() -> exponentials(BLOCK, FOUR_EXP_ARGUMENT), () -> exponentials(1, EXP_ARGUMENT), () -> {
            a.loadMasked(0, REST, at(TO)).operate(Kind.SUBTRACT, 0, 0, GREATEST);
            a.call(convention.argument(EXP_ARGUMENT)).storeMasked(at(TO), REST, 0);
            a.addFloatsMasked(SUM, REST, at(TO));
        });
        total(SUM);
    }

    private void exponentials(int vectors, int function) {
        for (int v = 0; v < vectors; v++) {
            a.load(v, at(TO, v)).operate(Kind.SUBTRACT, v, v, GREATEST);
        }
        a.call(convention.argument(function));
        for (int v = 0; v < vectors; v++) {
            a.store(at(TO, v), v).addFloats(SUM + v, SUM + v, v);
        }
    }

    private void divide() {
        a.broadcastFloat(SHUFFLED, convention.argument(ONE_ARGUMENT)).operate(Kind.DIVIDE, SUM, SHUFFLED, SUM);
        each(
                () -> a.load(0, at(TO)).operate(Kind.MULTIPLY, 0, 0, SUM).store(at(TO), 0),
                () -> a.loadMasked(0, REST, at(TO))
                        .operate(Kind.MULTIPLY, 0, 0, SUM)
                        .storeMasked(at(TO), REST, 0));
    }
}
