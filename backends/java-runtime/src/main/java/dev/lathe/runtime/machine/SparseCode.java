package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R10;
import static dev.lathe.runtime.machine.Assembler.R11;
import static dev.lathe.runtime.machine.Assembler.R12;
import static dev.lathe.runtime.machine.Assembler.R13;
import static dev.lathe.runtime.machine.Assembler.R14;
import static dev.lathe.runtime.machine.Assembler.R15;
import static dev.lathe.runtime.machine.Assembler.R8;
import static dev.lathe.runtime.machine.Assembler.R9;
import static dev.lathe.runtime.machine.Assembler.RAX;
import static dev.lathe.runtime.machine.Assembler.RBP;
import static dev.lathe.runtime.machine.Assembler.RBX;
import static dev.lathe.runtime.machine.Assembler.RCX;
import static dev.lathe.runtime.machine.Assembler.RDI;
import static dev.lathe.runtime.machine.Assembler.RDX;
import static dev.lathe.runtime.machine.Assembler.RSI;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.Assembler.Memory;

/**
 * Writes the functions of products with matrices that are kept without their zeros. Of these a vector holds what
 * several rows of the left operand have in one column, so that an element of the matrix multiplies all of them.
 */
final class SparseCode {
    /** Columns of the matrix that are added up side by side. */
    static final int GROUP = 4;

    /** The scale of an address. */
    private static final int SCALE = 8;

    /** Floats of 128 bits. */
    private static final int QUARTER = 4;

    private final Convention convention;
    private final Form form;
    private final Assembler a;
    private int pushed;

    private SparseCode(Convention convention, Form form) {
        this.convention = convention;
        this.form = form;
        this.a = new Assembler(form);
    }

    /** How many vectors of rows the registers hold sums of, for each column of a group, beside its elements. */
    static int maxVectors(Form form) {
        return form == Form.EVEX ? 4 : 2;
    }

    /** From one row of the left operand, turned over, to the next, and from the sums of a column to the next. */
    static int strideBytes(Form form, int vectors) {
        return form.bytes() * Integer.highestOneBit(2 * vectors - 1);
    }

    private Memory argument(int number) {
        Memory m = convention.argument(number);
        return Memory.at(m.base(), m.displacement() + pushed);
    }

    private void save(int... registers) {
        for (int r : registers) {
            a.push(r);
            pushed += 8;
        }
    }

    private byte[] leave(int... registers) {
        for (int i = registers.length - 1; i >= 0; i--) {
            a.pop(registers[i]);
        }
        convention.leave(a);
        return a.code();
    }

    // What adds up groups of columns.

    private static final int LEFT = RDI;
    private static final int PLACES = RSI;
    private static final int VALUES = RDX;
    private static final int SUMS = RCX;
    private static final int ENDS = R8;
    private static final int ORDER = R9;
    private static final int END = R11;
    private static final int PLACE = R13;
    private static final int GROUPS = R14;
    private static final int ALL_VALUES = R15;
    private static final int[] COLUMNS = {RAX, RBX, RBP, R12};
    private static final int[] SAVED = {RBX, RBP, R12, R13, R14, R15};
    private static final int FIRST_BEGIN_ARGUMENT = 6;
    private static final int GROUPS_ARGUMENT = 12;

    /**
     * The function that adds groups of columns times so many vectors of rows to their sums, in the order of the
     * elements, rounded once an element.
     *
     * <p>The arguments, in this order: the addresses of the left operand, of the places of elements in it, the
     * elements, the sums, where the elements of each group end, and where the sums of each column are; how many bytes
     * from its address each of these begins; and the groups, one at least. Places are numbers of rows of the left
     * operand and of columns of the sums, which are {@link #strideBytes} apart; ends are in elements from the address.
     */
    static byte[] columns(Convention convention, Form form, int vectors) {
        return new SparseCode(convention, form).columns(vectors);
    }

    private byte[] columns(int vectors) {
        convention.enter(a);
        save(SAVED);
        a.mov(ALL_VALUES, VALUES);
        int[] arrays = {LEFT, PLACES, VALUES, SUMS, ENDS, ORDER};
        for (int i = 0; i < arrays.length; i++) {
            a.add(arrays[i], argument(FIRST_BEGIN_ARGUMENT + i));
        }
        a.mov(GROUPS, argument(GROUPS_ARGUMENT));
        Label group = new Label();
        Label element = new Label();
        Label done = new Label();
        int shift = Integer.numberOfTrailingZeros(strideBytes(form, vectors) / SCALE);
        a.align(32).bind(group);
        for (int c = 0; c < GROUP; c++) {
            a.movChar(COLUMNS[c], Memory.at(ORDER, 2 * c))
                    .shiftLeft(COLUMNS[c], shift)
                    .lea(COLUMNS[c], Memory.at(SUMS, COLUMNS[c], SCALE, 0));
        }
        a.addConstant(ORDER, 2 * GROUP);
        a.movSigned(END, Memory.at(ENDS, 0)).lea(END, Memory.at(ALL_VALUES, END, 4, 0));
        a.addConstant(ENDS, 4);
        for (int c = 0; c < GROUP; c++) {
            for (int v = 0; v < vectors; v++) {
                a.load(sum(c, v, vectors), Memory.at(COLUMNS[c], v * form.bytes()));
            }
        }
        a.compare(VALUES, END).jumpIfNotBelow(done).align(32).bind(element);
        for (int c = 0; c < GROUP; c++) {
            int x = GROUP * vectors + c;
            a.movChar(PLACE, Memory.at(PLACES, 2 * c))
                    .shiftLeft(PLACE, shift)
                    .broadcastFloat(x, Memory.at(VALUES, 4 * c));
            for (int v = 0; v < vectors; v++) {
                a.multiplyAdd(sum(c, v, vectors), x, Memory.at(LEFT, PLACE, SCALE, v * form.bytes()));
            }
        }
        a.addConstant(PLACES, 2 * GROUP)
                .addConstant(VALUES, 4 * GROUP)
                .compare(VALUES, END)
                .jumpIfBelow(element)
                .bind(done);
        for (int c = 0; c < GROUP; c++) {
            for (int v = 0; v < vectors; v++) {
                a.store(Memory.at(COLUMNS[c], v * form.bytes()), sum(c, v, vectors));
            }
        }
        a.subtractConstant(GROUPS, 1).jumpIfNotZero(group);
        return leave(SAVED);
    }

    private static int sum(int column, int vector, int vectors) {
        return column * vectors + vector;
    }

    /**
     * The function that sets the sums of columns, so many vectors of each, to what they start from.
     *
     * <p>The arguments: the addresses of the sums and of a value for each column, how many bytes from these each
     * begins, and the columns, one at least.
     */
    static byte[] fill(Convention convention, Form form, int vectors) {
        return new SparseCode(convention, form).fill(vectors);
    }

    private byte[] fill(int vectors) {
        int sums = RDI;
        int starts = RSI;
        int columns = R8;
        Label next = new Label();
        convention.enter(a);
        a.add(sums, RDX).add(starts, RCX).align(32).bind(next);
        a.broadcastFloat(0, Memory.at(starts, 0));
        for (int v = 0; v < vectors; v++) {
            a.store(Memory.at(sums, v * form.bytes()), 0);
        }
        a.addConstant(starts, 4)
                .addConstant(sums, strideBytes(form, vectors))
                .subtractConstant(columns, 1)
                .jumpIfNotZero(next);
        return leave();
    }

    // What turns rows over.

    private static final int FROM = RDI;
    private static final int TO = RSI;
    private static final int FROM_STRIDE = RDX;
    private static final int TO_STRIDE = RCX;
    private static final int STEPS = R8;
    private static final int FROM_STRIDE_3 = R10;
    private static final int TO_STRIDE_3 = R11;
    private static final int FROM_STEP = R12;
    private static final int TO_STEP = R13;
    private static final int SETS_LEFT = R14;
    private static final int SET_STRIDE = R15;
    private static final int SETS = RBP;
    /** The addresses of rows 0, 4, 8 and 12. */
    private static final int[] ROWS = {FROM, R9, RAX, RBX};

    private static final int TO_BEGIN_ARGUMENT = 6;
    private static final int SETS_ARGUMENT = 7;

    /**
     * The function that turns over sets of as many rows as a vector has lanes: four columns of all sets at a time, so
     * that what lies side by side in the result is written together.
     *
     * <p>The arguments: the addresses of the rows and of the result; the bytes from a row to the next, and from a
     * column to the next in the result; how many times four columns, one at least; how many bytes from its address
     * each of both begins; and the sets, one at least.
     */
    static byte[] turn(Convention convention, Form form) {
        return new SparseCode(convention, form).turn();
    }

    private byte[] turn() {
        int quarters = form.lanes / QUARTER;
        convention.enter(a);
        save(SAVED);
        a.lea(FROM_STEP, Memory.at(FROM, R9, 1, 0)).mov(TO_STEP, TO).add(TO_STEP, argument(TO_BEGIN_ARGUMENT));
        a.lea(FROM_STRIDE_3, Memory.at(FROM_STRIDE, FROM_STRIDE, 2, 0))
                .lea(TO_STRIDE_3, Memory.at(TO_STRIDE, TO_STRIDE, 2, 0));
        // Four rows for each quarter of a vector.
        a.mov(SET_STRIDE, FROM_STRIDE).shiftLeft(SET_STRIDE, Integer.numberOfTrailingZeros(form.lanes));
        a.mov(SETS, argument(SETS_ARGUMENT));
        Label step = new Label();
        Label set = new Label();
        a.bind(step).mov(FROM, FROM_STEP).mov(TO, TO_STEP).mov(SETS_LEFT, SETS);
        for (int q = 1; q < quarters; q++) {
            a.lea(ROWS[q], Memory.at(ROWS[q - 1], FROM_STRIDE, 4, 0));
        }
        a.align(32).bind(set);
        // A vector holds four columns of rows i, 4 + i, and so on; four of these are turned over in each 128 bits.
        for (int i = 0; i < QUARTER; i++) {
            a.loadQuarter(i, behind(ROWS[0], FROM_STRIDE, FROM_STRIDE_3, i));
            for (int q = 1; q < quarters; q++) {
                a.insertQuarter(i, i, behind(ROWS[q], FROM_STRIDE, FROM_STRIDE_3, i), q);
            }
        }
        a.unpackLow(4, 0, 1).unpackHigh(5, 0, 1).unpackLow(6, 2, 3).unpackHigh(7, 2, 3);
        a.shuffle(0, 4, 6, LOWER_TWO).shuffle(1, 4, 6, UPPER_TWO);
        a.shuffle(2, 5, 7, LOWER_TWO).shuffle(3, 5, 7, UPPER_TWO);
        for (int i = 0; i < QUARTER; i++) {
            a.store(behind(TO, TO_STRIDE, TO_STRIDE_3, i), i);
        }
        a.addConstant(TO, form.bytes());
        for (int q = 0; q < quarters; q++) {
            a.add(ROWS[q], SET_STRIDE);
        }
        a.subtractConstant(SETS_LEFT, 1).jumpIfNotZero(set);
        a.addConstant(FROM_STEP, 4 * QUARTER)
                .lea(TO_STEP, Memory.at(TO_STEP, TO_STRIDE, 4, 0))
                .subtractConstant(STEPS, 1)
                .jumpIfNotZero(step);
        return leave(SAVED);
    }

    private static final int LOWER_TWO = 0x44;
    private static final int UPPER_TWO = 0xEE;

    /** What is so many strides behind a register, from 0 to 3. */
    private static Memory behind(int base, int stride, int stride3, int number) {
        return switch (number) {
            case 0 -> Memory.at(base, 0);
            case 3 -> Memory.at(base, stride3, 1, 0);
            default -> Memory.at(base, stride, number, 0);
        };
    }
}
