package dev.lathe.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Grouped convolution of pictures with the channels last, as a product whose left rows are read where they are: a table tells for each tap where the row of a pixel
 * starts. Few channels are gathered into whole rows first. The epilogue runs on each few pixels.
 */
public final class Convolution implements WorkerPool.Body {
    /** Below this many channels the loop over them is too short to keep the machine busy. */
    private static final int FEW_CHANNELS = 12;

    private final Tiles tiles;
    private final Window window;
    private final PackedMatrix[] groups;
    private final int outChannels;
    private final boolean gathers;
    private final @Nullable Pointwise epilogue;
    private int workers = 1;
    private int rowsPerTask = 1;
    private int[][] offsets = {};
    private float[][] gathered = {};
    private float[] x = {};
    private int xAt;
    private int zeros;
    private float[] y = {};
    private int yAt;

    public Convolution(Tiles tiles, Window window, PackedMatrix[] groups, @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.window = window;
        this.groups = groups;
        this.outChannels = Arrays.stream(groups).mapToInt(g -> g.columns).sum();
        this.gathers = window.taps() > 1 && groups[0].depth < FEW_CHANNELS;
        this.epilogue = epilogue;
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        workers = newWorkers;
        rowsPerTask = window.rowsPerTask(workers);
        offsets = new int[workers][tiles.maxRows() * window.taps()];
        gathered = new float[workers][gathers ? tiles.maxRows() * window.taps() * groups[0].depth : 0];
    }

    /**
     * @param newX the input, from {@code newXAt} on
     * @param newZeros where {@code newX} has as many zeros as there are channels, for what lies outside
     * @param newY the result, from {@code newYAt} on
     */
    public void run(float[] newX, int newXAt, int newZeros, float[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        zeros = newZeros;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run((window.outRows() + rowsPerTask - 1) / rowsPerTask, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int end = Math.min(window.outRows(), (task + 1) * rowsPerTask);
        for (int row = task * rowsPerTask; row < end; row++) {
            for (int column = 0; column < window.outWidth; ) {
                int n = tiles.rows(window.outWidth - column);
                pixels(row, column, n, worker);
                column += n;
            }
        }
    }

    private void pixels(int row, int column, int n, int worker) {
        int[] at = offsets[worker];
        int pixel = row * window.outWidth + column;
        int out = yAt + pixel * outChannels;
        int firstChannel = 0;
        int firstColumn = 0;
        for (PackedMatrix b : groups) {
            // Each group starts at its own first channel; the zeros are long enough for all.
            window.offsets(row, column, n, xAt + firstChannel, zeros, at);
            float[] source = x;
            int taps = b.taps;
            int depth = b.depth;
            if (gathers) {
                gather(at, n, b, gathered[worker]);
                source = gathered[worker];
                depth = taps * depth;
                taps = 1;
            }
            for (int j = 0; j < b.columns; j += b.width) {
                int columns = Math.min(b.width, b.columns - j);
                tiles.multiply(
                        n,
                        source,
                        at,
                        taps,
                        depth,
                        b.data,
                        j * taps * depth,
                        b.bias,
                        j,
                        y,
                        out + firstColumn + j,
                        outChannels,
                        columns);
            }
            firstChannel += b.depth;
            firstColumn += b.columns;
        }
        if (epilogue != null) {
            epilogue.apply(out, outChannels, pixel, n, 0, outChannels);
        }
    }

    /** Copies what {@code n} windows see into rows of {@code to}, and tells where those start. */
    private void gather(int[] at, int n, PackedMatrix b, float[] to) {
        int length = b.taps * b.depth;
        for (int i = 0; i < n; i++) {
            for (int t = 0, o = i * length; t < b.taps; t++, o += b.depth) {
                int from = at[t * n + i];
                for (int d = 0; d < b.depth; d++) {
                    to[o + d] = x[from + d];
                }
            }
        }
        for (int i = 0; i < n; i++) {
            at[i] = i * length;
        }
    }
}
