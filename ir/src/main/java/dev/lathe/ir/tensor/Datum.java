package dev.lathe.ir.tensor;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Type;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a value holds at run time: a tensor, a sequence, a map, or an optional. */
public sealed interface Datum permits Tensor, Datum.Sequence, Datum.Mapping, Datum.Maybe {

    /** The type that this is a value of; that of a tensor has its dimensions. */
    Type type();

    /**
     * The value of this name among inputs or results.
     *
     * @throws IllegalArgumentException if there is none; it lists the names that are there
     */
    static <D extends Datum> D named(Map<String, D> values, String name) {
        D value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no value is named \"" + name + "\", only " + values.keySet());
        }
        return value;
    }

    /** A sequence of items of one type. */
    record Sequence(Type itemType, List<Datum> items) implements Datum {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public SequenceType type() {
            return new SequenceType(itemType);
        }

        @Override
        public String toString() {
            return type() + " " + DatumWriter.text(this);
        }
    }

    /**
     * A map to values of one type, in the order of its keys.
     *
     * @param keyType what the keys are: of {@code STRING} they are {@link String}s, of an integer type {@link Long}s
     * (with the bits of a u64)
     */
    record Mapping(ElementType keyType, Type valueType, Map<Object, Datum> entries) implements Datum {
        /** @throws IllegalArgumentException if a key is not of type {@code keyType} */
        public Mapping {
            TreeMap<Object, Datum> sorted = new TreeMap<>(MapKeys.order(keyType));
            entries.forEach((key, value) -> sorted.put(MapKeys.checked(keyType, key), value));
            entries = Collections.unmodifiableMap(sorted);
        }

        /**
         * A map to scalars: {@code Mapping.of(STRING, F32, Map.of("age", 41, "height", 1.8))}. Keys are strings or
         * integers of any class, values numbers, booleans or strings.
         *
         * @throws IllegalArgumentException if a key or value is not of its type
         */
        public static Mapping of(ElementType keyType, ElementType valueType, Map<?, ?> values) {
            TreeMap<Object, Datum> entries = new TreeMap<>(MapKeys.order(keyType));
            values.forEach(
                    (key, value) -> entries.put(MapKeys.checked(keyType, key), MapKeys.scalar(valueType, value)));
            MapType type = MapType.of(keyType, valueType);
            return new Mapping(keyType, type.value(), entries);
        }

        @Override
        public MapType type() {
            return new MapType(keyType, valueType);
        }

        @Override
        public String toString() {
            return type() + " " + DatumWriter.text(this);
        }
    }

    /** A value that may be absent. */
    record Maybe(Type elementType, Optional<Datum> element) implements Datum {
        @Override
        public OptionalType type() {
            return new OptionalType(elementType);
        }

        @Override
        public String toString() {
            return type() + " " + DatumWriter.text(this);
        }
    }
}
