package dev.lathe.ir.op;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * An operation: a record whose components of type {@link Value}, {@code Optional<Value>}, {@code List<Value>} and
 * {@link Graph} are operands and regions, and whose other components are typed attributes. All generic treatment
 * derives from the record through {@link OpSchema}.
 */
public sealed interface Op permits CoreOp, CompositeOp {

    /**
     * The types of the results.
     *
     * @throws InvalidOpException if operands or attributes break the op's rules
     */
    List<Type> infer(Check check);

    /** Arithmetic and memory traffic of one execution. */
    default Cost cost() {
        return Cost.NONE;
    }

    /** How a result may differ from the reference. */
    default Tolerance tolerance() {
        return Tolerance.EXACT;
    }

    /** Whether two equal ops give equal results and an unused one may be dropped; false for random generators. */
    default boolean isPure() {
        return true;
    }

    /**
     * Whether each element of the only result depends on one element of each operand, where operands broadcast by
     * NumPy's rules, and no attribute names an axis. Such an op gives the same on transposed operands, transposed,
     * and may join a kernel that runs element by element.
     */
    default boolean isElementwise() {
        return false;
    }

    /**
     * Names of the symbols that executing this op gives a value; they appear in its result types, or are read from
     * data. Every other symbol in an op's attributes and results must be bound before it.
     */
    default List<String> binds() {
        return List.of();
    }

    /** The name in IR text. */
    default String mnemonic() {
        return OpSchema.of(getClass()).mnemonic(this);
    }

    /** All operands in order, absent ones left out; values captured by regions are not operands. */
    default List<Value> operands() {
        return OpSchema.of(getClass()).operands(this);
    }

    default List<Graph> regions() {
        return OpSchema.of(getClass()).regions(this);
    }

    /** Operands and the values that regions capture: everything that must be computed before this op. */
    default List<Value> dependencies() {
        return OpSchema.of(getClass()).dependencies(this);
    }

    /** This op with operands, regions and dimensions in attributes replaced. */
    default Op map(UnaryOperator<Value> operand, UnaryOperator<Graph> region, UnaryOperator<Dim> dim) {
        return OpSchema.of(getClass()).map(this, operand, region, dim);
    }

    /**
     * This op with the symbols that it uses and binds renamed. An attribute that lists what {@link #binds} gives is
     * such a list.
     */
    default Op rename(UnaryOperator<String> symbol) {
        return OpSchema.of(getClass()).rename(this, symbol);
    }

    default Op mapOperands(UnaryOperator<Value> operand) {
        return map(operand, UnaryOperator.identity(), UnaryOperator.identity());
    }
}
