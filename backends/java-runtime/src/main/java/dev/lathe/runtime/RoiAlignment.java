package dev.lathe.runtime;

import dev.lathe.ir.eval.SamplingEvaluation.RoiRule;
import dev.lathe.ir.eval.SamplingEvaluation.RoiSamples;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * Regions of images {@code [N, C, H, W]} as images of one size. The samples of an element are found once for all
 * channels.
 */
public final class RoiAlignment implements WorkerPool.Body {
    /** Negative infinity, the bits of which are in the order of floats. */
    private static final int LEAST = 0x807f_ffff;

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

    private static final class Scratch {
        final RoiSamples samples = new RoiSamples();
        final double[] roi = new double[4];
        final double[] result = new double[1];
        final double[] element = new double[1];
    }

    /** @param rois the element type of the regions */
    public RoiAlignment(ElementType type, ElementType rois, RoiRule rule) {
        this.rule = rule;
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
        scratch = new Scratch[workers];
        Arrays.setAll(scratch, _ -> new Scratch());
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
        WorkerPool.shared().run(regions, workers, this);
    }

    @Override
    public void run(int region, int worker) {
        Scratch s = scratch[worker];
        long number = numbers instanceof long[] a ? a[numbersAt + region] : ((int[]) numbers)[numbersAt + region];
        if (number < 0 || number >= images) {
            throw new InvalidOpException("region " + region + " is of image " + number + " of " + images);
        }
        coordinates.load(rois, roisAt + 4 * region, 1, 4, s.roi);
        int image = xAt + (int) number * channels * height * width;
        int area = (int) (rule.height() * rule.width());
        for (int row = 0, element = 0; row < rule.height(); row++) {
            for (int column = 0; column < rule.width(); column++, element++) {
                s.samples.set(rule, s.roi, row, column, height, width);
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
