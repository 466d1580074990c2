package dev.lathe.runtime;

import dev.lathe.ir.op.Evaluation;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.Optional;

/** Boxes of one image, of which those stay that overlap none of a better score too much. */
final class Boxes {
    private final int count;
    /** Smallest and largest coordinates, and the area of each. */
    private final double[] top;

    private final double[] left;
    private final double[] bottom;
    private final double[] right;
    private final double[] area;
    /** The keys of scores, best first, before the number of the box. */
    private final long[] candidates;

    private final double[] scores;
    /** How many of a class there may be. */
    private final int[] chosen;

    private Boxes(int count, int most) {
        this.count = count;
        top = new double[count];
        left = new double[count];
        bottom = new double[count];
        right = new double[count];
        area = new double[count];
        candidates = new long[count];
        scores = new double[count];
        chosen = new int[Math.min(count, most)];
    }

    /** The image, class and box of those that stay, {@code [n, 3]}. */
    static Tensor suppressed(NonMaxSuppression op, Evaluation e) {
        Tensor boxes = e.tensor(op.boxes());
        Tensor scores = e.tensor(op.scores());
        long most = op.maxOutput().map(v -> e.tensor(v).getLong(0)).orElse(0L);
        double overlap = number(op.iouThreshold().map(e::tensor), 0);
        double least = number(op.scoreThreshold().map(e::tensor), Double.NEGATIVE_INFINITY);
        int count = Sizes.index(boxes.dim(1));
        Boxes image = new Boxes(count, Math.clamp(most, 0, Integer.MAX_VALUE));
        long[] found = new long[3 * 16];
        int n = 0;
        for (int i = 0; i < scores.dim(0); i++) {
            image.read(boxes, (long) i * count * 4, op.centered());
            for (int c = 0; c < scores.dim(1); c++) {
                int here = image.choose(scores, (i * scores.dim(1) + c) * count, overlap, least);
                if (found.length < 3 * (n + here)) {
                    found = Arrays.copyOf(found, Sizes.index(6L * (n + here)));
                }
                for (int k = 0; k < here; k++, n++) {
                    found[3 * n] = i;
                    found[3 * n + 1] = c;
                    found[3 * n + 2] = image.chosen[k];
                }
            }
        }
        return Tensor.of(Arrays.copyOf(found, 3 * n), n, 3);
    }

    private static double number(Optional<Tensor> t, double otherwise) {
        return t.map(v -> v.getDouble(0)).orElse(otherwise);
    }

    private void read(Tensor boxes, long at, boolean centered) {
        double[] all = new double[4 * count];
        Object array = boxes.array();
        if (array != null) {
            new NumberElements(boxes.element()).load(array, (int) at, 1, 4 * count, all);
        } else {
            Arrays.setAll(all, i -> boxes.getDouble(at + i));
        }
        for (int i = 0; i < count; i++) {
            double p = all[4 * i];
            double q = all[4 * i + 1];
            double r = all[4 * i + 2];
            double s = all[4 * i + 3];
            top[i] = centered ? p - r / 2 : Math.min(p, r);
            left[i] = centered ? q - s / 2 : Math.min(q, s);
            bottom[i] = centered ? p + r / 2 : Math.max(p, r);
            right[i] = centered ? q + s / 2 : Math.max(q, s);
            area[i] = (bottom[i] - top[i]) * (right[i] - left[i]);
        }
    }

    /** Chooses boxes by the scores from {@code at} on; how many. */
    private int choose(Tensor all, long at, double overlap, double least) {
        if (all.element() != ElementType.F32 || !(all.array() instanceof float[] floats)) {
            for (int i = 0; i < count; i++) {
                scores[i] = all.getDouble(at + i);
            }
        } else {
            for (int i = 0; i < count; i++) {
                scores[i] = floats[(int) at + i];
            }
        }
        boolean isFloat = all.element().bits() <= Float.SIZE;
        int n = 0;
        for (int i = 0; i < count; i++) {
            if (scores[i] > least) {
                candidates[n++] = isFloat ? (long) order((float) scores[i]) << 32 | i : i;
            }
        }
        if (isFloat) {
            Arrays.sort(candidates, 0, n);
        } else {
            Integer[] places = new Integer[n];
            Arrays.setAll(places, i -> (int) candidates[i]);
            Arrays.sort(places, (a, b) -> Double.compare(-scores[a], -scores[b]));
            for (int i = 0; i < n; i++) {
                candidates[i] = places[i];
            }
        }
        int found = 0;
        for (int i = 0; i < n && found < chosen.length; i++) {
            int box = (int) candidates[i];
            if (isApart(box, found, overlap)) {
                chosen[found++] = box;
            }
        }
        return found;
    }

    /** Integers in the order in which {@link Double#compare} has the negated numbers. */
    private static int order(float score) {
        int bits = Float.floatToRawIntBits(-score);
        return bits ^ (bits >> 31) & Integer.MAX_VALUE;
    }

    private boolean isApart(int box, int found, double overlap) {
        for (int k = 0; k < found; k++) {
            int other = chosen[k];
            double height = Math.min(bottom[box], bottom[other]) - Math.max(top[box], top[other]);
            double width = Math.min(right[box], right[other]) - Math.max(left[box], left[other]);
            double shared = 0;
            if (!(height <= 0 || width <= 0)) {
                double intersection = height * width;
                double union = area[box] + area[other] - intersection;
                shared = union <= 0 ? 0 : intersection / union;
            }
            if (shared > overlap) {
                return false;
            }
        }
        return true;
    }
}
