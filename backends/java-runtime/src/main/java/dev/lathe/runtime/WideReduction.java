package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.SmallFloat;
import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.ReductionRows.Function;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reduces the middle of {@code [outer, count, inner]}, elements of any type that has an array: integers in 64 bits and
 * floats in double precision, as the reference does, the sums of rows in an order of their own. {@link ReductionRows}
 * is for floats of 32 bits.
 */
public final class WideReduction implements WorkerPool.Body {
    /** Elements that are widened in one go. */
    private static final int BLOCK = 1024;

    private final Primitives primitives = Primitives.best();
    private final WidePrimitives widePrimitives = WidePrimitives.best();
    private final Function function;
    private final ElementType type;
    /** How floats of 16 bits and fewer are stored. */
    private final @Nullable SmallFloat format;
    /** What makes the order of integers without sign that of integers with one. */
    private final long flip;

    private int outer;
    private int count;
    private int inner;
    private int perTask = 1;
    private int workers = 1;
    private Wide[] wide = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    /** Elements as a worker computes with them: what is read, and the results so far. */
    private static final class Wide {
        final long[] integers = new long[BLOCK];
        final long[] integerResults = new long[BLOCK];
        final double[] floats = new double[BLOCK];
        final double[] floatResults = new double[BLOCK];
        /** Of a row, where they have room there. */
        final float[] singles = new float[BLOCK];

        final int[] narrow = new int[BLOCK];
    }

    public WideReduction(Function function, ElementType type) {
        this.function = function;
        this.type = type;
        this.format = type.isFloat() && type.bits() <= 16 ? SmallFloat.of(type) : null;
        boolean ordered = function == Function.MIN || function == Function.MAX;
        this.flip = ordered && type == ElementType.U64 ? Long.MIN_VALUE : 0;
    }

    public void prepare(int newOuter, int newCount, int newInner, int newWorkers) {
        outer = newOuter;
        count = newCount;
        inner = newInner;
        workers = newWorkers;
        int each = Math.max(1, Sizes.index((long) count * Math.max(1, inner)));
        perTask = Math.clamp(ReductionRows.GRAIN / each, 1, Math.max(1, outer));
        if (wide.length != workers) {
            wide = new Wide[workers];
            Arrays.setAll(wide, _ -> new Wide());
        }
    }

    /** Sets where the result is, an array of the element type. */
    public WideReduction to(Object newY, int newYAt) {
        y = newY;
        yAt = newYAt;
        return this;
    }

    /** @param newX an array of the element type */
    public void run(Object newX, int newXAt) {
        x = newX;
        xAt = newXAt;
        WorkerPool.shared().run(Math.ceilDiv(outer, perTask), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int first = task * perTask;
        int end = first + Math.min(perTask, outer - first);
        Wide w = wide[worker];
        for (int i = first; i < end; i++) {
            for (int j = 0; j < inner; j += BLOCK) {
                int n = Math.min(BLOCK, inner - j);
                int from = xAt + i * count * inner + j;
                int to = yAt + i * inner + j;
                if (inner == 1 && type == ElementType.F64) {
                    store(to, finished(wideRow((double[]) x, from)));
                } else if (inner == 1 && type.isFloat()) {
                    store(to, finished(row(w, from)));
                } else if (inner == 1 && isNarrow()) {
                    store(to, (long) narrowRow(w, from));
                } else if (type.isFloat()) {
                    floats(w, from, n, to);
                } else {
                    integers(w, from, n, to);
                }
            }
        }
    }

    private void integers(Wide w, int from, int n, int to) {
        long[] r = w.integerResults;
        Arrays.fill(r, 0, n, start());
        // One column is read in blocks, several are read row by row.
        int rows = inner == 1 ? BLOCK : 1;
        for (int k = 0; k < count; k += rows) {
            int elements = inner == 1 ? Math.min(BLOCK, count - k) : n;
            load(from + k * inner, elements, w.integers);
            if (inner == 1) {
                r[0] = combined(w.integers, elements, r[0]);
            } else {
                combine(w.integers, n, r);
            }
        }
        for (int i = 0; i < n; i++) {
            store(to + i, (function == Function.MEAN && count != 0 ? r[i] / count : r[i]) ^ flip);
        }
    }

    /** Whether elements are compared that integers of 32 bits hold. */
    private boolean isNarrow() {
        boolean ordered = function == Function.MIN || function == Function.MAX;
        return ordered && (type.isSigned() ? type.bits() <= 32 : type.bits() < 32);
    }

    /** The least or the largest element of a row of integers. */
    private int narrowRow(Wide w, int from) {
        if (x instanceof int[] v) {
            return function == Function.MIN ? widePrimitives.min(v, from, count) : widePrimitives.max(v, from, count);
        }
        int r = (int) start();
        int[] v = w.narrow;
        for (int k = 0; k < count; k += BLOCK) {
            int n = Math.min(BLOCK, count - k);
            load(from + k, n, v);
            r = function == Function.MIN
                    ? Math.min(r, widePrimitives.min(v, 0, n))
                    : Math.max(r, widePrimitives.max(v, 0, n));
        }
        return r;
    }

    private double finished(double r) {
        return function == Function.MEAN ? r / count : r;
    }

    private double wideRow(double[] v, int from) {
        return switch (function) {
            case SUM, MEAN -> widePrimitives.sum(v, from, count);
            case MIN -> widePrimitives.min(v, from, count);
            case MAX -> widePrimitives.max(v, from, count);
            case PROD -> {
                double r = 1;
                for (int i = from; i < from + count; i++) {
                    r *= v[i];
                }
                yield r;
            }
        };
    }

    /** What a row of floats of fewer than 32 bits is reduced to. */
    private double row(Wide w, int from) {
        double r = floatStart();
        float[] v = w.singles;
        for (int k = 0; k < count; k += BLOCK) {
            int n = Math.min(BLOCK, count - k);
            load(from + k, n, v);
            switch (function) {
                case SUM, MEAN -> r += widePrimitives.sum(v, 0, n);
                case MIN -> r = Math.min(r, primitives.min(v, 0, n));
                case MAX -> r = Math.max(r, primitives.max(v, 0, n));
                case PROD -> {
                    for (int i = 0; i < n; i++) {
                        r *= v[i];
                    }
                }
            }
        }
        return r;
    }

    /** The columns of one row of results. */
    private void floats(Wide w, int from, int n, int to) {
        double[] r = w.floatResults;
        Arrays.fill(r, 0, n, floatStart());
        for (int k = 0; k < count; k++) {
            if (type == ElementType.F64) {
                System.arraycopy((double[]) x, from + k * inner, w.floats, 0, n);
            } else {
                load(from + k * inner, n, w.singles);
                for (int i = 0; i < n; i++) {
                    w.floats[i] = w.singles[i];
                }
            }
            combine(w.floats, n, r);
        }
        for (int i = 0; i < n; i++) {
            store(to + i, finished(r[i]));
        }
    }

    private long start() {
        return switch (function) {
            case SUM, MEAN -> 0;
            case PROD -> 1;
            case MIN -> greatest() ^ flip;
            case MAX -> (type.isSigned() ? Long.MIN_VALUE >> 64 - type.bits() : 0) ^ flip;
        };
    }

    private long greatest() {
        return type.isBool() ? 1 : type.isSigned() ? Long.MAX_VALUE >> 64 - type.bits() : -1L >>> 64 - type.bits();
    }

    private double floatStart() {
        return switch (function) {
            case SUM, MEAN -> 0;
            case PROD -> 1;
            case MIN -> Double.POSITIVE_INFINITY;
            case MAX -> Double.NEGATIVE_INFINITY;
        };
    }

    private long combined(long[] v, int n, long start) {
        long r = start;
        switch (function) {
            case SUM, MEAN -> {
                for (int i = 0; i < n; i++) {
                    r += v[i];
                }
            }
            case PROD -> {
                for (int i = 0; i < n; i++) {
                    r *= v[i];
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    r = Math.min(r, v[i]);
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    r = Math.max(r, v[i]);
                }
            }
        }
        return r;
    }

    private void combine(long[] v, int n, long[] r) {
        for (int i = 0; i < n; i++) {
            r[i] = switch (function) {
                case SUM, MEAN -> r[i] + v[i];
                case PROD -> r[i] * v[i];
                case MIN -> Math.min(r[i], v[i]);
                case MAX -> Math.max(r[i], v[i]);
            };
        }
    }

    private void combine(double[] v, int n, double[] r) {
        for (int i = 0; i < n; i++) {
            r[i] = switch (function) {
                case SUM, MEAN -> r[i] + v[i];
                case PROD -> r[i] * v[i];
                case MIN -> Math.min(r[i], v[i]);
                case MAX -> Math.max(r[i], v[i]);
            };
        }
    }

    private void load(int from, int n, long[] v) {
        long mask = type.isSigned() ? -1 : -1L >>> 64 - type.bits();
        switch (x) {
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[from + i] & mask;
                }
            }
            case short[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[from + i] & mask;
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[from + i] & mask;
                }
            }
            case long[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[from + i] ^ flip;
                }
            }
            default -> throw new IllegalStateException("no integers in " + x.getClass());
        }
    }

    private void load(int from, int n, int[] v) {
        int mask = type.isSigned() ? -1 : -1 >>> 32 - type.bits();
        switch (x) {
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[from + i] & mask;
                }
            }
            case short[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = a[from + i] & mask;
                }
            }
            default -> throw new IllegalStateException("no narrow integers in " + x.getClass());
        }
    }

    /** The JIT makes vectors of these loops. */
    private void load(int from, int n, float[] v) {
        switch (x) {
            case short[] a
            when type == ElementType.F16 -> {
                for (int i = 0; i < n; i++) {
                    v[i] = Float.float16ToFloat(a[from + i]);
                }
            }
            case short[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = Float.intBitsToFloat(a[from + i] << 16);
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    v[i] = (float) format().decode(a[from + i] & 0xff);
                }
            }
            default -> throw new IllegalStateException("no floats in " + x.getClass());
        }
    }

    private void store(int to, long value) {
        switch (y) {
            case byte[] a -> a[to] = (byte) value;
            case short[] a -> a[to] = (short) value;
            case int[] a -> a[to] = (int) value;
            case long[] a -> a[to] = value;
            default -> throw new IllegalStateException("no integers in " + y.getClass());
        }
    }

    private void store(int to, double value) {
        switch (y) {
            case double[] a -> a[to] = value;
            case short[] a -> a[to] = (short) format().nearest(value);
            case byte[] a -> a[to] = (byte) format().nearest(value);
            default -> throw new IllegalStateException("no floats in " + y.getClass());
        }
    }

    private SmallFloat format() {
        if (format == null) {
            throw new IllegalStateException("no format of " + type);
        }
        return format;
    }
}
