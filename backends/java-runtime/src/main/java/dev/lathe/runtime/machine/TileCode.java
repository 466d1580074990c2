package dev.lathe.runtime.machine;

import static dev.lathe.runtime.machine.Assembler.R10;
import static dev.lathe.runtime.machine.Assembler.R11;
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
 * Writes the tiles of one kind: for one vector of columns and for two, and for each number of rows, a function whose
 * sums are in registers all along. All kinds are the same loop, for a step reads 32 bits of each row in any case: a
 * float, two brain floats or four bytes.
 *
 * <p>The arguments of a function, in this order: the addresses of four arrays, which have the rows, the panel, what
 * each column starts from, and the result; the bytes from row to row, and the steps; how many bytes from its address
 * each of the four begins; the bytes from row to row of the result; the columns to store, a bit for each; and, of
 * bytes, the address of what each row starts from, and how many bytes from it that begins.
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

    /** Steps of one turn of the main loop. */
    private static final int UNROLL = 4;
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
    private static final int ROW_STARTS_ARGUMENT = 12;
    // Registers that are free again behind the loop.
    private static final int RESULT_STRIDE = R10;
    private static final int ROW_STARTS = R11;

    private final Kind kind;
    private final Form form;
    private final Convention convention;
    private final Assembler a;
    private final int[][] entries;

    private TileCode(Kind kind, Form form, Convention convention) {
        this.kind = kind;
        this.form = form;
        this.convention = convention;
        this.a = new Assembler(form);
        this.entries = new int[3][maxRows(form) + 1];
    }

    /**
     * The code of all tiles of a kind.
     *
     * @param bytes the code
     * @param entries where the tile of so many vectors and rows begins
     */
    record Tiles(byte[] bytes, int[][] entries) {}

    static Tiles write(Kind kind, Form form, Convention convention) {
        TileCode code = new TileCode(kind, form, convention);
        Label shifts = new Label();
        for (int vectors = 1; vectors <= 2; vectors++) {
            for (int rows = 1; rows <= maxRows(form); rows++) {
                code.a.align(64);
                code.entries[vectors][rows] = code.a.size();
                code.tile(rows, vectors, shifts);
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

    /** The registers behind the sums: those of the panel first. */
    private int panel(int vector) {
        return 2 * maxRows(form) + vector;
    }

    /** A register for an element of a row; where there are several they take turns. */
    private int element(int row) {
        int first = 2 * maxRows(form) + 2;
        return first + row % (form.registers - first);
    }

    private void tile(int rows, int vectors, Label shifts) {
        convention.enter(a);
        int[] arrays = {ROWS[0], PANEL, STARTS, RESULT};
        for (int i = 0; i < arrays.length; i++) {
            a.add(arrays[i], convention.argument(FIRST_BEGIN_ARGUMENT + i));
        }
        int groups = Math.ceilDiv(rows, 3);
        for (int g = 1; g < groups; g++) {
            a.lea(ROWS[g], Memory.at(ROWS[g - 1], STRIDE, 2, 0)).add(ROWS[g], STRIDE);
        }
        for (int v = 0; v < vectors; v++) {
            a.load(sum(0, v, vectors), Memory.at(STARTS, v * form.bytes()));
            for (int r = 1; r < rows; r++) {
                a.copy(sum(r, v, vectors), sum(0, v, vectors));
            }
        }
        loop(rows, vectors, groups);
        a.mov(RESULT_STRIDE, convention.argument(RESULT_STRIDE_ARGUMENT));
        if (kind == Kind.BYTES) {
            toFloats(rows, vectors);
        }
        store(rows, vectors, shifts);
        convention.leave(a);
    }

    private void loop(int rows, int vectors, int groups) {
        Label main = new Label();
        Label rest = new Label();
        Label one = new Label();
        Label end = new Label();
        a.subtractConstant(STEPS, UNROLL).jumpIfNegative(rest).align(32).bind(main);
        steps(UNROLL, rows, vectors, groups);
        a.subtractConstant(STEPS, UNROLL).jumpIfNotNegative(main);
        a.bind(rest).addConstant(STEPS, UNROLL).jumpIfZero(end).bind(one);
        steps(1, rows, vectors, groups);
        a.subtractConstant(STEPS, 1).jumpIfNotZero(one).bind(end);
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
                Memory from = behind == 0
                        ? Memory.at(base, step * STEP)
                        : Memory.at(base, STRIDE, behind, step * STEP);
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
        a.mov(ROW_STARTS, convention.argument(ROW_STARTS_ARGUMENT));
        a.add(ROW_STARTS, convention.argument(ROW_STARTS_ARGUMENT + 1));
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

    private void store(int rows, int vectors, Label shifts) {
        Memory columns = convention.argument(COLUMNS_ARGUMENT);
        if (form == Form.EVEX) {
            // Masks k1 and k2.
            a.mov(RAX, columns);
            for (int v = 0; v < vectors; v++) {
                a.setMask(1 + v, RAX).shiftRight(RAX, form.lanes);
            }
            for (int r = 0; r < rows; r++) {
                for (int v = 0; v < vectors; v++) {
                    a.storeMasked(result(v), 1 + v, sum(r, v, vectors));
                }
                nextRow(r, rows);
            }
            return;
        }
        // Masked stores are slow on some processors, so only where the last column is left out.
        Label masked = new Label();
        a.mov(RAX, columns).shiftRight(RAX, vectors * form.lanes - 1).jumpIfZero(masked);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                a.store(result(v), sum(r, v, vectors));
            }
            nextRow(r, rows);
        }
        convention.leave(a);
        a.bind(masked);
        for (int v = 0; v < vectors; v++) {
            a.broadcastInt(panel(v), columns).shiftLeft(panel(v), panel(v), Memory.of(shifts, v * form.bytes()));
        }
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                a.storeWhere(result(v), panel(v), sum(r, v, vectors));
            }
            nextRow(r, rows);
        }
    }

    private Memory result(int vector) {
        return Memory.at(RESULT, vector * form.bytes());
    }

    private void nextRow(int row, int rows) {
        if (row < rows - 1) {
            a.add(RESULT, RESULT_STRIDE);
        }
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
