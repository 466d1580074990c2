package dev.lathe.ir.type;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The type of a value: a tensor, a sequence of values, a map, or an optional value. */
public sealed interface Type permits TensorType, SequenceType, MapType, OptionalType {

    /** This type with every dimension replaced. */
    Type mapDims(UnaryOperator<Dim> function);

    /** Adds the names of the symbols that occur in this type to {@code into}. */
    void collectSymbols(Set<String> into);

    /** The names of the symbols that occur in this type, in order of appearance. */
    default Set<String> symbols() {
        Set<String> into = new LinkedHashSet<>();
        collectSymbols(into);
        return into;
    }

    /**
     * {@code type} as what a container holds: sizes that are not constant are any. A container has seen to its own
     * content, so types of any depth take one step here.
     */
    static Type content(Type type) {
        return type instanceof TensorType tensor ? tensor.mapDims(Dim::orAny) : type;
    }

    /** Whether every dimension in this type is a constant. */
    default boolean isStatic() {
        return symbols().isEmpty();
    }
}
