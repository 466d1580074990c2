package dev.lathe.runtime;

import org.jspecify.annotations.Nullable;

/** A {@link Convolution} whose filters, {@code [groups * columns, depth, taps]}, are computed: packed at each call. */
public final class ComputedConvolution {
    private final PackedMatrix[] groups;
    private final Convolution convolution;
    private final int columns;
    private final int depth;
    private final int taps;

    /**
     * @param columns the output channels of a group
     * @param depth the input channels of a group
     */
    public ComputedConvolution(
            Tiles tiles,
            SlidingWindow window,
            int groups,
            int columns,
            int depth,
            Workspace workspace,
            @Nullable Pointwise epilogue) {
        this.groups = new PackedMatrix[groups];
        this.columns = columns;
        this.depth = depth;
        this.taps = window.taps();
        for (int g = 0; g < groups; g++) {
            this.groups[g] = PackedMatrix.room(tiles, columns, depth, taps);
        }
        this.convolution = new Convolution(tiles, window, this.groups, workspace, epilogue);
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int workers) {
        convolution.prepare(workers);
    }

    /** {@code x} and {@code y} are the input and the result from there on, {@code w} the filters. */
    public void run(float[] x, int xAt, float[] w, int wAt, float[] y, int yAt) {
        for (int g = 0; g < groups.length; g++) {
            groups[g].refill(w, wAt + g * columns * depth * taps);
        }
        convolution.run(x, xAt, y, yAt);
    }
}
