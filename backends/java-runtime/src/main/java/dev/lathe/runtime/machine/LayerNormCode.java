package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R8;
import static dev.lathe.runtime.machine.Assembler.R9;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDX;

import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.VectorFunction.Kind;

/**
 * Writes the layer normalization of rows for AVX-512: a pass for the mean, one for the variance, one for the results.
 *
 * <p>The arguments: the addresses of the elements, the results and the scale; how many bytes from its address each
 * begins; the address of the bias, and how many bytes from that it begins; how many whole vectors a row has, a bit for
 * each element behind them, and how many rows there are; the bytes from row to row; how many elements a row has, the
 * epsilon, and one, as floats.
 */
final class LayerNormCode extends RowCode {
    private static final int SCALE = RDX;
    private static final int BIAS = R8;
    private static final int BIAS_ARGUMENT = 6;
    private static final int VECTORS_ARGUMENT = 8;
    private static final int REST_ARGUMENT = 9;
    private static final int ROWS_ARGUMENT = 10;
    private static final int STRIDE_ARGUMENT = 11;
    private static final int LENGTH_ARGUMENT = 12;
    private static final int EPSILON_ARGUMENT = 13;
    private static final int ONE_ARGUMENT = 14;

    // Vectors.
    private static final int LENGTH = 15;
    private static final int MEAN = 16;
    private static final int FACTOR = 17;
    private static final int SUM = 18;

    private LayerNormCode(Convention convention) {
        super(convention, VECTORS_ARGUMENT, REST_ARGUMENT);
    }

    static byte[] write(Convention convention) {
        return new LayerNormCode(convention).write();
    }

    private byte[] write() {
        Label row = new Label();
        convention.enter(a);
        a.add(FROM, RCX).add(TO, R8).add(SCALE, R9);
        a.mov(BIAS, convention.argument(BIAS_ARGUMENT)).add(BIAS, convention.argument(BIAS_ARGUMENT + 1));
        setRest();
        a.broadcastFloat(LENGTH, convention.argument(LENGTH_ARGUMENT));
        a.mov(ROWS_LEFT, convention.argument(ROWS_ARGUMENT)).bind(row);
        mean();
        factor();
        results();
        a.add(FROM, convention.argument(STRIDE_ARGUMENT)).add(TO, convention.argument(STRIDE_ARGUMENT));
        a.subtractConstant(ROWS_LEFT, 1).jumpIfNotZero(row);
        convention.leave(a);
        return a.code();
    }

    private void mean() {
        clearSums(SUM);
        fours(() -> add(BLOCK), () -> add(1), () -> a.addFloatsMasked(SUM, REST, at(FROM)));
        total(SUM);
        a.operate(Kind.DIVIDE, MEAN, SUM, LENGTH);
    }

    private void add(int vectors) {
        for (int v = 0; v < vectors; v++) {
            a.load(v, at(FROM, v)).addFloats(SUM + v, SUM + v, v);
        }
    }

    /** One by the root of the variance. */
    private void factor() {
        clearSums(SUM);
        fours(() -> addSquares(BLOCK), () -> addSquares(1), () -> {
            // What is not there is the mean.
            a.copy(0, MEAN).loadMerged(0, REST, at(FROM));
            a.operate(Kind.SUBTRACT, 0, 0, MEAN).multiplyAdd(SUM, 0, 0);
        });
        total(SUM);
        a.operate(Kind.DIVIDE, SUM, SUM, LENGTH);
        a.broadcastFloat(SHUFFLED, convention.argument(EPSILON_ARGUMENT)).addFloats(SUM, SUM, SHUFFLED);
        a.squareRoot(SUM, SUM).broadcastFloat(SHUFFLED, convention.argument(ONE_ARGUMENT));
        a.operate(Kind.DIVIDE, FACTOR, SHUFFLED, SUM);
    }

    private void addSquares(int vectors) {
        for (int v = 0; v < vectors; v++) {
            a.load(v, at(FROM, v)).operate(Kind.SUBTRACT, v, v, MEAN).multiplyAdd(SUM + v, v, v);
        }
    }

    private void results() {
        each(
                () -> {
                    a.load(0, at(FROM)).load(1, at(SCALE)).load(2, at(BIAS));
                    result();
                    a.store(at(TO), 2);
                },
                () -> {
                    a.loadMasked(0, REST, at(FROM))
                            .loadMasked(1, REST, at(SCALE))
                            .loadMasked(2, REST, at(BIAS));
                    result();
                    a.storeMasked(at(TO), REST, 2);
                });
    }

    private void result() {
        a.operate(Kind.SUBTRACT, 0, 0, MEAN)
                .operate(Kind.MULTIPLY, 0, 0, FACTOR)
                .multiplyAdd(2, 0, 1);
    }
}
