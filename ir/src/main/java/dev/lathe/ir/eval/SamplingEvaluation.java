package dev.lathe.ir.eval;

import dev.lathe.ir.op.GridPadding;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;

/** The meaning of the ops that read between elements. */
public final class SamplingEvaluation {
    private SamplingEvaluation() {}

    /**
     * How a grid is sampled.
     *
     * @param padding what is outside of the image
     * @param alignCorners whether -1 and 1 are the centres of the outermost elements, not their edges
     */
    public record GridRule(ResizeMode mode, GridPadding padding, boolean alignCorners) {}

    public static Tensor grid(GridRule rule, Tensor x, Tensor grid) {
        if (grid.dim(-1) != x.rank() - 2) {
            throw new InvalidOpException("positions of " + grid.dim(-1) + " coordinates in " + x.type());
        }
        int spatial = x.rank() - 2;
        long[] result = new long[x.rank()];
        result[0] = x.dim(0);
        result[1] = x.dim(1);
        System.arraycopy(grid.dims(), 1, result, 2, spatial);
        Tensor out = Tensor.zeros(x.element(), result);
        long[] gridStrides = Strides.of(grid.dims());
        long[] xs = Strides.of(x.dims());
        double[] at = new double[spatial];
        Strides.forEach(result, (index, flat) -> {
            long base = index[0] * gridStrides[0];
            for (int i = 0; i < spatial; i++) {
                base += index[2 + i] * gridStrides[1 + i];
            }
            for (int i = 0; i < spatial; i++) {
                at[i] = position(rule, grid.getDouble(base + spatial - 1 - i), x.dim(2 + i));
            }
            double v = interpolate(rule, x, xs, index[0] * xs[0] + index[1] * xs[1], at, 0);
            if (x.element().isFloat()) {
                out.setDouble(flat, v);
            } else {
                out.setLong(flat, (long) v);
            }
        });
        return out;
    }

    private static double position(GridRule rule, double given, long n) {
        double normal = Double.isNaN(given) ? -1 : given; // as ONNX Runtime and PyTorch do
        double p = rule.alignCorners ? (normal + 1) / 2 * (n - 1) : ((normal + 1) * n - 1) / 2;
        if (rule.mode == ResizeMode.NEAREST) {
            p = Math.rint(p);
        }
        double low = rule.alignCorners ? 0 : -0.5;
        double high = rule.alignCorners ? n - 1 : n - 0.5;
        if (p >= low && p <= high) {
            return p;
        }
        return switch (rule.padding) {
            case ZEROS -> p;
            // Cubic interpolation reads each of its elements at the border instead.
            case BORDER -> rule.mode == ResizeMode.CUBIC ? p : Math.clamp(p, 0, n - 1);
            case REFLECTION -> reflected(p, low, high);
        };
    }

    private static double reflected(double p, double low, double high) {
        double range = high - low;
        if (range <= 0) {
            return low;
        }
        double beyond = p < low ? low - p : p > high ? p - high : -1;
        if (beyond < 0) {
            return p;
        }
        double turns = Math.floor(beyond / range);
        double rest = beyond - turns * range;
        boolean fromLow = p < low == (turns % 2 == 0);
        return fromLow ? low + rest : high - rest;
    }

    /** The value at fractional positions of the axes from {@code axis} on. */
    private static double interpolate(GridRule rule, Tensor x, long[] xs, long base, double[] at, int axis) {
        if (axis == at.length) {
            return x.getDouble(base);
        }
        double floor = Math.floor(at[axis]);
        double t = at[axis] - floor;
        if (Double.isNaN(floor) || Double.isInfinite(floor)) {
            return 0;
        }
        long from = (long) floor;
        double[] weights = weights(rule, t);
        long first = first(rule, at[axis], from);
        double sum = 0;
        for (int k = 0; k < weights.length; k++) {
            long index = inside(rule, first + k, x.dim(2 + axis));
            if (index >= 0 && weights[k] != 0) {
                sum += weights[k] * interpolate(rule, x, xs, base + index * xs[2 + axis], at, axis + 1);
            }
        }
        return sum;
    }

    private static double[] weights(GridRule rule, double t) {
        return switch (rule.mode) {
            case NEAREST -> new double[] {1};
            case LINEAR -> new double[] {1 - t, t};
            case CUBIC -> cubic(t);
        };
    }

    private static long first(GridRule rule, double at, long floor) {
        return switch (rule.mode) {
            case NEAREST -> (long) Math.rint(at);
            case LINEAR -> floor;
            case CUBIC -> floor - 1;
        };
    }

    /** The most elements along an axis that make one between them. */
    public static final int MOST_TAPS = 4;

    /**
     * The elements along an axis of {@code n} that make the one at a position of a grid: those that are there and
     * count, in order, from {@code at} on.
     *
     * @param given the entry of the grid
     * @return how many there are, at most {@link #MOST_TAPS}
     */
    public static int gridTaps(GridRule rule, double given, long n, int[] indices, double[] weights, int at) {
        double p = position(rule, given, n);
        double floor = Math.floor(p);
        if (Double.isNaN(floor) || Double.isInfinite(floor)) {
            return 0;
        }
        double[] all = weights(rule, p - floor);
        long first = first(rule, p, (long) floor);
        int found = 0;
        for (int k = 0; k < all.length; k++) {
            long index = inside(rule, first + k, n);
            if (index >= 0 && all[k] != 0) {
                indices[at + found] = (int) index;
                weights[at + found++] = all[k];
            }
        }
        return found;
    }

    /** The element that stands at {@code i}, or -1 for zero. */
    private static long inside(GridRule rule, long i, long n) {
        if (i >= 0 && i < n) {
            return i;
        }
        return switch (rule.padding) {
            case ZEROS -> -1;
            case BORDER -> Math.clamp(i, 0, n - 1);
            case REFLECTION -> {
                double low = rule.alignCorners ? 0 : -0.5;
                double high = rule.alignCorners ? n - 1 : n - 0.5;
                yield Math.clamp((long) reflected(i, low, high), 0, n - 1);
            }
        };
    }

    private static double[] cubic(double t) {
        double a = -0.75;
        return new double[] {far(a, t + 1), near(a, t), near(a, 1 - t), far(a, 2 - t)};
    }

    private static double near(double a, double d) {
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    }

    private static double far(double a, double d) {
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    }

    /**
     * How regions become images of one size.
     *
     * @param samples along each axis of an element; 0 for as many as the region has elements there
     * @param spatialScale what coordinates of regions are multiplied with
     * @param halfPixel whether coordinates are of edges, not of centres
     * @param max whether the largest sample is taken, not the mean
     */
    public record RoiRule(long height, long width, long samples, double spatialScale, boolean halfPixel, boolean max) {}

    public static Tensor roiAlign(RoiRule rule, Tensor x, Tensor rois, Tensor images) {
        int height = Sizes.index(x.dim(2));
        int width = Sizes.index(x.dim(3));
        long[] dims = {rois.dim(0), x.dim(1), rule.height, rule.width};
        Tensor out = Tensor.zeros(x.element(), dims);
        RoiSamples samples = new RoiSamples();
        Strides.forEach(dims, (index, flat) -> {
            long r = index[0] * 4;
            double[] roi = {rois.getDouble(r), rois.getDouble(r + 1), rois.getDouble(r + 2), rois.getDouble(r + 3)};
            samples.set(rule, roi, index[2], index[3], height, width);
            long base = (images.getLong(index[0]) * x.dim(1) + index[1]) * height * width;
            double sum = 0;
            double best = samples.isOverTheBorder ? 0 : Double.NEGATIVE_INFINITY;
            for (int k = 0; k < samples.corners; k++) {
                double v = samples.weights[k] * x.getDouble(base + samples.at[k]);
                sum += v;
                best = Math.max(best, v);
            }
            out.setDouble(flat, samples.count <= 0 ? 0 : rule.max ? best : sum / samples.count);
        });
        return out;
    }

    /** The samples of one element of an aligned region: corners in an image and their weights, in order. */
    public static final class RoiSamples {
        /** How many corners there are, four for each sample that the image may have something for. */
        public int corners;
        /** Where they are in the image. */
        public int[] at = {};

        public double[] weights = {};
        /** How many samples there are, with those for which the image has nothing; 0 for an empty region. */
        public double count;
        /** Whether some samples are left out, which are zeros. */
        public boolean isOverTheBorder;

        /** @param roi left, top, right and bottom */
        public void set(RoiRule rule, double[] roi, long row, long column, int height, int width) {
            double offset = rule.halfPixel ? 0.5 : 0;
            double left = roi[0] * rule.spatialScale - offset;
            double top = roi[1] * rule.spatialScale - offset;
            double roiWidth = roi[2] * rule.spatialScale - offset - left;
            double roiHeight = roi[3] * rule.spatialScale - offset - top;
            if (!rule.halfPixel) {
                roiWidth = Math.max(roiWidth, 1);
                roiHeight = Math.max(roiHeight, 1);
            }
            double binHeight = roiHeight / rule.height;
            double binWidth = roiWidth / rule.width;
            long rows = rule.samples > 0 ? rule.samples : (long) Math.ceil(binHeight);
            long columns = rule.samples > 0 ? rule.samples : (long) Math.ceil(binWidth);
            double firstY = top + row * binHeight;
            double firstX = left + column * binWidth;
            long[] inRows = inside(firstY, binHeight / rows, rows, height);
            long[] inColumns = inside(firstX, binWidth / columns, columns, width);
            long inRow = inColumns[1] - inColumns[0];
            isOverTheBorder = inRows[1] - inRows[0] < rows || inRow < columns;
            count = rows <= 0 || columns <= 0 ? 0 : (double) rows * columns;
            corners = 0;
            int most = Sizes.index(Math.multiplyExact(inRows[1] - inRows[0], 4 * inRow));
            if (at.length < most) {
                at = new int[most];
                weights = new double[most];
            }
            for (long i = inRows[0]; i < inRows[1]; i++) {
                double y = firstY + (i + 0.5) * binHeight / rows;
                for (long j = inColumns[0]; j < inColumns[1]; j++) {
                    add(y, firstX + (j + 0.5) * binWidth / columns, height, width);
                }
            }
        }

        /** Adds the corners around a position; all weights are 0 outside. */
        private void add(double y, double x, int height, int width) {
            int k = corners;
            corners += 4;
            if (y < -1 || y > height || x < -1 || x > width) {
                Arrays.fill(at, k, corners, 0);
                Arrays.fill(weights, k, corners, 0);
                return;
            }
            double py = Math.max(y, 0);
            double px = Math.max(x, 0);
            int top = (int) py;
            int left = (int) px;
            int bottom = top + 1;
            int right = left + 1;
            if (top >= height - 1) {
                top = bottom = height - 1;
                py = top;
            }
            if (left >= width - 1) {
                left = right = width - 1;
                px = left;
            }
            double dy = py - top;
            double dx = px - left;
            at[k] = top * width + left;
            at[k + 1] = top * width + right;
            at[k + 2] = bottom * width + left;
            at[k + 3] = bottom * width + right;
            weights[k] = (1 - dy) * (1 - dx);
            weights[k + 1] = (1 - dy) * dx;
            weights[k + 2] = dy * (1 - dx);
            weights[k + 3] = dy * dx;
        }
    }

    /**
     * From which to which of {@code count} samples an image of {@code size} elements may have something: a region
     * may be much larger than it.
     */
    private static long[] inside(double start, double step, long count, long size) {
        long from = (long) Math.clamp(Math.floor((-1 - start) / step) - 1, 0, Math.max(0, count));
        long to = (long) Math.clamp(Math.ceil((size + 1 - start) / step) + 1, from, Math.max(from, count));
        return new long[] {from, to};
    }

    /** The parts of a region, {@code [image, left, top, right, bottom]}, as ranges of elements of its image. */
    public static final class RoiParts {
        private final long left;
        private final long top;
        private final double partHeight;
        private final double partWidth;

        public RoiParts(double[] roi, long rows, long columns, double spatialScale) {
            left = Math.round(roi[1] * spatialScale);
            top = Math.round(roi[2] * spatialScale);
            long right = Math.round(roi[3] * spatialScale);
            long bottom = Math.round(roi[4] * spatialScale);
            partHeight = (double) Math.max(bottom - top + 1, 1) / rows;
            partWidth = (double) Math.max(right - left + 1, 1) / columns;
        }

        public int top(long row, int height) {
            return Math.clamp((long) Math.floor(row * partHeight) + top, 0, height);
        }

        public int bottom(long row, int height) {
            return Math.clamp((long) Math.ceil((row + 1) * partHeight) + top, 0, height);
        }

        public int left(long column, int width) {
            return Math.clamp((long) Math.floor(column * partWidth) + left, 0, width);
        }

        public int right(long column, int width) {
            return Math.clamp((long) Math.ceil((column + 1) * partWidth) + left, 0, width);
        }
    }

    public static Tensor maxRoiPool(Tensor x, Tensor rois, long rows, long columns, double spatialScale) {
        int height = Sizes.index(x.dim(2));
        int width = Sizes.index(x.dim(3));
        long[] dims = {rois.dim(0), x.dim(1), rows, columns};
        Tensor out = Tensor.zeros(x.element(), dims);
        double[] roi = new double[5];
        Strides.forEach(dims, (index, flat) -> {
            long r = index[0] * 5;
            for (int i = 0; i < roi.length; i++) {
                roi[i] = rois.getDouble(r + i);
            }
            RoiParts parts = new RoiParts(roi, rows, columns, spatialScale);
            int y1 = parts.bottom(index[2], height);
            int x0 = parts.left(index[3], width);
            int x1 = parts.right(index[3], width);
            long image = (long) roi[0];
            long base = (image * x.dim(1) + index[1]) * height * width;
            int y0 = parts.top(index[2], height);
            double best = y1 <= y0 || x1 <= x0 ? 0 : Double.NEGATIVE_INFINITY;
            for (int i = y0; i < y1; i++) {
                for (int j = x0; j < x1; j++) {
                    best = Math.max(best, x.getDouble(base + (long) i * width + j));
                }
            }
            out.setDouble(flat, best);
        });
        return out;
    }
}
