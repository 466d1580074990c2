package dev.lathe.backend.plan;

import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.type.Dim;
import java.util.OptionalDouble;

/** Which element along an axis of the operand each element of the result is, or that it is none. */
public sealed interface AxisTable {

    /** {@code before} and {@code after} elements more around {@code size}. */
    record Padded(PadMode mode, Dim before, Dim size, Dim after) implements AxisTable {}

    /** The nearest of {@code in} elements for each of {@code out}; without a scale, that is the ratio of the two. */
    record Nearest(CoordinateMode coordinates, NearestMode mode, Dim in, Dim out, OptionalDouble scale)
            implements AxisTable {}

    /**
     * The elements under the taps of a window that slides over {@code in} elements, those of a position side by side.
     */
    record Windows(Dim in, Dim before, long stride, long dilation, long taps, Dim out) implements AxisTable {}

    /**
     * For each of {@code out} elements that a window slides over, standing at {@code in} positions, the tap over it
     * that is number {@code round} of those.
     */
    record Overlaps(Dim in, Dim before, long stride, long dilation, long taps, Dim out, int round)
            implements AxisTable {}
}
