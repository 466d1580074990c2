package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachinePackedRow;
import dev.lathe.runtime.machine.MachineTiles;
import org.jspecify.annotations.Nullable;

/** {@link Tiles} in machine code, with the bits of all others, from the first call on. */
final class FloatTiles implements Tiles {
    /** Multiply-adds of a call at most, since no garbage is collected meanwhile: some microseconds. */
    private static final int LONGEST = 1 << 20;

    private final MachineTiles machine;
    /** Null if the system granted no memory for it. */
    private final @Nullable MachinePackedRow row;

    FloatTiles(MachineTiles machine, @Nullable MachinePackedRow row) {
        this.machine = machine;
        this.row = row;
    }

    @Override
    public int width() {
        return machine.width();
    }

    @Override
    public int maxRows() {
        return machine.maxRows();
    }

    @Override
    public void multiply(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        machine.multiply(rows, a, aAt, aStride, depth, b, bAt, init, initAt, c, cAt, cStride, columns);
    }

    @Override
    public void multiplyRow(
            float[] a,
            int aAt,
            int depth,
            float[] b,
            int bAt,
            int panels,
            float[] init,
            int initAt,
            float[] c,
            int cAt) {
        if (row == null) {
            Tiles.super.multiplyRow(a, aAt, depth, b, bAt, panels, init, initAt, c, cAt);
        } else {
            row.multiply(a, aAt, depth, b, bAt, panels, init, initAt, c, cAt);
        }
    }

    @Override
    public boolean hasEnds() {
        return machine.hasEnds();
    }

    @Override
    public void multiplyAll(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            @Nullable TileEnd end,
            int addendAt) {
        multiplyLines(
                rows, a, aAt, aStride, 1, 0, depth, b, bAt, init, initAt, c, cAt, cStride, columns, end, addendAt);
    }

    @Override
    public boolean readsLines() {
        return true;
    }

    @Override
    public void multiplyLines(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int lines,
            int lineStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            @Nullable TileEnd end,
            int addendAt) {
        float[] addend = end == null ? null : end.addend;
        int addendStride = end == null ? 0 : end.addendStride;
        // The first tiles fetch the panel behind this one, for what follows it is needed next.
        int panel = lines * depth * width();
        int parts = fetchedParts(rows, machine);
        int done = 0;
        for (int row = 0; row < rows; ) {
            int n = nextRows(rows - row);
            int tiles = tiles(rows - row, n, lines * depth, machine);
            machine.multiplyTiles(
                    tiles,
                    n,
                    a,
                    aAt + row * aStride,
                    aStride,
                    depth,
                    lines,
                    lineStride,
                    b,
                    bAt,
                    init,
                    initAt,
                    c,
                    cAt + row * cStride,
                    cStride,
                    columns,
                    addend,
                    addendAt + row * addendStride,
                    addendStride,
                    end == null ? null : end.function,
                    end == null || end.function == null ? init : end.constants,
                    end == null || end.function == null ? init : end.numbers,
                    end == null || end.function == null ? 0 : end.numbersAt(initAt),
                    end == null ? Float.NEGATIVE_INFINITY : end.least,
                    end == null ? Float.POSITIVE_INFINITY : end.greatest,
                    fetched(bAt, panel, done, parts),
                    parts);
            row += tiles * n;
            done += tiles;
        }
    }

    @Override
    public void multiplyAlong(
            int rows,
            float[] a,
            int[] starts,
            int startAt,
            int[] path,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns) {
        machine.multiplyAlong(rows, a, starts, startAt, path, b, bAt, init, initAt, c, cAt, cStride, columns);
    }

    /** Of how many parts of the next panel each tile fetches one while it multiplies: a power of two up to 4. */
    static int fetchedParts(int rows, MachineTiles machine) {
        return Math.min(4, Integer.highestOneBit(Math.max(1, Math.ceilDiv(rows, machine.maxRows()))));
    }

    /** What tiles fetch while they multiply by a panel, {@code done} of them before: a part of the next, or none. */
    static int fetched(int at, int panel, int done, int parts) {
        return done < parts ? at + panel + done * (panel / parts) : at;
    }

    /** How many tiles a call may take of so many rows: those that have {@code height} rows, as the first. */
    static int tiles(int rows, int height, int depth, MachineTiles machine) {
        int most = Math.max(1, LONGEST / Math.max(1, height * depth * machine.width()));
        int tiles = 1;
        while (tiles < most
                && rows - tiles * height >= height
                && Tiles.nextRows(rows - tiles * height, machine.maxRows()) == height) {
            tiles++;
        }
        return tiles;
    }
}
