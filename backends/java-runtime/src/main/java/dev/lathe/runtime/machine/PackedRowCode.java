package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R10;
import static dev.lathe.runtime.machine.Assembler.R11;
import static dev.lathe.runtime.machine.Assembler.R12;
import static dev.lathe.runtime.machine.Assembler.R13;
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
 * Writes the product of one row with panels of packed columns. A multiply-add waits for the one before it, and a panel
 * has but two vectors of sums, so several panels are multiplied side by side.
 *
 * <p>The arguments: the addresses of the row, the panels, what each column starts from, and the results; the bytes from
 * panel to panel; the depth; how many bytes from its address each of the four begins; and how many times the panels
 * that are side by side are multiplied, one behind the other: one at least.
 */
final class PackedRowCode {
    /** The most panels side by side: with their sums a processor is never idle. */
    static final int MOST = 4;

    private static final int VECTORS = 2;
    private static final int UNROLL = 4;

    private static final int ROW = RDI;
    private static final int STARTS = RDX;
    private static final int RESULT = RCX;
    private static final int PANEL_BYTES = R8;
    private static final int DEPTH = R9;
    private static final int FIRST_BEGIN_ARGUMENT = 6;
    private static final int TIMES_ARGUMENT = 10;
    private static final int[] PANELS = {RSI, R10, R11, RBP};
    /** The place in a panel in bytes. */
    private static final int AT = RBX;
    /** The address of an element of the row. */
    private static final int ELEMENT = R12;

    private static final int TIMES_LEFT = R13;
    private static final int STEPS_LEFT = RAX;
    private static final int[] SAVED = {RBX, RBP, R12, R13};

    private final Convention convention;
    private final Form form;
    private final int panels;
    private final Assembler a;

    private PackedRowCode(Convention convention, Form form, int panels) {
        this.convention = convention;
        this.form = form;
        this.panels = panels;
        this.a = new Assembler(form);
    }

    /** The function for so many panels side by side, with sums in the order of the depth, rounded once a step. */
    static byte[] write(Convention convention, Form form, int panels) {
        return new PackedRowCode(convention, form, panels).write();
    }

    private Memory argument(int number) {
        Memory m = convention.argument(number);
        return Memory.at(m.base(), m.displacement() + 8 * SAVED.length);
    }

    private byte[] write() {
        Label next = new Label();
        convention.enter(a);
        for (int saved : SAVED) {
            a.push(saved);
        }
        int[] arrays = {ROW, PANELS[0], STARTS, RESULT};
        for (int i = 0; i < arrays.length; i++) {
            a.add(arrays[i], argument(FIRST_BEGIN_ARGUMENT + i));
        }
        a.mov(TIMES_LEFT, argument(TIMES_ARGUMENT)).bind(next);
        for (int p = 1; p < panels; p++) {
            a.lea(PANELS[p], Memory.at(PANELS[p - 1], PANEL_BYTES, 1, 0));
        }
        int width = VECTORS * form.bytes();
        eachSum((sum, at) -> a.load(sum, Memory.at(STARTS, at)));
        multiply();
        eachSum((sum, at) -> a.store(Memory.at(RESULT, at), sum));
        a.addConstant(STARTS, panels * width).addConstant(RESULT, panels * width);
        a.lea(PANELS[0], Memory.at(PANELS[panels - 1], PANEL_BYTES, 1, 0));
        a.subtractConstant(TIMES_LEFT, 1).jumpIfNotZero(next);
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        convention.leave(a);
        return a.code();
    }

    private interface Sum {
        void write(int register, int bytes);
    }

    private void eachSum(Sum step) {
        for (int sum = 0; sum < VECTORS * panels; sum++) {
            step.write(sum, sum * form.bytes());
        }
    }

    private void multiply() {
        Label main = new Label();
        Label rest = new Label();
        Label one = new Label();
        Label end = new Label();
        a.clear(AT).mov(ELEMENT, ROW).mov(STEPS_LEFT, DEPTH);
        a.subtractConstant(STEPS_LEFT, UNROLL).jumpIfNegative(rest).align(32).bind(main);
        steps(UNROLL);
        a.subtractConstant(STEPS_LEFT, UNROLL).jumpIfNotNegative(main);
        a.bind(rest).addConstant(STEPS_LEFT, UNROLL).jumpIfZero(end).bind(one);
        steps(1);
        a.subtractConstant(STEPS_LEFT, 1).jumpIfNotZero(one).bind(end);
    }

    private void steps(int n) {
        int width = VECTORS * form.bytes();
        for (int step = 0; step < n; step++) {
            int x = VECTORS * MOST + step;
            a.broadcastFloat(x, Memory.at(ELEMENT, step * Float.BYTES));
            for (int p = 0; p < panels; p++) {
                for (int v = 0; v < VECTORS; v++) {
                    Memory columns = Memory.at(PANELS[p], AT, 1, step * width + v * form.bytes());
                    a.multiplyAdd(VECTORS * p + v, x, columns);
                }
            }
        }
        a.addConstant(AT, n * width).addConstant(ELEMENT, n * Float.BYTES);
    }
}
