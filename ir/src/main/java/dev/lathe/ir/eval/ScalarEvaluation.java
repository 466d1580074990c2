package dev.lathe.ir.eval;

import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;

/** The functions of the elementwise op families on single numbers. */
public final class ScalarEvaluation {
    private ScalarEvaluation() {}

    public static double apply(UnaryFunction f, double x) {
        return switch (f) {
            case NEGATE -> -x;
            case ABS -> Math.abs(x);
            case SIGN -> Math.signum(x);
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case SQRT -> Math.sqrt(x);
            case RECIPROCAL -> 1 / x;
            case SIN -> Math.sin(x);
            case COS -> Math.cos(x);
            case TAN -> Math.tan(x);
            case ASIN -> Math.asin(x);
            case ACOS -> Math.acos(x);
            case ATAN -> Math.atan(x);
            case SINH -> Math.sinh(x);
            case COSH -> Math.cosh(x);
            case TANH -> Math.tanh(x);
            case ASINH -> Double.isInfinite(x) ? x : Math.copySign(Math.log(Math.abs(x) + Math.sqrt(x * x + 1)), x);
            case ACOSH -> x < 1 ? Double.NaN : Math.log(x + Math.sqrt(x * x - 1));
            case ATANH -> 0.5 * Math.log1p(2 * x / (1 - x));
            case ERF -> erf(x);
            case FLOOR -> Math.floor(x);
            case CEIL -> Math.ceil(x);
            case ROUND -> Math.rint(x);
            case RELU -> x < 0 ? 0 : x;
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case NOT, BIT_NOT, IS_NAN -> throw new InvalidOpException(f.mnemonic() + " of a float");
        };
    }

    public static long apply(UnaryFunction f, long x, ElementType type) {
        return switch (f) {
            case NEGATE -> -x;
            case ABS -> type.isUnsigned() ? x : Math.abs(x);
            case SIGN -> type.isUnsigned() ? (x == 0 ? 0 : 1) : Long.signum(x);
            case RELU -> type.isUnsigned() ? x : Math.max(x, 0);
            case NOT -> x == 0 ? 1 : 0;
            case BIT_NOT -> ~x;
            default -> throw new InvalidOpException(f.mnemonic() + " of " + type.text());
        };
    }

    public static double apply(BinaryFunction f, double x, double y) {
        return switch (f) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            case MULTIPLY -> x * y;
            case DIVIDE -> x / y;
            case MOD -> {
                double r = x % y;
                yield r == 0 ? Math.copySign(0, y) : (r < 0) != (y < 0) ? r + y : r;
            }
            case FMOD -> x % y;
            case POW -> x == 1 || y == 0 ? 1 : x == -1 && Double.isInfinite(y) ? 1 : Math.pow(x, y);
            case MIN -> Math.min(x, y);
            case MAX -> Math.max(x, y);
            default -> throw new InvalidOpException(f.mnemonic() + " of floats");
        };
    }

    public static long apply(BinaryFunction f, long x, long y, ElementType type) {
        boolean wide = type == ElementType.U64;
        return switch (f) {
            case ADD -> x + y;
            case SUBTRACT -> x - y;
            case MULTIPLY -> x * y;
            case DIVIDE -> wide ? Long.divideUnsigned(x, nonZero(y)) : x / nonZero(y);
            case MOD -> wide ? Long.remainderUnsigned(x, nonZero(y)) : Math.floorMod(x, nonZero(y));
            case FMOD -> wide ? Long.remainderUnsigned(x, nonZero(y)) : x % nonZero(y);
            case POW -> power(x, y);
            case MIN -> wide ? (Long.compareUnsigned(x, y) < 0 ? x : y) : Math.min(x, y);
            case MAX -> wide ? (Long.compareUnsigned(x, y) > 0 ? x : y) : Math.max(x, y);
            case AND, BIT_AND -> x & y;
            case OR, BIT_OR -> x | y;
            case XOR, BIT_XOR -> x ^ y;
            case SHIFT_LEFT -> y >= type.bits() || y < 0 ? 0 : x << y;
            case SHIFT_RIGHT ->
                y >= type.bits() || y < 0 ? (type.isSigned() && x < 0 ? -1 : 0) : type.isSigned() ? x >> y : x >>> y;
        };
    }

    private static long nonZero(long y) {
        if (y == 0) {
            throw new InvalidOpException("integer division by zero");
        }
        return y;
    }

    private static long power(long x, long y) {
        if (y < 0) {
            return x == 1 ? 1 : x == -1 ? (y % 2 == 0 ? 1 : -1) : 0;
        }
        long result = 1;
        long base = x;
        for (long e = y; e > 0; e >>= 1) {
            if ((e & 1) != 0) {
                result *= base;
            }
            base *= base;
        }
        return result;
    }

    /** The error function to double precision: its Taylor series up to 3, a continued fraction beyond. */
    static double erf(double x) {
        double a = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        double value;
        if (a < 3) {
            double sum = 0;
            double term = a;
            for (int n = 0; Math.abs(term) > 1e-18 * (n + 1) && n < 200; n++) {
                sum += term / (2 * n + 1);
                term *= -a * a / (n + 1);
            }
            value = 2 / Math.sqrt(Math.PI) * sum;
        } else if (a < 6) {
            double f = 0;
            for (int n = 60; n > 0; n--) {
                f = n / 2.0 / (a + f);
            }
            value = 1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f);
        } else {
            value = 1;
        }
        return Math.copySign(value, x);
    }
}
