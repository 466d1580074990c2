package dev.lathe.runtime;

import dev.lathe.ir.eval.SamplingEvaluation;
import dev.lathe.ir.eval.SamplingEvaluation.RoiRule;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * Regions of images {@code [N, C, H, W]} as images of one size. The samples of an element are found once for all
 * channels.
 */
public final class RoiAlignment implements WorkerPool.Body {
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
        final SamplingEvaluation.RoiSamples samples = new SamplingEvaluation.RoiSamples();
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
                for (int c = 0; c < channels; c++) {
                    s.result[0] = sampled(s, image + c * height * width);
                    elements.store(s.result, 1, y, yAt + (region * channels + c) * area + element, 1);
                }
            }
        }
    }

    private double sampled(Scratch s, int from) {
        SamplingEvaluation.RoiSamples samples = s.samples;
        if (samples.count <= 0) {
            return 0;
        }
        int[] at = samples.at;
        double[] weights = samples.weights;
        double sum = 0;
        double best = samples.isOverTheBorder ? 0 : Double.NEGATIVE_INFINITY;
        if (!(x instanceof float[] a)) {
            for (int k = 0; k < samples.corners; k++) {
                double v = weights[k] * element(s, from + at[k]);
                sum += v;
                best = Math.max(best, v);
            }
        } else if (rule.max()) {
            best = Math.max(best, largest(a, from, at, weights, samples.corners));
        } else {
            for (int k = 0; k < samples.corners; k++) {
                sum += weights[k] * a[from + at[k]];
            }
        }
        return rule.max() ? best : sum / samples.count;
    }

    /** As {@code Math.max} has it, but by integers of the same order, which compare without branches. */
    private static double largest(float[] a, int from, int[] at, double[] weights, int corners) {
        long best = Long.MIN_VALUE;
        long magnitude = 0;
        for (int k = 0; k < corners; k++) {
            long bits = Double.doubleToRawLongBits(weights[k] * a[from + at[k]]);
            best = Math.max(best, bits ^ bits >> 63 >>> 1);
            magnitude = Math.max(magnitude, bits & Long.MAX_VALUE);
        }
        if (Double.isNaN(Double.longBitsToDouble(magnitude))) {
            return Double.NaN;
        }
        return corners == 0 ? Double.NEGATIVE_INFINITY : Double.longBitsToDouble(best ^ best >> 63 >>> 1);
    }

    private double element(Scratch s, int at) {
        elements.load(x, at, 1, 1, s.element);
        return s.element[0];
    }
}
