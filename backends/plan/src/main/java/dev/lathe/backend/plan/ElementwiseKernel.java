package dev.lathe.backend.plan;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Elementwise ops that run as one loop over the rows and columns of their result.
 *
 * @param nodes the ops and the numbers they use, in order
 * @param result the value of the last
 * @param operands what they read from outside
 */
public record ElementwiseKernel(List<Node> nodes, Value result, List<Operand> operands) {

    /** How an operand follows the rows of the result. */
    public enum Rows {
        /** The same for all. */
        SAME,
        /** A row for each. */
        EACH,
        /** Row {@code row / inner % outer}. */
        PERIODIC
    }

    /**
     * How the kernel reads an operand.
     *
     * @param view where it is, contiguous; null for the value that the kernel finds in the place of its result
     * @param alongColumns whether it follows the columns; else it is one number a row
     * @param inner how many rows one of its own rows stands for, if they are {@link Rows#PERIODIC}
     * @param outer how many rows it has, if they are {@link Rows#PERIODIC}
     * @param width the elements of one of its rows
     */
    public record Operand(
            Value value, @Nullable View view, Rows rows, boolean alongColumns, Dim inner, Dim outer, Dim width) {
        public ElementType element() {
            return value.tensorType().element();
        }

        Operand at(View place) {
            return new Operand(value, place, rows, alongColumns, inner, outer, width);
        }

        public boolean isInPlace() {
            return view == null;
        }
    }

    /** Where the operands are that have a place of their own, in order. */
    public List<View> views() {
        return operands.stream().map(Operand::view).filter(Objects::nonNull).toList();
    }
}
