package dev.lathe.ir.tensor;

import dev.lathe.ir.type.ElementType;
import java.util.Comparator;

/** The keys of maps as objects: a {@link String}, or a {@link Long} for every integer type. */
public final class MapKeys {
    private MapKeys() {}

    /** The key at flat index {@code i} of a tensor of keys. */
    public static Object of(Tensor keys, long i) {
        return keys.element().isString() ? keys.getString(i) : (Object) keys.getLong(i);
    }

    /** The keys of a map as a vector. */
    public static Tensor tensor(Datum.Mapping map) {
        Tensor keys = Tensor.zeros(map.keyType(), map.entries().size());
        int i = 0;
        for (Object key : map.entries().keySet()) {
            if (key instanceof Long l) {
                keys.setLong(i++, l);
            } else {
                keys.setString(i++, (String) key);
            }
        }
        return keys;
    }

    /** How people write a key of a type. */
    public static String text(ElementType type, Object key) {
        return key instanceof Long l
                ? type.isUnsigned() ? Long.toUnsignedString(l) : l.toString()
                : '"' + key.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    static Comparator<Object> order(ElementType type) {
        if (type.isString()) {
            return Comparator.comparing(String.class::cast);
        }
        return type.isUnsigned()
                ? (a, b) -> Long.compareUnsigned((Long) a, (Long) b)
                : Comparator.comparing(Long.class::cast);
    }

    /** {@code key} as the object that stands for it. */
    static Object checked(ElementType type, Object key) {
        if (type.isString() && key instanceof String) {
            return key;
        }
        boolean integer = key instanceof Long || key instanceof Integer || key instanceof Short || key instanceof Byte;
        if (type.isInteger() && integer) {
            long value = ((Number) key).longValue();
            Tensor stored = Tensor.zeros(type);
            stored.setLong(0, value);
            if (stored.getLong(0) == value) {
                return value;
            }
        }
        throw new IllegalArgumentException(
                "the key " + key + " (" + key.getClass().getSimpleName() + ") is not of type " + type.text());
    }

    /** A number, boolean or string as a scalar. */
    static Tensor scalar(ElementType type, Object value) {
        Tensor t = Tensor.zeros(type);
        switch (value) {
            case String s when type.isString() -> t.setString(0, s);
            case Boolean b when type.isBool() -> t.setLong(0, b ? 1 : 0);
            case Number n when type.isFloat() -> t.setDouble(0, n.doubleValue());
            case Number n when type.isInteger() && checked(type, n) instanceof Long l -> t.setLong(0, l);
            default ->
                throw new IllegalArgumentException("the value " + value + " ("
                        + value.getClass().getSimpleName() + ") is not of type " + type.text());
        }
        return t;
    }
}
