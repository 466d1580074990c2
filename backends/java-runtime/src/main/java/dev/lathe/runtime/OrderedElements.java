package dev.lathe.runtime;

import dev.lathe.ir.tensor.SmallFloat;
import dev.lathe.ir.type.ElementType;

/**
 * Elements of any type as integers of the same order: NaN comes after all numbers, and both zeros are equal. Elements
 * of up to 32 bits are {@code int}s, others {@code long}s.
 */
final class OrderedElements {
    private static final int BYTES = 256;

    private final KeySearch search = KeySearch.best();
    private final ElementType type;
    /** The integers of floats of one byte. */
    private final int[] table;

    OrderedElements(ElementType type) {
        this.type = type;
        this.table = type.isFloat() && type.bits() == 8 ? table(type) : new int[0];
    }

    private static int[] table(ElementType type) {
        SmallFloat format = SmallFloat.of(type);
        int[] table = new int[BYTES];
        for (int i = 0; i < BYTES; i++) {
            table[i] = ordered(Float.floatToRawIntBits((float) format.decode(i)));
        }
        return table;
    }

    /** Whether elements have 64 bits. */
    boolean isWide() {
        return type.bits() == 64;
    }

    static int ordered(int bits) {
        int magnitude = bits & 0x7fffffff;
        int sign = bits >> 31;
        int nan = (0x7f800000 - magnitude) >> 31;
        return (magnitude ^ sign) - sign & ~nan | 0x7fffffff & nan;
    }

    private static long ordered(long bits) {
        long magnitude = bits & Long.MAX_VALUE;
        long sign = bits >> 63;
        long nan = (0x7ff0_0000_0000_0000L - magnitude) >> 63;
        return (magnitude ^ sign) - sign & ~nan | Long.MAX_VALUE & nan;
    }

    /**
     * The order of {@code n} elements of up to 32 bits, from {@code at} on and {@code step} apart.
     *
     * @param flip what bits of it are flipped: all of them turn it over
     */
    void load(Object x, int at, int step, int n, int flip, int[] keys) {
        if (x instanceof float[] a && step == 1) {
            search.order(a, at, n, flip, keys);
            return;
        }
        load(x, at, step, n, keys);
        if (flip != 0) {
            for (int i = 0; i < n; i++) {
                keys[i] ^= flip;
            }
        }
    }

    /** The order of {@code n} elements of up to 32 bits, from {@code at} on and {@code step} apart. */
    void load(Object x, int at, int step, int n, int[] keys) {
        switch (x) {
            case float[] a -> {
                for (int i = 0; i < n; i++) {
                    keys[i] = ordered(Float.floatToRawIntBits(a[at + i * step]));
                }
            }
            case int[] a when step == 1 && type == ElementType.I32 -> System.arraycopy(a, at, keys, 0, n);
            case int[] a -> {
                int unsigned = type == ElementType.U32 ? Integer.MIN_VALUE : 0;
                for (int i = 0; i < n; i++) {
                    keys[i] = a[at + i * step] ^ unsigned;
                }
            }
            case short[] a -> shorts(a, at, step, n, keys);
            case byte[] a -> bytes(a, at, step, n, keys);
            default -> throw new IllegalStateException("no order of " + x.getClass());
        }
    }

    private void shorts(short[] a, int at, int step, int n, int[] keys) {
        if (type.isFloat()) {
            // A float of 16 bits is ordered like one of 32 bits with zeros behind, whatever its exponent's size.
            int infinite = type == ElementType.F16 ? 0x7c00 : 0x7f80;
            for (int i = 0; i < n; i++) {
                int bits = a[at + i * step];
                int magnitude = bits & 0x7fff;
                int sign = bits >> 31;
                keys[i] = magnitude > infinite ? Integer.MAX_VALUE : (magnitude ^ sign) - sign;
            }
            return;
        }
        int mask = type == ElementType.U16 ? 0xffff : -1;
        for (int i = 0; i < n; i++) {
            keys[i] = a[at + i * step] & mask;
        }
    }

    private void bytes(byte[] a, int at, int step, int n, int[] keys) {
        if (type.isFloat()) {
            for (int i = 0; i < n; i++) {
                keys[i] = table[a[at + i * step] & 0xff];
            }
            return;
        }
        int mask = type.isSigned() ? -1 : 0xff;
        for (int i = 0; i < n; i++) {
            keys[i] = a[at + i * step] & mask;
        }
    }

    /** The order of {@code n} elements of 64 bits, from {@code at} on and {@code step} apart. */
    void load(Object x, int at, int step, int n, long[] keys) {
        switch (x) {
            case double[] a
            when step == 1 -> {
                for (int i = 0; i < n; i++) {
                    keys[i] = ordered(Double.doubleToRawLongBits(a[at + i]));
                }
            }
            case double[] a -> {
                for (int i = 0; i < n; i++) {
                    keys[i] = ordered(Double.doubleToRawLongBits(a[at + i * step]));
                }
            }
            case long[] a when step == 1 && type == ElementType.I64 -> System.arraycopy(a, at, keys, 0, n);
            case long[] a -> {
                long flip = type == ElementType.U64 ? Long.MIN_VALUE : 0;
                for (int i = 0; i < n; i++) {
                    keys[i] = a[at + i * step] ^ flip;
                }
            }
            default -> throw new IllegalStateException("no order of " + x.getClass());
        }
    }
}
