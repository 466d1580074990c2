package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import org.jspecify.annotations.Nullable;

/**
 * An axis of a value, as a row of positions that can be removed one by one. Along most axes a position is an index. An
 * axis of open size may have positions, too, if a reshape made it of axes of which one has a known size: index
 * {@code i} is at position {@code i / inner % count}.
 */
public final class Axis {
    final Value value;
    final @Nullable Node user;

    final int number;
    /** The first position in the union-find. */
    int first;
    /** How many positions there are; 0 if nothing can be removed. */
    int count;

    Dim outer = Dim.ONE;
    Dim inner = Dim.ONE;
    /** Whether it is not known yet if there are positions. */
    boolean isOpen;

    Axis(Value value, @Nullable Node user, int number) {
        this.value = value;
        this.user = user;
        this.number = number;
    }

    /** The value that has this axis. */
    public Value value() {
        return value;
    }

    /** The node for whose use of a constant this is; null if all uses go together. */
    public @Nullable Node user() {
        return user;
    }

    /** Which axis of the value it is, not negative. */
    public int number() {
        return number;
    }

    /** How many positions there are; 0 if nothing can be removed. */
    public int count() {
        return count;
    }

    Dim size() {
        return value.tensorType().dim(number);
    }

    /** Whether each index is a position. */
    boolean isPlain() {
        return count > 0 && outer.isConstant(1) && inner.isConstant(1);
    }
}
