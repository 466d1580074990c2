package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.Assembler.Memory;
import dev.lathe.runtime.machine.VectorFunction.Kind;
import dev.lathe.runtime.machine.VectorFunction.Operation;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link VectorFunction} for AVX-512 as something that tiles call on the sums in their registers: one register
 * behind the other, down to the first. The sums of a tile are in the first registers, so it is entered where the last
 * of them has its turn. The last eight registers are free, and {@link #CONSTANTS} has the address of the constants,
 * {@link #COLUMNS} that of the columns' numbers: two vectors of the first, then of the next. Mask k3 and no other
 * register changes.
 */
final class FunctionCode {
    /** Sums of the largest tile. */
    static final int MOST = 24;
    /** Where the constants are. */
    static final int CONSTANTS = Assembler.R9;

    /** Where the numbers of columns are. */
    static final int COLUMNS = Assembler.R11;

    private static final int NUMBERS = 3;

    private static final int FREE = Form.EVEX.registers - MOST;

    private final Assembler a = new Assembler(Form.EVEX);
    private final VectorFunction function;
    /** For each value the last operation that reads it. */
    private final int[] lastUse;
    /** The register of each value. */
    private final int[] place;

    private final boolean[] taken = new boolean[FREE];
    /** Of its row the present register is this one. */
    private int vector;

    private FunctionCode(VectorFunction function) {
        this.function = function;
        int n = function.operations().size();
        lastUse = new int[n + 1];
        place = new int[n + 1];
        for (int i = 0; i < n; i++) {
            Operation op = function.operations().get(i);
            for (int k = 0; k < op.kind().operands(); k++) {
                if (op.operand(k) >= 0) {
                    lastUse[op.operand(k)] = i;
                }
            }
        }
    }

    /**
     * The code.
     *
     * @param entries where it is entered with so many registers of sums, of rows of one vector and of two; the first
     *     is not used
     */
    record Code(byte[] bytes, int[][] entries) {}

    /** Null if the function has more values at a time than there are registers for. */
    static @Nullable Code write(VectorFunction function) {
        FunctionCode code = new FunctionCode(function);
        int[] ofOne = code.entries(1);
        int[] ofTwo = ofOne == null || function.columns() == 0 ? ofOne : code.entries(2);
        return ofOne == null || ofTwo == null ? null : new Code(code.a.code(), new int[][] {ofOne, ofTwo});
    }

    /** Of rows of so many vectors. */
    private int @Nullable [] entries(int vectors) {
        int[] entries = new int[MOST + 1];
        for (int register = MOST - 1; register >= 0; register--) {
            entries[register + 1] = a.size();
            vector = register % vectors;
            if (!apply(register)) {
                return null;
            }
        }
        a.ret();
        return entries;
    }

    private boolean apply(int register) {
        Arrays.fill(taken, false);
        place[0] = register;
        int n = function.operations().size();
        for (int i = 0; i < n; i++) {
            Operation op = function.operations().get(i);
            int to = overwritten(op, i);
            if (to < 0) {
                int free = 0;
                while (free < FREE && taken[free]) {
                    free++;
                }
                if (free == FREE) {
                    return false;
                }
                to = MOST + free;
            }
            write(op, to);
            place[i + 1] = to;
            for (int v = 1; v <= i; v++) {
                if (lastUse[v] == i) {
                    taken[place[v] - MOST] = false;
                }
            }
            taken[to - MOST] = true;
        }
        a.copy(register, place[n]);
        return true;
    }

    /** The register of an operand that an operation is the last to read, and may replace; -1 if there is none. */
    private int overwritten(Operation op, int number) {
        if (op.kind() != Kind.MULTIPLY_ADD) {
            return -1;
        }
        int x = replaced(op);
        boolean once = (op.a() == x ? 1 : 0) + (op.b() == x ? 1 : 0) + (op.c() == x ? 1 : 0) == 1;
        return x > 0 && once && lastUse[x] == number ? place[x] : -1;
    }

    /** What a multiply-add replaces: a factor where only the addend is memory, else the addend. */
    private static int replaced(Operation op) {
        return op.a() >= 0 && op.b() >= 0 && op.c() < 0 ? op.a() : op.c();
    }

    private void write(Operation op, int to) {
        switch (op.kind()) {
            case MULTIPLY_ADD -> multiplyAdd(op, to);
            case ROUND -> a.round(to, place[op.a()]);
            case NUMBER -> a.findNumbers(NUMBERS, place[op.a()]).copyMasked(to, NUMBERS, place[op.a()]);
            case COLUMN -> a.load(to, Memory.at(COLUMNS, (2 * op.a() + vector) * Form.EVEX.bytes()));
            default -> operate(op, to);
        }
    }

    private void operate(Operation op, int to) {
        int first = op.a() < 0 ? to : place[op.a()];
        if (op.a() < 0) {
            a.broadcastFloat(to, constant(op.a()));
        }
        if (op.b() < 0) {
            a.operate(op.kind(), to, first, constant(op.b()));
        } else {
            a.operate(op.kind(), to, first, place[op.b()]);
        }
    }

    /** One of three instructions' operands may be memory, and what is written is read, too. */
    private void multiplyAdd(Operation op, int to) {
        int x = replaced(op);
        if (x < 0 || place[x] != to) {
            put(x, to);
        }
        if (x != op.c()) {
            a.multiplyAddTo(to, place[op.b()], constant(op.c()));
        } else if (op.a() < 0) {
            a.multiplyAddBroadcast(to, place[op.b()], constant(op.a()));
        } else if (op.b() < 0) {
            a.multiplyAddBroadcast(to, place[op.a()], constant(op.b()));
        } else {
            a.multiplyAdd(to, place[op.a()], place[op.b()]);
        }
    }

    private void put(int operand, int to) {
        if (operand < 0) {
            a.broadcastFloat(to, constant(operand));
        } else {
            a.copy(to, place[operand]);
        }
    }

    private static Memory constant(int operand) {
        return Memory.at(CONSTANTS, 4 * (-1 - operand));
    }
}
