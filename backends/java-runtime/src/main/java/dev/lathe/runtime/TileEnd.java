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
    /** What the function reads of columns: for each panel its first number of each column, then its next. */
    float[] numbers = {};

    private @Nullable TileFunction applied;
    private int columns;
    private int width = 1;

    /** Makes room for what {@link #column} sets: numbers of so many columns, in panels of this width. */
    void prepare(int newColumns, int newWidth) {
        columns = newColumns;
        width = newWidth;
    }

    /** How many numbers the function reads of each column. */
    int numbersOfColumns() {
        return applied == null ? 0 : applied.columns();
    }

    /** Where those of the panel that begins with a column are. */
    int numbersAt(int column) {
        return column * numbersOfColumns();
    }

    /** Sets what is added to each element. */
    public TileEnd add(float[] array, int at, int stride) {
        addend = array;
        addendAt = at;
        addendStride = stride;
        return this;
    }

    /** Sets what is made of each sum; what it is given follows. */
    public TileEnd apply(TileFunction newFunction) {
        if (applied != newFunction) {
            applied = newFunction;
            function = newFunction.code();
            constants = newFunction.constants();
            constants = newFunction.hasScalars() ? constants.clone() : constants;
            isWhole = function != null;
        }
        return this;
    }

    /** Sets the {@code number}-th that is the same for all elements. */
    public TileEnd scalar(int number, float[] array, int at) {
        if (applied != null && at < array.length) {
            constants[applied.scalar(number)] = array[at];
        }
        return this;
    }

    /** Sets the {@code number}-th that each column has, from {@code at} on. */
    public TileEnd column(int number, float[] array, int at) {
        int count = numbersOfColumns();
        int size = Math.ceilDiv(columns, width) * width * count;
        if (numbers.length < size) {
            numbers = new float[size];
        }
        for (int j = 0; j < columns; j += width) {
            System.arraycopy(array, at + j, numbers, j * count + number * width, Math.min(width, columns - j));
        }
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
