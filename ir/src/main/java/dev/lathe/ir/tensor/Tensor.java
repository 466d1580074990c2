package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A dense tensor, row-major. It wraps a Java array or a {@link MemorySegment} without copying; whoever wraps an array
 * must not change it while the tensor is in use.
 *
 * <p>Numbers are stored little-endian, booleans as one byte 0 or 1, types narrower than a byte packed with the first
 * element in the low bits, complex numbers as pairs (real, imaginary).
 */
public final class Tensor implements Datum {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ElementType element;
    private final long[] dims;
    private final long size;
    private final MemorySegment data;
    /** What {@link #array} returns; kept, so that asking for it allocates nothing. */
    private final @Nullable Object array;

    private final String @Nullable [] strings;
    private int hash;

    private Tensor(ElementType element, long[] dims, MemorySegment data, String @Nullable [] strings) {
        this.element = element;
        this.dims = dims;
        this.size = elements(dims);
        this.data = data;
        Object base = data.address() == 0 ? data.heapBase().orElse(null) : null;
        this.array = base != null && base.getClass() == arrayClass(element) ? base : null;
        this.strings = strings;
        if (strings == null && data.byteSize() < element.bytes(size)) {
            throw new IllegalArgumentException("a tensor " + element.text() + Arrays.toString(dims) + " needs "
                    + element.bytes(size) + " bytes, but " + data.byteSize() + " are given");
        }
        if (strings != null && strings.length != size) {
            throw new IllegalArgumentException("a tensor " + element.text() + Arrays.toString(dims) + " needs " + size
                    + " strings, but " + strings.length + " are given");
        }
    }

    /** The class of the arrays natural to {@code element}. */
    private static Class<?> arrayClass(ElementType element) {
        return switch (element) {
            case STRING -> String[].class;
            case F32, C64 -> float[].class;
            case F64, C128 -> double[].class;
            case I64, U64 -> long[].class;
            case I32, U32 -> int[].class;
            case I16, U16, F16, BF16 -> short[].class;
            default -> byte[].class;
        };
    }

    private static long elements(long[] dims) {
        checkDims(dims);
        return Sizes.elements(dims);
    }

    private static void checkDims(long[] dims) {
        for (long d : dims) {
            if (d < 0) {
                throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dims));
            }
        }
    }

    /**
     * The Java array natural to the element type, such as a {@code float[]}, whose first elements are this tensor's;
     * null if the data is elsewhere.
     */
    public @Nullable Object array() {
        return array;
    }

    /**
     * A tensor over the first bytes of {@code data}, in the layout that the class describes.
     *
     * @throws LatheException if there are fewer bytes than the dimensions say
     */
    public static Tensor of(ElementType element, long[] dims, MemorySegment data) {
        Objects.requireNonNull(data, "data");
        long needed = bytes(element, dims);
        if (element.isString() || data.byteSize() < needed) {
            throw wrongSize(element, dims, needed + " bytes", data.byteSize() + " bytes");
        }
        return new Tensor(element, dims.clone(), data, null);
    }

    /** A tensor over a whole array. */
    private static Tensor ofArray(ElementType element, long[] dims, MemorySegment data, int length) {
        long needed = bytes(element, dims);
        if (data.byteSize() != needed) {
            long each = data.byteSize() / Math.max(1, length);
            long arrayLength = each == 0 ? needed : needed / each;
            throw wrongSize(element, dims, "an array of " + arrayLength, "one of " + length);
        }
        return new Tensor(element, dims.clone(), data, null);
    }

    /** The bytes that a caller's tensor needs. */
    private static long bytes(ElementType element, long[] dims) {
        Objects.requireNonNull(element, "element");
        Objects.requireNonNull(dims, "dims");
        try {
            return element.bytes(elements(dims));
        } catch (LatheException | ArithmeticException | IllegalArgumentException e) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "tensor.wrong-dims",
                            "no tensor has the dimensions " + Arrays.toString(dims),
                            "give dimensions that are not negative and whose product is less than 2^63")));
        }
    }

    private static LatheException wrongSize(ElementType element, long[] dims, String needed, String given) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "tensor.wrong-size",
                        "a tensor " + element.text() + Arrays.toString(dims) + " needs " + needed + ", but " + given
                                + " is given",
                        element.isString()
                                ? "give strings with Tensor.ofStrings, one for each element"
                                : "give as many elements as the dimensions say, or other dimensions")));
    }

    /**
     * A tensor of zeros (or false, or empty strings) on the Java heap, in the array type natural to {@code element}.
     *
     * @throws LatheException {@code run.too-large} if an array or the heap cannot hold it
     */
    public static Tensor zeros(ElementType element, long... dims) {
        checkDims(dims);
        int n = Sizes.length("a tensor", element, dims);
        try {
            return zeros(element, n, dims);
        } catch (OutOfMemoryError e) {
            throw Sizes.outOfMemory("a tensor " + element.text() + Arrays.toString(dims), Sizes.bytes(element, n));
        }
    }

    private static Tensor zeros(ElementType element, int n, long[] dims) {
        return switch (element) {
            case STRING -> {
                String[] s = new String[n];
                Arrays.fill(s, "");
                yield ofStrings(s, dims);
            }
            case F32 -> of(element, dims, MemorySegment.ofArray(new float[n]));
            case F64 -> of(element, dims, MemorySegment.ofArray(new double[n]));
            case I64, U64 -> of(element, dims, MemorySegment.ofArray(new long[n]));
            case I32, U32 -> of(element, dims, MemorySegment.ofArray(new int[n]));
            case I16, U16, F16, BF16 -> of(element, dims, MemorySegment.ofArray(new short[n]));
            case C64 -> of(element, dims, MemorySegment.ofArray(new float[2 * n]));
            case C128 -> of(element, dims, MemorySegment.ofArray(new double[2 * n]));
            default -> of(element, dims, MemorySegment.ofArray(new byte[(int) element.bytes(n)]));
        };
    }

    public static Tensor of(float[] values, long... dims) {
        Objects.requireNonNull(values, "values");
        return ofArray(ElementType.F32, dims, MemorySegment.ofArray(values), values.length);
    }

    public static Tensor of(double[] values, long... dims) {
        Objects.requireNonNull(values, "values");
        return ofArray(ElementType.F64, dims, MemorySegment.ofArray(values), values.length);
    }

    public static Tensor of(long[] values, long... dims) {
        Objects.requireNonNull(values, "values");
        return ofArray(ElementType.I64, dims, MemorySegment.ofArray(values), values.length);
    }

    public static Tensor of(int[] values, long... dims) {
        Objects.requireNonNull(values, "values");
        return ofArray(ElementType.I32, dims, MemorySegment.ofArray(values), values.length);
    }

    /** A tensor of 16-bit elements ({@code F16 BF16 I16 U16}) given by their bits. */
    public static Tensor of(ElementType element, short[] bits, long... dims) {
        Objects.requireNonNull(bits, "bits");
        return ofArray(element, dims, MemorySegment.ofArray(bits), bits.length);
    }

    /** A tensor of elements of at most 8 bits, given by their (packed) bytes. */
    public static Tensor of(ElementType element, byte[] bytes, long... dims) {
        Objects.requireNonNull(bytes, "bytes");
        return ofArray(element, dims, MemorySegment.ofArray(bytes), bytes.length);
    }

    public static Tensor of(boolean[] values, long... dims) {
        Objects.requireNonNull(values, "values");
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        return of(ElementType.BOOL, bytes, dims);
    }

    public static Tensor ofStrings(String[] values, long... dims) {
        Objects.requireNonNull(values, "values");
        bytes(ElementType.STRING, dims);
        long needed = elements(dims);
        if (values.length != needed) {
            throw wrongSize(ElementType.STRING, dims, needed + " strings", values.length + " strings");
        }
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null) {
                throw new NullPointerException("string " + i + " is null");
            }
        }
        return new Tensor(ElementType.STRING, dims.clone(), MemorySegment.NULL, values);
    }

    public static Tensor scalar(float value) {
        return of(new float[] {value});
    }

    public static Tensor scalar(long value) {
        return of(new long[] {value});
    }

    public static Tensor scalar(boolean value) {
        return of(new boolean[] {value});
    }

    /** A scalar of any numeric type with the value nearest to {@code value}. */
    public static Tensor scalar(ElementType element, double value) {
        Tensor t = zeros(element);
        t.setDouble(0, value);
        return t;
    }

    /** A vector of {@code i64}. */
    public static Tensor vector(long... values) {
        return of(values, values.length);
    }

    /**
     * The tensor of this name among inputs or results.
     *
     * @throws IllegalArgumentException if there is none, or the value is no tensor
     */
    public static Tensor named(Map<String, ? extends Datum> values, String name) {
        Datum value = Datum.named(values, name);
        if (!(value instanceof Tensor t)) {
            throw new IllegalArgumentException("\"" + name + "\" is " + value.type() + ", no tensor");
        }
        return t;
    }

    public ElementType element() {
        return element;
    }

    public int rank() {
        return dims.length;
    }

    public long dim(int axis) {
        return dims[axis < 0 ? axis + dims.length : axis];
    }

    public long[] dims() {
        return dims.clone();
    }

    public Shape shape() {
        return Shape.of(dims);
    }

    @Override
    public TensorType type() {
        return TensorType.of(element, dims);
    }

    /** The number of elements. */
    public long size() {
        return size;
    }

    public boolean isScalar() {
        return dims.length == 0;
    }

    /** The bytes of the elements; not for strings. */
    public MemorySegment data() {
        if (strings != null) {
            throw new IllegalStateException("a string tensor has no bytes");
        }
        return data;
    }

    /** Bytes of all elements; for strings, zero. */
    public long byteSize() {
        return element.bytes(size);
    }

    /** The same elements with other dimensions; nothing is copied. */
    public Tensor reshape(long... newDims) {
        if (elements(newDims) != size) {
            throw new IllegalArgumentException(
                    "cannot reshape " + Arrays.toString(dims) + " to " + Arrays.toString(newDims));
        }
        return new Tensor(element, newDims.clone(), data, strings);
    }

    /** The element at flat index {@code i} as a double: exact for every type up to 53 bits of precision. */
    public double getDouble(long i) {
        return switch (element) {
            case F32 -> data.get(FLOAT, i * 4);
            case F64 -> data.get(DOUBLE, i * 8);
            case F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F6E2M3, F6E3M2, F4E2M1 ->
                SmallFloat.of(element).decode((int) getBits(i));
            case U64 -> {
                long v = getLong(i);
                yield v >= 0 ? v : (double) (v >>> 1 | v & 1) * 2.0;
            }
            case STRING, C64, C128 -> throw new IllegalStateException("no double in a tensor of " + element.text());
            default -> getLong(i);
        };
    }

    /**
     * Stores the value nearest to {@code value}: floats round to nearest even, integers truncate towards zero and
     * saturate.
     */
    public void setDouble(long i, double value) {
        switch (element) {
            case F32 -> data.set(FLOAT, i * 4, (float) value);
            case F64 -> data.set(DOUBLE, i * 8, value);
            case F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F6E2M3, F6E3M2, F4E2M1 ->
                setBits(i, SmallFloat.of(element).nearest(value));
            case BOOL -> setLong(i, value != 0 ? 1 : 0);
            case U64 -> setLong(i, value >= 0x1p63 ? (long) (value - 0x1p63) ^ Long.MIN_VALUE : (long) value);
            case STRING, C64, C128 -> throw new IllegalStateException("no double in a tensor of " + element.text());
            default -> setLong(i, (long) value);
        }
    }

    /**
     * {@link #setDouble} as a cast does it: narrow floats saturate only if {@code saturate}, integers wrap around
     * like a conversion through 64 bits, NaN becomes 0.
     */
    public void setRounded(long i, double value, boolean saturate) {
        if (element.isFloat() && element.bits() < 32) {
            // Through float first, as all the formats' definitions do.
            setBits(i, SmallFloat.of(element).encode(element.bits() == 16 ? value : (float) value, saturate));
        } else {
            setDouble(i, value);
        }
    }

    /** The integer at flat index {@code i}, sign- or zero-extended; floats are truncated; booleans are 0 or 1. */
    public long getLong(long i) {
        return switch (element) {
            case I64, U64 -> data.get(LONG, i * 8);
            case I32 -> data.get(INT, i * 4);
            case U32 -> data.get(INT, i * 4) & 0xffff_ffffL;
            case I16 -> data.get(SHORT, i * 2);
            case U16 -> data.get(SHORT, i * 2) & 0xffffL;
            case I8 -> data.get(ValueLayout.JAVA_BYTE, i);
            case U8 -> data.get(ValueLayout.JAVA_BYTE, i) & 0xffL;
            case BOOL -> data.get(ValueLayout.JAVA_BYTE, i) != 0 ? 1 : 0;
            case U4, U2 -> getBits(i);
            case I4 -> getBits(i) << 60 >> 60;
            case I2 -> getBits(i) << 62 >> 62;
            default -> (long) getDouble(i);
        };
    }

    /** Stores the low bits of {@code value} (two's complement wrap-around); floats round. */
    public void setLong(long i, long value) {
        switch (element) {
            case I64, U64 -> data.set(LONG, i * 8, value);
            case I32, U32 -> data.set(INT, i * 4, (int) value);
            case I16, U16, I8, U8, I4, U4, I2, U2 -> setBits(i, value);
            case BOOL -> setBits(i, value != 0 ? 1 : 0);
            default -> setDouble(i, value);
        }
    }

    public float getFloat(long i) {
        return element == ElementType.F32 ? data.get(FLOAT, i * 4) : (float) getDouble(i);
    }

    public void setFloat(long i, float value) {
        if (element == ElementType.F32) {
            data.set(FLOAT, i * 4, value);
        } else {
            setDouble(i, value);
        }
    }

    public boolean getBoolean(long i) {
        return getLong(i) != 0;
    }

    public String getString(long i) {
        return Objects.requireNonNull(strings, "not a string tensor")[Math.toIntExact(i)];
    }

    public void setString(long i, String value) {
        Objects.requireNonNull(strings, "not a string tensor")[Math.toIntExact(i)] =
                Objects.requireNonNull(value, "value");
    }

    /** Component 0 (real) or 1 (imaginary) of a complex element. */
    public double getComplex(long i, int component) {
        return element == ElementType.C64
                ? data.get(FLOAT, (2 * i + component) * 4)
                : data.get(DOUBLE, (2 * i + component) * 8);
    }

    public void setComplex(long i, double real, double imaginary) {
        if (element == ElementType.C64) {
            data.set(FLOAT, 8 * i, (float) real);
            data.set(FLOAT, 8 * i + 4, (float) imaginary);
        } else {
            data.set(DOUBLE, 16 * i, real);
            data.set(DOUBLE, 16 * i + 8, imaginary);
        }
    }

    /** The raw bits of an element of at most 64 bits, zero-extended. */
    public long getBits(long i) {
        return switch (element.bits()) {
            case 2 -> data.get(ValueLayout.JAVA_BYTE, i >> 2) >> ((i & 3) * 2) & 3;
            case 4 -> data.get(ValueLayout.JAVA_BYTE, i >> 1) >> ((i & 1) * 4) & 15;
            case 6 -> pair(i) >> (i & 3) * 6 % 8 & 63;
            case 8 -> data.get(ValueLayout.JAVA_BYTE, i) & 0xffL;
            case 16 -> data.get(SHORT, i * 2) & 0xffffL;
            case 32 -> data.get(INT, i * 4) & 0xffff_ffffL;
            case 64 -> data.get(LONG, i * 8);
            default -> throw new IllegalStateException("no bits in a tensor of " + element.text());
        };
    }

    /** The byte in which an element of six bits begins and, if it ends there, the next one above it. */
    private int pair(long i) {
        long at = i * 6 >> 3;
        int first = data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
        return (i & 3) == 0 || (i & 3) == 3 ? first : first | (data.get(ValueLayout.JAVA_BYTE, at + 1) & 0xff) << 8;
    }

    public void setBits(long i, long bits) {
        switch (element.bits()) {
            case 2, 4 -> {
                int perByte = 8 / element.bits();
                int mask = (1 << element.bits()) - 1;
                int shift = (int) (i % perByte) * element.bits();
                long at = i / perByte;
                byte old = data.get(ValueLayout.JAVA_BYTE, at);
                data.set(ValueLayout.JAVA_BYTE, at, (byte) (old & ~(mask << shift) | (bits & mask) << shift));
            }
            case 6 -> {
                int shift = (int) (i & 3) * 6 % 8;
                int all = pair(i) & ~(63 << shift) | (int) (bits & 63) << shift;
                data.set(ValueLayout.JAVA_BYTE, i * 6 >> 3, (byte) all);
                if (shift > 2) {
                    data.set(ValueLayout.JAVA_BYTE, (i * 6 >> 3) + 1, (byte) (all >> 8));
                }
            }
            case 8 -> data.set(ValueLayout.JAVA_BYTE, i, (byte) bits);
            case 16 -> data.set(SHORT, i * 2, (short) bits);
            case 32 -> data.set(INT, i * 4, (int) bits);
            case 64 -> data.set(LONG, i * 8, bits);
            default -> throw new IllegalStateException("no bits in a tensor of " + element.text());
        }
    }

    /** Copies element {@code from} of {@code source}, which has the same element type, to element {@code to}. */
    public void copyElement(long to, Tensor source, long from) {
        switch (element) {
            case STRING -> setString(to, source.getString(from));
            case C128 -> setComplex(to, source.getComplex(from, 0), source.getComplex(from, 1));
            default -> setBits(to, source.getBits(from));
        }
    }

    /** As {@link #copyElement}, for {@code count} elements, one after the other. */
    public void copyElements(long to, Tensor source, long from, long count) {
        if (element != source.element || element.isString() || element.bits() < Byte.SIZE) {
            for (long i = 0; i < count; i++) {
                copyElement(to + i, source, from + i);
            }
        } else {
            long bytes = element.bits() / Byte.SIZE;
            MemorySegment.copy(source.data, from * bytes, data, to * bytes, count * bytes);
        }
    }

    /** The elements as floats; the backing array itself when this tensor wraps exactly one {@code float[]}. */
    public float[] toFloatArray() {
        if (data.heapBase().orElse(null) instanceof float[] f && f.length == size) {
            return f;
        }
        float[] out = new float[Math.toIntExact(size)];
        if (element == ElementType.F32) {
            MemorySegment.copy(data, FLOAT, 0, out, 0, out.length);
        } else {
            for (int i = 0; i < out.length; i++) {
                out[i] = getFloat(i);
            }
        }
        return out;
    }

    /** The elements as longs; the backing array itself when this tensor wraps exactly one {@code long[]}. */
    public long[] toLongArray() {
        if (data.heapBase().orElse(null) instanceof long[] l && l.length == size) {
            return l;
        }
        long[] out = new long[Math.toIntExact(size)];
        for (int i = 0; i < out.length; i++) {
            out[i] = getLong(i);
        }
        return out;
    }

    public String[] toStringArray() {
        return Objects.requireNonNull(strings, "not a string tensor").clone();
    }

    /** Equal type, dimensions and bits. */
    @Override
    public boolean equals(@Nullable Object o) {
        if (this == o) {
            return true;
        }
        if (!(o instanceof Tensor t) || element != t.element || !Arrays.equals(dims, t.dims)) {
            return false;
        }
        if (strings != null) {
            return Arrays.equals(strings, t.strings);
        }
        long bytes = byteSize();
        return data.asSlice(0, bytes).mismatch(t.data.asSlice(0, bytes)) == -1;
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            int h = Objects.hash(element, Arrays.hashCode(dims), Arrays.hashCode(strings));
            if (strings == null) {
                long bytes = byteSize();
                long step = Math.max(1, bytes / 256); // a sample is enough for a hash
                for (long i = 0; i < bytes; i += step) {
                    h = 31 * h + data.get(ValueLayout.JAVA_BYTE, i);
                }
            }
            hash = h == 0 ? 1 : h;
        }
        return hash;
    }

    /** The type and the first elements. */
    @Override
    public String toString() {
        StringBuilder s =
                new StringBuilder(element.text()).append(Arrays.toString(dims)).append(" {");
        for (long i = 0; i < Math.min(size, 8); i++) {
            s.append(i == 0 ? "" : ", ").append(elementText(i));
        }
        return s.append(size > 8 ? ", …}" : "}").toString();
    }

    /** The element at flat index {@code i} as people write it. */
    public String elementText(long i) {
        return switch (element.kind()) {
            case FLOAT -> element == ElementType.F64 ? Double.toString(getDouble(i)) : Float.toString(getFloat(i));
            case UNSIGNED -> Long.toUnsignedString(getLong(i));
            case SIGNED -> Long.toString(getLong(i));
            case BOOLEAN -> Boolean.toString(getBoolean(i));
            case TEXT -> getString(i);
            case COMPLEX -> getComplex(i, 0) + "+" + getComplex(i, 1) + "i";
        };
    }
}
