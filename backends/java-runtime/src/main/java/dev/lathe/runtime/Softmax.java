package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineFunction;
import dev.lathe.runtime.machine.MachineSoftmax;
import org.jspecify.annotations.Nullable;

/** The softmax of rows, in machine code where there is some. */
final class Softmax {
    private final Primitives primitives = Primitives.best();
    private final @Nullable MachineSoftmax machine = Machine.softmax();
    private final TileFunction exp = new TileFunction().exp(0);

    /**
     * {@code y[r]} is the softmax of {@code factor * x[r] + mask[r]}, of {@code n} elements; {@code x} and {@code y}
     * may be the same.
     *
     * @param rows how many; those of {@code x} and {@code y} have no gaps
     * @param mask null for none
     * @param maskRow from one row of the mask to the next
     * @param maskStride 1, or 0 for one element for all of a row
     */
    void rows(
            int rows,
            int n,
            float[] x,
            int at,
            float factor,
            float @Nullable [] mask,
            int maskAt,
            int maskRow,
            int maskStride,
            float[] y,
            int yAt) {
        MachineFunction function = machine == null || mask != null && maskStride != 1 ? null : exp.code();
        if (machine != null && function != null) {
            machine.rows(rows, n, x, at, n, factor, mask, maskAt, maskRow, y, yAt, n, function, exp.constants());
            return;
        }
        for (int r = 0; r < rows; r++) {
            row(n, x, at + r * n, factor, mask, maskAt + r * maskRow, maskStride, y, yAt + r * n);
        }
    }

    private void row(
            int n,
            float[] x,
            int at,
            float factor,
            float @Nullable [] mask,
            int maskAt,
            int maskStride,
            float[] y,
            int yAt) {
        if (x != y || at != yAt) {
            System.arraycopy(x, at, y, yAt, n);
        }
        float left = factor;
        if (mask != null) {
            primitives.addScaled(y, yAt, n, factor, mask, maskAt, maskStride);
            left = 1;
        } else if (factor < 0) {
            primitives.scale(y, yAt, n, factor, y, yAt);
            left = 1;
        }
        float max = primitives.max(y, yAt, n) * left;
        float sum = primitives.exponentials(y, yAt, n, left, max, y, yAt);
        primitives.scale(y, yAt, n, 1 / sum, y, yAt);
    }
}
