package dev.lathe.ir;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;

/**
 * An SSA value: the input of a graph or the result of a node. Two values are equal only if they are the same object;
 * the name is a hint for people, which the printer makes unique.
 */
public final class Value {
    private final String name;
    private final Type type;

    public Value(String name, Type type) {
        this.name = name;
        this.type = type;
    }

    public String name() {
        return name;
    }

    public Type type() {
        return type;
    }

    /** The type of a value that is known to be a tensor. */
    public TensorType tensorType() {
        if (type instanceof TensorType t) {
            return t;
        }
        throw new InvalidOpException("%" + name + " is a " + type + ", where a tensor is needed");
    }

    @Override
    public String toString() {
        return "%" + name + ": " + type;
    }
}
