package dev.lathe.peers;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.Random;

/** Seeded random operands. */
final class Operands {
    private static final int LETTERS = 26;

    private Operands() {}

    /** Normally distributed floats. */
    static Tensor f32(long... dims) {
        return of(ElementType.F32, dims);
    }

    /** Normally distributed floats, integers of at most 100, or both truths. */
    static Tensor of(ElementType element, long... dims) {
        return switch (element.kind()) {
            case FLOAT -> normal(element, dims);
            case UNSIGNED -> below(element, 100, dims);
            case BOOLEAN -> below(element, 2, dims);
            default -> integers(element, -100, 100, dims);
        };
    }

    private static Tensor normal(ElementType element, long... dims) {
        Random random = new Random(Arrays.hashCode(dims));
        Tensor t = Tensor.zeros(element, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, random.nextGaussian());
        }
        return t;
    }

    /** Evenly distributed floats. */
    static Tensor between(double low, double high, long... dims) {
        Random random = new Random(Arrays.hashCode(dims));
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, low + random.nextDouble() * (high - low));
        }
        return t;
    }

    /** Integers from 0 on. */
    static Tensor below(ElementType element, long bound, long... dims) {
        return integers(element, 0, bound, dims);
    }

    /** Indices. */
    static Tensor indices(long bound, long... dims) {
        return below(ElementType.I64, bound, dims);
    }

    static Tensor integers(ElementType element, long low, long bound, long... dims) {
        Random random = new Random(Arrays.hashCode(dims) + 1L);
        Tensor t = Tensor.zeros(element, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, random.nextLong(low, bound));
        }
        return t;
    }

    /** Words of six letters, as many different ones as said. */
    static Tensor words(int different, long... dims) {
        Random random = new Random(Arrays.hashCode(dims));
        String[] words = names(different);
        String[] all =
                new String[Math.toIntExact(Tensor.zeros(ElementType.BOOL, dims).size())];
        Arrays.setAll(all, _ -> words[random.nextInt(different)]);
        return Tensor.ofStrings(all, dims);
    }

    /** So many different words, the same in each call. */
    static String[] names(int n) {
        String[] names = new String[n];
        Arrays.setAll(names, i -> {
            StringBuilder word = new StringBuilder();
            for (int rest = i, k = 0; k < 6; k++, rest /= LETTERS) {
                word.append((char) ('a' + (rest + 7 * k) % LETTERS));
            }
            return word.toString();
        });
        return names;
    }

    // Operands that are known when the model is compiled.

    static OperatorCase.Weight weight(Tensor t) {
        return new OperatorCase.Weight(t);
    }

    static OperatorCase.Weight longs(long... values) {
        return weight(Tensor.vector(values));
    }

    static OperatorCase.Weight index(long value) {
        return weight(Tensor.scalar(value));
    }

    static OperatorCase.Weight number(double value) {
        return weight(Tensor.scalar(ElementType.F32, value));
    }

    static OperatorCase.Weight floats(float... values) {
        return weight(Tensor.of(values, values.length));
    }
}
