package dev.lathe.ir.type;

import java.util.Set;
import java.util.function.UnaryOperator;

/** A sequence of any length whose items have type {@code element}. */
public record SequenceType(Type element) implements Type {
    @Override
    public Type mapDims(UnaryOperator<Dim> function) {
        return new SequenceType(element.mapDims(function));
    }

    @Override
    public void collectSymbols(Set<String> into) {
        element.collectSymbols(into);
    }

    @Override
    public String toString() {
        return "seq<" + element + ">";
    }
}
