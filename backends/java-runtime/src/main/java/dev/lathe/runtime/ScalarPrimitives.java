package dev.lathe.runtime;

import java.util.Arrays;

/**
 * {@link Primitives} in plain loops. Sums are doubles: one accumulator for a long row would lose what the lanes of a
 * vector keep.
 */
final class ScalarPrimitives implements Primitives {
    /** The bits that are a brain float in the upper half of an integer. */
    private static final int UPPER = 0xffff_0000;

    @Override
    public float sum(float[] x, int at, int n) {
        double s = 0;
        for (int i = at; i < at + n; i++) {
            s += x[i];
        }
        return (float) s;
    }

    @Override
    public float max(float[] x, int at, int n) {
        float m = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            m = Math.max(m, x[i]);
        }
        return m;
    }

    @Override
    public float min(float[] x, int at, int n) {
        float m = Float.POSITIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            m = Math.min(m, x[i]);
        }
        return m;
    }

    @Override
    public long extremes(float[] x, int at, int n) {
        return Primitives.extremesOf(x, at, n);
    }

    @Override
    public void max(float[] x, int at, int n, float[] y, int yAt) {
        for (int i = 0; i < n; i++) {
            y[yAt + i] = Math.max(y[yAt + i], x[at + i]);
        }
    }

    @Override
    public void max(byte[] x, int at, int n, boolean unsigned, byte[] y, int yAt) {
        int flip = unsigned ? Byte.MIN_VALUE : 0;
        for (int i = 0; i < n; i++) {
            y[yAt + i] = (byte) (Math.max((byte) (x[at + i] ^ flip), (byte) (y[yAt + i] ^ flip)) ^ flip);
        }
    }

    @Override
    public void addRows(int rows, int n, float[] x, int at, int step, float[] y, int yAt) {
        Arrays.fill(y, yAt, yAt + n, 0);
        for (int r = 0, from = at; r < rows; r++, from += step) {
            for (int i = 0; i < n; i++) {
                y[yAt + i] += x[from + i];
            }
        }
    }

    @Override
    public float squaredDeviations(float[] x, int at, int n, float mean) {
        double s = 0;
        for (int i = at; i < at + n; i++) {
            float d = x[i] - mean;
            s += d * d;
        }
        return (float) s;
    }

    @Override
    public float exponentials(float[] x, int at, int n, float scale, float shift, float[] y, int yAt) {
        double s = 0;
        for (int i = 0; i < n; i++) {
            float e = ScalarFunctions.exp(x[at + i] * scale - shift);
            y[yAt + i] = e;
            s += e;
        }
        return (float) s;
    }

    @Override
    public void scale(float[] x, int at, int n, float factor, float[] y, int yAt) {
        for (int i = 0; i < n; i++) {
            y[yAt + i] = x[at + i] * factor;
        }
    }

    @Override
    public void normalize(
            float[] x,
            int at,
            int n,
            float mean,
            float factor,
            float[] scale,
            int scaleAt,
            float[] bias,
            int biasAt,
            float[] y,
            int yAt) {
        for (int i = 0; i < n; i++) {
            y[yAt + i] = (x[at + i] - mean) * factor * scale[scaleAt + i] + bias[biasAt + i];
        }
    }

    @Override
    public void addScaled(float[] x, int at, int n, float factor, float[] mask, int maskAt, int maskStride) {
        for (int i = 0; i < n; i++) {
            x[at + i] = x[at + i] * factor + mask[maskAt + i * maskStride];
        }
    }

    @Override
    public void copy(int n, int elements, float[] x, int at, int step, float[] to, int toAt, int toStep) {
        for (int i = 0; i < n; i++) {
            System.arraycopy(x, at + i * step, to, toAt + i * toStep, elements);
        }
    }

    @Override
    public void add(int n, int elements, float[] x, int at, int step, float[] to, int toAt, int toStep) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < elements; j++) {
                to[toAt + i * toStep + j] += x[at + i * step + j];
            }
        }
    }

    @Override
    public void depthwise(
            int pixels,
            float[] x,
            int[] offsets,
            int taps,
            float[] w,
            int wAt,
            int channels,
            float[] bias,
            float[] y,
            int yAt) {
        for (int i = 0; i < pixels; i++) {
            int out = yAt + i * channels;
            System.arraycopy(bias, 0, y, out, channels);
            for (int t = 0; t < taps; t++) {
                int from = offsets[t * pixels + i];
                for (int c = 0; c < channels; c++) {
                    y[out + c] += x[from + c] * w[wAt + t * channels + c];
                }
            }
        }
    }

    @Override
    public void widen(
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] y,
            int yAt) {
        for (int r = 0, from = at, to = yAt; r < rows; r++, from += width, to += width) {
            for (int j = 0; j < width; j++) {
                y[to + j] = (x[from + j] - zeros[zerosAt + j]) * scales[scalesAt + j];
            }
        }
    }

    @Override
    public void widenNibbles(
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] y,
            int yAt) {
        int half = (width + 1) / 2;
        for (int r = 0, from = at, to = yAt; r < rows; r++, from += half, to += width) {
            for (int j = 0; j < width; j++) {
                int code = j < half ? x[from + j] & 15 : x[from + j - half] >> 4 & 15;
                y[to + j] = (code - zeros[zerosAt + j]) * scales[scalesAt + j];
            }
        }
    }

    @Override
    public boolean isFinite(float[] x, int at, int n) {
        float sum = 0;
        for (int i = at; i < at + n; i++) {
            sum += x[i] * 0;
        }
        return sum == 0;
    }

    @Override
    public void multiply(
            float[] a,
            int aAt,
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] sums) {
        for (int r = 0, from = at; r < rows; r++, from += width) {
            for (int j = 0; j < width; j++) {
                float w = (x[from + j] - zeros[zerosAt + j]) * scales[scalesAt + j];
                sums[j] = Math.fma(a[aAt + r], w, sums[j]);
            }
        }
    }

    @Override
    public void multiplyNibbles(
            float[] a,
            int aAt,
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] sums) {
        int half = (width + 1) / 2;
        for (int r = 0, from = at; r < rows; r++, from += half) {
            for (int j = 0; j < width; j++) {
                int code = j < half ? x[from + j] & 15 : x[from + j - half] >> 4 & 15;
                float w = (code - zeros[zerosAt + j]) * scales[scalesAt + j];
                sums[j] = Math.fma(a[aAt + r], w, sums[j]);
            }
        }
    }

    @Override
    public boolean narrow(float[] x, int at, int n, int least, byte[] y, int yAt) {
        int wrong = 0;
        for (int i = 0; i < n; i++) {
            int whole = (int) x[at + i];
            int code = whole - least;
            y[yAt + i] = (byte) code;
            wrong |= code & ~255 | Float.floatToRawIntBits(whole) ^ Float.floatToRawIntBits(x[at + i]);
        }
        return wrong == 0;
    }

    @Override
    public void widenPairs(int[] x, int at, int rows, int width, float[] y) {
        for (int row = 0; row < rows; row++) {
            int from = at + row / 2 * width;
            int shift = row % 2 == 0 ? Short.SIZE : 0;
            for (int j = 0; j < width; j++) {
                y[row * width + j] = Float.intBitsToFloat(x[from + j] << shift & UPPER);
            }
        }
    }
}
