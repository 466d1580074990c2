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
import java.util.EnumMap;
import java.util.Map;

/**
 * Writes the tiles of one kind: for one vector of columns and for two, and for each number of rows, a function whose
 * sums are in registers all along. All kinds are the same loop, for a step reads 32 bits of each row in any case: a
 * float, two brain floats or four bytes.
 *
 * <p>The arguments of a function, in this order: the addresses of four arrays, which have the rows, the panel, what
 * each column starts from, and the result; the bytes from row to row, and the steps; how many bytes from its address
 * each of the four begins; the bytes from row to row of the result; the columns to store, a bit for each; the address
 * of an integer for each row, and how many bytes from it that begins: where the row is, or, of bytes, what it starts
 * from; the address of the path; how many tiles there are, one behind the other, of straight rows; what is done to sums
 * before they are stored, as bits: an addition, a function, and bounds; the address of what is added, how many bytes
 * from it that begins, and the bytes from row to row of it; and the least and the greatest result, with what is added
 * before: a zero that makes a negative zero positive if the least result is zero; how many bytes from the address of
 * the panel what is needed next begins, of which tiles of straight rows fetch a quarter each, or a half or all of a
 * panel, which two more bits of what is done ask for; and the addresses of the
 * function, as {@link FunctionCode} writes it, and of its constants, and of the numbers of columns, with how many bytes
 * from it those of the panel begin; and of straight rows, how many lines each has, one at least, of so many steps, and
 * the bytes from the end of a line to the next. Nothing is done to sums in 256 bits.
 */
final class TileCode {
    /** What is multiplied. */
    enum Kind {
        /** Floats, each sum in the order of the depth, rounded once a step ({@code vfmadd231ps}). */
        FLOATS,
        /** Bytes without sign times bytes with sign, summed as integers and stored as floats ({@code vpdpbusd}). */
        BYTES,
        /** Brain floats, summed as floats ({@code vdpbf16ps}). */
        HALVES
    }

    /** How a tile walks along its rows. */
    enum Walk {
        /** Rows so many bytes apart, in lines that are also so many bytes apart, element after element. */
        STRAIGHT,
        /** Rows anywhere, each from where its integer says, along a path of elements. */
        ALONG
    }

    /** Steps of one turn of the main loop. */
    private static final int UNROLL = 4;
    /** Bytes of a line of a cache. */
    private static final int LINE = 64;
    /** The bytes that a step takes of each row. */
    private static final int STEP = 4;

    // The registers of the arguments, and what follows from them.
    private static final int PANEL = RSI;
    private static final int STARTS = RDX;
    private static final int RESULT = RCX;
    private static final int STRIDE = R8;
    private static final int STEPS = R9;
    /** The addresses of rows 0, 3, 6 and 9: the two behind each are one and two strides away. */
    private static final int[] ROWS = {RDI, R10, R11, RAX};

    private static final int FIRST_BEGIN_ARGUMENT = 6;
    private static final int RESULT_STRIDE_ARGUMENT = 10;
    private static final int COLUMNS_ARGUMENT = 11;
    private static final int INTEGERS_ARGUMENT = 12;
    private static final int PATH_ARGUMENT = 14;
    private static final int TILES_ARGUMENT = 15;
    private static final int END_ARGUMENT = 16;
    private static final int ADDEND_ARGUMENT = 17;
    private static final int ADDEND_STRIDE_ARGUMENT = 19;
    private static final int LEAST_ARGUMENT = 20;
    private static final int GREATEST_ARGUMENT = 21;
    private static final int ZERO_ARGUMENT = 22;
    private static final int NEXT_ARGUMENT = 23;
    private static final int FUNCTION_ARGUMENT = 24;
    private static final int CONSTANTS_ARGUMENT = 25;
    private static final int NUMBERS_ARGUMENT = 26;
    private static final int LINES_ARGUMENT = 28;
    private static final int LINE_GAP_ARGUMENT = 29;
    // Registers that are free again behind the loop.
    private static final int RESULT_STRIDE = R10;
    private static final int ROW_STARTS = R11;

    // What the bits of what is done to sums mean; they are looked at in this order.
    static final int ADDS = 1;
    static final int APPLIES = 2;
    static final int CUTS = 4;
    /** Each tile fetches a half of a panel. */
    static final int FETCHES_HALF = 8;
    /** Each tile fetches a panel. */
    static final int FETCHES_ALL = 16;

    private final Kind kind;
    private final Form form;
    private final Convention convention;
    private final Assembler a;
    private final Map<Walk, int[][]> entries = new EnumMap<>(Walk.class);
    /** Bytes on the stack between here and what {@link Convention#enter} has put there. */
    private int pushed;

    private TileCode(Kind kind, Form form, Convention convention) {
        this.kind = kind;
        this.form = form;
        this.convention = convention;
        this.a = new Assembler(form);
    }

    /**
     * The code of all tiles of a kind.
     *
     * @param bytes the code
     * @param entries where the tiles of a walk begin, of so many vectors and rows
     */
    record Tiles(byte[] bytes, Map<Walk, int[][]> entries) {}

    static Tiles write(Kind kind, Form form, Convention convention) {
        TileCode code = new TileCode(kind, form, convention);
        Label shifts = new Label();
        // No kernel walks along bytes or brain floats otherwise.
        Walk[] walks = kind == Kind.FLOATS ? Walk.values() : new Walk[] {Walk.STRAIGHT};
        for (Walk walk : walks) {
            int[][] entries = new int[3][maxRows(form) + 1];
            code.entries.put(walk, entries);
            for (int vectors = 1; vectors <= 2; vectors++) {
                for (int rows = 1; rows <= maxRows(form); rows++) {
                    code.a.align(64);
                    entries[vectors][rows] = code.a.size();
                    code.tile(walk, rows, vectors, shifts);
                }
            }
        }
        if (form == Form.VEX) {
            code.shifts(shifts);
        }
        return new Tiles(code.a.code(), code.entries);
    }

    /** How many rows of two vectors the registers hold, beside two vectors of the panel and elements of rows. */
    static int maxRows(Form form) {
        return form == Form.EVEX ? 12 : 6;
    }

    private int sum(int row, int vector, int vectors) {
        return row * vectors + vector;
    }

    // The registers of a walk along a path. The rows take all that are left; some are the caller's.
    private static final int[] SAVED = {RBX, RBP, R12, R13, R14, R15};
    private static final int[] STARTS_OF_ROWS = {RAX, RBX, RCX, RDX, RBP, R9, R11, R12, R13, R14, R15, R10};
    private static final int INTEGERS = R10;
    private static final int PATH = R8;
    private static final int ELEMENT = RDI;

    /** The registers behind the sums: those of the panel first. */
    private int panel(int vector) {
        return 2 * maxRows(form) + vector;
    }

    /** A register for an element of a row; where there are several they take turns. */
    private int element(int row) {
        int first = 2 * maxRows(form) + 2;
        return first + row % (form.registers - first);
    }

    private Memory argument(int number) {
        Memory m = convention.argument(number);
        return Memory.at(m.base(), m.displacement() + pushed);
    }

    private void push(int register) {
        a.push(register);
        pushed += 8;
    }

    // The registers that go from tile to tile of straight rows; they are the caller's.
    private static final int FIRST_ROW = RBX;
    private static final int WHOLE_PANEL = RBP;
    private static final int ALL_STEPS = R12;
    private static final int TILES_LEFT = R13;
    private static final int ADDED = R14;
    private static final int FETCHED = R15;
    private static final int[] KEPT = {FIRST_ROW, WHOLE_PANEL, ALL_STEPS, TILES_LEFT, ADDED, FETCHED};
    /** What is on top of the stack there. */
    private static final Memory LINES_LEFT = Memory.at(RSP, 0);

    private void tile(Walk walk, int rows, int vectors, Label shifts) {
        pushed = 0;
        convention.enter(a);
        boolean straight = walk == Walk.STRAIGHT;
        if (straight) {
            for (int kept : KEPT) {
                push(kept);
            }
            a.mov(FETCHED, PANEL).add(FETCHED, argument(NEXT_ARGUMENT));
        }
        int[] arrays = {ROWS[0], PANEL, STARTS, RESULT};
        for (int i = 0; i < arrays.length; i++) {
            a.add(arrays[i], argument(FIRST_BEGIN_ARGUMENT + i));
        }
        Label next = new Label();
        if (straight) {
            a.mov(FIRST_ROW, ROWS[0]).mov(WHOLE_PANEL, PANEL).mov(ALL_STEPS, STEPS);
            a.mov(TILES_LEFT, argument(TILES_ARGUMENT));
            added(ADDED);
            push(STEPS);
            a.bind(next).mov(ROWS[0], argument(LINES_ARGUMENT)).mov(LINES_LEFT, ROWS[0]);
            a.mov(ROWS[0], FIRST_ROW).mov(PANEL, WHOLE_PANEL).mov(STEPS, ALL_STEPS);
        }
        for (int v = 0; v < vectors; v++) {
            a.load(sum(0, v, vectors), Memory.at(STARTS, v * form.bytes()));
            for (int r = 1; r < rows; r++) {
                a.copy(sum(r, v, vectors), sum(0, v, vectors));
            }
        }
        switch (walk) {
            case STRAIGHT -> {
                int groups = Math.ceilDiv(rows, 3);
                for (int g = 1; g < groups; g++) {
                    a.lea(ROWS[g], Memory.at(ROWS[g - 1], STRIDE, 2, 0)).add(ROWS[g], STRIDE);
                }
                lines(rows, vectors, groups);
            }
            case ALONG -> {
                along(rows, vectors);
                added(PANEL);
            }
        }
        a.mov(RESULT_STRIDE, argument(RESULT_STRIDE_ARGUMENT));
        if (kind == Kind.BYTES) {
            toFloats(rows, vectors);
        }
        if (form == Form.EVEX) {
            masks(vectors);
            end(rows, vectors, straight ? ADDED : PANEL);
            storeMasked(rows, vectors);
        } else {
            storeWhere(rows, vectors, shifts);
        }
        if (straight) {
            for (int bit = 8; bit > 0; bit /= 2) {
                if ((rows & bit) != 0) {
                    a.lea(FIRST_ROW, Memory.at(FIRST_ROW, STRIDE, bit, 0));
                }
            }
            a.subtractConstant(TILES_LEFT, 1).jumpIfNotZero(next);
            a.addConstant(RSP, 8);
            for (int i = KEPT.length - 1; i >= 0; i--) {
                a.pop(KEPT[i]);
            }
        }
        convention.leave(a);
    }

    /** Where what is added to the sums begins. */
    private void added(int register) {
        a.mov(register, argument(ADDEND_ARGUMENT)).add(register, argument(ADDEND_ARGUMENT + 1));
    }

    /** What is done to sums before they are stored: an addition, a function, bounds, as the bits of an argument say. */
    private void end(int rows, int vectors, int added) {
        Label function = new Label();
        Label bounds = new Label();
        Label done = new Label();
        a.mov(RAX, argument(END_ARGUMENT)).shiftRight(RAX, 1).jumpIfNotBelow(function);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                a.addFloatsMasked(sum(r, v, vectors), 1 + v, Memory.at(added, v * form.bytes()));
            }
            a.add(added, argument(ADDEND_STRIDE_ARGUMENT));
        }
        a.bind(function).shiftRight(RAX, 1).jumpIfNotBelow(bounds);
        a.mov(FunctionCode.CONSTANTS, argument(CONSTANTS_ARGUMENT))
                .mov(FunctionCode.COLUMNS, argument(NUMBERS_ARGUMENT))
                .add(FunctionCode.COLUMNS, argument(NUMBERS_ARGUMENT + 1))
                .call(argument(FUNCTION_ARGUMENT));
        a.bind(bounds).shiftRight(RAX, 1).jumpIfNotBelow(done);
        int least = panel(0);
        int greatest = panel(1);
        int zero = element(0);
        a.broadcastFloat(least, argument(LEAST_ARGUMENT))
                .broadcastFloat(greatest, argument(GREATEST_ARGUMENT))
                .broadcastFloat(zero, argument(ZERO_ARGUMENT));
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                // Of two zeros, and if one is NaN, these instructions give the second.
                int s = sum(r, v, vectors);
                a.addFloats(s, s, zero).greater(s, least, s).less(s, greatest, s);
            }
        }
        a.bind(done);
    }

    /** The loop along a path from rows that start where integers say. */
    private void along(int rows, int vectors) {
        for (int saved : SAVED) {
            push(saved);
        }
        push(RESULT);
        // The end of the path goes to the top of the stack.
        a.mov(PATH, argument(PATH_ARGUMENT)).lea(STEPS, Memory.at(PATH, STEPS, 4, 0));
        push(STEPS);
        a.mov(INTEGERS, argument(INTEGERS_ARGUMENT)).add(INTEGERS, argument(INTEGERS_ARGUMENT + 1));
        for (int r = 0; r < rows; r++) {
            // The last of twelve takes the register of the integers themselves.
            int row = STARTS_OF_ROWS[r];
            a.movSigned(row, Memory.at(INTEGERS, 4 * r)).lea(row, Memory.at(ROWS[0], row, 4, 0));
        }
        Label end = new Label();
        Label step = new Label();
        Memory pathEnd = Memory.at(RSP, 0);
        a.compare(PATH, pathEnd).jumpIfNotBelow(end).align(32).bind(step);
        stepAlong(rows, vectors);
        a.compare(PATH, pathEnd).jumpIfBelow(step).bind(end);
        a.addConstant(RSP, 8).pop(RESULT);
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        pushed = 0;
    }

    /** A step of a path, of which each row has an element. */
    private void stepAlong(int rows, int vectors) {
        a.movSigned(ELEMENT, Memory.at(PATH, 0));
        for (int v = 0; v < vectors; v++) {
            a.load(panel(v), Memory.at(PANEL, v * form.bytes()));
        }
        for (int r = 0; r < rows; r++) {
            multiplyAdd(r, vectors, Memory.at(STARTS_OF_ROWS[r], ELEMENT, 4, 0));
        }
        a.addConstant(PANEL, 2 * form.bytes()).addConstant(PATH, 4);
    }

    private void lines(int rows, int vectors, int groups) {
        Label line = new Label();
        Label end = new Label();
        a.bind(line);
        loop(rows, vectors, groups);
        a.mov(STEPS, LINES_LEFT).subtractConstant(STEPS, 1).jumpIfZero(end).mov(LINES_LEFT, STEPS);
        for (int g = 0; g < groups; g++) {
            a.add(ROWS[g], argument(LINE_GAP_ARGUMENT));
        }
        a.mov(STEPS, ALL_STEPS).jump(line).bind(end);
    }

    private void loop(int rows, int vectors, int groups) {
        Label main = new Label();
        Label rest = new Label();
        Label one = new Label();
        Label end = new Label();
        a.subtractConstant(STEPS, UNROLL).jumpIfNegative(rest).align(32).bind(main);
        // A step of the panel is a quarter of what the turn takes.
        Label fetched = new Label();
        fetch(1);
        a.testBits(argument(END_ARGUMENT), FETCHES_HALF | FETCHES_ALL).jumpIfZero(fetched);
        fetch(1);
        a.testBits(argument(END_ARGUMENT), FETCHES_ALL).jumpIfZero(fetched);
        fetch(2);
        a.bind(fetched);
        steps(UNROLL, rows, vectors, groups);
        a.subtractConstant(STEPS, UNROLL).jumpIfNotNegative(main);
        a.bind(rest).addConstant(STEPS, UNROLL).jumpIfZero(end).bind(one);
        steps(1, rows, vectors, groups);
        a.subtractConstant(STEPS, 1).jumpIfNotZero(one).bind(end);
    }

    /** Fetches what so many steps take of a panel. */
    private void fetch(int steps) {
        for (int at = 0; at < 2 * steps * form.bytes(); at += LINE) {
            a.prefetch(Memory.at(FETCHED, at));
        }
        a.addConstant(FETCHED, 2 * steps * form.bytes());
    }

    private void steps(int n, int rows, int vectors, int groups) {
        int panelStep = 2 * form.bytes();
        for (int step = 0; step < n; step++) {
            for (int v = 0; v < vectors; v++) {
                a.load(panel(v), Memory.at(PANEL, step * panelStep + v * form.bytes()));
            }
            for (int r = 0; r < rows; r++) {
                int base = ROWS[r / 3];
                int behind = r % 3;
                Memory from = behind == 0 ? Memory.at(base, step * STEP) : Memory.at(base, STRIDE, behind, step * STEP);
                multiplyAdd(r, vectors, from);
            }
        }
        a.addConstant(PANEL, n * panelStep);
        for (int g = 0; g < groups; g++) {
            a.addConstant(ROWS[g], n * STEP);
        }
    }

    private void multiplyAdd(int row, int vectors, Memory from) {
        int x = element(row);
        if (kind == Kind.FLOATS) {
            a.broadcastFloat(x, from);
        } else {
            a.broadcastInt(x, from);
        }
        for (int v = 0; v < vectors; v++) {
            int s = sum(row, v, vectors);
            switch (kind) {
                case FLOATS -> a.multiplyAdd(s, x, panel(v));
                case BYTES -> a.multiplyAddBytes(s, x, panel(v));
                case HALVES -> a.multiplyAddHalves(s, x, panel(v));
            }
        }
    }

    /** Adds what each row starts from, and converts. */
    private void toFloats(int rows, int vectors) {
        a.mov(ROW_STARTS, argument(INTEGERS_ARGUMENT));
        a.add(ROW_STARTS, argument(INTEGERS_ARGUMENT + 1));
        for (int r = 0; r < rows; r++) {
            Memory start = Memory.at(ROW_STARTS, 4 * r);
            if (form == Form.VEX) {
                a.broadcastInt(element(r), start);
            }
            for (int v = 0; v < vectors; v++) {
                int s = sum(r, v, vectors);
                if (form == Form.VEX) {
                    a.addInts(s, s, element(r));
                } else {
                    a.addOneInt(s, s, start);
                }
                a.intsToFloats(s, s);
            }
        }
    }

    /** A bit for each column, in masks k1 and k2. */
    private void masks(int vectors) {
        a.mov(RAX, argument(COLUMNS_ARGUMENT));
        for (int v = 0; v < vectors; v++) {
            a.setMask(1 + v, RAX).shiftRight(RAX, form.lanes);
        }
    }

    /** Masked stores are slow on some processors, so only where the last column is left out. */
    private void storeMasked(int rows, int vectors) {
        Label masked = new Label();
        Label done = new Label();
        a.mov(RAX, argument(COLUMNS_ARGUMENT))
                .shiftRight(RAX, vectors * form.lanes - 1)
                .jumpIfZero(masked);
        storeAll(rows, vectors);
        a.jump(done).bind(masked);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                a.storeMasked(result(v), 1 + v, sum(r, v, vectors));
            }
            a.add(RESULT, RESULT_STRIDE);
        }
        a.bind(done);
    }

    private void storeAll(int rows, int vectors) {
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                a.store(result(v), sum(r, v, vectors));
            }
            a.add(RESULT, RESULT_STRIDE);
        }
    }

    /** Masked stores are slow on some processors, so only where the last column is left out. */
    private void storeWhere(int rows, int vectors, Label shifts) {
        Memory columns = argument(COLUMNS_ARGUMENT);
        Label masked = new Label();
        Label done = new Label();
        a.mov(RAX, columns).shiftRight(RAX, vectors * form.lanes - 1).jumpIfZero(masked);
        storeAll(rows, vectors);
        a.jump(done).bind(masked);
        for (int v = 0; v < vectors; v++) {
            a.broadcastInt(panel(v), columns).shiftLeft(panel(v), panel(v), Memory.of(shifts, v * form.bytes()));
        }
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                a.storeWhere(result(v), panel(v), sum(r, v, vectors));
            }
            a.add(RESULT, RESULT_STRIDE);
        }
        a.bind(done);
    }

    private Memory result(int vector) {
        return Memory.at(RESULT, vector * form.bytes());
    }

    /** For each lane of two vectors, how far the bit of its column is from the highest. */
    private void shifts(Label label) {
        int[] bits = new int[2 * form.lanes];
        for (int j = 0; j < bits.length; j++) {
            bits[j] = 31 - j;
        }
        a.align(32).bind(label).ints(bits);
    }
}
