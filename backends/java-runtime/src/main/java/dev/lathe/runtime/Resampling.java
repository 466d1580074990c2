package dev.lathe.runtime;

import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Resizes with interpolation, one axis after the other and in double precision as the reference does. What lies before
 * the first axis that changes are pieces. What lies behind that axis is a row: each row of the result is made of some
 * rows of the operand, and is then resampled along the other axes, so that all of it stays in the cache.
 *
 * <p>Where the last axis changes, elements that are resampled alike lie in different pieces. So some pieces are done
 * together, turned over so that these elements lie side by side.
 */
public final class Resampling implements WorkerPool.Body {
    /** Elements side by side from which on pieces are not turned over. */
    private static final int SHORTEST = 8;
    /** The most pieces that are turned over together. */
    private static final int TOGETHER = 32;
    /** Elements of a row from which on it is worth a step of its own; else all of a piece is one row. */
    private static final int LONG_ROW = 256;
    /** The most elements of pieces that are turned over together as one row. */
    private static final int LARGEST_ROW = 1 << 18;
    /** A task makes at least so many elements, if there are as many. */
    private static final int GRAIN = 16_384;
    /** An axis of one element that stays. */
    private static final ResizeEvaluation.AxisTaps WHOLE =
            new ResizeEvaluation.AxisTaps(new int[] {0, 1}, new int[1], new double[] {1}, new boolean[1]);

    private final ElementType type;
    private final double[] extrapolation;

    /** How rows of the operand become one of the result, and then the other axes of that. */
    private List<Pass> passes = List.of();

    /** The axes of a row of which some elements are outside of a region. */
    private List<Outside> outsides = List.of();

    private boolean[] outsideRows = {};
    private int pieces;
    private int together = 1;
    /** Elements of rows of a piece before and after. */
    private int rowIn;

    private int rowOut;
    /** Tasks that share the rows of the same pieces. */
    private int parts = 1;

    private int workers = 1;
    private Room[] rooms = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    /** An axis of a row {@code [outer, length, inner]} that becomes one of {@code out}. */
    private record Pass(WeightedRows rows, int outer, int length, int out, int inner) {}

    private record Outside(boolean[] positions, int outer, int inner) {}

    private static final class Room {
        final TurnedPieces pieces;
        /** Rows of the operand, and the numbers of those. */
        final double[][] rows;

        final int[] numbers;
        double[] from;
        double[] to;

        Room(ElementType type, int rows, int size) {
            pieces = new TurnedPieces(type);
            this.rows = Scratch.doubles(rows, size);
            numbers = new int[rows];
            from = new double[size];
            to = new double[size];
        }
    }

    /** @param extrapolation what is outside of a region */
    public Resampling(ElementType type, double extrapolation) {
        this.type = type;
        this.extrapolation = new double[] {extrapolation};
    }

    /** @param all how each axis of {@code dims} is resampled; null where it stays */
    public void prepare(int[] dims, ResizeEvaluation.@Nullable AxisTaps[] all, int newWorkers) {
        int first = 0;
        while (first < all.length && all[first] == null) {
            first++;
        }
        int last = all.length;
        while (last > first && all[last - 1] == null) {
            last--;
        }
        pieces = product(dims, 0, first);
        int piece = product(dims, first, dims.length);
        together = product(dims, last, dims.length) < SHORTEST && pieces >= SHORTEST ? evenly(pieces) : 1;
        boolean isOneRow = first == dims.length || (long) together * (piece / Math.max(1, dims[first])) < LONG_ROW;
        if (isOneRow && (long) together * piece > LARGEST_ROW) {
            together = 1;
        }
        workers = newWorkers;
        if (isOneRow) {
            int[] more = new int[dims.length - first + 1];
            ResizeEvaluation.AxisTaps[] taps = new ResizeEvaluation.AxisTaps[more.length];
            System.arraycopy(dims, first, more, 1, more.length - 1);
            System.arraycopy(all, first, taps, 1, more.length - 1);
            more[0] = 1;
            taps[0] = WHOLE;
            rows(more, taps);
        } else {
            rows(Arrays.copyOfRange(dims, first, dims.length), Arrays.copyOfRange(all, first, all.length));
        }
    }

    /** So many of {@code n} pieces that all groups are about as large. */
    private static int evenly(int n) {
        return Math.ceilDiv(n, Math.ceilDiv(n, TOGETHER));
    }

    /** @param dims of a piece, of which the first changes */
    private void rows(int[] dims, ResizeEvaluation.@Nullable AxisTaps[] taps) {
        int[] now = dims.clone();
        rowIn = product(now, 1, now.length);
        int largest = rowIn;
        List<Pass> all = new ArrayList<>();
        for (int axis = 0; axis < now.length; axis++) {
            ResizeEvaluation.AxisTaps t = taps[axis];
            if (t != null) {
                int outer = product(now, Math.min(1, axis), axis);
                int inner = product(now, axis + 1, now.length);
                int out = t.outside().length;
                all.add(new Pass(new WeightedRows(t, axis == 0), outer, now[axis], out, inner));
                now[axis] = out;
                largest = Math.max(largest, product(now, 1, now.length));
            }
        }
        passes = List.copyOf(all);
        rowOut = product(now, 1, now.length);
        List<Outside> some = new ArrayList<>();
        for (int axis = 1; axis < now.length; axis++) {
            ResizeEvaluation.AxisTaps t = taps[axis];
            if (t != null) {
                some.add(new Outside(t.outside(), product(now, 1, axis), product(now, axis + 1, now.length)));
            }
        }
        outsides = List.copyOf(some);
        outsideRows = Optional.ofNullable(taps[0]).orElseThrow().outside();
        int size = Sizes.index((long) together * largest);
        int held = passes.getFirst().rows.held();
        Sizes.index((long) pieces * now[0] * rowOut);
        rooms = new Room[workers];
        Arrays.setAll(rooms, _ -> new Room(type, held, size));
        long tasks = Math.min((long) now[0] * rowOut * together / GRAIN, Math.ceilDiv(2 * workers, groups()));
        parts = workers == 1 ? 1 : Math.clamp(tasks, 1, Math.max(1, now[0]));
    }

    private int groups() {
        return Math.max(1, Math.ceilDiv(pieces, together));
    }

    private static int product(int[] dims, int from, int to) {
        int product = 1;
        for (int i = from; i < to; i++) {
            product = Sizes.index((long) product * dims[i]);
        }
        return product;
    }

    /** Both are arrays of the element type. */
    public void run(Object newX, int newXAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        if (pieces > 0 && rowOut > 0) {
            WorkerPool.shared().run(groups() * parts, workers, this);
        }
    }

    @Override
    public void run(int task, int worker) {
        Room s = rooms[worker];
        int piece = task / parts * together;
        int n = Math.min(together, pieces - piece);
        Pass p = passes.getFirst();
        int begin = (int) ((long) p.out * (task % parts) / parts);
        int end = (int) ((long) p.out * (task % parts + 1) / parts);
        int in = p.length * rowIn;
        int out = p.out * rowOut;
        Arrays.fill(s.numbers, -1);
        for (int j = begin; j < end; j++) {
            if (outsideRows[j]) {
                Arrays.fill(s.from, 0, n * rowOut, extrapolation[0]);
            } else {
                hold(s, p.rows, j, n, xAt + piece * in, in);
                p.rows.row(j, s.rows, n * rowIn, s.from);
                others(s, n);
            }
            s.pieces.store(s.from, n, rowOut, y, yAt + piece * out + j * rowOut, out);
        }
    }

    /** Reads the rows of which row {@code j} is made, unless they are there. */
    private void hold(Room s, WeightedRows rows, int j, int n, int at, int step) {
        for (int k = rows.begin(j); k < rows.begin(j + 1); k++) {
            int row = rows.position(k);
            int place = row % s.rows.length;
            if (s.numbers[place] != row) {
                s.numbers[place] = row;
                s.pieces.load(x, at + row * rowIn, step, n, rowIn, s.rows[place]);
            }
        }
    }

    /** Resamples the other axes of a row of {@code n} pieces. */
    private void others(Room s, int n) {
        for (Pass p : passes.subList(1, passes.size())) {
            for (int o = 0; o < p.outer; o++) {
                p.rows.all(s.from, o * p.length * p.inner * n, p.inner * n, s.to, o * p.out * p.inner * n);
            }
            double[] made = s.to;
            s.to = s.from;
            s.from = made;
        }
        for (Outside o : outsides) {
            int length = o.positions.length;
            for (int j = 0; j < length; j++) {
                for (int i = 0; o.positions[j] && i < o.outer; i++) {
                    Fill.run(extrapolation, 0, s.from, (i * length + j) * o.inner * n, o.inner * n);
                }
            }
        }
    }
}
