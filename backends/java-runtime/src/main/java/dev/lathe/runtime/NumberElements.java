package dev.lathe.runtime;

import dev.lathe.ir.tensor.SmallFloat;
import dev.lathe.ir.type.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * Elements of any type as the reference computes with them: floats in double precision, rounded once when they are
 * stored, and integers in 64 bits, of which the low ones are stored.
 */
final class NumberElements {
    private final ElementType type;
    private final @Nullable SmallFloat format;

    NumberElements(ElementType type) {
        this.type = type;
        this.format = type.isFloat() && type.bits() <= 16 ? SmallFloat.of(type) : null;
    }

    boolean isFloat() {
        return type.isFloat();
    }

    private SmallFloat format() {
        if (format == null) {
            throw new IllegalStateException("no format of " + type);
        }
        return format;
    }

    /** Reads {@code n} floats from {@code at} on, {@code step} apart. */
    void load(Object x, int at, int step, int n, double[] v) {
        switch (x) {
            case float[] a -> {
                if (step == 1) {
                    for (int i = 0; i < n; i++) {
                        v[i] = a[at + i];
                    }
                    return;
                }
                for (int i = 0; i < n; i++) {
                    v[i] = a[at + i * step];
                }
            }
            case double[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[at + i * step];
                }
            }
            case short[] a
            when type == ElementType.F16 -> {
                for (int i = 0; i < n; i++) {
                    v[i] = Float.float16ToFloat(a[at + i * step]);
                }
            }
            case short[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = Float.intBitsToFloat(a[at + i * step] << 16);
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = format().decode(a[at + i * step] & 0xff);
                }
            }
            default -> throw new IllegalStateException("no floats in " + x.getClass());
        }
    }

    /** Writes {@code n} floats from {@code at} on, {@code step} apart. */
    void store(double[] v, int n, Object y, int at, int step) {
        switch (y) {
            case float[] a -> {
                if (step == 1) {
                    for (int i = 0; i < n; i++) {
                        a[at + i] = (float) v[i];
                    }
                    return;
                }
                for (int i = 0; i < n; i++) {
                    a[at + i * step] = (float) v[i];
                }
            }
            case double[] a -> {
                for (int i = 0; i < n; i++) {
                    a[at + i * step] = v[i];
                }
            }
            case short[] a -> {
                for (int i = 0; i < n; i++) {
                    a[at + i * step] = (short) format().nearest(v[i]);
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    a[at + i * step] = (byte) format().nearest(v[i]);
                }
            }
            default -> throw new IllegalStateException("no floats in " + y.getClass());
        }
    }

    /** Reads {@code n} integers from {@code at} on, {@code step} apart. */
    void load(Object x, int at, int step, int n, long[] v) {
        long mask = type.isSigned() ? -1 : -1L >>> 64 - type.bits();
        switch (x) {
            case long[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[at + i * step];
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[at + i * step] & mask;
                }
            }
            case short[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[at + i * step] & mask;
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[at + i * step] & mask;
                }
            }
            default -> throw new IllegalStateException("no integers in " + x.getClass());
        }
    }

    /** Writes {@code n} integers from {@code at} on, {@code step} apart. */
    void store(long[] v, int n, Object y, int at, int step) {
        switch (y) {
            case long[] a -> {
                for (int i = 0; i < n; i++) {
                    a[at + i * step] = v[i];
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    a[at + i * step] = (int) v[i];
                }
            }
            case short[] a -> {
                for (int i = 0; i < n; i++) {
                    a[at + i * step] = (short) v[i];
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    a[at + i * step] = (byte) v[i];
                }
            }
            default -> throw new IllegalStateException("no integers in " + y.getClass());
        }
    }
}
