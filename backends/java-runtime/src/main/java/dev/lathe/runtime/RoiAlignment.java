package dev.lathe.runtime;

import dev.lathe.ir.eval.SamplingEvaluation.RoiRule;
import dev.lathe.ir.eval.SamplingEvaluation.RoiSamples;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * Regions of images {@code [N, C, H, W]} as images of one size. The samples of an element are found once for all
 * channels. Where there are many of both, images of floats are turned over, so that channels lie side by side.
 */
public final class RoiAlignment implements WorkerPool.Body {
    /** Negative infinity, the bits of which are in the order of floats. */
    private static final int LEAST = 0x807f_ffff;
    /** Channels from which on images are turned over. */
    private static final int MANY_CHANNELS = 8;
    /** Corners of samples, along each axis of an element, where regions tell how many there are. */
    private static final int CORNERS = 4;
    /** Pixels that a task turns over. */
    private static final int PIXELS = 256;

    private final RoiRule rule;
    private final NumberElements elements;
    private final NumberElements coordinates;
    private int images;
    private int channels;
    private int height;
    private int width;
    private int regions;
    private int workers = 1;
    private Scratch[] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private Object rois = new byte[0];
    private int roisAt;
    private Object numbers = new byte[0];
    private int numbersAt;
    private Object y = new byte[0];
    private int yAt;
    private final boolean isSingle;
    private final MatrixTranspose transpose = new MatrixTranspose();
    private final WorkerPool.Body turning = this::turn;
    private boolean isTurned;
    /** The images {@code [N, H, W, C]}, if they are turned over. */
    private float[] turned = {};

    private static final class Scratch {
        final ChannelSamples channels;
        /** A region of the result {@code [H, W, C]}. */
        final float[] region;

        final RoiSamples samples = new RoiSamples();
        final double[] roi = new double[4];
        final double[] result = new double[1];
        final double[] element = new double[1];

        Scratch(int channels, int area) {
            this.channels = new ChannelSamples(channels);
            region = new float[channels * area];
        }
    }

    /** @param rois the element type of the regions */
    public RoiAlignment(ElementType type, ElementType rois, RoiRule rule) {
        this.rule = rule;
        this.isSingle = type == ElementType.F32;
        this.elements = new NumberElements(type);
        this.coordinates = new NumberElements(rois);
    }

    public void prepare(int newImages, int newChannels, int newHeight, int newWidth, int newRegions, int newWorkers) {
        images = newImages;
        channels = newChannels;
        height = newHeight;
        width = newWidth;
        regions = newRegions;
        workers = newWorkers;
        Sizes.index((long) regions * channels * rule.height() * rule.width());
        long corners = rule.samples() > 0 ? 2 * rule.samples() : CORNERS;
        double read = (double) regions * rule.height() * rule.width() * corners * corners;
        isTurned = isSingle && channels >= MANY_CHANNELS && read >= (double) images * height * width;
        turned = new float[isTurned ? Sizes.index((long) images * channels * height * width) : 0];
        scratch = new Scratch[workers];
        int area = isTurned ? (int) (rule.height() * rule.width()) : 0;
        Arrays.setAll(scratch, _ -> new Scratch(isTurned ? channels : 0, area));
    }

    /**
     * {@code newX} and {@code newY} are arrays of one type.
     *
     * @param newNumbers the image of each region
     * @throws InvalidOpException if there is no such image
     */
    public void run(
            Object newX,
            int newXAt,
            Object newRois,
            int newRoisAt,
            Object newNumbers,
            int newNumbersAt,
            Object newY,
            int newYAt) {
        x = newX;
        xAt = newXAt;
        rois = newRois;
        roisAt = newRoisAt;
        numbers = newNumbers;
        numbersAt = newNumbersAt;
        y = newY;
        yAt = newYAt;
        if (isTurned) {
            WorkerPool.shared().run(images * Math.ceilDiv(height * width, PIXELS), workers, turning);
        }
        WorkerPool.shared().run(regions, workers, this);
    }

    private void turn(int task, int worker) {
        int pixels = height * width;
        int tasks = Math.ceilDiv(pixels, PIXELS);
        int image = task / tasks * channels * pixels;
        int pixel = task % tasks * PIXELS;
        int n = Math.min(PIXELS, pixels - pixel);
        transpose.run(channels, n, x, xAt + image + pixel, pixels, turned, image + pixel * channels, channels);
    }

    @Override
    public void run(int region, int worker) {
        Scratch s = scratch[worker];
        long number = numbers instanceof long[] a ? a[numbersAt + region] : ((int[]) numbers)[numbersAt + region];
        if (number < 0 || number >= images) {
            throw new InvalidOpException("region " + region + " is of image " + number + " of " + images);
        }
        coordinates.load(rois, roisAt + 4 * region, 1, 4, s.roi);
        int first = (int) number * channels * height * width;
        int image = xAt + first;
        int area = (int) (rule.height() * rule.width());
        for (int row = 0, element = 0; row < rule.height(); row++) {
            for (int column = 0; column < rule.width(); column++, element++) {
                s.samples.set(rule, s.roi, row, column, height, width);
                if (isTurned) {
                    s.channels.run(s.samples, rule.max(), turned, first, s.region, element * channels);
                    continue;
                }
                if (x instanceof float[] a) {
                    sampled(s, a, image, (float[]) y, yAt + region * channels * area + element, area);
                    continue;
                }
                for (int c = 0; c < channels; c++) {
                    s.result[0] = sampled(s, image + c * height * width);
                    elements.store(s.result, 1, y, yAt + (region * channels + c) * area + element, 1);
                }
            }
        }
        if (isTurned) {
            transpose.run(area, channels, s.region, 0, channels, y, yAt + region * channels * area, area);
        }
    }

    /** Samples all channels of an image of floats, whose results are {@code area} apart. */
    private void sampled(Scratch s, float[] a, int image, float[] to, int toAt, int area) {
        RoiSamples samples = s.samples;
        int[] at = samples.at;
        double[] weights = samples.weights;
        int corners = samples.count <= 0 ? 0 : samples.corners;
        float least = corners == 0 || samples.isOverTheBorder ? 0 : Float.NEGATIVE_INFINITY;
        for (int c = 0, from = image, i = toAt; c < channels; c++, from += height * width, i += area) {
            if (rule.max()) {
                to[i] = Math.max(least, largest(a, from, at, weights, corners));
            } else {
                double sum = 0;
                for (int k = 0; k < corners; k++) {
                    sum += weights[k] * a[from + at[k]];
                }
                to[i] = (float) (corners == 0 ? 0 : sum / samples.count);
            }
        }
    }

    private double sampled(Scratch s, int from) {
        RoiSamples samples = s.samples;
        if (samples.count <= 0) {
            return 0;
        }
        double sum = 0;
        double best = samples.isOverTheBorder ? 0 : Double.NEGATIVE_INFINITY;
        for (int k = 0; k < samples.corners; k++) {
            double v = samples.weights[k] * element(s, from + samples.at[k]);
            sum += v;
            best = Math.max(best, v);
        }
        return rule.max() ? best : sum / samples.count;
    }

    /**
     * The largest product as {@code Math.max} has it, but by integers of the same order, which compare without
     * branches: to round them first makes no other one the largest.
     */
    private static float largest(float[] a, int from, int[] at, double[] weights, int corners) {
        int best = LEAST;
        int magnitude = 0;
        for (int k = 0; k < corners; k++) {
            int bits = Float.floatToRawIntBits((float) (weights[k] * a[from + at[k]]));
            best = Math.max(best, bits ^ bits >> 31 >>> 1);
            magnitude = Math.max(magnitude, bits & Integer.MAX_VALUE);
        }
        return Float.isNaN(Float.intBitsToFloat(magnitude)) ? Float.NaN : Float.intBitsToFloat(best ^ best >> 31 >>> 1);
    }

    private double element(Scratch s, int at) {
        elements.load(x, at, 1, 1, s.element);
        return s.element[0];
    }
}
