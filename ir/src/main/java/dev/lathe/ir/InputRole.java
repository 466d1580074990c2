package dev.lathe.ir;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Locale;

/** What the numbers of an input mean, as far as that limits which are valid. */
public sealed interface InputRole {
    InputRole ANY = new Any();
    InputRole MASK = new Mask();

    /** Nothing is known. */
    record Any() implements InputRole {}

    /** Ones where there is something, and zeros elsewhere. */
    record Mask() implements InputRole {}

    /** Positions in a table with {@code size} entries, such as token ids in an embedding. */
    record Index(long size) implements InputRole {}

    /** A map of which these are the keys that count: strings or longs. */
    record Keys(List<Object> keys) implements InputRole {
        public Keys {
            keys = List.copyOf(keys);
        }
    }

    /** One of a few choices that the graph compares with; {@code value} is one of them. */
    record Choice(long value) implements InputRole {}

    /** What the name and the type of an input tell. */
    static InputRole named(String name, Type type) {
        boolean numbers = type instanceof TensorType t && t.element().kind() != ElementType.Kind.TEXT;
        return numbers && name.toLowerCase(Locale.ROOT).contains("mask") ? MASK : ANY;
    }
}
