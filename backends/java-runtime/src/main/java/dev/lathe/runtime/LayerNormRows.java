package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineLayerNorm;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Each row with mean 0 and variance 1, then scaled and shifted by element; in machine code where there is some. */
public final class LayerNormRows extends RowKernel {
    private final @Nullable MachineLayerNorm machine = Machine.layerNorm();
    private final double epsilon;
    private float[] scale = {};
    private int scaleAt;
    private float[] bias = {};
    private int biasAt;
    private float[] ones = {};
    private float[] zeros = {};

    public LayerNormRows(double epsilon) {
        this.epsilon = epsilon;
    }

    /** A scale of ones, for a normalization without one. */
    public float[] ones() {
        if (ones.length < length) {
            ones = new float[length];
            Arrays.fill(ones, 1);
        }
        return ones;
    }

    /** A bias of zeros. */
    public float[] zeros() {
        if (zeros.length < length) {
            zeros = new float[length];
        }
        return zeros;
    }

    /** Sets {@code scale} and {@code bias}, with an element for each of a row. */
    public LayerNormRows with(float[] newScale, int newScaleAt, float[] newBias, int newBiasAt) {
        scale = newScale;
        scaleAt = newScaleAt;
        bias = newBias;
        biasAt = newBiasAt;
        return this;
    }

    @Override
    void rows(int count, int from, int to) {
        if (machine != null) {
            machine.rows(count, length, x, from, (float) epsilon, scale, scaleAt, bias, biasAt, y, to);
            return;
        }
        for (int r = 0; r < count; r++) {
            row(from + r * length, to + r * length);
        }
    }

    private void row(int from, int to) {
        float mean = primitives.sum(x, from, length) / length;
        float variance = primitives.squaredDeviations(x, from, length, mean) / length;
        float factor = (float) (1 / Math.sqrt(variance + epsilon));
        primitives.normalize(x, from, length, mean, factor, scale, scaleAt, bias, biasAt, y, to);
    }
}
