package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import org.jspecify.annotations.Nullable;

/** Rules of {@link Elementwise} ops. */
final class ElementwiseGradients {
    private ElementwiseGradients() {}

    /** Adds the derivatives of the operands; a reason if there are none. */
    static @Nullable String add(Adjoints a, Elementwise op, Value y, Value dy) {
        Builder b = a.builder();
        switch (op) {
            case Unary(UnaryFunction f, Value x) -> a.add(x, b.multiply(dy, derivative(a, f, x, y)));
            case Binary(BinaryFunction f, Value p, Value q) -> binary(a, f, p, q, y, dy);
            case Select(Value condition, Value p, Value q) -> {
                a.add(p, b.select(condition, dy, a.zero(dy)));
                a.add(q, b.select(condition, a.zero(dy), dy));
            }
            case Cast c -> a.add(c.x(), b.cast(dy, c.x().tensorType().element()));
            case Compare _ -> throw new IllegalStateException("booleans have no adjoint");
        }
        return null;
    }

    private static Value derivative(Adjoints a, UnaryFunction f, Value x, Value y) {
        Builder b = a.builder();
        return switch (f) {
            case NEGATE -> b.scalar(x, -1);
            case ABS -> a.unary(UnaryFunction.SIGN, x);
            case EXP -> y;
            case LOG -> a.unary(UnaryFunction.RECIPROCAL, x);
            case SQRT -> b.divide(b.scalar(x, 0.5), y);
            case RECIPROCAL -> b.negate(a.square(y));
            case SIN -> a.unary(UnaryFunction.COS, x);
            case COS -> b.negate(a.unary(UnaryFunction.SIN, x));
            case TAN -> b.add(a.one(x), a.square(y));
            case ASIN -> inverse(a, b.sqrt(b.subtract(a.one(x), a.square(x))));
            case ACOS -> b.negate(inverse(a, b.sqrt(b.subtract(a.one(x), a.square(x)))));
            case ATAN -> inverse(a, b.add(a.one(x), a.square(x)));
            case SINH -> a.unary(UnaryFunction.COSH, x);
            case COSH -> a.unary(UnaryFunction.SINH, x);
            case TANH -> b.subtract(a.one(x), a.square(y));
            case ASINH -> inverse(a, b.sqrt(b.add(a.square(x), a.one(x))));
            case ACOSH -> inverse(a, b.sqrt(b.subtract(a.square(x), a.one(x))));
            case ATANH -> inverse(a, b.subtract(a.one(x), a.square(x)));
            case ERF -> b.multiply(b.scalar(x, 2 / Math.sqrt(Math.PI)), b.exp(b.negate(a.square(x))));
            case RELU -> b.select(b.compare(Comparison.GREATER, x, a.zero(x)), a.one(x), a.zero(x));
            case SIGMOID -> b.multiply(y, b.subtract(a.one(x), y));
            case SIGN, FLOOR, CEIL, ROUND -> a.zero(x); // in steps
            case NOT, BIT_NOT, IS_NAN -> throw new IllegalStateException(f + " of floats is no float");
        };
    }

    private static Value inverse(Adjoints a, Value x) {
        return a.unary(UnaryFunction.RECIPROCAL, x);
    }

    private static void binary(Adjoints a, BinaryFunction f, Value p, Value q, Value y, Value dy) {
        Builder b = a.builder();
        switch (f) {
            case ADD -> {
                a.add(p, dy);
                a.add(q, dy);
            }
            case SUBTRACT -> {
                a.add(p, dy);
                a.add(q, b.negate(dy));
            }
            case MULTIPLY -> {
                a.add(p, b.multiply(dy, q));
                a.add(q, b.multiply(dy, p));
            }
            case DIVIDE -> {
                a.add(p, b.divide(dy, q));
                a.add(q, b.negate(b.divide(b.multiply(dy, y), q)));
            }
            case MOD, FMOD -> { // p - n * q, where n is an integer
                a.add(p, dy);
                a.add(q, b.multiply(dy, b.divide(b.subtract(y, p), q)));
            }
            case POW -> {
                Value lower = b.binary(f, p, b.subtract(q, b.scalar(q, 1)));
                a.add(p, b.multiply(dy, b.multiply(q, lower)));
                a.add(q, b.multiply(dy, b.multiply(y, a.unary(UnaryFunction.LOG, p))));
            }
            case MAX -> chosen(a, Comparison.GREATER_OR_EQUAL, p, q, dy);
            case MIN -> chosen(a, Comparison.LESS_OR_EQUAL, p, q, dy);
            case AND, OR, XOR, BIT_AND, BIT_OR, BIT_XOR, SHIFT_LEFT, SHIFT_RIGHT ->
                throw new IllegalStateException(f + " of floats is no float");
        }
    }

    private static void chosen(Adjoints a, Comparison c, Value p, Value q, Value dy) {
        Builder b = a.builder();
        Value first = b.compare(c, p, q);
        a.add(p, b.select(first, dy, a.zero(dy)));
        a.add(q, b.select(first, a.zero(dy), dy));
    }
}
