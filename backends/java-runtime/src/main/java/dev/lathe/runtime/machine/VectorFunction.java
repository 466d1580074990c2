package dev.lathe.runtime.machine;

import java.util.List;

/**
 * A function of one float as a list of operations, each of which rounds once; the result of the last is that of the
 * function. It may read numbers that each column of a matrix has for itself. Equal functions of other constants share
 * their code.
 *
 * <p>Operands are numbers: 0 is the argument, {@code i + 1} the result of operation {@code i}, and {@code -1 - k}
 * constant {@code k}.
 */
public record VectorFunction(List<Operation> operations) {
    /** What an operation computes from its operands {@code a}, {@code b} and {@code c}. */
    public enum Kind {
        /** {@code a + b}. */
        ADD,
        /** {@code a - b}. */
        SUBTRACT,
        /** {@code a * b}. */
        MULTIPLY,
        /** {@code a / b}. */
        DIVIDE,
        /** The lesser; {@code b} if one is NaN, or both are zero. */
        LESS,
        /** The greater; {@code b} if one is NaN, or both are zero. */
        GREATER,
        /** {@code a * b + c}, rounded once; {@code a} and {@code b} are not both constants. */
        MULTIPLY_ADD,
        /** {@code a} times two to the power of {@code b}, an integer. */
        SCALE,
        /** The bits of {@code a} that {@code b} has, too. */
        AND,
        /** The bits that one of them has. */
        XOR,
        /** {@code a}, no constant, as a whole number, ties to even; a negative zero where that is what is left. */
        ROUND,
        /** {@code a}, no constant, or 0 if that is NaN. */
        NUMBER,
        /** Number {@code a} of those that the column has. */
        COLUMN;

        /** How many operands it has. */
        int operands() {
            return switch (this) {
                case MULTIPLY_ADD -> 3;
                case ROUND, NUMBER -> 1;
                case COLUMN -> 0;
                default -> 2;
            };
        }
    }

    /** An operation; operands that it does not have are 0. */
    public record Operation(Kind kind, int a, int b, int c) {
        int operand(int number) {
            return switch (number) {
                case 0 -> a;
                case 1 -> b;
                default -> c;
            };
        }
    }

    public VectorFunction {
        operations = List.copyOf(operations);
        for (Operation o : operations) {
            if (o.kind == Kind.MULTIPLY_ADD && o.a < 0 && o.b < 0) {
                throw new IllegalArgumentException("a product of constants: " + o);
            }
            if ((o.kind.operands() == 1 || o.kind == Kind.COLUMN) && o.a < 0) {
                throw new IllegalArgumentException("a constant: " + o);
            }
        }
    }

    /** How many numbers of a column it reads. */
    int columns() {
        int n = 0;
        for (Operation o : operations) {
            n = o.kind == Kind.COLUMN ? Math.max(n, o.a + 1) : n;
        }
        return n;
    }

    /** How many constants it reads. */
    int constants() {
        int least = 0;
        for (Operation o : operations) {
            least = Math.min(least, Math.min(o.a, Math.min(o.b, o.c)));
        }
        return -least;
    }
}
