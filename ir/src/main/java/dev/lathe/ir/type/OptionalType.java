package dev.lathe.ir.type;

import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A value of type {@code element}, or nothing; sizes that are not constant are known only once there is a value, and
 * are written {@code _}.
 */
public record OptionalType(Type element) implements Type {
    public OptionalType {
        element = Type.content(element);
    }

    @Override
    public Type mapDims(UnaryOperator<Dim> function) {
        return new OptionalType(element.mapDims(function));
    }

    @Override
    public void collectSymbols(Set<String> into) {
        // The sizes inside are not bound by the container: whoever takes an element out binds them.
    }

    @Override
    public String toString() {
        return "optional<" + element + ">";
    }
}
