package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A grouped {@link Convolution} of small integers on tiles of bytes: the image becomes bytes once, and the windows of a
 * block of pixels are copied into rows, which is a quarter of the bytes that it is with floats.
 */
final class IntegerConvolution implements WorkerPool.Body {
    /** Bytes that the windows of a block may take. */
    private static final int BLOCK_BYTES = 1 << 18;
    /** Pixels of a block at most. */
    private static final int BLOCK_PIXELS = 240;
    /** Tasks for each worker, so that none waits long for the last. */
    private static final int BALANCE = 4;

    private final Primitives primitives = Primitives.best();
    private final SlidingWindow window;
    private final PackedMatrix[] groups;
    private final IntegerProduct[] products;
    private final ByteRange range;
    private final @Nullable Pointwise epilogue;
    private final int outChannels;
    /** Bytes from window to window. */
    private final int stride;

    private int workers = 1;
    private int pixels;
    private int pixelsPerTask = 1;
    private byte[] image = {};
    private byte[][] windows = {};
    private int[][] starts = {};
    private @Nullable TileEnd end;
    private float[] y = {};
    private int yAt;
    /** What stands for a tap outside of the image: the byte of zero, for each channel. */
    private byte[] outside = {};

    private IntegerConvolution(
            SlidingWindow window, PackedMatrix[] groups, IntegerProduct[] products, @Nullable Pointwise epilogue) {
        this.window = window;
        this.groups = groups;
        this.products = products;
        this.range = new ByteRange(products);
        this.epilogue = epilogue;
        this.stride = IntegerProduct.stride(groups[0]);
        int channels = 0;
        for (PackedMatrix group : groups) {
            channels += group.columns;
        }
        this.outChannels = channels;
    }

    /** Null if there are no such tiles, or not all filters are integers. */
    static @Nullable IntegerConvolution of(SlidingWindow window, PackedMatrix[] groups, @Nullable Pointwise epilogue) {
        IntegerProduct[] products = new IntegerProduct[groups.length];
        for (int g = 0; g < groups.length; g++) {
            IntegerProduct product = IntegerProduct.of(groups[g]);
            if (product == null) {
                return null;
            }
            products[g] = product;
        }
        return new IntegerConvolution(window, groups, products, epilogue);
    }

    /** Must follow each change of the window's shape. */
    void prepare(int newWorkers) {
        workers = newWorkers;
        pixels = Sizes.index((long) window.outRows() * window.outWidth);
        int limit = Math.min(BLOCK_PIXELS, BLOCK_BYTES / Math.max(1, stride));
        if (workers > 1) {
            limit = Math.min(limit, Math.ceilDiv(pixels, workers * BALANCE));
        }
        pixelsPerTask = Math.max(1, limit);
        windows = new byte[0][];
    }

    /**
     * As {@link Convolution#run}; false, and nothing is done, if the image is not one of small integers.
     *
     * @param tileEnd what tiles do in place of the epilogue; null where they do not
     */
    boolean run(float[] x, int xAt, float[] newY, int newYAt, @Nullable TileEnd tileEnd) {
        int n = window.batch * window.height * window.width * window.channels;
        if (!IntegerProduct.isLikely(x, xAt, n)) {
            return false;
        }
        makeRoom(n);
        if (!(range.isWhole() && primitives.narrow(x, xAt, n, range.least(), image, 0))) {
            // With the zeros around the image.
            float least = Math.min(0, primitives.min(x, xAt, n));
            float greatest = Math.max(0, primitives.max(x, xAt, n));
            if (!range.fit(least, greatest) || !primitives.narrow(x, xAt, n, range.least(), image, 0)) {
                return false;
            }
        }
        Arrays.fill(outside, (byte) -range.least());
        y = newY;
        yAt = newYAt;
        end = tileEnd != null && products[0].hasEnds() ? tileEnd : null;
        WorkerPool.shared().run(Math.ceilDiv(pixels, pixelsPerTask), workers, this);
        return true;
    }

    private void makeRoom(int n) {
        if (image.length < n) {
            Sizes.fit("the image of a convolution", n);
            image = new byte[n];
        }
        if (windows.length == 0) {
            windows = Scratch.bytes(workers, (long) pixelsPerTask * stride);
            starts = Scratch.ints(workers, pixelsPerTask);
            outside = new byte[groups[0].depth];
        }
    }

    @Override
    public void run(int task, int worker) {
        int first = task * pixelsPerTask;
        int n = Math.min(pixelsPerTask, pixels - first);
        byte[] rows = windows[worker];
        int channel = 0;
        int column = 0;
        for (int g = 0; g < groups.length; g++) {
            PackedMatrix b = groups[g];
            for (int i = 0; i < n; i++) {
                window.copy(first + i, image, channel, b.depth, rows, i * stride, outside);
            }
            products[g].starts(rows, 0, n, starts[worker], 0);
            for (int j = 0; j < b.columns; j += b.width) {
                int columns = Math.min(b.width, b.columns - j);
                int out = yAt + first * outChannels + column + j;
                products[g].multiply(
                        n,
                        rows,
                        0,
                        starts[worker],
                        0,
                        j,
                        y,
                        out,
                        outChannels,
                        columns,
                        end,
                        end == null ? 0 : end.addendAt + first * end.addendStride + column + j);
                if (epilogue != null && end == null) {
                    epilogue.apply(out, outChannels, first, n, column + j, columns);
                }
            }
            channel += b.depth;
            column += b.columns;
        }
    }
}
