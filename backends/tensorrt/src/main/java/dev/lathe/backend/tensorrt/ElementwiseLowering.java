package dev.lathe.backend.tensorrt;

import dev.lathe.backend.tensorrt.Layer.ElementWiseOperation;
import dev.lathe.backend.tensorrt.Layer.UnaryOperation;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.IntegerRanges;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Elementwise ops. Integers of fewer bits than their carrier wrap around after what may leave their range. Bitwise ops,
 * which TensorRT lacks, take the bits apart along an axis of their own.
 */
final class ElementwiseLowering {
    /** Greater powers are computed in a loop. */
    private static final long SMALL_POWER = 8;

    private final Lowering lowering;

    ElementwiseLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Elementwise op, Value result) {
        return switch (op) {
            case Unary u -> unary(u);
            case Binary b -> binary(b);
            case Compare c -> compare(c);
            case Select s ->
                net().select(lowering.tensor(s.condition()), lowering.tensor(s.x()), lowering.tensor(s.y()));
            case Cast c -> cast(c, result);
        };
    }

    private NetworkTensor unary(Unary op) {
        NetworkTensor x = lowering.tensor(op.x());
        ElementType element = op.x().tensorType().element();
        return switch (op.function()) {
            case NEGATE -> wrapped(net().unary(UnaryOperation.NEG, x), element);
            case ABS -> element.isUnsigned() ? x : wrapped(net().unary(UnaryOperation.ABS, x), element);
            case SIGN ->
                element.isUnsigned()
                        ? net().select(
                                        net().binary(ElementWiseOperation.EQUAL, x, net().like(x, 0)),
                                        net().like(x, 0),
                                        net().like(x, 1))
                        : net().unary(UnaryOperation.SIGN, x);
            case EXP -> net().unary(UnaryOperation.EXP, x);
            case LOG -> net().unary(UnaryOperation.LOG, x);
            case SQRT -> net().unary(UnaryOperation.SQRT, x);
            case RECIPROCAL -> net().unary(UnaryOperation.RECIP, x);
            case SIN -> net().unary(UnaryOperation.SIN, x);
            case COS -> net().unary(UnaryOperation.COS, x);
            case TAN -> net().unary(UnaryOperation.TAN, x);
            case ASIN -> net().unary(UnaryOperation.ASIN, x);
            case ACOS -> net().unary(UnaryOperation.ACOS, x);
            case ATAN -> net().unary(UnaryOperation.ATAN, x);
            case SINH -> net().unary(UnaryOperation.SINH, x);
            case COSH -> net().unary(UnaryOperation.COSH, x);
            case TANH -> net().add(new Layer.Activation(x, Layer.ActivationType.TANH));
            case ASINH -> net().unary(UnaryOperation.ASINH, x);
            case ACOSH -> net().unary(UnaryOperation.ACOSH, x);
            case ATANH -> net().unary(UnaryOperation.ATANH, x);
            case ERF -> net().unary(UnaryOperation.ERF, x);
            case FLOOR -> net().unary(UnaryOperation.FLOOR, x);
            case CEIL -> net().unary(UnaryOperation.CEIL, x);
            case ROUND -> net().unary(UnaryOperation.ROUND, x);
            case RELU ->
                x.type().isFloat()
                        ? net().add(new Layer.Activation(x, Layer.ActivationType.RELU))
                        : element.isUnsigned() ? x : net().binary(ElementWiseOperation.MAX, x, net().like(x, 0));
            case SIGMOID -> net().add(new Layer.Activation(x, Layer.ActivationType.SIGMOID));
            case NOT -> net().not(x);
            case BIT_NOT ->
                // -1 - x, or the largest number less x.
                net().difference(
                                net().like(
                                                x,
                                                element.isSigned() || element.bits() == 64
                                                        ? -1
                                                        : Math.pow(2, element.bits()) - 1),
                                x);
            case IS_NAN -> net().unary(UnaryOperation.ISNAN, x);
        };
    }

    private NetworkTensor binary(Binary op) {
        NetworkTensor x = lowering.tensor(op.x());
        NetworkTensor y = lowering.tensor(op.y());
        ElementType element = op.x().tensorType().element();
        if (element == ElementType.U64) {
            Optional<NetworkTensor> own = unsigned(op.function(), x, y);
            if (own.isPresent()) {
                return own.get();
            }
        }
        return switch (op.function()) {
            case ADD -> wrapped(net().sum(x, y), element);
            case SUBTRACT -> wrapped(net().difference(x, y), element);
            case MULTIPLY -> wrapped(net().product(x, y), element);
            case DIVIDE -> wrapped(net().binary(ElementWiseOperation.DIV, x, y), element);
            case MOD -> net().modulo(x, y);
            case FMOD -> net().difference(x, net().product(truncated(net().binary(ElementWiseOperation.DIV, x, y)), y));
            case POW -> x.type().isFloat() ? net().binary(ElementWiseOperation.POW, x, y) : power(op, x);
            case MIN -> net().binary(ElementWiseOperation.MIN, x, y);
            case MAX -> net().binary(ElementWiseOperation.MAX, x, y);
            case AND -> net().binary(ElementWiseOperation.AND, x, y);
            case OR -> net().binary(ElementWiseOperation.OR, x, y);
            case XOR -> net().binary(ElementWiseOperation.XOR, x, y);
            case BIT_AND, BIT_OR, BIT_XOR -> bitwise(op, x, y, element);
            case SHIFT_LEFT, SHIFT_RIGHT -> shift(op, x, y, element);
        };
    }

    /** What differs from signed integers; empty of what does not. */
    private Optional<NetworkTensor> unsigned(BinaryFunction function, NetworkTensor x, NetworkTensor y) {
        UnsignedLongs longs = new UnsignedLongs(net());
        return Optional.ofNullable(
                switch (function) {
                    case DIVIDE -> longs.quotient(x, y);
                    case MOD, FMOD -> longs.remainder(x, y);
                    case MIN -> longs.least(x, y);
                    case MAX -> longs.greatest(x, y);
                    default -> null;
                });
    }

    /** Towards zero; integers are quotients that were truncated. */
    private NetworkTensor truncated(NetworkTensor x) {
        if (!x.type().isFloat()) {
            return x;
        }
        NetworkTensor negative = net().binary(ElementWiseOperation.LESS, x, net().like(x, 0));
        return net().select(negative, net().unary(UnaryOperation.CEIL, x), net().unary(UnaryOperation.FLOOR, x));
    }

    /** An integer to an integer power: by a few products if that is a small constant, else bit by bit in a loop. */
    private NetworkTensor power(Binary op, NetworkTensor x) {
        Tensor exponent = lowering.constant(op.y()).orElse(null);
        ElementType element = op.x().tensorType().element();
        long n = exponent == null || exponent.size() == 0 || !allEqual(exponent) ? -1 : exponent.getLong(0);
        if (n < 1 || n > SMALL_POWER || exponent == null || exponent.rank() > x.rank()) {
            if (element == ElementType.U64) {
                throw new LayerException("powers of u64 that are not small constants");
            }
            return wrapped(powerInLoop(x, lowering.tensor(op.y())), element);
        }
        NetworkTensor y = x;
        for (long i = 1; i < n; i++) {
            y = net().product(y, x);
        }
        return wrapped(y, element);
    }

    /** Squares are multiplied where the bits of {@code y} are set; a negative power is rounded towards zero. */
    private NetworkTensor powerInLoop(NetworkTensor x, NetworkTensor y) {
        NetworkTensor none = net().binary(Layer.ElementWiseOperation.LESS, y, net().like(y, 0));
        NetworkTensor zeros = net().product(net().product(x, net().like(x, 0)), net().product(y, net().like(y, 0)));
        NetworkTensor one = net().sum(zeros, net().like(zeros, 1));
        int number = lowering.newLoop();
        net().all(new Layer.Loop(number));
        net().all(new Layer.TripLimit(
                number,
                net().constant(Tensor.scalar((long) y.type().element().bits() - 1)),
                Layer.TripLimitKind.COUNT));
        NetworkTensor made = net().add(new Layer.Recurrence(number, one));
        NetworkTensor square = net().add(new Layer.Recurrence(number, x));
        NetworkTensor rest = net().add(new Layer.Recurrence(
                number, net().binary(Layer.ElementWiseOperation.MAX, y, net().like(y, 0))));
        NetworkTensor isOdd = net().binary(
                        Layer.ElementWiseOperation.EQUAL, net().modulo(rest, net().like(rest, 2)), net().like(rest, 1));
        net().all(new Layer.RecurrenceNext(made, net().select(isOdd, net().product(made, square), made)));
        net().all(new Layer.RecurrenceNext(square, net().product(square, square)));
        net().all(new Layer.RecurrenceNext(rest, net().floorDivision(rest, net().like(rest, 2))));
        NetworkTensor power = net().add(new Layer.LastValue(number, made));
        NetworkTensor isEven =
                net().binary(Layer.ElementWiseOperation.EQUAL, net().modulo(y, net().like(y, 2)), net().like(y, 0));
        NetworkTensor sign =
                net().select(isEven, net().sum(zeros, net().like(zeros, 1)), net().sum(zeros, net().like(zeros, -1)));
        NetworkTensor isMinusOne = net().binary(Layer.ElementWiseOperation.EQUAL, x, net().like(x, -1));
        NetworkTensor isOne = net().binary(Layer.ElementWiseOperation.EQUAL, x, net().like(x, 1));
        NetworkTensor fraction = net().select(isOne, one, net().select(isMinusOne, sign, zeros));
        return net().select(none, fraction, power);
    }

    private static boolean allEqual(Tensor t) {
        for (long i = 1; i < t.size(); i++) {
            if (t.getLong(i) != t.getLong(0)) {
                return false;
            }
        }
        return true;
    }

    // Bits.

    private NetworkTensor bitwise(Binary op, NetworkTensor x, NetworkTensor y, ElementType element) {
        int rank = Math.max(x.rank(), y.rank());
        NetworkTensor a = bits(net().leading(x, rank), element);
        NetworkTensor b = bits(net().leading(y, rank), element);
        NetworkTensor both = switch (op.function()) {
            case BIT_AND -> net().product(a, b);
            case BIT_OR -> net().binary(ElementWiseOperation.MAX, a, b);
            default -> net().unary(UnaryOperation.ABS, net().difference(a, b));
        };
        // Of signed numbers the highest bit counts negative.
        Tensor weights = powers(element.bits(), x.type(), 1);
        if (element.isSigned()) {
            weights.setLong(element.bits() - 1, -weights.getLong(element.bits() - 1));
        }
        NetworkTensor parts = net().product(both, lastAxis(weights, rank + 1));
        return net().reduce(Layer.ReduceOperation.SUM, parts, List.of(rank), false);
    }

    /** The bits of {@code x}, lowest first, along a new last axis. */
    private NetworkTensor bits(NetworkTensor x, ElementType element) {
        NetworkTensor apart = net().unsqueeze(x, List.of(x.rank()));
        int rank = x.rank() + 1;
        // Divided twice, since the highest power is no positive number of the type.
        NetworkTensor half = net().floorDivision(apart, lastAxis(powers(element.bits(), x.type(), 2), rank));
        NetworkTensor shifted = net().floorDivision(half, lastAxis(rest(element.bits(), x.type()), rank));
        return net().modulo(shifted, net().like(shifted, 2));
    }

    private NetworkTensor lastAxis(Tensor v, int rank) {
        return net().leading(net().constant(v), rank);
    }

    /** {@code 2^(i / divisor)}, for each bit. */
    private static Tensor powers(int bits, DataType type, int divisor) {
        Tensor t = Tensor.zeros(type.element(), bits);
        for (int i = 0; i < bits; i++) {
            t.setLong(i, 1L << (i / divisor));
        }
        return t;
    }

    /** What {@code 2^(i / 2)} leaves of {@code 2^i}. */
    private static Tensor rest(int bits, DataType type) {
        Tensor t = Tensor.zeros(type.element(), bits);
        for (int i = 0; i < bits; i++) {
            t.setLong(i, 1L << (i - i / 2));
        }
        return t;
    }

    /** By powers of two out of a table, in two steps; amounts out of range shift everything out. */
    private NetworkTensor shift(Binary op, NetworkTensor x, NetworkTensor y, ElementType element) {
        int bits = element.bits();
        NetworkTensor out = net().binary(
                        ElementWiseOperation.OR,
                        net().binary(ElementWiseOperation.LESS, y, net().like(y, 0)),
                        net().binary(ElementWiseOperation.GREATER, y, net().like(y, bits)));
        NetworkTensor amount = net().select(out, net().like(y, bits), y);
        NetworkTensor first = net().gather(net().constant(powers(bits + 1, x.type(), 2)), amount, 0);
        NetworkTensor second = net().gather(net().constant(rest(bits + 1, x.type())), amount, 0);
        return switch (op.function()) {
            case SHIFT_LEFT -> wrapped(net().product(wrapped(net().product(x, first), element), second), element);
            default -> {
                NetworkTensor shifted = net().floorDivision(net().floorDivision(x, first), second);
                yield element == ElementType.U64 ? new UnsignedLongs(net()).withoutSign(x, shifted, amount) : shifted;
            }
        };
    }

    // Comparisons.

    private NetworkTensor compare(Compare op) {
        boolean bool = op.x().tensorType().element().isBool();
        NetworkTensor x = lowering.tensor(op.x());
        NetworkTensor y = lowering.tensor(op.y());
        if (bool) {
            x = net().cast(x, DataType.INT32);
            y = net().cast(y, DataType.INT32);
        }
        return switch (op.function()) {
            case EQUAL -> net().binary(ElementWiseOperation.EQUAL, x, y);
            case NOT_EQUAL -> net().not(net().binary(ElementWiseOperation.EQUAL, x, y));
            case LESS -> ordered(ElementWiseOperation.LESS, op, x, y);
            case LESS_OR_EQUAL -> or(ElementWiseOperation.LESS, op, x, y);
            case GREATER -> ordered(ElementWiseOperation.GREATER, op, x, y);
            case GREATER_OR_EQUAL -> or(ElementWiseOperation.GREATER, op, x, y);
        };
    }

    private NetworkTensor ordered(ElementWiseOperation order, Compare op, NetworkTensor x, NetworkTensor y) {
        return op.x().tensorType().element() == ElementType.U64
                ? new UnsignedLongs(net()).compare(order, x, y)
                : net().binary(order, x, y);
    }

    private NetworkTensor or(ElementWiseOperation order, Compare op, NetworkTensor x, NetworkTensor y) {
        return net().binary(
                        ElementWiseOperation.OR,
                        ordered(order, op, x, y),
                        net().binary(ElementWiseOperation.EQUAL, x, y));
    }

    // Casts.

    private NetworkTensor cast(Cast op, Value result) {
        ElementType from = op.x().tensorType().element();
        ElementType to = op.to();
        NetworkTensor x = lowering.raw(op.x());
        if (to == ElementType.F8E4M3FN && !op.saturate()) {
            throw new LayerException(
                    "TensorRT makes f8e4m3fn with saturation alone", "cast with saturate=1, the standard's default");
        }
        if (x.type() == DataType.UINT8 && (to == ElementType.F32 || to == ElementType.F16)) {
            return net().cast(x, DataType.carrier(to).orElseThrow());
        }
        if (from.isFloat() && to == ElementType.U64) {
            throw new LayerException("casts of floats to u64");
        }
        if (from == ElementType.U64 && to.isFloat()) {
            return new UnsignedLongs(net()).floats(x, DataType.carrier(to).orElseThrow());
        }
        if (to.isInteger() && !from.isBool()) {
            NetworkTensor made =
                    net().cast(lowering.tensor(op.x()), DataType.carrier(to).orElseThrow());
            IntegerRanges.Range range = lowering.range(op.x());
            return range != null && holds(to, range) ? made : wrapped(made, to);
        }
        return net().cast(
                        lowering.tensor(op.x()),
                        DataType.carrier(result.tensorType().element()).orElseThrow());
    }

    private static boolean holds(ElementType type, IntegerRanges.@Nullable Range range) {
        if (range == null || type.bits() == 64) {
            return range != null;
        }
        long least = type.isSigned() ? -1L << (type.bits() - 1) : 0;
        long greatest = (1L << (type.isSigned() ? type.bits() - 1 : type.bits())) - 1;
        return range.least() >= least && range.greatest() <= greatest;
    }

    /** Whether floats hold all integers of a range. */
    static boolean isExactInFloats(IntegerRanges.@Nullable Range range) {
        return range != null && range.least() >= -(1L << 24) && range.greatest() <= 1L << 24;
    }

    /** {@code x}, numbers in a carrier, as those of {@code element} that are equal up to multiples of its range. */
    NetworkTensor wrapped(NetworkTensor x, ElementType element) {
        if (!element.isInteger() || element.bits() >= x.type().element().bits()) {
            return x;
        }
        NetworkTensor range = net().like(x, Math.pow(2, element.bits()));
        if (!element.isSigned()) {
            return net().modulo(x, range);
        }
        NetworkTensor half = net().like(x, Math.pow(2, element.bits() - 1));
        return net().difference(net().modulo(net().sum(x, half), range), half);
    }
}
