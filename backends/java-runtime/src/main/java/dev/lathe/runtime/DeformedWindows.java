package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the taps of moved windows read between the pixels of images {@code [N, C, H, W]}, with zeros outside:
 * {@code [N, C * taps, outHeight * outWidth]}. What is between pixels is found once for all channels that share it.
 */
public final class DeformedWindows implements WorkerPool.Body {
    private static final int CORNERS = 4;

    private final int kernelHeight;
    private final int kernelWidth;
    private final int strideHeight;
    private final int strideWidth;
    private final int dilationHeight;
    private final int dilationWidth;
    private final int offsetGroups;
    private int channels;
    private int height;
    private int width;
    private int padTop;
    private int padLeft;
    private int outHeight;
    private int outWidth;
    private int tasks;
    private int workers = 1;
    private Corners[] scratch = {};
    private float[] x = {};
    private int xAt;
    private float[] offset = {};
    private int offsetAt;
    private float @Nullable [] mask;
    private int maskAt;
    private float[] y = {};
    private int yAt;

    /** For each pixel of the result, the pixels that are there and their weights, one behind the other. */
    private static final class Corners {
        final byte[] counts;
        final int[] at;
        final float[] weights;

        Corners(int pixels) {
            counts = new byte[pixels];
            at = new int[Sizes.index((long) CORNERS * pixels)];
            weights = new float[CORNERS * pixels];
        }
    }

    /** @param offsetGroups in how many parts channels have moves of their own */
    public DeformedWindows(
            int kernelHeight,
            int kernelWidth,
            int strideHeight,
            int strideWidth,
            int dilationHeight,
            int dilationWidth,
            int offsetGroups) {
        this.kernelHeight = kernelHeight;
        this.kernelWidth = kernelWidth;
        this.strideHeight = strideHeight;
        this.strideWidth = strideWidth;
        this.dilationHeight = dilationHeight;
        this.dilationWidth = dilationWidth;
        this.offsetGroups = offsetGroups;
    }

    public void prepare(
            int batch,
            int newChannels,
            int newHeight,
            int newWidth,
            int newPadTop,
            int newPadLeft,
            int newOutHeight,
            int newOutWidth,
            int newWorkers) {
        channels = newChannels;
        height = newHeight;
        width = newWidth;
        padTop = newPadTop;
        padLeft = newPadLeft;
        outHeight = newOutHeight;
        outWidth = newOutWidth;
        workers = newWorkers;
        tasks = Sizes.index((long) batch * offsetGroups * kernelHeight * kernelWidth);
        int pixels = Sizes.index((long) outHeight * outWidth);
        Sizes.fit("the scratch memory of a kernel", (long) workers * pixels * (1 + CORNERS * 2 * Float.BYTES));
        scratch = new Corners[workers];
        Arrays.setAll(scratch, _ -> new Corners(pixels));
    }

    /**
     * @param newOffset {@code [N, offsetGroups * taps * 2, outHeight, outWidth]}, down and right
     * @param newMask {@code [N, offsetGroups * taps, outHeight, outWidth]}, a factor for each tap; null for ones
     */
    public void run(
            float[] newX,
            int newXAt,
            float[] newOffset,
            int newOffsetAt,
            float @Nullable [] newMask,
            int newMaskAt,
            float[] newY,
            int newYAt) {
        x = newX;
        xAt = newXAt;
        offset = newOffset;
        offsetAt = newOffsetAt;
        mask = newMask;
        maskAt = newMaskAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(tasks, workers, this);
    }

    /** One tap of a group of channels of an image. */
    @Override
    public void run(int task, int worker) {
        Corners c = scratch[worker];
        find(task, c);
        int taps = kernelHeight * kernelWidth;
        int tap = task % taps;
        int group = task / taps % offsetGroups;
        int image = task / taps / offsetGroups;
        int each = channels / offsetGroups;
        int pixels = outHeight * outWidth;
        for (int channel = group * each; channel < (group + 1) * each; channel++) {
            int from = xAt + (image * channels + channel) * height * width;
            read(c, pixels, x, from, y, yAt + ((image * channels + channel) * taps + tap) * pixels);
        }
    }

    private void find(int task, Corners c) {
        int pixels = outHeight * outWidth;
        int tap = task % (kernelHeight * kernelWidth);
        int down = offsetAt + 2 * task * pixels;
        int firstRow = tap / kernelWidth * dilationHeight - padTop;
        int firstColumn = tap % kernelWidth * dilationWidth - padLeft;
        float[] factors = mask;
        for (int row = 0, pixel = 0; row < outHeight; row++) {
            for (int column = 0; column < outWidth; column++, pixel++) {
                double py = row * strideHeight + firstRow + (double) offset[down + pixel];
                double px = column * strideWidth + firstColumn + (double) offset[down + pixels + pixel];
                double factor = factors == null ? 1 : factors[maskAt + task * pixels + pixel];
                find(py, px, factor, c, pixel);
            }
        }
    }

    private void find(double py, double px, double factor, Corners c, int pixel) {
        double top = Math.floor(py);
        double left = Math.floor(px);
        int n = CORNERS * pixel;
        for (int i = 0; i < 2; i++) {
            double vertical = i == 0 ? 1 - (py - top) : py - top;
            double line = top + i;
            if (vertical == 0 || !(line >= 0 && line < height)) {
                continue;
            }
            for (int j = 0; j < 2; j++) {
                double horizontal = j == 0 ? 1 - (px - left) : px - left;
                double place = left + j;
                if (horizontal != 0 && place >= 0 && place < width) {
                    c.at[n] = (int) (line * width + place);
                    c.weights[n++] = (float) (factor * vertical * horizontal);
                }
            }
        }
        c.counts[pixel] = (byte) (n - CORNERS * pixel);
    }

    private static void read(Corners c, int pixels, float[] x, int from, float[] y, int to) {
        int[] at = c.at;
        float[] weights = c.weights;
        for (int pixel = 0, k = 0; pixel < pixels; pixel++, k += CORNERS) {
            float sum = 0;
            if (c.counts[pixel] == CORNERS) {
                sum = weights[k] * x[from + at[k]]
                        + weights[k + 1] * x[from + at[k + 1]]
                        + weights[k + 2] * x[from + at[k + 2]]
                        + weights[k + 3] * x[from + at[k + 3]];
            } else {
                for (int i = k; i < k + c.counts[pixel]; i++) {
                    sum += weights[i] * x[from + at[i]];
                }
            }
            y[to + pixel] = sum;
        }
    }
}
