package dev.lathe.ir.tensor;

import dev.lathe.ir.type.ElementType;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

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
        Object checked = type.isString() && key instanceof String ? key : integer(type, key);
        if (checked == null) {
            throw notOf(type, "key", key);
        }
        return checked;
    }

    /** The integer that an object is; null if it is none of that type. */
    private static @Nullable Long integer(ElementType type, Object number) {
        boolean whole = number instanceof Long
                || number instanceof Integer
                || number instanceof Short
                || number instanceof Byte;
        if (!type.isInteger() || !whole) {
            return null;
        }
        long value = ((Number) number).longValue();
        Tensor stored = Tensor.zeros(type);
        stored.setLong(0, value);
        return stored.getLong(0) == value ? (Long) value : null;
    }

    /** A number, boolean or string as a scalar. */
    static Tensor scalar(ElementType type, Object value) {
        Tensor t = Tensor.zeros(type);
        Long integer = integer(type, value);
        if (integer != null) {
            t.setLong(0, integer);
        } else if (type.isFloat() && value instanceof Number n) {
            t.setDouble(0, n.doubleValue());
        } else if (type.isString() && value instanceof String s) {
            t.setString(0, s);
        } else if (type.isBool() && value instanceof Boolean b) {
            t.setLong(0, b ? 1 : 0);
        } else {
            throw notOf(type, "value", value);
        }
        return t;
    }

    private static IllegalArgumentException notOf(ElementType type, String what, Object o) {
        return new IllegalArgumentException(
                "the " + what + " " + o + " (" + o.getClass().getSimpleName() + ") is not of type " + type.text());
    }
}
