package dev.lathe.runtime;

/** {@link WinogradTransforms} without the Vector API, one channel after the other. */
final class ScalarWinograd implements WinogradTransforms {
    private static final float A = (float) HALF_ROOT;
    private static final float B = (float) ROOT;
    private static final float A3 = (float) (HALF_ROOT / 2);
    private static final float B3 = (float) (ROOT * 2);

    @Override
    public int room() {
        return 36;
    }

    @Override
    public void input(
            int m, float[] x, int at, int rowStride, int channels, float[] v, int vAt, int pointStride, float[] room) {
        int side = m + 2;
        for (int c = 0; c < channels; c++) {
            for (int j = 0; j < side; j++) {
                in(m, x, at + c + j * channels, rowStride, room, j, side);
            }
            for (int i = 0; i < side; i++) {
                in(m, room, i * side, 1, v, vAt + c + i * side * pointStride, pointStride);
            }
        }
    }

    private static void in(int m, float[] x, int at, int step, float[] z, int zAt, int zStep) {
        float d0 = x[at];
        float d1 = x[at + step];
        float d2 = x[at + 2 * step];
        float d3 = x[at + 3 * step];
        if (m == 2) {
            z[zAt] = d0 - d2;
            z[zAt + zStep] = d1 + d2;
            z[zAt + 2 * zStep] = d2 - d1;
            z[zAt + 3 * zStep] = d1 - d3;
            return;
        }
        float d4 = x[at + 4 * step];
        float d5 = x[at + 5 * step];
        float e = Math.fma(d2, -2f, d4);
        float o = Math.fma(d1, -B, d3 * A);
        float f = Math.fma(d2, -0.5f, d4);
        float p = Math.fma(d1, -A, d3 * B);
        z[zAt] = Math.fma(d2, -2.5f, d0 + d4);
        z[zAt + zStep] = e + o;
        z[zAt + 2 * zStep] = e - o;
        z[zAt + 3 * zStep] = f + p;
        z[zAt + 4 * zStep] = f - p;
        z[zAt + 5 * zStep] = Math.fma(d3, -2.5f, d1 + d5);
    }

    @Override
    public boolean output(
            int m,
            float[] p,
            int at,
            int pointStride,
            int columns,
            float[] bias,
            int biasAt,
            float[] y,
            int yAt,
            int rowStride,
            int pixelStride,
            int rows,
            int pixels,
            float[] room) {
        int side = m + 2;
        float sum = 0;
        for (int c = 0; c < columns; c++) {
            for (int j = 0; j < side; j++) {
                out(m, p, at + c + j * pointStride, side * pointStride, room, j, side, 0);
            }
            for (int i = 0; i < rows; i++) {
                // In place: a row's results are no more than what they come from, which is read before.
                out(m, room, i * side, 1, room, i * side, 1, bias[biasAt + c]);
                for (int j = 0; j < pixels; j++) {
                    float value = room[i * side + j];
                    y[yAt + i * rowStride + j * pixelStride + c] = value;
                    sum = Math.fma(value, 0, sum);
                }
            }
        }
        return sum == 0;
    }

    private static void out(int m, float[] p, int at, int step, float[] y, int yAt, int yStep, float bias) {
        float m0 = p[at];
        float m1 = p[at + step];
        float m2 = p[at + 2 * step];
        float m3 = p[at + 3 * step];
        if (m == 2) {
            y[yAt] = m0 + m1 + m2 + bias;
            y[yAt + yStep] = m1 - m2 - m3 + bias;
            return;
        }
        float m4 = p[at + 4 * step];
        float m5 = p[at + 5 * step];
        float s = m1 + m2;
        float d = m1 - m2;
        float u = m3 + m4;
        float v = m3 - m4;
        y[yAt] = m0 + s + u + bias;
        y[yAt + yStep] = Math.fma(v, B, d * A) + bias;
        y[yAt + 2 * yStep] = Math.fma(u, 2f, s * 0.5f) + bias;
        y[yAt + 3 * yStep] = Math.fma(v, B3, Math.fma(d, A3, m5)) + bias;
    }
}
