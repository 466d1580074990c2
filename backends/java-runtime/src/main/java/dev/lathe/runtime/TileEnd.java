package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a tile may do to its sums before it stores them, so that nobody reads them again for it: an addition, and then
 * either a function or bounds, {@code min(max(sum + addend, least), greatest)}, where NaN stays NaN.
 */
public final class TileEnd {
    float @Nullable [] addend;
    /** Where the element of row 0 and column 0 is. */
    int addendAt;
    /** From one row of the result to the next. */
    int addendStride;

    float least = Float.NEGATIVE_INFINITY;
    float greatest = Float.POSITIVE_INFINITY;

    /** Whether {@link #function} is what was asked for. */
    boolean isWhole = true;

    @Nullable
    MachineFunction function;

    float[] constants = {};

    /** Sets what is added to each element. */
    public TileEnd add(float[] array, int at, int stride) {
        addend = array;
        addendAt = at;
        addendStride = stride;
        return this;
    }

    /** Sets what is made of each sum. */
    public TileEnd apply(TileFunction newFunction) {
        function = newFunction.code();
        constants = newFunction.constants();
        isWhole = function != null;
        return this;
    }

    /**
     * Sets the bounds.
     *
     * @param newLeast not NaN and no negative zero; may be negative infinity
     * @param newGreatest not NaN, no zero, and not below {@code newLeast}; may be infinity
     */
    public TileEnd cut(float newLeast, float newGreatest) {
        least = newLeast;
        greatest = newGreatest;
        return this;
    }
}
