package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.runtime.machine.PixelRuns;
import java.util.ArrayList;
import java.util.List;

/**
 * A product of pixels and the convolution of its result in which each channel has a filter of its own, as where a block
 * of a network expands an image. Where that image is larger than a cache, the two take turns: some rows of the image
 * are made in a ring of a few, and then the results that see them. So it is never in memory as a whole, and a worker
 * finds in its own cache what it has made. Bits are those of one after the other.
 */
public final class ExpandedConvolution implements WorkerPool.Body {
    /** Bytes of an image for which it pays: a level-2 cache has no room for it beside what it is made of. */
    private static final long FAR_BYTES = 1 << 20;
    /** Bytes of a ring at most, if one turn needs no more. */
    private static final int RING_BYTES = 1 << 19;
    /** Bands of rows for each worker; each makes some rows of the image that its neighbour makes, too. */
    private static final int BALANCE = 2;
    /** Output rows of a band for each row of the kernel, at least. */
    private static final int ROWS = 4;

    /**
     * Rows of the image and what is computed then.
     *
     * @param from the first row to be made, counted over the batch
     * @param to the row behind the last
     */
    private record Turn(int from, int to, PixelRuns runs) {}

    private final SlidingWindow window;
    private final Gemm product;
    private final DepthwiseConvolution convolution;
    private final long farBytes;
    private final int ringBytes;

    private int workers = 1;
    /** Rows that a ring has; 0 if there are none. */
    private int ring;
    /** Elements from a worker's ring to the next. */
    private int ringStride;

    private Turn[][] bands = {};
    private float[] image = {};
    private int imageAt;

    /** {@code window} is that of the convolution. */
    public ExpandedConvolution(SlidingWindow window, Gemm product, DepthwiseConvolution convolution) {
        this(window, product, convolution, FAR_BYTES, RING_BYTES);
    }

    /** With limits of its own. */
    ExpandedConvolution(
            SlidingWindow window, Gemm product, DepthwiseConvolution convolution, long farBytes, int ringBytes) {
        this.window = window;
        this.product = product;
        this.convolution = convolution;
        this.farBytes = farBytes;
        this.ringBytes = ringBytes;
    }

    /** Whether the two take turns, as they are prepared. */
    boolean takesTurns() {
        return ring > 0;
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        workers = newWorkers;
        product.prepare(Sizes.index((long) window.batch * window.height * window.width), workers);
        convolution.prepare(workers);
        long rowBytes = (long) Float.BYTES * window.width * window.channels;
        long bytes = rowBytes * window.batch * window.height;
        ring = 0;
        if (bytes > farBytes && product.isByRows() && convolution.isByRows() && window.outRows() > 0) {
            divide(Math.min(ringBytes, bytes / workers) / rowBytes);
        }
        if (ring == 0) {
            bands = new Turn[0][];
        }
    }

    /** Bands of turns with rings of so many rows at most; none if a ring would need more, which all have room for. */
    private void divide(long fit) {
        int seen = (window.kernelHeight - 1) * window.dilationHeight + 1;
        int rows = Math.clamp((fit - seen) / window.strideHeight + 1, 1, window.outHeight);
        ring = (rows - 1) * window.strideHeight + seen;
        ringStride = Math.ceilDiv(ring * window.width * window.channels, Arena.ALIGNMENT) * Arena.ALIGNMENT;
        if ((long) ringStride * workers > (long) window.batch * window.height * window.width * window.channels) {
            ring = 0;
            return;
        }
        int least = Math.ceilDiv(workers, window.batch);
        int wanted = workers == 1 ? 1 : Math.ceilDiv(workers * BALANCE, window.batch);
        int most = Math.max(least, wanted);
        int ofImage = Math.clamp(window.outHeight / (ROWS * seen), Math.min(least, window.outHeight), most);
        bands = new Turn[window.batch * ofImage][];
        for (int band = 0; band < bands.length; band++) {
            int before = band / ofImage * window.outHeight;
            int first = before + (int) ((long) window.outHeight * (band % ofImage) / ofImage);
            int end = before + (int) ((long) window.outHeight * (band % ofImage + 1) / ofImage);
            bands[band] = turns(first, end, rows);
        }
    }

    private Turn[] turns(int first, int end, int rows) {
        List<Turn> turns = new ArrayList<>();
        int made = window.firstSeen(first);
        for (int row = first; row < end; row += rows) {
            int next = Math.min(end, row + rows);
            int from = Math.max(made, window.firstSeen(row));
            made = Math.max(from, window.endSeen(next - 1));
            turns.add(new Turn(from, made, convolution.runs(row, next, ring)));
        }
        return turns.toArray(Turn[]::new);
    }

    /**
     * {@code x} has the pixels from {@code xAt} on, {@code y} the result from {@code yAt} on.
     *
     * @param newImage room for the image from {@code newImageAt} on
     * @param zeros as with {@link DepthwiseConvolution#run}
     */
    public void run(float[] x, int xAt, float[] newImage, int newImageAt, int zeros, float[] y, int yAt) {
        if (ring == 0) {
            product.run(x, xAt, newImage, newImageAt);
            convolution.run(newImage, newImageAt, zeros, y, yAt);
            return;
        }
        image = newImage;
        imageAt = newImageAt;
        product.begin(x, xAt);
        convolution.begin(image, imageAt, y, yAt);
        WorkerPool.shared().run(bands.length, workers, this);
    }

    @Override
    public void run(int band, int worker) {
        int ahead = worker * ringStride;
        for (Turn turn : bands[band]) {
            for (int row = turn.from; row < turn.to; ) {
                int n = Math.min(turn.to - row, ring - row % ring);
                int at = imageAt + ahead + row % ring * window.width * window.channels;
                product.rows(row * window.width, n * window.width, image, at);
                row += n;
            }
            convolution.multiply(turn.runs, ahead, 0, window.channels);
        }
    }
}
