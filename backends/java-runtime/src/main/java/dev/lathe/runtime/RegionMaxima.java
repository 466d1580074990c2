package dev.lathe.runtime;

import dev.lathe.ir.eval.SamplingEvaluation;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/** The largest elements of the parts of regions of images {@code [N, C, H, W]}. */
public final class RegionMaxima implements WorkerPool.Body {
    private static final int COORDINATES = 5;

    private final NumberElements elements;
    private final NumberElements coordinates;
    private final int rows;
    private final int columns;
    private final double spatialScale;
    private int images;
    private int channels;
    private int height;
    private int width;
    private int regions;
    private int workers = 1;
    private double[][] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private Object rois = new byte[0];
    private int roisAt;
    private Object y = new byte[0];
    private int yAt;

    /**
     * @param rois the element type of the regions
     * @param rows the parts of a region, one below the other
     * @param spatialScale what coordinates of regions are multiplied with
     */
    public RegionMaxima(ElementType type, ElementType rois, int rows, int columns, double spatialScale) {
        this.elements = new NumberElements(type);
        this.coordinates = new NumberElements(rois);
        this.rows = rows;
        this.columns = columns;
        this.spatialScale = spatialScale;
    }

    public void prepare(int newImages, int newChannels, int newHeight, int newWidth, int newRegions, int newWorkers) {
        images = newImages;
        channels = newChannels;
        height = newHeight;
        width = newWidth;
        regions = newRegions;
        workers = newWorkers;
        Sizes.index((long) regions * channels * rows * columns);
        scratch = Scratch.doubles(workers, Math.max(COORDINATES, width));
    }

    /** {@code newX} and {@code newY} are arrays of one type; a region is an image and left, top, right and bottom. */
    public void run(Object newX, int newXAt, Object newRois, int newRoisAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        rois = newRois;
        roisAt = newRoisAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(regions, workers, this);
    }

    @Override
    public void run(int region, int worker) {
        double[] line = scratch[worker];
        coordinates.load(rois, roisAt + COORDINATES * region, 1, COORDINATES, line);
        long number = (long) line[0];
        double[] roi = Arrays.copyOf(line, COORDINATES);
        if (number < 0 || number >= images) {
            throw new InvalidOpException("region " + region + " is of image " + number + " of " + images);
        }
        int image = xAt + (int) number * channels * height * width;
        int out = yAt + region * channels * rows * columns;
        SamplingEvaluation.RoiParts parts = new SamplingEvaluation.RoiParts(roi, rows, columns, spatialScale);
        for (int row = 0; row < rows; row++) {
            int y0 = parts.top(row, height);
            int y1 = parts.bottom(row, height);
            for (int column = 0; column < columns; column++) {
                int x0 = parts.left(column, width);
                int x1 = parts.right(column, width);
                int to = out + row * columns + column;
                if (x instanceof float[] f) {
                    largest(f, image, x0, x1, y0, y1, (float[]) y, to);
                    continue;
                }
                for (int c = 0; c < channels; c++) {
                    int plane = image + c * height * width;
                    line[0] = largest(plane, x0, x1, y0, y1, line);
                    elements.store(line, 1, y, to + c * rows * columns, 1);
                }
            }
        }
    }

    private double largest(int plane, int x0, int x1, int y0, int y1, double[] line) {
        if (y1 <= y0 || x1 <= x0) {
            return 0;
        }
        double best = Double.NEGATIVE_INFINITY;
        for (int i = y0; i < y1; i++) {
            elements.load(x, plane + i * width + x0, 1, x1 - x0, line);
            for (int j = 0; j < x1 - x0; j++) {
                best = Math.max(best, line[j]);
            }
        }
        return best;
    }

    /** The largest of each channel, as {@code Math.max} has it, but by integers of the same order. */
    private void largest(float[] f, int image, int x0, int x1, int y0, int y1, float[] to, int toAt) {
        boolean isEmpty = y1 <= y0 || x1 <= x0;
        int area = rows * columns;
        for (int c = 0, plane = image, i = toAt; c < channels; c++, plane += height * width, i += area) {
            to[i] = isEmpty ? 0 : largest(f, plane + y0 * width + x0, x1 - x0, y1 - y0);
        }
    }

    private float largest(float[] f, int from, int n, int lines) {
        int best = Integer.MIN_VALUE;
        int magnitude = 0;
        for (int line = 0, at = from; line < lines; line++, at += width) {
            for (int j = at; j < at + n; j++) {
                int bits = Float.floatToRawIntBits(f[j]);
                best = Math.max(best, bits ^ bits >> 31 >>> 1);
                magnitude = Math.max(magnitude, bits & Integer.MAX_VALUE);
            }
        }
        return Float.isNaN(Float.intBitsToFloat(magnitude)) ? Float.NaN : Float.intBitsToFloat(best ^ best >> 31 >>> 1);
    }
}
