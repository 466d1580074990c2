package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Fourier transforms of the lines along the second axis of {@code [outer, length, inner, parts]}, in double precision.
 * Real numbers of an even count are half as many complex ones.
 */
public final class FourierLines implements WorkerPool.Body {
    /** A task is at least so many numbers, if there are as many. */
    private static final int GRAIN = 4096;

    private final NumberElements elements;
    private final boolean inverse;
    private int length;
    private int bins;
    private int inner;
    private int parts;
    private int lines;
    private int perTask = 1;
    private int workers = 1;
    private boolean halves;
    private @Nullable FourierPlan plan;
    /** {@code e^(-2πi k/length)} of the first half, where real numbers are taken in pairs. */
    private double[] cos = {};

    private double[] sin = {};
    private double[][][] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    /** @param inverse with the opposite angles, divided by the length */
    public FourierLines(ElementType type, boolean inverse) {
        this.elements = new NumberElements(type);
        this.inverse = inverse;
    }

    /**
     * @param newBins how many numbers of a transform are wanted; at most {@code newLength}, or 1 if that is 0
     * @param newParts 1 for real numbers, 2 for complex ones
     */
    public void prepare(int outer, int newLength, int newBins, int newInner, int newParts, int newWorkers) {
        bins = newBins;
        inner = newInner;
        parts = newParts;
        workers = newWorkers;
        lines = Sizes.index((long) outer * inner);
        perTask = Math.clamp(GRAIN / Math.max(1, newLength), 1, Math.max(1, lines));
        boolean paired = parts == 1 && newLength % 2 == 0 && newLength > 0;
        int size = paired ? newLength / 2 : newLength;
        if (size > 0 && (plan == null || plan.size() != size)) {
            plan = new FourierPlan(size);
        }
        if (length != newLength || halves != paired) {
            int turns = paired ? size + 1 : 0;
            cos = new double[turns];
            sin = new double[turns];
            for (int k = 0; k < turns; k++) {
                cos[k] = Math.cos(-2 * Math.PI * k / newLength);
                sin[k] = Math.sin(-2 * Math.PI * k / newLength);
            }
        }
        length = newLength;
        halves = paired;
        int room = Math.max(Math.max(length, bins), plan == null ? 0 : plan.room());
        scratch = Scratch.doubles(workers, 4, room);
    }

    /** Both are arrays of the element type. */
    public void run(Object newX, int newXAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(Math.ceilDiv(lines, perTask), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int end = Math.min(lines, (task + 1) * perTask);
        for (int line = task * perTask; line < end; line++) {
            line(line / inner, line % inner, scratch[worker]);
        }
    }

    private void line(int row, int column, double[][] s) {
        int from = xAt + (row * length * inner + column) * parts;
        int step = inner * parts;
        FourierPlan p = plan;
        load(from, step, s[0], s[1]);
        if (p == null || length == 0 || !isFinite(s[0], s[1])) {
            sums(from, step, s);
            store(s[2], s[3], row, column);
            return;
        }
        boolean isBehind = p.transform(s[0], s[1], s[2], s[3]);
        double[] re = s[isBehind ? 2 : 0];
        double[] im = s[isBehind ? 3 : 1];
        if (halves) {
            double[] allRe = s[isBehind ? 0 : 2];
            double[] allIm = s[isBehind ? 1 : 3];
            unpair(re, im, allRe, allIm);
            re = allRe;
            im = allIm;
        }
        if (inverse && parts == 1) {
            for (int k = 0; k < bins; k++) {
                im[k] = -im[k];
            }
        }
        boolean exchanged = inverse && parts == 2; // see load
        store(exchanged ? im : re, exchanged ? re : im, row, column);
    }

    private void store(double[] re, double[] im, int row, int column) {
        if (inverse) {
            for (int k = 0; k < bins; k++) {
                re[k] /= length;
                im[k] /= length;
            }
        }
        int to = yAt + (row * bins * inner + column) * 2;
        elements.store(re, bins, y, to, 2 * inner);
        elements.store(im, bins, y, to + 1, 2 * inner);
    }

    private void load(int from, int step, double[] re, double[] im) {
        if (halves) {
            elements.load(x, from, 2 * step, length / 2, re);
            elements.load(x, from + step, 2 * step, length / 2, im);
        } else if (parts == 1) {
            elements.load(x, from, step, length, re);
            Arrays.fill(im, 0, length, 0);
        } else {
            // With parts exchanged before and after it, the transform is the inverse one.
            elements.load(x, from, step, length, inverse ? im : re);
            elements.load(x, from + 1, step, length, inverse ? re : im);
        }
    }

    private boolean isFinite(double[] re, double[] im) {
        int n = halves ? length / 2 : length;
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += 0 * re[i] + 0 * im[i]; // NaN unless both are finite
        }
        return sum == 0;
    }

    /** The transform of real numbers, of which two are one of the numbers that were transformed. */
    private void unpair(double[] re, double[] im, double[] toRe, double[] toIm) {
        int half = length / 2;
        for (int k = 0; k <= half / 2; k++) {
            int other = half - k;
            int at = k == 0 ? 0 : other;
            // Those of the numbers at even places, and i times those at odd ones.
            double evenR = (re[k] + re[at]) / 2;
            double evenI = (im[k] - im[at]) / 2;
            double oddR = (im[k] + im[at]) / 2;
            double oddI = (re[at] - re[k]) / 2;
            double turnR = oddR * cos[k] - oddI * sin[k];
            double turnI = oddR * sin[k] + oddI * cos[k];
            toRe[k] = evenR + turnR;
            toIm[k] = evenI + turnI;
            toRe[other] = evenR - turnR;
            toIm[other] = turnI - evenI;
        }
        for (int k = half + 1; k < bins; k++) {
            toRe[k] = toRe[length - k];
            toIm[k] = -toIm[length - k];
        }
    }

    /** By the definition, as the reference has it: where infinities and NaN go is seen in each product. */
    private void sums(int from, int step, double[][] s) {
        double[] re = s[0];
        double[] im = s[1];
        elements.load(x, from, step, length, re);
        if (parts == 2) {
            elements.load(x, from + 1, step, length, im);
        }
        for (int k = 0; k < bins; k++) {
            double sumR = 0;
            double sumI = 0;
            for (int j = 0; j < length; j++) {
                double angle = 2 * Math.PI * ((long) j * k % length) / length;
                double c = Math.cos(angle);
                double d = inverse ? -Math.sin(angle) : Math.sin(angle);
                sumR += parts == 2 ? re[j] * c + im[j] * d : re[j] * c;
                sumI += parts == 2 ? im[j] * c - re[j] * d : -re[j] * d;
            }
            s[2][k] = sumR;
            s[3][k] = sumI;
        }
    }
}
