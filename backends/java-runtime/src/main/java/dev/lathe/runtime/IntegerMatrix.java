package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A {@link PackedMatrix} of small integers, in the order in which tiles of bytes read it. */
final class IntegerMatrix {
    /** Integers up to here are exact in floats. */
    private static final float LARGEST = 1 << 24;

    /** How many times four rows there are, the last padded. */
    final int quads;
    /** The elements less {@link #shift}: for each panel and four rows, these of each column side by side. */
    final byte[] codes;
    /** What the elements are more than their codes. */
    final int shift;
    /** The sum of each column, padded to whole panels. */
    final int[] sums;
    /** What each column starts from, likewise. */
    final int[] bias;
    /** The greatest sum of magnitudes of a column. */
    final long magnitude;
    /** The greatest magnitude in {@link #bias}. */
    final long biasMagnitude;

    private IntegerMatrix(int quads, byte[] codes, int shift, int[] sums, int[] bias, long magnitude, long most) {
        this.quads = quads;
        this.codes = codes;
        this.shift = shift;
        this.sums = sums;
        this.bias = bias;
        this.magnitude = magnitude;
        this.biasMagnitude = most;
    }

    /** Null if not all elements are integers within 255 of each other, or the bias has something else. */
    static @Nullable IntegerMatrix of(PackedMatrix m) {
        int[] bias = new int[m.bias.length];
        long most = 0;
        for (int j = 0; j < bias.length; j++) {
            bias[j] = (int) m.bias[j];
            most = Math.max(most, Math.abs((long) bias[j]));
            // A negative zero is none, either.
            if (Float.floatToRawIntBits(bias[j]) != Float.floatToRawIntBits(m.bias[j])) {
                return null;
            }
        }
        float[] room = new float[m.isWidened() ? m.rows() * m.width : 0];
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int column = 0; column < m.columns; column += m.width) {
            float[] panel = m.panel(column, room);
            int at = m.panelAt(column);
            for (int i = 0; i < m.rows() * m.width; i++) {
                float x = panel[at + i];
                if (!(Math.abs(x) <= LARGEST) || x != (int) x) {
                    return null;
                }
                least = Math.min(least, x);
                greatest = Math.max(greatest, x);
            }
        }
        if (!(greatest - least <= 255)) {
            return null;
        }
        boolean fits = least >= Byte.MIN_VALUE && greatest <= Byte.MAX_VALUE;
        return of(m, fits ? 0 : (int) least - Byte.MIN_VALUE, bias, most, room);
    }

    private static IntegerMatrix of(PackedMatrix m, int shift, int[] bias, long most, float[] room) {
        int width = m.width;
        int rows = m.rows();
        int quads = Math.ceilDiv(rows, 4);
        int panelBytes = Sizes.index(4L * quads * width);
        byte[] codes = new byte[Sizes.index((long) m.panels() * panelBytes)];
        int[] sums = new int[m.panels() * width];
        long[] magnitudes = new long[width];
        long magnitude = 0;
        for (int p = 0; p < m.panels(); p++) {
            float[] panel = m.panel(p * width, room);
            int at = m.panelAt(p * width);
            Arrays.fill(magnitudes, 0);
            for (int i = 0; i < rows; i++, at += width) {
                int to = p * panelBytes + i / 4 * 4 * width + i % 4;
                for (int j = 0; j < width; j++) {
                    int x = (int) panel[at + j];
                    codes[to + 4 * j] = (byte) (x - shift);
                    sums[p * width + j] += x;
                    magnitudes[j] += Math.abs(x);
                }
            }
            for (long each : magnitudes) {
                magnitude = Math.max(magnitude, each);
            }
        }
        return new IntegerMatrix(quads, codes, shift, sums, bias, magnitude, most);
    }
}
