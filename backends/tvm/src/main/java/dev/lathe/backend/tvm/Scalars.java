package dev.lathe.backend.tvm;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.ScalarFunctions;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * Elementwise ops as expressions on single elements.
 *
 * <p>Expressions have the numbers themselves: integers of fewer than 32 bits are an {@code int32} in their range,
 * floats of 16 bits a {@code float32} that is rounded to their precision. LLVM takes it that floats are no NaN where it
 * chooses instructions, so what must see one looks at the bits. Integer arithmetic of LLVM does not wrap, so it is done
 * in 64 bits; an integer divided by 0 is 0, and whoever writes the kernel looks for that.
 *
 * @param let names a number that an expression uses more than once
 * @param kept keeps a number where TVM does not see through it
 */
record Scalars(BiFunction<String, Expr, Expr> let, UnaryOperator<Expr> kept) {
    /** The bits of infinity; those of larger magnitudes are NaN. */
    static final int INFINITY_BITS = 0x7f80_0000;

    private static final int EXPONENT_BIAS = 127;

    /** Expressions that are looked at, and never computed. */
    static final Scalars TRIAL = new Scalars((name, e) -> new Expr.Var(name, e.type()), e -> e);

    static Scalars in(Code code) {
        return new Scalars(code::let, code::kept);
    }

    // Memory.

    /** An element as a number. */
    Expr load(ElementType type, Array array, Expr index) {
        Expr e = array.at(index);
        return switch (type) {
            case BF16 -> ofBfloat(e);
            case BOOL -> new Expr.Binary(Expr.Op.NE, e, new Expr.Int(Dtype.U8, 0));
            default -> e.cast(Dtype.computed(type));
        };
    }

    /** A number as an element. */
    Expr stored(ElementType type, Expr value) {
        return switch (type) {
            case BF16 -> bfloatBits(value);
            default -> value.cast(Dtype.stored(type).orElseThrow());
        };
    }

    private static Expr ofBfloat(Expr bits) {
        return bitwise("shift_left", bits.cast(Dtype.U32), new Expr.Int(Dtype.U32, 16))
                .reinterpret(Dtype.F32);
    }

    private Expr bfloatBits(Expr x) {
        Expr v = let.apply("x", x);
        Expr bits = let.apply("bits", v.reinterpret(Dtype.U32));
        Expr high = bitwise("shift_right", bits, new Expr.Int(Dtype.U32, 16));
        Expr odd = bitwise("bitwise_and", high, new Expr.Int(Dtype.U32, 1));
        // In 64 bits: 32 could wrap.
        Expr rounded = bits.cast(Dtype.I64).plus(odd.cast(Dtype.I64)).plus(0x7fff);
        return isNan(v).select(
                        bitwise("bitwise_or", high, new Expr.Int(Dtype.U32, 0x40))
                                .cast(Dtype.U16),
                        bitwise("shift_right", rounded, Expr.of(16)).cast(Dtype.U16));
    }

    private static Expr bitwise(String f, Expr a, Expr b) {
        return new Expr.Call(a.type(), "tir." + f, List.of(a, b));
    }

    // Numbers.

    static Expr constant(Tensor scalar) {
        Dtype type = Dtype.computed(scalar.element());
        return switch (type) {
            case F32 -> real(type, scalar.getFloat(0));
            case F64 -> real(type, scalar.getDouble(0));
            case BOOL -> new Expr.Int(type, scalar.getBoolean(0) ? 1 : 0);
            case U64 -> new Expr.Int(Dtype.I64, scalar.getBits(0)).cast(Dtype.U64);
            default -> new Expr.Int(type, scalar.getLong(0));
        };
    }

    /** A number; NaN by its bits, as TVM folds constants by rules that it does not follow. */
    static Expr real(Dtype type, double value) {
        if (Double.isFinite(value)) {
            return new Expr.Real(type, value);
        }
        return type == Dtype.F64
                ? new Expr.Int(Dtype.I64, Double.doubleToRawLongBits(value)).reinterpret(type)
                : new Expr.Int(Dtype.I32, Float.floatToRawIntBits((float) value)).reinterpret(type);
    }

    /** The least number of a type in which kernels compute, negative infinity for floats. */
    static Expr least(ElementType type) {
        Dtype d = Dtype.computed(type);
        return switch (type) {
            case I8 -> new Expr.Int(d, Byte.MIN_VALUE);
            case I16 -> new Expr.Int(d, Short.MIN_VALUE);
            case I32 -> new Expr.Int(d, Integer.MIN_VALUE);
            case I64 -> new Expr.Int(d, Long.MIN_VALUE);
            case BOOL, U8, U16, U32, U64 -> new Expr.Int(d, 0);
            default -> real(d, Double.NEGATIVE_INFINITY);
        };
    }

    /** The largest number of a type in which kernels compute, infinity for floats. */
    static Expr largest(ElementType type) {
        Dtype d = Dtype.computed(type);
        return switch (type) {
            case BOOL -> new Expr.Int(d, 1);
            case I8 -> new Expr.Int(d, Byte.MAX_VALUE);
            case U8 -> new Expr.Int(d, 255);
            case I16 -> new Expr.Int(d, Short.MAX_VALUE);
            case U16 -> new Expr.Int(d, 65535);
            case I32 -> new Expr.Int(d, Integer.MAX_VALUE);
            case U32 -> new Expr.Int(d, 0xffff_ffffL);
            case I64 -> new Expr.Int(d, Long.MAX_VALUE);
            case U64 -> new Expr.Int(Dtype.I64, -1).cast(Dtype.U64);
            default -> real(d, Double.POSITIVE_INFINITY);
        };
    }

    static Expr isNan(Expr x) {
        return x.type() == Dtype.F64
                ? new Expr.Binary(
                        Expr.Op.GT,
                        bitwise("bitwise_and", x.reinterpret(Dtype.I64), new Expr.Int(Dtype.I64, Long.MAX_VALUE)),
                        new Expr.Int(Dtype.I64, 0x7ff0_0000_0000_0000L))
                : new Expr.Binary(Expr.Op.GT, magnitude(x), new Expr.Int(Dtype.I32, INFINITY_BITS));
    }

    /** The bits of a {@code float32} without its sign: in the order of magnitudes, infinity and NaN the largest. */
    static Expr magnitude(Expr x) {
        return bitwise("bitwise_and", x.reinterpret(Dtype.I32), new Expr.Int(Dtype.I32, Integer.MAX_VALUE));
    }

    /** Whether a {@code float32} is negative infinity. */
    static Expr isNegativeInfinity(Expr x) {
        return x.reinterpret(Dtype.I32).equalTo(new Expr.Int(Dtype.I32, 0xff80_0000));
    }

    private static Expr isNegative(Expr x) {
        return x.type() == Dtype.F64
                ? x.reinterpret(Dtype.I64).isBelow(0)
                : x.reinterpret(Dtype.I32).isBelow(0);
    }

    // Ops.

    /** The expression of {@code op} on operands that are the given numbers; empty if there is none. */
    Optional<Expr> expression(Op op, ElementType result, List<ElementType> types, List<Expr> v) {
        if (Dtype.stored(result).isEmpty()
                || !types.stream().allMatch(t -> Dtype.stored(t).isPresent())) {
            return Optional.empty();
        }
        ElementType type = types.getFirst();
        return switch (op) {
            case Unary u when type.isFloat() -> floating(u.function(), type, v.getFirst());
            case Unary u -> integral(u.function(), type, v.getFirst());
            case Binary n -> binary(n.function(), type, v.get(0), v.get(1));
            case Compare c -> Optional.of(compare(c.function(), v.get(0), v.get(1)));
            case Select _ -> Optional.of(v.get(0).select(v.get(1), v.get(2)));
            case Cast _ -> cast(type, result, v.getFirst());
            default -> Optional.empty();
        };
    }

    /** The expression of a function on two numbers of a type; empty if there is none. */
    Optional<Expr> binary(BinaryFunction f, ElementType type, Expr x, Expr y) {
        return type.isBool() ? logical(f, x, y) : type.isFloat() ? floating(f, type, x, y) : integral(f, type, x, y);
    }

    /** An integer in the same order: TVM has no rules for conditions of unsigned integers. */
    static Expr ordered(Expr x) {
        return switch (x.type()) {
            case BOOL -> x.cast(Dtype.I32);
            case U32 -> x.cast(Dtype.I64);
            case U64 -> bitwise("bitwise_xor", x.cast(Dtype.I64), Expr.of(Long.MIN_VALUE));
            default -> x;
        };
    }

    private static Expr compare(Comparison c, Expr x, Expr y) {
        Expr.Op op = switch (c) {
            case EQUAL -> Expr.Op.EQ;
            case NOT_EQUAL -> Expr.Op.NE;
            case LESS -> Expr.Op.LT;
            case LESS_OR_EQUAL -> Expr.Op.LE;
            case GREATER -> Expr.Op.GT;
            case GREATER_OR_EQUAL -> Expr.Op.GE;
        };
        Expr plain = new Expr.Binary(op, ordered(x), ordered(y));
        if (!x.type().isFloat()) {
            return plain;
        }
        return c == Comparison.NOT_EQUAL
                ? plain.or(isNan(x)).or(isNan(y))
                : plain.and(isNan(x).or(isNan(y)).not());
    }

    /** The low bits of a number as one of the type. */
    private static Expr wrapped(ElementType type, Expr e) {
        return switch (type) {
            case I8 -> e.cast(Dtype.I8).cast(Dtype.I32);
            case U8 -> e.cast(Dtype.U8).cast(Dtype.I32);
            case I16 -> e.cast(Dtype.I16).cast(Dtype.I32);
            case U16 -> e.cast(Dtype.U16).cast(Dtype.I32);
            default -> e.cast(Dtype.computed(type));
        };
    }

    private Expr rounded(ElementType type, Expr e) {
        return switch (type) {
            case F16 -> e.cast(Dtype.F16).cast(Dtype.F32);
            case BF16 -> ofBfloat(bfloatBits(e));
            default -> e;
        };
    }

    private Optional<Expr> floating(UnaryFunction f, ElementType type, Expr x) {
        Dtype d = Dtype.computed(type);
        Expr zero = Expr.of(d, 0);
        Expr one = Expr.of(d, 1);
        return switch (f) {
            case NEGATE -> Optional.of(negated(x));
            case ABS -> Optional.of(x.call("tir.fabs"));
            case SIGN ->
                Optional.of(isNan(x).select(
                                x,
                                new Expr.Binary(Expr.Op.GT, x, zero)
                                        .select(one, x.isBelow(zero).select(real(d, -1), x))));
            case RELU -> Optional.of(x.isBelow(zero).select(zero, x));
            case IS_NAN -> Optional.of(isNan(x));
            case FLOOR -> Optional.of(x.call("tir.floor"));
            case CEIL -> Optional.of(x.call("tir.ceil"));
            case ROUND -> Optional.of(x.call("tir.nearbyint"));
            case RECIPROCAL -> Optional.of(rounded(type, one.over(x)));
            case SIGMOID -> Optional.of(rounded(type, one.over(one.plus(exp(negated(x))))));
            case EXP -> Optional.of(rounded(type, exp(x)));
            case TANH -> Optional.of(rounded(type, d == Dtype.F64 ? x.call("tir.tanh") : tanh(x)));
            case ERF -> Optional.of(rounded(type, d == Dtype.F64 ? x.call("tir.erf") : erf(x)));
            case LOG, SQRT, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, ASINH, ACOSH, ATANH ->
                Optional.of(rounded(type, x.call("tir." + f.mnemonic())));
            case NOT, BIT_NOT -> Optional.empty();
        };
    }

    /** The number with its other sign, that of zero and of NaN, too. */
    private static Expr negated(Expr x) {
        return x.type() == Dtype.F64
                ? bitwise("bitwise_xor", x.reinterpret(Dtype.I64), new Expr.Int(Dtype.I64, Long.MIN_VALUE))
                        .reinterpret(Dtype.F64)
                : bitwise("bitwise_xor", x.reinterpret(Dtype.I32), new Expr.Int(Dtype.I32, Integer.MIN_VALUE))
                        .reinterpret(Dtype.F32);
    }

    private static Expr f(float value) {
        return new Expr.Real(Dtype.F32, value);
    }

    /** Without a call, so that LLVM makes vectors of it. */
    Expr exp(Expr number) {
        if (number.type() == Dtype.F64) {
            return number.call("tir.exp");
        }
        Expr x = let.apply("e", number);
        Expr inside = new Expr.Binary(Expr.Op.GT, x, f(89))
                .select(f(89), x.isBelow(f(-104)).select(f(-104), x));
        Expr a = let.apply("e", inside);
        // TVM takes what is added and subtracted away, so that this rounds by a function.
        Expr n = let.apply("e", a.times(f(ScalarFunctions.LOG2E)).call("tir.nearbyint"));
        Expr r = let.apply(
                "e", a.minus(n.times(f(ScalarFunctions.LN2_HIGH))).minus(n.times(f(ScalarFunctions.LN2_LOW))));
        Expr p = polynomial(
                r,
                ScalarFunctions.EXP_6,
                ScalarFunctions.EXP_5,
                ScalarFunctions.EXP_4,
                ScalarFunctions.EXP_3,
                0.5f,
                1,
                1);
        Expr k = let.apply("e", isNan(x).select(f(0), n).cast(Dtype.I32));
        Expr h = let.apply("e", bitwise("shift_right", k, new Expr.Int(Dtype.I32, 1)));
        Expr power = let.apply("e", p.times(two(h)).times(two(k.minus(h))));
        return isNan(x).select(x, power);
    }

    /** 2 to the power of a small integer. */
    private static Expr two(Expr k) {
        return bitwise("shift_left", k.plus(EXPONENT_BIAS), new Expr.Int(Dtype.I32, 23))
                .reinterpret(Dtype.F32);
    }

    /** By Horner's rule, the coefficient of the highest power first. */
    private static Expr polynomial(Expr x, float... coefficients) {
        Expr p = f(coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            p = p.times(x).plus(f(coefficients[i]));
        }
        return p;
    }

    private Expr ratio(Expr number, float limit, float[] above, float[] below) {
        Expr x = let.apply("t", number);
        Expr inside = new Expr.Binary(Expr.Op.GT, x, f(limit))
                .select(f(limit), x.isBelow(f(-limit)).select(f(-limit), x));
        Expr a = let.apply("t", inside);
        Expr s = let.apply("t", a.times(a));
        Expr t = let.apply("t", a.times(polynomial(s, above)).over(polynomial(s, below)));
        Expr one = f(1);
        Expr bounded =
                new Expr.Binary(Expr.Op.GT, t, one).select(one, t.isBelow(f(-1)).select(f(-1), t));
        return isNan(x).select(x, bounded);
    }

    private Expr tanh(Expr x) {
        return ratio(
                x,
                ScalarFunctions.TANH_LIMIT,
                new float[] {
                    ScalarFunctions.TANH_P5,
                    ScalarFunctions.TANH_P4,
                    ScalarFunctions.TANH_P3,
                    ScalarFunctions.TANH_P2,
                    ScalarFunctions.TANH_P1,
                    ScalarFunctions.TANH_P0
                },
                new float[] {
                    ScalarFunctions.TANH_Q4,
                    ScalarFunctions.TANH_Q3,
                    ScalarFunctions.TANH_Q2,
                    ScalarFunctions.TANH_Q1,
                    1
                });
    }

    private Expr erf(Expr x) {
        return ratio(
                x,
                ScalarFunctions.ERF_LIMIT,
                new float[] {
                    ScalarFunctions.ERF_P5,
                    ScalarFunctions.ERF_P4,
                    ScalarFunctions.ERF_P3,
                    ScalarFunctions.ERF_P2,
                    ScalarFunctions.ERF_P1,
                    ScalarFunctions.ERF_P0
                },
                new float[] {
                    ScalarFunctions.ERF_Q5,
                    ScalarFunctions.ERF_Q4,
                    ScalarFunctions.ERF_Q3,
                    ScalarFunctions.ERF_Q2,
                    ScalarFunctions.ERF_Q1,
                    1
                });
    }

    private static Optional<Expr> integral(UnaryFunction f, ElementType type, Expr x) {
        boolean unsigned = type.isUnsigned() || type.isBool();
        Expr zero = new Expr.Int(x.type(), 0);
        Expr wide = x.cast(Dtype.I64);
        return switch (f) {
            case NOT -> Optional.of(x.not());
            case BIT_NOT -> Optional.of(wrapped(type, bitwise("bitwise_xor", wide, Expr.of(-1))));
            case NEGATE -> Optional.of(wrapped(type, Expr.of(0).minus(wide)));
            case ABS ->
                Optional.of(
                        unsigned
                                ? x
                                : wrapped(
                                        type, wide.isBelow(0).select(Expr.of(0).minus(wide), wide)));
            case SIGN ->
                Optional.of(
                        unsigned
                                ? new Expr.Binary(Expr.Op.NE, x, zero).cast(x.type())
                                : new Expr.Binary(Expr.Op.GT, x, zero)
                                        .select(
                                                new Expr.Int(x.type(), 1),
                                                x.isBelow(zero).cast(x.type()).times(-1)));
            case RELU -> Optional.of(unsigned ? x : x.isBelow(zero).select(zero, x));
            default -> Optional.empty();
        };
    }

    private static Optional<Expr> logical(BinaryFunction f, Expr x, Expr y) {
        return switch (f) {
            case AND -> Optional.of(x.and(y));
            case OR -> Optional.of(x.or(y));
            case XOR -> Optional.of(new Expr.Binary(Expr.Op.NE, x.cast(Dtype.I32), y.cast(Dtype.I32)));
            default -> Optional.empty();
        };
    }

    private Optional<Expr> floating(BinaryFunction f, ElementType type, Expr x, Expr y) {
        return switch (f) {
            case ADD -> Optional.of(rounded(type, x.plus(y)));
            case SUBTRACT -> Optional.of(rounded(type, x.minus(y)));
            case MULTIPLY -> Optional.of(rounded(type, x.times(y)));
            case DIVIDE -> Optional.of(rounded(type, x.over(y)));
            // As IEEE 754 says: NaN if one is, and -0 before 0.
            case MIN ->
                Optional.of(x.isBelow(y)
                        .or(isNan(x))
                        .or(x.equalTo(y).and(isNegative(x)))
                        .and(isNan(y).and(isNan(x).not()).not())
                        .select(x, y));
            case MAX ->
                Optional.of(new Expr.Binary(Expr.Op.GT, x, y)
                        .or(isNan(x))
                        .or(x.equalTo(y).and(isNegative(x).not()))
                        .and(isNan(y).and(isNan(x).not()).not())
                        .select(x, y));
            case MOD -> {
                Expr r = let.apply("r", x.call("tir.fmod", y));
                Expr zero = Expr.of(r.type(), 0);
                Expr sign = bitwiseSign(y);
                yield Optional.of(rounded(
                        type,
                        r.equalTo(zero)
                                .select(
                                        sign,
                                        new Expr.Binary(
                                                        Expr.Op.NE,
                                                        isNegative(r).cast(Dtype.I32),
                                                        isNegative(y).cast(Dtype.I32))
                                                .and(isNan(r).not())
                                                .select(r.plus(y), r))));
            }
            case FMOD -> Optional.of(x.call("tir.fmod", y));
            case POW -> Optional.of(rounded(type, x.call("tir.pow", y)));
            default -> Optional.empty();
        };
    }

    /** Zero with the sign of a number. */
    private static Expr bitwiseSign(Expr y) {
        return y.type() == Dtype.F64
                ? bitwise("bitwise_and", y.reinterpret(Dtype.I64), new Expr.Int(Dtype.I64, Long.MIN_VALUE))
                        .reinterpret(Dtype.F64)
                : bitwise("bitwise_and", y.reinterpret(Dtype.I32), new Expr.Int(Dtype.I32, Integer.MIN_VALUE))
                        .reinterpret(Dtype.F32);
    }

    private Optional<Expr> integral(BinaryFunction f, ElementType type, Expr x, Expr y) {
        Expr a = x.cast(Dtype.I64);
        Expr b = y.cast(Dtype.I64);
        boolean unsigned = type == ElementType.U64;
        return switch (f) {
            case ADD -> Optional.of(wrapped(type, a.plus(b)));
            case SUBTRACT -> Optional.of(wrapped(type, a.minus(b)));
            case MULTIPLY -> Optional.of(wrapped(type, a.times(b)));
            case MIN -> Optional.of(ordered(x).isBelow(ordered(y)).select(x, y));
            case MAX -> Optional.of(ordered(y).isBelow(ordered(x)).select(x, y));
            case AND, BIT_AND -> Optional.of(bitwise("bitwise_and", x, y));
            case OR, BIT_OR -> Optional.of(bitwise("bitwise_or", x, y));
            case XOR, BIT_XOR -> Optional.of(bitwise("bitwise_xor", x, y));
            case SHIFT_LEFT, SHIFT_RIGHT -> {
                Expr outside = type.isUnsigned() || type == ElementType.U64
                        ? y.isAtLeast(type.bits())
                        : y.isBelow(0).or(y.isAtLeast(type.bits()));
                Expr by = outside.select(new Expr.Int(y.type(), 0), y);
                boolean left = f == BinaryFunction.SHIFT_LEFT;
                Expr shifted = left
                        ? wrapped(type, bitwise("shift_left", a, by.cast(Dtype.I64)))
                        : bitwise("shift_right", x, by);
                Expr zero = new Expr.Int(x.type(), 0);
                Expr rest = left || x.type().isUnsigned() || type.isUnsigned()
                        ? zero
                        : x.isBelow(0).select(new Expr.Int(x.type(), -1), zero);
                yield Optional.of(outside.select(rest, shifted));
            }
            case DIVIDE -> Optional.of(unsigned ? quotient(type, x, y) : wrapped(type, quotient(type, a, b)));
            case MOD, FMOD -> {
                if (unsigned) {
                    Expr rest = let.apply("r", x.mod(divisor(type, y)));
                    yield Optional.of(isZero(y).select(new Expr.Int(Dtype.U64, 0), rest));
                }
                Expr r = let.apply("r", a.mod(divisor(type, b)));
                boolean down = f == BinaryFunction.MOD;
                Expr other = r.isBelow(0)
                        .cast(Dtype.I32)
                        .compare(Expr.Op.NE, b.isBelow(0).cast(Dtype.I32));
                yield Optional.of(wrapped(
                        type,
                        down
                                ? new Expr.Binary(Expr.Op.NE, r, Expr.of(0))
                                        .and(other)
                                        .select(r.plus(b), r)
                                : r));
            }
            case POW -> Optional.empty();
        };
    }

    /**
     * A number to divide by: processors take neither 0 nor, for the least integer, -1, so that is 1. TVM moves what is
     * chosen by a condition out of the choice, so that it must not see how this number was chosen.
     */
    private Expr divisor(ElementType type, Expr b) {
        Expr one = new Expr.Int(b.type(), 1);
        Expr bad = isZero(b);
        return kept.apply((type.isUnsigned() ? bad : bad.or(b.equalTo(-1))).select(one, b));
    }

    static Expr isZero(Expr b) {
        return b.cast(Dtype.I64).equalTo(0);
    }

    private Expr quotient(ElementType type, Expr a, Expr b) {
        Expr q = let.apply("q", a.over(divisor(type, b)));
        Expr rest = type.isUnsigned() ? q : b.equalTo(-1).select(Expr.of(0).minus(a), q);
        return isZero(b).select(new Expr.Int(a.type(), 0), rest);
    }

    /** The integer part, or the nearest integer that there is, or 0 for NaN. */
    private static Expr toLong(Expr x) {
        double end = 0x1p63;
        Expr above = x.isAtLeast(real(x.type(), end));
        Expr below = x.isBelow(real(x.type(), -end));
        Expr inside = isNan(x).or(above).or(below).select(Expr.of(x.type(), 0), x);
        return isNan(x).select(
                        Expr.of(0),
                        above.select(
                                Expr.of(Long.MAX_VALUE),
                                below.select(Expr.of(Long.MIN_VALUE), inside.cast(Dtype.I64))));
    }

    private Optional<Expr> cast(ElementType from, ElementType to, Expr v) {
        if (from == to) {
            return Optional.of(v);
        }
        if (to.isBool()) {
            Expr zero = Expr.of(v.type(), 0);
            Expr plain = new Expr.Binary(Expr.Op.NE, v, zero);
            return Optional.of(from.isFloat() ? plain.or(isNan(v)) : plain);
        }
        if (!to.isFloat()) {
            if (from.isFloat() && to == ElementType.U64) {
                return Optional.empty();
            }
            Expr integer = from.isFloat() ? toLong(v) : v;
            return Optional.of(wrapped(to, integer));
        }
        if (to == ElementType.F64) {
            return Optional.of(v.cast(Dtype.F64));
        }
        boolean single = from == ElementType.F16 || from == ElementType.BF16 || from == ElementType.F32;
        boolean exact = single || from.bits() < 32 || from.isInteger() && to == ElementType.F16;
        if (to != ElementType.F32 && !exact) {
            return Optional.empty(); // rounded twice it may be another number
        }
        return Optional.of(rounded(to, single ? v : v.cast(Dtype.F32)));
    }
}
