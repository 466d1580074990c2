package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R10;
import static dev.lathe.runtime.machine.Assembler.R11;
import static dev.lathe.runtime.machine.Assembler.RAX;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDI;
import static dev.lathe.runtime.machine.Assembler.RSI;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.Assembler.Memory;
import dev.lathe.runtime.machine.VectorFunction.Kind;

/**
 * What functions on rows of floats have in common, for AVX-512: passes over whole vectors and over the elements behind
 * them, and what all lanes are together. Their first two arguments are the addresses of the elements and of the
 * results; two tell how many whole vectors a row has, and a bit for each element behind them.
 */
class RowCode {
    static final int FROM = RDI;
    static final int TO = RSI;
    /** The place in the row in bytes. */
    static final int AT = RCX;

    private static final int LEFT = R10;
    static final int ROWS_LEFT = R11;
    /** The mask of the last elements. */
    static final int REST = 1;
    /** A vector that {@link #fold} uses. */
    static final int SHUFFLED = 22;
    /** Vectors of a turn of {@link #fours}. */
    static final int BLOCK = 4;

    static final int BYTES = Form.EVEX.bytes();

    final Assembler a = new Assembler(Form.EVEX);
    final Convention convention;
    private final int vectorsArgument;
    private final int restArgument;

    RowCode(Convention convention, int vectorsArgument, int restArgument) {
        this.convention = convention;
        this.vectorsArgument = vectorsArgument;
        this.restArgument = restArgument;
    }

    static Memory at(int array) {
        return at(array, 0);
    }

    /** So many vectors behind. */
    static Memory at(int array, int vectors) {
        return Memory.at(array, AT, 1, vectors * BYTES);
    }

    void setRest() {
        a.mov(RAX, convention.argument(restArgument)).setMask(REST, RAX);
    }

    /** Writes something for each whole vector, then something else for a rest. */
    void each(Runnable vector, Runnable rest) {
        Label next = new Label();
        Label last = new Label();
        a.clear(AT).mov(LEFT, convention.argument(vectorsArgument));
        a.addConstant(LEFT, 0).jumpIfZero(last).bind(next);
        vector.run();
        a.addConstant(AT, BYTES).subtractConstant(LEFT, 1).jumpIfNotZero(next).bind(last);
        rest(rest);
    }

    /** As {@link #each}, with something for four vectors at a time. */
    void fours(Runnable four, Runnable vector, Runnable rest) {
        Label turn = new Label();
        Label few = new Label();
        Label one = new Label();
        Label last = new Label();
        a.clear(AT).mov(LEFT, convention.argument(vectorsArgument));
        a.subtractConstant(LEFT, BLOCK).jumpIfNegative(few).bind(turn);
        four.run();
        a.addConstant(AT, BLOCK * BYTES).subtractConstant(LEFT, BLOCK).jumpIfNotNegative(turn);
        a.bind(few).addConstant(LEFT, BLOCK).jumpIfZero(last).bind(one);
        vector.run();
        a.addConstant(AT, BYTES).subtractConstant(LEFT, 1).jumpIfNotZero(one).bind(last);
        rest(rest);
    }

    private void rest(Runnable rest) {
        Label end = new Label();
        a.mov(RAX, convention.argument(restArgument)).addConstant(RAX, 0).jumpIfZero(end);
        rest.run();
        a.bind(end);
    }

    /** Four sums of nothing. */
    void clearSums(int sum) {
        for (int v = 0; v < BLOCK; v++) {
            a.operate(Kind.XOR, sum + v, sum + v, sum + v);
        }
    }

    /** The sum of four vectors, in all lanes of the first. */
    void total(int sum) {
        a.addFloats(sum, sum, sum + 1).addFloats(sum + 2, sum + 2, sum + 3).addFloats(sum, sum, sum + 2);
        fold(sum, Kind.ADD);
    }

    /** Makes all lanes what they are together: by halves, quarters, pairs and neighbours. */
    void fold(int x, Kind kind) {
        a.shuffleQuarters(SHUFFLED, x, x, 0x4E).operate(kind, x, x, SHUFFLED);
        a.shuffleQuarters(SHUFFLED, x, x, 0xB1).operate(kind, x, x, SHUFFLED);
        a.shuffle(SHUFFLED, x, x, 0x4E).operate(kind, x, x, SHUFFLED);
        a.shuffle(SHUFFLED, x, x, 0xB1).operate(kind, x, x, SHUFFLED);
    }
}
