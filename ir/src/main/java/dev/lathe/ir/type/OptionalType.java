package dev.lathe.ir.type;

import java.util.Set;
import java.util.function.UnaryOperator;

/** A value of type {@code element}, or nothing. */
public record OptionalType(Type element) implements Type {
    @Override
    public Type mapDims(UnaryOperator<Dim> function) {
        return new OptionalType(element.mapDims(function));
    }

    @Override
    public void collectSymbols(Set<String> into) {
        element.collectSymbols(into);
    }

    @Override
    public String toString() {
        return "optional<" + element + ">";
    }
}
