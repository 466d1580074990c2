package dev.lathe.backend.opencl;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.ScalarFunctions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Elementwise ops as OpenCL C expressions on single elements.
 *
 * <p>Variables hold the numbers themselves: integers of fewer than 32 bits are an {@code int} in their range, truth
 * values 0 or 1; floats of 16 bits are a {@code float} that is rounded to their precision. An integer divided by 0 is 0
 * here; whoever writes the kernel looks for that.
 */
final class ScalarText {
    /** Functions that expressions call, written once in a program. */
    enum Function {
        MINIMUM("""
            // The smaller of two numbers, as IEEE 754 says: NaN if one is, and -0 before 0.
            float minimum(const float x, const float y) {
                return x < y || isnan(x) || (x == y && signbit(x)) ? x : y;
            }
            """),
        MINIMUM_OF_DOUBLES("""
            double minimum_of_doubles(const double x, const double y) {
                return x < y || isnan(x) || (x == y && signbit(x)) ? x : y;
            }
            """),
        MAXIMUM("""
            // The larger of two numbers, as IEEE 754 says: NaN if one is, and 0 before -0.
            float maximum(const float x, const float y) {
                return x > y || isnan(x) || (x == y && !signbit(x)) ? x : y;
            }
            """),
        MAXIMUM_OF_DOUBLES("""
            double maximum_of_doubles(const double x, const double y) {
                return x > y || isnan(x) || (x == y && !signbit(x)) ? x : y;
            }
            """),
        SIGN_OF("""
            float sign_of(const float x) {
                return isnan(x) ? x : sign(x);
            }
            """),
        SIGN_OF_DOUBLE("""
            double sign_of_double(const double x) {
                return isnan(x) ? x : sign(x);
            }
            """),
        MODULUS("""
            // The remainder of a division that rounds down.
            float modulus(const float x, const float y) {
                const float r = fmod(x, y);
                return r == 0 ? copysign(0.0f, y) : (r < 0) != (y < 0) ? r + y : r;
            }
            """),
        MODULUS_OF_DOUBLES("""
            double modulus_of_doubles(const double x, const double y) {
                const double r = fmod(x, y);
                return r == 0 ? copysign(0.0, y) : (r < 0) != (y < 0) ? r + y : r;
            }
            """),
        LONG_QUOTIENT("""
            long long_quotient(const long x, const long y) {
                return y == 0 ? 0 : y == -1 ? (long) -(ulong) x : x / y;
            }
            """),
        LONG_REMAINDER("""
            long long_remainder(const long x, const long y) {
                return y == 0 || y == -1 ? 0 : x % y;
            }
            """),
        LONG_MODULUS("""
            // The remainder of a division that rounds down.
            long long_modulus(const long x, const long y) {
                const long r = y == 0 || y == -1 ? 0 : x % y;
                return r != 0 && (r < 0) != (y < 0) ? r + y : r;
            }
            """),
        ULONG_QUOTIENT("""
            ulong ulong_quotient(const ulong x, const ulong y) {
                return y == 0 ? 0 : x / y;
            }
            """),
        ULONG_REMAINDER("""
            ulong ulong_remainder(const ulong x, const ulong y) {
                return y == 0 ? 0 : x % y;
            }
            """),
        LONG_POWER("""
            // The integer part of a power, which wraps.
            long long_power(const long x, const long y) {
                if (y < 0) {
                    return x == 1 ? 1 : x != -1 ? 0 : y % 2 == 0 ? 1 : -1;
                }
                ulong result = 1, base = x;
                for (long e = y; e > 0; e >>= 1) {
                    result *= (e & 1) != 0 ? base : 1;
                    base *= base;
                }
                return result;
            }
            """),
        EXP_OF(
                """
                // Like the functions below without a branch or a call, so that compilers make vectors of it.
                float exp_of(const float x) {
                    const float a = x > 89 ? 89 : x < -104 ? -104 : x;
                    const float n = (a * %s + %s) - %s;
                    const float r = (a - n * %s) - n * %s;
                    const float p = ((((((%s * r + %s) * r + %s) * r + %s) * r) + 0.5f) * r + 1) * r + 1;
                    const int k = n;
                    const int h = k >> 1;
                    return p * as_float((h + 127) << 23) * as_float((k - h + 127) << 23);
                }
                """,
                ScalarFunctions.LOG2E,
                ScalarFunctions.ROUND_MAGIC,
                ScalarFunctions.ROUND_MAGIC,
                ScalarFunctions.LN2_HIGH,
                ScalarFunctions.LN2_LOW,
                ScalarFunctions.EXP_6,
                ScalarFunctions.EXP_5,
                ScalarFunctions.EXP_4,
                ScalarFunctions.EXP_3),
        TANH_OF(
                """
                float tanh_of(const float x) {
                    const float limit = %s;
                    const float a = x > limit ? limit : x < -limit ? -limit : x;
                    const float s = a * a;
                    const float p = ((((%s * s + %s) * s + %s) * s + %s) * s + %s) * s + %s;
                    const float q = (((%s * s + %s) * s + %s) * s + %s) * s + 1;
                    const float t = a * p / q;
                    return t > 1 ? 1 : t < -1 ? -1 : t;
                }
                """,
                ScalarFunctions.TANH_LIMIT,
                ScalarFunctions.TANH_P5,
                ScalarFunctions.TANH_P4,
                ScalarFunctions.TANH_P3,
                ScalarFunctions.TANH_P2,
                ScalarFunctions.TANH_P1,
                ScalarFunctions.TANH_P0,
                ScalarFunctions.TANH_Q4,
                ScalarFunctions.TANH_Q3,
                ScalarFunctions.TANH_Q2,
                ScalarFunctions.TANH_Q1),
        ERF_OF(
                """
                float erf_of(const float x) {
                    const float limit = %s;
                    const float a = x > limit ? limit : x < -limit ? -limit : x;
                    const float s = a * a;
                    const float p = ((((%s * s + %s) * s + %s) * s + %s) * s + %s) * s + %s;
                    const float q = ((((%s * s + %s) * s + %s) * s + %s) * s + %s) * s + 1;
                    const float t = a * p / q;
                    return t > 1 ? 1 : t < -1 ? -1 : t;
                }
                """,
                ScalarFunctions.ERF_LIMIT,
                ScalarFunctions.ERF_P5,
                ScalarFunctions.ERF_P4,
                ScalarFunctions.ERF_P3,
                ScalarFunctions.ERF_P2,
                ScalarFunctions.ERF_P1,
                ScalarFunctions.ERF_P0,
                ScalarFunctions.ERF_Q5,
                ScalarFunctions.ERF_Q4,
                ScalarFunctions.ERF_Q3,
                ScalarFunctions.ERF_Q2,
                ScalarFunctions.ERF_Q1),
        TO_LONG("""
            // The integer part, or the nearest integer that there is, or 0 for NaN.
            long to_long(const float x) {
                return isnan(x) ? 0 : convert_long_sat_rtz(x);
            }
            """),
        TO_LONG_OF_DOUBLE("""
            long to_long_of_double(const double x) {
                return isnan(x) ? 0 : convert_long_sat_rtz(x);
            }
            """),
        ROUNDED_HALF("""
            float rounded_half(const float x) {
                ushort bits;
                vstore_half_rte(x, 0, (private half *) &bits);
                return vload_half(0, (private const half *) &bits);
            }
            """),
        BFLOAT_BITS("""
            // The bits of the nearest bfloat16, the even one of two.
            ushort bfloat_bits(const float x) {
                const uint bits = as_uint(x);
                return isnan(x) ? (bits >> 16) | 0x40 : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
            }
            """),
        OF_BFLOAT("""
            float of_bfloat(const ushort bits) {
                return as_float((uint) bits << 16);
            }
            """);

        final String text;

        /** The numbers are those that the runtime of compiled models uses. */
        Function(String text, Float... numbers) {
            this.text = numbers.length == 0
                    ? text
                    : text.formatted(Arrays.stream(numbers).map(ClText::literal).toArray());
        }
    }

    /** The functions that the expressions so far call. */
    private final Set<Function> used;

    private final boolean halves;

    /**
     * Expressions.
     *
     * @param used where the functions are noted that they call
     * @param halves whether arithmetic of {@code f16} is one of halves, on devices that have it. All else that is no
     *     sum, difference or product is computed as floats there, too, which are as exact as the reference.
     */
    ScalarText(Set<Function> used, boolean halves) {
        this.used = used;
        this.halves = halves;
    }

    /** The type of a number in an expression. */
    String computed(ElementType type) {
        return isHalf(type) ? "half" : ClText.computed(type);
    }

    private boolean isHalf(ElementType type) {
        return halves && type == ElementType.F16;
    }

    private String call(Function f, String... arguments) {
        used.add(f);
        return f.name().toLowerCase(Locale.ROOT) + "(" + String.join(", ", arguments) + ")";
    }

    /** Element {@code index} of {@code array} as a number. */
    String load(ElementType type, String array, String index) {
        return switch (type) {
            case F16 -> halves ? array + "[" + index + "]" : "vload_half(" + index + ", " + array + ")";
            case BF16 -> call(Function.OF_BFLOAT, array + "[" + index + "]");
            case BOOL -> array + "[" + index + "] != 0";
            default -> array + "[" + index + "]";
        };
    }

    /** A statement that stores a number. */
    String store(ElementType type, String array, String index, String value) {
        return switch (type) {
            case F16 ->
                halves
                        ? array + "[" + index + "] = " + value + ";"
                        : "vstore_half_rte(" + value + ", " + index + ", " + array + ");";
            case BF16 -> array + "[" + index + "] = " + call(Function.BFLOAT_BITS, value) + ";";
            default -> array + "[" + index + "] = " + value + ";";
        };
    }

    /** The expression of {@code op} on operands that are the given variables; empty if there is none. */
    Optional<String> expression(Op op, ElementType result, List<ElementType> types, List<String> v) {
        if (ClText.stored(result).isEmpty()
                || !types.stream().allMatch(t -> ClText.stored(t).isPresent())) {
            return Optional.empty();
        }
        ElementType type = types.getFirst();
        return switch (op) {
            case Unary u when type.isFloat() -> floating(u.function(), type, v.getFirst());
            case Unary u -> integral(u.function(), type, v.getFirst());
            case Binary n -> binary(n.function(), type, v.get(0), v.get(1));
            case Compare c -> Optional.of(v.get(0) + " " + operator(c.function()) + " " + v.get(1));
            case Select _ -> Optional.of(v.get(0) + " ? " + v.get(1) + " : " + v.get(2));
            case Cast _ -> cast(type, result, v.getFirst());
            default -> Optional.empty();
        };
    }

    /** The expression of a function on two numbers of a type; empty if there is none. */
    Optional<String> binary(BinaryFunction f, ElementType type, String x, String y) {
        return type.isBool() ? logical(f, x, y) : type.isFloat() ? floating(f, type, x, y) : integral(f, type, x, y);
    }

    /** The low bits of an expression as an integer of the type; integers of 32 bits or more wrap without a sign. */
    private static String wrapped(ElementType type, String e) {
        return switch (type) {
            case I8 -> "(char) (" + e + ")";
            case U8 -> "(uchar) (" + e + ")";
            case I16 -> "(short) (" + e + ")";
            case U16 -> "(ushort) (" + e + ")";
            case I32 -> "(int) (" + e + ")";
            case I64 -> "(long) (" + e + ")";
            default -> e;
        };
    }

    /** An operand of arithmetic that wraps. */
    private static String unsigned(ElementType type, String x) {
        return switch (type) {
            case I32 -> "(uint) " + x;
            case I64 -> "(ulong) " + x;
            default -> x;
        };
    }

    private String rounded(ElementType type, String e) {
        return switch (type) {
            case F16 -> halves ? "convert_half_rte(" + e + ")" : call(Function.ROUNDED_HALF, e);
            case BF16 -> call(Function.OF_BFLOAT, call(Function.BFLOAT_BITS, e));
            default -> e;
        };
    }

    /** A number in the type in which functions compute: those of halves need not be exact. */
    private String wide(ElementType type, String x) {
        return isHalf(type) ? "(float) " + x : x;
    }

    private Optional<String> floating(UnaryFunction f, ElementType type, String x) {
        String wide = wide(type, x);
        return switch (f) {
            case NEGATE -> Optional.of("-" + x);
            case ABS -> Optional.of("fabs(" + x + ")");
            case SIGN -> Optional.of(call(type == ElementType.F64 ? Function.SIGN_OF_DOUBLE : Function.SIGN_OF, x));
            case RELU -> Optional.of(x + " < 0 ? 0 : " + x);
            case IS_NAN -> Optional.of("isnan(" + x + ")");
            case FLOOR -> Optional.of("floor(" + x + ")");
            case CEIL -> Optional.of("ceil(" + x + ")");
            case ROUND -> Optional.of("rint(" + x + ")");
            case RECIPROCAL -> Optional.of(rounded(type, "1 / " + wide));
            case SIGMOID ->
                Optional.of(rounded(type, "1 / (1 + " + elementary(UnaryFunction.EXP, type, "-" + wide) + ")"));
            case EXP, LOG, SQRT, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, TANH, ASINH, ACOSH, ATANH, ERF ->
                Optional.of(rounded(type, elementary(f, type, wide)));
            case NOT, BIT_NOT -> Optional.empty();
        };
    }

    /** A function of this program, where compilers make no vectors of that of the language. */
    private String elementary(UnaryFunction f, ElementType type, String x) {
        if (type == ElementType.F64) {
            return f.mnemonic() + "(" + x + ")";
        }
        return switch (f) {
            case EXP -> call(Function.EXP_OF, x);
            case TANH -> call(Function.TANH_OF, x);
            case ERF -> call(Function.ERF_OF, x);
            default -> f.mnemonic() + "(" + x + ")";
        };
    }

    private static Optional<String> integral(UnaryFunction f, ElementType type, String x) {
        boolean unsigned = type.isUnsigned();
        return switch (f) {
            case NOT -> Optional.of("!" + x);
            case BIT_NOT -> Optional.of(wrapped(type, "~" + x));
            case NEGATE -> Optional.of(wrapped(type, "-" + (unsigned ? x : unsigned(type, x))));
            case ABS -> Optional.of(unsigned ? x : wrapped(type, "abs(" + x + ")"));
            case SIGN -> Optional.of(unsigned ? x + " != 0" : "(" + x + " > 0) - (" + x + " < 0)");
            case RELU -> Optional.of(unsigned ? x : x + " < 0 ? 0 : " + x);
            default -> Optional.empty();
        };
    }

    private static Optional<String> logical(BinaryFunction f, String x, String y) {
        return switch (f) {
            case AND -> Optional.of(x + " & " + y);
            case OR -> Optional.of(x + " | " + y);
            case XOR -> Optional.of(x + " ^ " + y);
            default -> Optional.empty();
        };
    }

    private Optional<String> floating(BinaryFunction f, ElementType type, String x, String y) {
        boolean doubles = type == ElementType.F64;
        String a = wide(type, x);
        String b = wide(type, y);
        return switch (f) {
            case ADD -> Optional.of(exact(type, x + " + " + y));
            case SUBTRACT -> Optional.of(exact(type, x + " - " + y));
            case MULTIPLY -> Optional.of(exact(type, x + " * " + y));
            case DIVIDE -> Optional.of(rounded(type, a + " / " + b));
            case MIN -> Optional.of(call(doubles ? Function.MINIMUM_OF_DOUBLES : Function.MINIMUM, x, y));
            case MAX -> Optional.of(call(doubles ? Function.MAXIMUM_OF_DOUBLES : Function.MAXIMUM, x, y));
            case MOD ->
                Optional.of(rounded(type, call(doubles ? Function.MODULUS_OF_DOUBLES : Function.MODULUS, x, y)));
            case FMOD -> Optional.of("fmod(" + a + ", " + b + ")");
            case POW -> Optional.of(rounded(type, "pow(" + a + ", " + b + ")"));
            default -> Optional.empty();
        };
    }

    /** What halves round correctly, as a float and its rounding would. */
    private String exact(ElementType type, String e) {
        return isHalf(type) ? e : rounded(type, e);
    }

    private Optional<String> integral(BinaryFunction f, ElementType type, String x, String y) {
        boolean wide = type == ElementType.U64;
        String a = unsigned(type, x);
        String b = unsigned(type, y);
        String outside = (type.isUnsigned() ? "" : y + " < 0 || ") + y + " >= " + type.bits() + " ? ";
        return switch (f) {
            case ADD -> Optional.of(wrapped(type, a + " + " + b));
            case SUBTRACT -> Optional.of(wrapped(type, a + " - " + b));
            case MULTIPLY -> Optional.of(wrapped(type, a + " * " + b));
            case MIN -> Optional.of(x + " < " + y + " ? " + x + " : " + y);
            case MAX -> Optional.of(x + " > " + y + " ? " + x + " : " + y);
            case AND, BIT_AND -> Optional.of(x + " & " + y);
            case OR, BIT_OR -> Optional.of(x + " | " + y);
            case XOR, BIT_XOR -> Optional.of(x + " ^ " + y);
            case SHIFT_LEFT -> Optional.of(outside + "0 : " + wrapped(type, a + " << " + y));
            case SHIFT_RIGHT ->
                Optional.of(outside + (type.isUnsigned() ? "0" : "(" + x + " < 0 ? -1 : 0)") + " : " + x + " >> " + y);
            case DIVIDE ->
                Optional.of(wrapped(type, call(wide ? Function.ULONG_QUOTIENT : Function.LONG_QUOTIENT, x, y)));
            case MOD -> Optional.of(wrapped(type, call(wide ? Function.ULONG_REMAINDER : Function.LONG_MODULUS, x, y)));
            case FMOD ->
                Optional.of(wrapped(type, call(wide ? Function.ULONG_REMAINDER : Function.LONG_REMAINDER, x, y)));
            case POW -> Optional.of(wrapped(type, call(Function.LONG_POWER, x, y)));
        };
    }

    private static String operator(Comparison c) {
        return switch (c) {
            case EQUAL -> "==";
            case NOT_EQUAL -> "!=";
            case LESS -> "<";
            case LESS_OR_EQUAL -> "<=";
            case GREATER -> ">";
            case GREATER_OR_EQUAL -> ">=";
        };
    }

    private Optional<String> cast(ElementType from, ElementType to, String v) {
        if (from == to) {
            return Optional.of(v);
        }
        if (to.isBool()) {
            return Optional.of(v + " != 0");
        }
        if (!to.isFloat()) {
            if (from.isFloat() && to == ElementType.U64) {
                return Optional.empty();
            }
            Function toLong = from == ElementType.F64 ? Function.TO_LONG_OF_DOUBLE : Function.TO_LONG;
            String integer = from.isFloat() ? call(toLong, v) : v;
            return Optional.of(
                    to == ElementType.U32 || to == ElementType.U64
                            ? "(" + ClText.computed(to) + ") " + integer
                            : wrapped(to, integer));
        }
        if (to == ElementType.F64) {
            return Optional.of("(double) " + v);
        }
        boolean single = from == ElementType.F16 || from == ElementType.BF16 || from == ElementType.F32;
        boolean exact = single || from.bits() < 32 || from.isInteger() && to == ElementType.F16;
        if (to != ElementType.F32 && !exact) {
            return Optional.empty(); // rounded twice it may be another number
        }
        return Optional.of(rounded(to, single ? v : "(float) " + v));
    }
}
