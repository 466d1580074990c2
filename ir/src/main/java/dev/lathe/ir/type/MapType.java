package dev.lathe.ir.type;

import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Values of type {@code value} by keys, which are strings or integers; sizes that are not constant differ from value
 * to value and are written {@code _}.
 */
public record MapType(ElementType key, Type value) implements Type {
    /** @throws IllegalArgumentException if there are no keys of type {@code key} */
    public MapType {
        if (!isKey(key)) {
            throw new IllegalArgumentException("the keys of a map are strings or integers, not " + key.text());
        }
        value = Type.content(value);
    }

    /** A map to scalars. */
    public static MapType of(ElementType key, ElementType value) {
        return new MapType(key, TensorType.scalar(value));
    }

    /** Whether the keys of a map can be of a type. */
    public static boolean isKey(ElementType type) {
        return type.isString() || type.isInteger();
    }

    @Override
    public Type mapDims(UnaryOperator<Dim> function) {
        return new MapType(key, value.mapDims(function));
    }

    @Override
    public void collectSymbols(Set<String> into) {
        // The sizes inside are not bound by the container: whoever takes an element out binds them.
    }

    @Override
    public String toString() {
        return "map<" + key.text() + ", " + value + ">";
    }
}
