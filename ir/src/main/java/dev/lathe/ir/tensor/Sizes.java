package dev.lathe.ir.tensor;

import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sizes of a running model, computed exactly in 64 bits, and whether arrays and the heap hold them. What does not fit
 * is a {@code run.too-large}, which says how many bytes are needed and how many there are; nothing wraps around.
 */
public final class Sizes {
    /** Elements of the longest array that every JVM makes. */
    public static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

    private static final String TOO_LARGE = "run.too-large";
    private static final String SMALLER = "give smaller inputs, such as a smaller batch";

    private Sizes() {}

    /** The sum. */
    public static long plus(long a, long b) {
        long sum = a + b;
        if (((a ^ sum) & (b ^ sum)) < 0) {
            throw beyond(a + " + " + b);
        }
        return sum;
    }

    /** The product. */
    public static long times(long a, long b) {
        long product = a * b;
        if (Math.multiplyHigh(a, b) != product >> 63) {
            throw beyond(a + " * " + b);
        }
        return product;
    }

    /**
     * The quotient rounded towards negative infinity.
     *
     * @throws ArithmeticException if {@code b} is zero
     */
    public static long floorDiv(long a, long b) {
        if (a == Long.MIN_VALUE && b == -1) {
            throw beyond(a + " / -1");
        }
        return Math.floorDiv(a, b);
    }

    /** A size, an offset or a stride in elements, as an index of arrays. */
    public static int index(long n) {
        if (n > MAX_LENGTH || n < -MAX_LENGTH) {
            throw tooLarge("a size of this call is " + n + " elements, more than the " + MAX_LENGTH
                    + " that a Java array holds; the heap has " + heap() + " bytes");
        }
        return (int) n;
    }

    /** The product of dimensions; a negative one counts as zero. */
    public static long elements(long... dims) {
        for (long d : dims) {
            if (d <= 0) {
                return 0;
            }
        }
        long n = 1;
        for (long d : dims) {
            n = times(n, d);
        }
        return n;
    }

    /**
     * The value of an expression whose symbols have these values.
     *
     * @throws ArithmeticException if a divisor is zero
     */
    public static long evaluate(Dim d, ToLongFunction<String> symbols) {
        try {
            return d.evaluate(symbols);
        } catch (ArithmeticException e) {
            if ("/ by zero".equals(e.getMessage())) {
                throw e;
            }
            throw beyond(d.toString());
        }
    }

    /** Bytes of so many elements in an array of their own; {@code Long.MAX_VALUE} where that is more. */
    public static long bytes(ElementType element, long elements) {
        long bits = element.isString() ? 64 : element.bits(); // a reference
        return elements > Long.MAX_VALUE / bits ? Long.MAX_VALUE : Math.ceilDiv(elements * bits, 8L);
    }

    /**
     * The number of elements of a tensor, for which an array and the heap can have room.
     *
     * @param what names it in the message
     */
    public static int length(String what, ElementType element, long... dims) {
        long elements = elements(dims);
        long bytes = bytes(element, elements);
        long length = element.isComplex() ? 2 * Math.min(elements, MAX_LENGTH) : elements;
        if (length > MAX_LENGTH) {
            throw tooLarge(what + " " + type(element, dims) + " needs " + bytesText(bytes)
                    + " in one Java array, which holds at most " + MAX_LENGTH + " elements; the heap has " + heap()
                    + " bytes");
        }
        fit(what + " " + type(element, dims), bytes);
        return (int) elements;
    }

    /** Checks that an array can have so many elements. */
    public static void arrayLength(String what, long length, int elementBytes) {
        if (length > MAX_LENGTH) {
            throw tooLarge(what + " needs " + times(length, elementBytes) + " bytes in " + length
                    + " elements, and a Java array holds at most " + MAX_LENGTH + "; the heap has " + heap()
                    + " bytes");
        }
    }

    /** Checks that the heap can have room for {@code bytes} at all. */
    public static void fit(String what, long bytes) {
        if (bytes > heap()) {
            throw outOfMemory(what, bytes);
        }
    }

    /** That there was no room for {@code bytes}. */
    public static LatheException outOfMemory(String what, long bytes) {
        return new LatheException(Diagnostic.error(
                TOO_LARGE,
                what + " needs " + bytesText(bytes) + ", and the Java heap has " + heap() + " bytes in all",
                SMALLER + ", or more heap with -Xmx"));
    }

    /** That an allocation failed, of which no more is known. */
    public static LatheException outOfMemory(String what) {
        return new LatheException(Diagnostic.error(
                TOO_LARGE,
                what + " needs more bytes than are left of the " + heap() + " of the Java heap",
                SMALLER + ", or more heap with -Xmx"));
    }

    private static LatheException beyond(String what) {
        return tooLarge("a size of this call is " + what
                + ", which is more than 9223372036854775807 elements; the heap has " + heap() + " bytes");
    }

    private static LatheException tooLarge(String what) {
        return new LatheException(Diagnostic.error(TOO_LARGE, what, SMALLER));
    }

    /**
     * {@code e} with the place where it happened, if it tells of a size and has no place yet; else {@code e} as it
     * is.
     */
    public static LatheException at(LatheException e, Location location, @Nullable String what) {
        List<Diagnostic> all = e.diagnostics();
        Diagnostic d = all.isEmpty() ? null : all.getFirst();
        if (d == null
                || all.size() != 1
                || !d.code().equals(TOO_LARGE)
                || !d.location().isNone()) {
            return e;
        }
        LatheException located = new LatheException(Diagnostic.error(
                TOO_LARGE, location, what == null || what.isEmpty() ? d.what() : what + ": " + d.what(), d.fix()));
        located.initCause(e);
        return located;
    }

    /** Bytes that the heap has, used or not. */
    public static long heap() {
        return Runtime.getRuntime().maxMemory();
    }

    private static String bytesText(long bytes) {
        return bytes == Long.MAX_VALUE ? "more than 9223372036854775807 bytes" : bytes + " bytes";
    }

    private static String type(ElementType element, long[] dims) {
        return element.text() + Arrays.toString(dims);
    }
}
