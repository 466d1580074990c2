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
import static dev.lathe.runtime.machine.Assembler.RSP;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.Assembler.Memory;

/**
 * Writes the functions that multiply a few rows by panels of two vectors of columns, of which each has some rows of a
 * matrix. The rows of the left operand are read where they are, and stay in a level-1 cache from panel to panel.
 */
final class PanelCode {
    /** What ends the steps of a panel. */
    static final int END = -1;

    private static final int VECTORS = 2;

    private static final int LEFT = RDI;
    private static final int PANEL = RSI;
    private static final int STARTS = RDX;
    private static final int RESULT = RCX;
    private static final int PATH = R8;
    private static final int LEFT_STRIDE = R9;
    private static final int FIRST_BEGIN_ARGUMENT = 6;
    private static final int RESULT_STRIDE_ARGUMENT = 11;
    private static final int PANELS_ARGUMENT = 12;

    /** The addresses of rows; the last of twelve takes the register of their distance. */
    private static final int[] ROWS = {RAX, RBX, RCX, RDX, RBP, R10, R11, R12, R13, R14, R15, R9};
    /** The place of an element in its row, or another number between two panels. */
    private static final int ELEMENT = RDI;

    private static final int[] SAVED = {RBX, RBP, R12, R13, R14, R15};

    // On the stack.
    private static final Memory PANELS_LEFT = Memory.at(RSP, 0);
    private static final Memory NEXT_STARTS = Memory.at(RSP, 8);
    private static final Memory NEXT_RESULT = Memory.at(RSP, 16);

    private final Convention convention;
    private final Form form;
    private final int rows;
    private final Assembler a;
    private int pushed;

    private PanelCode(Convention convention, Form form, int rows) {
        this.convention = convention;
        this.form = form;
        this.rows = rows;
        this.a = new Assembler(form);
    }

    /**
     * The function for so many rows, at most {@link TileCode#maxRows}, with sums in the order of the steps, rounded
     * once a step.
     *
     * <p>The arguments, in this order: the addresses of the left operand, of the panels, of what each column starts
     * from, of the result and of the steps; the bytes from row to row of the left operand; how many bytes from its
     * address each of the five begins; the bytes from row to row of the result; and the panels, one at least. A step is
     * the place of an element in its row, as an integer; {@link #END} is behind those of a panel.
     */
    static byte[] write(Convention convention, Form form, int rows) {
        return new PanelCode(convention, form, rows).panels();
    }

    private Memory argument(int number) {
        Memory m = convention.argument(number);
        return Memory.at(m.base(), m.displacement() + pushed);
    }

    private void push(int register) {
        a.push(register);
        pushed += 8;
    }

    private byte[] panels() {
        convention.enter(a);
        for (int saved : SAVED) {
            push(saved);
        }
        int[] arrays = {LEFT, PANEL, STARTS, RESULT, PATH};
        for (int i = 0; i < arrays.length; i++) {
            a.add(arrays[i], argument(FIRST_BEGIN_ARGUMENT + i));
        }
        push(RESULT);
        push(STARTS);
        a.mov(RAX, argument(PANELS_ARGUMENT));
        push(RAX);
        a.mov(ROWS[0], LEFT);
        for (int r = 1; r < rows; r++) {
            a.lea(ROWS[r], Memory.at(ROWS[r - 1], LEFT_STRIDE, 1, 0));
        }
        Label panel = new Label();
        Label step = new Label();
        Label end = new Label();
        a.align(32).bind(panel);
        start();
        nextElement();
        a.jumpIfNegative(end).align(32).bind(step);
        step();
        nextElement();
        a.jumpIfNotNegative(step).bind(end);
        store();
        a.mov(ELEMENT, PANELS_LEFT)
                .subtractConstant(ELEMENT, 1)
                .mov(PANELS_LEFT, ELEMENT)
                .jumpIfNotZero(panel);
        a.addConstant(RSP, 24);
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        convention.leave(a);
        return a.code();
    }

    private int sum(int row, int vector) {
        return row * VECTORS + vector;
    }

    private void start() {
        a.mov(ELEMENT, NEXT_STARTS);
        for (int v = 0; v < VECTORS; v++) {
            a.load(sum(0, v), Memory.at(ELEMENT, v * form.bytes()));
            for (int r = 1; r < rows; r++) {
                a.copy(sum(r, v), sum(0, v));
            }
        }
        a.addConstant(ELEMENT, VECTORS * form.bytes()).mov(NEXT_STARTS, ELEMENT);
    }

    private void nextElement() {
        a.movSigned(ELEMENT, Memory.at(PATH, 0)).addConstant(PATH, 4).test(ELEMENT);
    }

    private void step() {
        int panel = VECTORS * TileCode.maxRows(form);
        int first = panel + VECTORS;
        for (int v = 0; v < VECTORS; v++) {
            a.load(panel + v, Memory.at(PANEL, v * form.bytes()));
        }
        a.addConstant(PANEL, VECTORS * form.bytes());
        for (int r = 0; r < rows; r++) {
            int x = first + r % (form.registers - first);
            a.broadcastFloat(x, Memory.at(ROWS[r], ELEMENT, 4, 0));
            for (int v = 0; v < VECTORS; v++) {
                a.multiplyAdd(sum(r, v), x, panel + v);
            }
        }
    }

    private void store() {
        a.mov(ELEMENT, NEXT_RESULT);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < VECTORS; v++) {
                a.store(Memory.at(ELEMENT, v * form.bytes()), sum(r, v));
            }
            a.add(ELEMENT, argument(RESULT_STRIDE_ARGUMENT));
        }
        a.mov(ELEMENT, NEXT_RESULT).addConstant(ELEMENT, VECTORS * form.bytes()).mov(NEXT_RESULT, ELEMENT);
    }
}
