package dev.lathe.ir.type;

import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A sequence of any length whose items have type {@code element}; sizes that are not constant differ from item to
 * item and are written {@code _}.
 */
public record SequenceType(Type element) implements Type {
    public SequenceType {
        element = Type.content(element);
    }

    @Override
    public Type mapDims(UnaryOperator<Dim> function) {
        return new SequenceType(element.mapDims(function));
    }

    @Override
    public void collectSymbols(Set<String> into) {
        // The sizes inside are not bound by the container: whoever takes an element out binds them.
    }

    @Override
    public String toString() {
        return "seq<" + element + ">";
    }
}
