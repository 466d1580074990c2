package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineFunction;
import dev.lathe.runtime.machine.VectorFunction;
import dev.lathe.runtime.machine.VectorFunction.Kind;
import dev.lathe.runtime.machine.VectorFunction.Operation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an elementwise kernel makes of one number, and of numbers that are the same for a column or for all, as data,
 * with the bits of the kernel itself. Tiles that can do it while the number is in a register (see {@link TileEnd}), so
 * that nobody reads it again.
 *
 * <p>Values have numbers: 0 is the argument, and each method adds the next. The last is the result.
 */
public final class TileFunction {
    private final List<Operation> operations = new ArrayList<>();
    private final List<Float> constants = new ArrayList<>();
    /** Which constants are given when it is applied. */
    private final List<Integer> scalars = new ArrayList<>();
    /** The operand that each value is. */
    private final List<Integer> values = new ArrayList<>(List.of(0));

    private int columns;
    private boolean isWritten;
    private @Nullable MachineFunction code;
    private float[] numbers = {};

    /** A number; not NaN. */
    public TileFunction constant(float number) {
        values.add(number(number));
        return this;
    }

    /** The next number that is given when the function is applied; see {@link TileEnd#scalar}. */
    public TileFunction scalar() {
        constants.add(Float.NaN); // which no other one is
        scalars.add(constants.size() - 1);
        values.add(-constants.size());
        return this;
    }

    /** The next number that each column has; see {@link TileEnd#column}. */
    public TileFunction column() {
        return value(operate(Kind.COLUMN, columns++, 0));
    }

    /** The nearest whole number, ties to even; of a value that is no constant. */
    public TileFunction round(int x) {
        return value(operate(Kind.ROUND, operand(x), 0));
    }

    /** A whole number as an integer: 0 for NaN, and no negative zero; of a value that is no constant. */
    public TileFunction integer(int x) {
        return value(operate(Kind.ADD, operate(Kind.NUMBER, operand(x), 0), number(0f)));
    }

    /** {@code x + y}. */
    public TileFunction add(int x, int y) {
        return value(operate(Kind.ADD, operand(x), operand(y)));
    }

    /** {@code x - y}. */
    public TileFunction subtract(int x, int y) {
        return value(operate(Kind.SUBTRACT, operand(x), operand(y)));
    }

    /** {@code x * y}. */
    public TileFunction multiply(int x, int y) {
        return value(operate(Kind.MULTIPLY, operand(x), operand(y)));
    }

    /** {@code x / y}. */
    public TileFunction divide(int x, int y) {
        return value(operate(Kind.DIVIDE, operand(x), operand(y)));
    }

    /** {@code -x}. */
    public TileFunction negate(int x) {
        return value(operate(Kind.XOR, operand(x), number(-0f)));
    }

    /** The magnitude of {@code x}. */
    public TileFunction abs(int x) {
        return value(operate(Kind.AND, operand(x), number(Float.intBitsToFloat(Integer.MAX_VALUE))));
    }

    /** The greater of {@code x} and a number that is no negative zero; NaN if {@code x} is. */
    public TileFunction max(int x, float least) {
        int positive = least == 0 ? operate(Kind.ADD, operand(x), number(0f)) : operand(x); // of two zeros
        return value(operate(Kind.GREATER, number(least), positive));
    }

    /** The lesser of {@code x} and a number that is no zero; NaN if {@code x} is. */
    public TileFunction min(int x, float greatest) {
        return value(operate(Kind.LESS, number(greatest), operand(x)));
    }

    /** {@code e^x}; what is below the least normal number may be off in its last bit. */
    TileFunction exp(int x) {
        return value(exponential(operand(x)));
    }

    /** {@code 1 / (1 + e^-x)}. */
    public TileFunction sigmoid(int x) {
        // Where a kernel scales in two steps, so does this in effect: what is below the least float vanishes beside 1.
        int p = exponential(operate(Kind.XOR, operand(x), number(-0f)));
        p = operate(Kind.ADD, p, number(1f));
        return value(operate(Kind.DIVIDE, number(1f), p));
    }

    private int exponential(int x) {
        int a = operate(Kind.LESS, number(89f), x);
        a = operate(Kind.GREATER, number(-104f), a);
        int n = multiplyAdd(a, number(ScalarFunctions.LOG2E), number(ScalarFunctions.ROUND_MAGIC));
        n = operate(Kind.SUBTRACT, n, number(ScalarFunctions.ROUND_MAGIC));
        int d = multiplyAdd(n, number(-ScalarFunctions.LN2_HIGH), a);
        d = multiplyAdd(n, number(-ScalarFunctions.LN2_LOW), d);
        int p = polynomial(
                d,
                ScalarFunctions.EXP_6,
                ScalarFunctions.EXP_5,
                ScalarFunctions.EXP_4,
                ScalarFunctions.EXP_3,
                0.5f,
                1f,
                1f);
        return operate(Kind.SCALE, p, n);
    }

    /** The hyperbolic tangent. */
    public TileFunction tanh(int x) {
        int a = clamped(operand(x), ScalarFunctions.TANH_LIMIT);
        int s = operate(Kind.MULTIPLY, a, a);
        int p = polynomial(
                s,
                ScalarFunctions.TANH_P5,
                ScalarFunctions.TANH_P4,
                ScalarFunctions.TANH_P3,
                ScalarFunctions.TANH_P2,
                ScalarFunctions.TANH_P1,
                ScalarFunctions.TANH_P0);
        return value(quotient(
                a,
                p,
                polynomial(
                        s,
                        ScalarFunctions.TANH_Q4,
                        ScalarFunctions.TANH_Q3,
                        ScalarFunctions.TANH_Q2,
                        ScalarFunctions.TANH_Q1,
                        1f)));
    }

    /** The error function. */
    public TileFunction erf(int x) {
        int a = clamped(operand(x), ScalarFunctions.ERF_LIMIT);
        int s = operate(Kind.MULTIPLY, a, a);
        int p = polynomial(
                s,
                ScalarFunctions.ERF_P5,
                ScalarFunctions.ERF_P4,
                ScalarFunctions.ERF_P3,
                ScalarFunctions.ERF_P2,
                ScalarFunctions.ERF_P1,
                ScalarFunctions.ERF_P0);
        return value(quotient(
                a,
                p,
                polynomial(
                        s,
                        ScalarFunctions.ERF_Q5,
                        ScalarFunctions.ERF_Q4,
                        ScalarFunctions.ERF_Q3,
                        ScalarFunctions.ERF_Q2,
                        ScalarFunctions.ERF_Q1,
                        1f)));
    }

    /** {@code a p / q}, which is between -1 and 1. */
    private int quotient(int a, int p, int q) {
        return clamped(operate(Kind.DIVIDE, operate(Kind.MULTIPLY, a, p), q), 1f);
    }

    /** NaN stays. */
    private int clamped(int x, float limit) {
        return operate(Kind.GREATER, number(-limit), operate(Kind.LESS, number(limit), x));
    }

    /** By Horner's rule. */
    private int polynomial(int x, float... coefficients) {
        int p = number(coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            p = multiplyAdd(p, x, number(coefficients[i]));
        }
        return p;
    }

    private int operand(int value) {
        return values.get(value);
    }

    private TileFunction value(int operand) {
        values.add(operand);
        return this;
    }

    private int number(float number) {
        int known = constants.indexOf(number);
        if (known < 0) {
            constants.add(number);
            known = constants.size() - 1;
        }
        return -1 - known;
    }

    private int operate(Kind kind, int a, int b) {
        operations.add(new Operation(kind, a, b, 0));
        return operations.size();
    }

    private int multiplyAdd(int a, int b, int c) {
        operations.add(new Operation(Kind.MULTIPLY_ADD, a, b, c));
        return operations.size();
    }

    /** The function in machine code; null where there is none. */
    synchronized @Nullable MachineFunction code() {
        if (!isWritten) {
            code = Machine.function(new VectorFunction(operations));
            numbers = new float[constants.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = constants.get(i);
            }
            isWritten = true;
        }
        return code;
    }

    /** The constants of {@link #code}; NaN where a number is given when it is applied. */
    float[] constants() {
        return numbers;
    }

    /** Which constant the {@code number}-th of those is that are given. */
    int scalar(int number) {
        return scalars.get(number);
    }

    boolean hasScalars() {
        return !scalars.isEmpty();
    }

    /** How many numbers each column has. */
    int columns() {
        return columns;
    }
}
