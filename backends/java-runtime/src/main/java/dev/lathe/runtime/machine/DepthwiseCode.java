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
 * Writes the function that computes pixels side by side of a convolution in which each channel has a filter of its own,
 * or of a pool, for AVX-512: a block of channels after the other, each for all pixels, so that pixels which several
 * windows see are in a level-1 cache. The sums of up to eight pixels are in registers, and so is a {@link TapLine} of
 * the filter: so what several pixels see at a line is loaded once. A level-1 cache gives hardly more than a vector in
 * each cycle, in which there are two multiply-adds.
 *
 * <p>The arguments, in this order: the addresses of the image, the filter, what each channel starts from, and the
 * result; the bytes from a column of a line to the next; how many runs of pixels there are, or of a pool,
 * which has one, how many taps; how many bytes from its address each of image, filter and result begins, of which what
 * channels start from begins as the filter does; the bytes of a pixel's channels in the filter and in the result; the
 * pixels of a pool, or the taps of the filter, one at least of each; the whole blocks of channels,
 * and a bit for each channel behind them; the addresses of where taps are and of the runs, both as {@link PixelRuns}
 * has them, while a pool has no runs and just places from the image's beginning on; the least and the greatest value of
 * results, with what is added before: a zero that turns a negative zero into the least value, if that is zero; and the
 * addresses of a function's entries, of which {@link FunctionCode} makes one for each number of registers, and of its
 * constants; or, of maxima, the address of 16 bits that are not zero afterwards if an element is NaN, in which case
 * results are not what they should be. A pool reads no filter.
 */
final class DepthwiseCode {
    /** What is done with the elements that a window sees. */
    enum Operation {
        /** They are multiplied by the filter and added up. */
        MULTIPLY_ADD,
        ADD,
        /** The greatest of numbers is taken. */
        MAX
    }

    /** What happens to sums before they are stored. */
    enum End {
        NOTHING,
        /** They are cut to the bounds. */
        BOUNDS,
        /** They become what the function makes of them. */
        FUNCTION
    }

    private static final Form FORM = Form.EVEX;
    /** Columns that an address reaches. */
    private static final int COLUMNS = 8;

    // The registers of the arguments, and those that are free.
    private static final int IMAGE = RDI;
    private static final int FILTER = RSI;
    private static final int START = RDX;
    private static final int RESULT = RCX;
    private static final int STEP = R8;
    /** Free, and what a function takes. */
    private static final int OTHER = R9;

    private static final int STEP_3 = RAX;
    private static final int STEP_5 = R10;
    private static final int STEP_7 = R11;
    private static final int TAP = RBX;
    private static final int WEIGHT = RBP;
    private static final int WINDOW = R12;
    private static final int PIXEL = R13;
    private static final int LEFT = R14;
    private static final int PLACE = R15;
    private static final int[] SAVED = {RBX, RBP, R12, R13, R14, R15};

    private static final int FIRST_BEGIN_ARGUMENT = 6;
    private static final int CHANNEL_BYTES_ARGUMENT = 9;
    private static final int PIXELS_ARGUMENT = 10;
    private static final int TAPS_ARGUMENT = 10;
    private static final int BLOCKS_ARGUMENT = 11;
    private static final int REST_ARGUMENT = 12;
    private static final int PLACES_ARGUMENT = 13;
    private static final int RUNS_ARGUMENT = 14;
    private static final int LEAST_ARGUMENT = 15;
    private static final int GREATEST_ARGUMENT = 16;
    private static final int ZERO_ARGUMENT = 17;
    private static final int FUNCTION_ARGUMENT = 18;
    private static final int CONSTANTS_ARGUMENT = 19;

    // Vectors behind the sums and the filter's, of which a line has 26 at most.
    private static final int SEEN_ELEMENTS = 26;
    private static final int LEAST = SEEN_ELEMENTS + 2;
    private static final int GREATEST = LEAST + 1;
    private static final int ZERO = GREATEST + 1;

    // Masks beside those of the two vectors.
    private static final int FOUND = 3;
    private static final int NAN = 4;
    /** Whether a column is seen, and of that the channels that there are in each vector. */
    private static final int SEEN = 5;

    private static final int SEEN_CHANNELS = 6;

    // What is on the stack, from its top: the blocks that are left, where places of taps begin and end, where the
    // filter does, the first and the present run, where runs end, and the run of a pool.
    private static final Memory BLOCKS = Memory.at(RSP, 0);
    private static final Memory BEGIN = Memory.at(RSP, 8);
    private static final Memory END = Memory.at(RSP, 16);
    private static final Memory FIRST_WEIGHT = Memory.at(RSP, 24);
    private static final Memory FIRST_RUN = Memory.at(RSP, 32);
    private static final Memory RUN = Memory.at(RSP, 40);
    private static final Memory RUNS_END = Memory.at(RSP, 48);
    private static final Memory OWN_RUN = Memory.at(RSP, 56);
    private static final int OWN = 56 + 8 * PixelRuns.RUN;
    private static final int ON_STACK = OWN + 8 * SAVED.length;

    private final Convention convention;
    private final Operation operation;
    private final End ending;
    private final TapLine line;
    /** Pixels whose sums are in registers. */
    private final int pixels;

    private final Assembler a = new Assembler(FORM);

    private DepthwiseCode(Convention convention, Operation operation, End ending, TapLine line) {
        this.convention = convention;
        this.operation = operation;
        this.ending = ending;
        this.line = line;
        this.pixels = line.pixels();
    }

    /** The code of a pool. */
    static byte[] pool(Convention convention, Operation operation) {
        return write(convention, operation, End.NOTHING, TapLine.ONE);
    }

    /** The code of a convolution; of the arguments for other ends than its own none is read. */
    static byte[] convolution(Convention convention, End ending, TapLine line) {
        return write(convention, Operation.MULTIPLY_ADD, ending, line);
    }

    private static byte[] write(Convention convention, Operation operation, End ending, TapLine line) {
        DepthwiseCode code = new DepthwiseCode(convention, operation, ending, line);
        code.function();
        return code.a.code();
    }

    private Memory argument(int number) {
        Memory m = convention.argument(number);
        return Memory.at(m.base(), m.displacement() + ON_STACK);
    }

    private void function() {
        convention.enter(a);
        for (int saved : SAVED) {
            a.push(saved);
        }
        a.subtractConstant(RSP, OWN);
        int[] arrays = {IMAGE, FILTER, RESULT};
        for (int i = 0; i < arrays.length; i++) {
            a.add(arrays[i], argument(FIRST_BEGIN_ARGUMENT + i));
        }
        a.add(START, argument(FIRST_BEGIN_ARGUMENT + 1));
        a.lea(STEP_3, Memory.at(STEP, STEP, 2, 0))
                .lea(STEP_5, Memory.at(STEP, STEP, 4, 0))
                .lea(STEP_7, Memory.at(STEP_3, STEP, 4, 0));
        runs();
        if (ending == End.BOUNDS) {
            a.broadcastFloat(LEAST, argument(LEAST_ARGUMENT))
                    .broadcastFloat(GREATEST, argument(GREATEST_ARGUMENT))
                    .broadcastFloat(ZERO, argument(ZERO_ARGUMENT));
        }
        if (operation == Operation.MAX) {
            a.clearMask(FOUND);
        }
        Label two = new Label();
        Label rest = new Label();
        Label one = new Label();
        Label end = new Label();
        a.mov(TAP, argument(BLOCKS_ARGUMENT))
                .subtractConstant(TAP, 1)
                .jumpIfNegative(rest)
                .mov(BLOCKS, TAP);
        a.clear(RBX).subtractConstant(RBX, 1).setMask(1, RBX).setMask(2, RBX);
        a.align(32).bind(two);
        fetchNext();
        block(2, true);
        for (int r : new int[] {IMAGE, FILTER, START, RESULT}) {
            a.addConstant(r, 2 * FORM.bytes());
        }
        a.mov(TAP, BLOCKS).subtractConstant(TAP, 1).mov(BLOCKS, TAP).jumpIfNotNegative(two);
        a.bind(rest).mov(RBX, argument(REST_ARGUMENT)).setMask(1, RBX);
        a.addConstant(RBX, 0).jumpIfZero(end);
        a.shiftRight(RBX, FORM.lanes).jumpIfZero(one).setMask(2, RBX);
        block(2, false);
        a.jump(end).bind(one);
        block(1, false);
        a.bind(end);
        if (operation == Operation.MAX) {
            a.mov(TAP, argument(CONSTANTS_ARGUMENT)).storeMask(Memory.at(TAP, 0), FOUND);
        }
        a.addConstant(RSP, OWN);
        for (int i = SAVED.length - 1; i >= 0; i--) {
            a.pop(SAVED[i]);
        }
        convention.leave(a);
    }

    /** Where runs end; of a pool, the run that it has. */
    private void runs() {
        if (operation == Operation.MULTIPLY_ADD) {
            a.lea(TAP, Memory.at(OTHER, OTHER, 2, 0))
                    .lea(OTHER, Memory.at(TAP, TAP, 1, 0)) // six longs each
                    .mov(TAP, argument(RUNS_ARGUMENT))
                    .mov(FIRST_RUN, TAP)
                    .lea(TAP, Memory.at(TAP, OTHER, 8, 0));
        } else {
            a.clear(TAP);
            for (int i = PixelRuns.PLACES; i < PixelRuns.RUN; i++) {
                a.mov(ofRun(RSP, OWN_RUN.displacement(), i), TAP);
            }
            a.mov(TAP, argument(PIXELS_ARGUMENT)).mov(OWN_RUN, TAP);
            a.shiftLeft(OTHER, 2).mov(ofRun(RSP, OWN_RUN.displacement(), PixelRuns.PLACES_END), OTHER);
            a.lea(TAP, OWN_RUN).mov(FIRST_RUN, TAP).addConstant(TAP, 8 * PixelRuns.RUN);
        }
        a.mov(RUNS_END, TAP);
    }

    private static Memory ofRun(int base, int displacement, int number) {
        return Memory.at(base, displacement + 8 * number);
    }

    /** Asks for the filter of the next block: its taps lie far apart, so no processor foresees them. */
    private void fetchNext() {
        if (operation == Operation.MULTIPLY_ADD) {
            Label tap = new Label();
            a.lea(WEIGHT, Memory.at(FILTER, 2 * FORM.bytes())).mov(TAP, argument(TAPS_ARGUMENT));
            a.bind(tap);
            for (int v = 0; v < 2; v++) {
                a.prefetch(Memory.at(WEIGHT, v * FORM.bytes()));
            }
            a.add(WEIGHT, argument(CHANNEL_BYTES_ARGUMENT))
                    .subtractConstant(TAP, 1)
                    .jumpIfNotZero(tap);
        }
    }

    /** A block of channels of all pixels; a whole one has all channels of its vectors. */
    private void block(int vectors, boolean whole) {
        Label next = new Label();
        Label end = new Label();
        a.mov(OTHER, FIRST_RUN).compare(OTHER, RUNS_END).jumpIfNotBelow(end);
        a.bind(next).mov(RUN, OTHER).mov(TAP, ofRun(OTHER, 0, PixelRuns.PLACES));
        a.add(TAP, argument(PLACES_ARGUMENT)).mov(BEGIN, TAP);
        a.mov(TAP, ofRun(OTHER, 0, PixelRuns.PLACES_END));
        a.add(TAP, argument(PLACES_ARGUMENT)).mov(END, TAP);
        a.mov(TAP, ofRun(OTHER, 0, PixelRuns.FILTER)).add(TAP, FILTER).mov(FIRST_WEIGHT, TAP);
        a.mov(WINDOW, ofRun(OTHER, 0, PixelRuns.IMAGE)).add(WINDOW, IMAGE);
        a.mov(PIXEL, ofRun(OTHER, 0, PixelRuns.RESULT)).add(PIXEL, RESULT);
        a.mov(LEFT, ofRun(OTHER, 0, PixelRuns.PIXELS));
        run(vectors, whole);
        a.mov(OTHER, RUN).addConstant(OTHER, 8 * PixelRuns.RUN);
        a.compare(OTHER, RUNS_END).jumpIfBelow(next).bind(end);
    }

    /** A run of pixels of a block of channels. */
    private void run(int vectors, boolean whole) {
        Label most = new Label();
        Label rest = new Label();
        Label border = new Label();
        Label done = new Label();
        boolean hasBorders = operation == Operation.MULTIPLY_ADD;
        if (hasBorders) {
            a.addConstant(LEFT, 0).jumpIfNegative(border);
        }
        a.subtractConstant(LEFT, pixels).jumpIfNegative(rest).bind(most);
        pixels(pixels, vectors, whole, false);
        forward(WINDOW, pixels * line.stride());
        a.subtractConstant(LEFT, pixels).jumpIfNotNegative(most);
        a.bind(rest).addConstant(LEFT, pixels).jumpIfZero(done);
        Label[] some = new Label[pixels];
        for (int n = 1; n < pixels; n++) {
            some[n] = new Label();
            a.subtractConstant(LEFT, 1).jumpIfZero(some[n]);
        }
        for (int n = 1; n < pixels; n++) {
            a.bind(some[n]);
            pixels(n, vectors, whole, false);
            a.jump(done);
        }
        if (hasBorders) {
            a.bind(border);
            for (int n = 1; n < pixels; n++) {
                some[n] = new Label();
                a.addConstant(LEFT, 1).jumpIfZero(some[n]);
            }
            pixels(pixels, vectors, whole, true);
            for (int n = 1; n < pixels; n++) {
                a.jump(done).bind(some[n]);
                pixels(n, vectors, whole, true);
            }
        }
        a.bind(done);
    }

    /** Moves an address by so many columns. */
    private void forward(int r, int columns) {
        for (int left = columns; left > 0; ) {
            int scale = Math.min(8, Integer.highestOneBit(left));
            a.lea(r, Memory.at(r, STEP, scale, 0));
            left -= scale;
        }
    }

    /** Pixels of a block of channels whose sums are in registers, some of which may see a border. */
    private void pixels(int n, int vectors, boolean whole, boolean border) {
        for (int v = 0; v < vectors; v++) {
            load(v, v, whole, Memory.at(START, v * FORM.bytes()));
            for (int p = 1; p < n; p++) {
                a.copy(p * vectors + v, v);
            }
        }
        Label tap = new Label();
        Label end = new Label();
        a.mov(TAP, BEGIN)
                .mov(WEIGHT, FIRST_WEIGHT)
                .compare(TAP, END)
                .jumpIfNotBelow(end)
                .align(32)
                .bind(tap);
        a.movSigned(PLACE, Memory.at(TAP, 0)).lea(PLACE, Memory.at(WINDOW, PLACE, 4, 0));
        switch (operation) {
            case MULTIPLY_ADD -> multiplyAdd(n, vectors, whole, border);
            case ADD -> {
                for (int p = 0; p < n; p++) {
                    for (int v = 0; v < vectors; v++) {
                        a.addFloatsMasked(p * vectors + v, 1 + v, column(p, v * FORM.bytes()));
                    }
                }
            }
            case MAX -> max(n, vectors);
        }
        a.addConstant(TAP, border ? 4 * PixelRuns.borderInts(line) : 4)
                .compare(TAP, END)
                .jumpIfBelow(tap);
        a.bind(end);
        if (ending == End.FUNCTION) {
            a.mov(PLACE, argument(FUNCTION_ARGUMENT))
                    .mov(FunctionCode.CONSTANTS, argument(CONSTANTS_ARGUMENT))
                    .call(Memory.at(PLACE, 8 * n * vectors));
        }
        for (int p = 0; p < n; p++) {
            for (int v = 0; v < vectors; v++) {
                int sum = p * vectors + v;
                if (ending == End.BOUNDS) {
                    // Of two zeros, and if one is NaN, these instructions give the second.
                    a.addFloats(sum, sum, ZERO).greater(sum, LEAST, sum).less(sum, GREATEST, sum);
                }
                Memory to = Memory.at(PIXEL, v * FORM.bytes());
                if (whole) {
                    a.store(to, sum);
                } else {
                    a.storeMasked(to, 1 + v, sum);
                }
            }
            a.add(PIXEL, argument(CHANNEL_BYTES_ARGUMENT));
        }
    }

    private void load(int to, int vector, boolean whole, Memory from) {
        if (whole) {
            a.load(to, from);
        } else {
            a.loadMasked(to, 1 + vector, from);
        }
    }

    /** A line: each column that is seen, at each of the taps at which a pixel sees it. */
    private void multiplyAdd(int n, int vectors, boolean whole, boolean border) {
        int weights = n * vectors;
        for (int tap = 0; tap < line.taps(); tap++) {
            for (int v = 0; v < vectors; v++) {
                load(weights + tap * vectors + v, v, whole, Memory.at(WEIGHT, v * FORM.bytes()));
            }
            a.add(WEIGHT, argument(CHANNEL_BYTES_ARGUMENT));
        }
        for (int c = 0; c < line.columns(n); c++) {
            if (c > 0 && c % COLUMNS == 0) {
                a.lea(PLACE, Memory.at(PLACE, STEP, COLUMNS, 0));
            }
            if (line.isSeen(c, n)) {
                column(c, n, vectors, whole, border);
            }
        }
    }

    private void column(int column, int n, int vectors, boolean whole, boolean border) {
        if (border) {
            a.loadMask(SEEN, Memory.at(TAP, 4 + 2 * column));
        }
        for (int v = 0; v < vectors; v++) {
            int x = SEEN_ELEMENTS + v;
            Memory from = column(column % COLUMNS, v * FORM.bytes());
            if (whole && !border) {
                a.load(x, from);
            } else if (whole) {
                a.loadMasked(x, SEEN, from);
            } else if (border) {
                a.andMasks(SEEN_CHANNELS, SEEN, 1 + v).loadMasked(x, SEEN_CHANNELS, from);
            } else {
                a.loadMasked(x, 1 + v, from);
            }
        }
        for (int tap = 0; tap < line.taps(); tap++) {
            int pixel = line.pixel(column, tap, n);
            for (int v = 0; v < vectors && pixel >= 0; v++) {
                int sum = pixel * vectors + v;
                int weight = (n + tap) * vectors + v;
                if (border) {
                    a.multiplyAddMasked(sum, SEEN, weight, SEEN_ELEMENTS + v);
                } else {
                    a.multiplyAdd(sum, weight, SEEN_ELEMENTS + v);
                }
            }
        }
    }

    /** Two pixels at a time, for one comparison sees whether either is NaN. */
    private void max(int n, int vectors) {
        for (int p = 0; p < n; p += 2) {
            int second = Math.min(p + 1, n - 1);
            for (int v = 0; v < vectors; v++) {
                int x = SEEN_ELEMENTS + v;
                Memory other = column(second, v * FORM.bytes());
                a.loadMasked(x, 1 + v, column(p, v * FORM.bytes()));
                a.findNaN(NAN, 1 + v, x, other).orMasks(FOUND, FOUND, NAN);
                a.greaterNumber(p * vectors + v, p * vectors + v, x);
                if (second > p) {
                    a.greaterNumberMasked(second * vectors + v, 1 + v, second * vectors + v, other);
                }
            }
        }
    }

    /** Where a column of those side by side is, of {@link #COLUMNS}. */
    private static Memory column(int number, int displacement) {
        return switch (number) {
            case 0 -> Memory.at(PLACE, displacement);
            case 3 -> Memory.at(PLACE, STEP_3, 1, displacement);
            case 5 -> Memory.at(PLACE, STEP_5, 1, displacement);
            case 6 -> Memory.at(PLACE, STEP_3, 2, displacement);
            case 7 -> Memory.at(PLACE, STEP_7, 1, displacement);
            default -> Memory.at(PLACE, STEP, number, displacement);
        };
    }
}
