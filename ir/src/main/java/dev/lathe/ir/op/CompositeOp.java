package dev.lathe.ir.op;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import java.util.List;

/**
 * An op defined by its expansion into other ops, which is at once its reference meaning and its default lowering. Open:
 * users add their own by an {@link OpProvider}.
 */
public non-sealed interface CompositeOp extends Op {

    /** The results computed by other ops; as many, and of the same types, as {@link #infer} says. */
    List<Value> expandAll(Builder b);
}
