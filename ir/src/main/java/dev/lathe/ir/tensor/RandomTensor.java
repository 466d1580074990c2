package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Seeded random tensors: the same seed gives the same elements everywhere. */
public final class RandomTensor {
    private RandomTensor() {}

    /**
     * Floats (and parts of complex numbers) are uniform in {@code [-1, 1)}, integers in {@code [0, limit)}, booleans are true or false, strings are short words.
     *
     * @param limit the exclusive upper bound of integers, at least 1; reduced to what the type holds
     * @throws LatheException if the Java heap has no array of that size
     */
    public static Tensor of(ElementType element, long[] dims, long seed, long limit) {
        Tensor t = zeros(element, dims);
        SplittableRandom random = new SplittableRandom(seed);
        long most = Math.min(greatest(element), limit - 1) + 1;
        for (long i = 0; i < t.size(); i++) {
            switch (element.kind()) {
                case FLOAT -> t.setDouble(i, random.nextDouble() * 2 - 1);
                case SIGNED, UNSIGNED -> t.setLong(i, random.nextLong(most));
                case BOOLEAN -> t.setLong(i, random.nextInt(2));
                case COMPLEX -> t.setComplex(i, random.nextDouble() * 2 - 1, random.nextDouble() * 2 - 1);
                case TEXT -> t.setString(i, "w" + random.nextInt(1000));
            }
        }
        return t;
    }

    private static long greatest(ElementType element) {
        int bits = element.bits() - (element.isSigned() ? 1 : 0);
        return bits >= 63 ? Long.MAX_VALUE - 1 : bits <= 0 ? 1 : (1L << bits) - 1;
    }

    private static Tensor zeros(ElementType element, long[] dims) {
        try {
            return Tensor.zeros(element, dims);
        } catch (ArithmeticException | OutOfMemoryError e) {
            throw new LatheException(Diagnostic.error(
                    "input.too-large",
                    "a random tensor " + element.text() + Arrays.toString(dims) + " does not fit into the Java heap",
                    "give a smaller shape, or the JVM more memory with -Xmx"));
        }
    }
}
