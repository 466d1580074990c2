package dev.lathe.runtime;

import dev.lathe.ir.eval.SamplingEvaluation.RoiSamples;
import java.util.Arrays;

/**
 * The means or the largest of samples for all channels of an image of floats, whose channels lie side by side, in
 * double precision as the reference has them. One object for each worker.
 */
final class ChannelSamples {
    private final double[] results;

    ChannelSamples(int channels) {
        this.results = new double[channels];
    }

    /**
     * Makes one element of each channel.
     *
     * @param x the image {@code [H, W, C]}, from {@code at} on
     * @param max whether the largest sample is taken, not the mean
     */
    void run(RoiSamples samples, boolean max, float[] x, int at, float[] y, int to) {
        int n = results.length;
        if (samples.count <= 0) {
            Arrays.fill(y, to, to + n, 0);
            return;
        }
        Arrays.fill(results, max && !samples.isOverTheBorder ? Double.NEGATIVE_INFINITY : 0);
        int[] corners = samples.at;
        double[] weights = samples.weights;
        for (int k = 0; k < samples.corners; k += 4) {
            int a = at + corners[k] * n;
            int b = at + corners[k + 1] * n;
            int c = at + corners[k + 2] * n;
            int d = at + corners[k + 3] * n;
            if (max) {
                largest(x, a, weights[k], b, weights[k + 1], c, weights[k + 2], d, weights[k + 3]);
            } else {
                add(x, a, weights[k], b, weights[k + 1], c, weights[k + 2], d, weights[k + 3]);
            }
        }
        double count = max ? 1 : samples.count;
        for (int i = 0; i < n; i++) {
            y[to + i] = (float) (results[i] / count);
        }
    }

    private void add(float[] x, int a, double u, int b, double v, int c, double w, int d, double z) {
        double[] sums = results;
        for (int i = 0; i < sums.length; i++) {
            sums[i] = sums[i] + u * x[a + i] + v * x[b + i] + w * x[c + i] + z * x[d + i];
        }
    }

    private void largest(float[] x, int a, double u, int b, double v, int c, double w, int d, double z) {
        double[] best = results;
        for (int i = 0; i < best.length; i++) {
            double first = Math.max(u * x[a + i], v * x[b + i]);
            double second = Math.max(w * x[c + i], z * x[d + i]);
            best[i] = Math.max(best[i], Math.max(first, second));
        }
    }
}
