package dev.lathe.frontend.onnx.ops.math;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** Operators that work element by element. */
public final class ElementwiseOps {
    private static final Map<String, UnaryFunction> UNARY = Map.ofEntries(
            Map.entry("Abs", UnaryFunction.ABS),
            Map.entry("Neg", UnaryFunction.NEGATE),
            Map.entry("Sign", UnaryFunction.SIGN),
            Map.entry("Exp", UnaryFunction.EXP),
            Map.entry("Log", UnaryFunction.LOG),
            Map.entry("Sqrt", UnaryFunction.SQRT),
            Map.entry("Reciprocal", UnaryFunction.RECIPROCAL),
            Map.entry("Sin", UnaryFunction.SIN),
            Map.entry("Cos", UnaryFunction.COS),
            Map.entry("Tan", UnaryFunction.TAN),
            Map.entry("Asin", UnaryFunction.ASIN),
            Map.entry("Acos", UnaryFunction.ACOS),
            Map.entry("Atan", UnaryFunction.ATAN),
            Map.entry("Sinh", UnaryFunction.SINH),
            Map.entry("Cosh", UnaryFunction.COSH),
            Map.entry("Tanh", UnaryFunction.TANH),
            Map.entry("Asinh", UnaryFunction.ASINH),
            Map.entry("Acosh", UnaryFunction.ACOSH),
            Map.entry("Atanh", UnaryFunction.ATANH),
            Map.entry("Erf", UnaryFunction.ERF),
            Map.entry("Floor", UnaryFunction.FLOOR),
            Map.entry("Ceil", UnaryFunction.CEIL),
            Map.entry("Round", UnaryFunction.ROUND),
            Map.entry("Relu", UnaryFunction.RELU),
            Map.entry("Sigmoid", UnaryFunction.SIGMOID),
            Map.entry("Not", UnaryFunction.NOT),
            Map.entry("BitwiseNot", UnaryFunction.BIT_NOT),
            Map.entry("IsNaN", UnaryFunction.IS_NAN));

    private static final Map<String, BinaryFunction> BINARY = Map.of(
            "Add", BinaryFunction.ADD,
            "Sub", BinaryFunction.SUBTRACT,
            "Mul", BinaryFunction.MULTIPLY,
            "Div", BinaryFunction.DIVIDE,
            "And", BinaryFunction.AND,
            "Or", BinaryFunction.OR,
            "Xor", BinaryFunction.XOR,
            "BitwiseAnd", BinaryFunction.BIT_AND,
            "BitwiseOr", BinaryFunction.BIT_OR,
            "BitwiseXor", BinaryFunction.BIT_XOR);

    private static final Map<String, Comparison> COMPARISONS = Map.of(
            "Equal", Comparison.EQUAL,
            "Less", Comparison.LESS,
            "LessOrEqual", Comparison.LESS_OR_EQUAL,
            "Greater", Comparison.GREATER,
            "GreaterOrEqual", Comparison.GREATER_OR_EQUAL);

    private ElementwiseOps() {}

    public static void addTo(Operators t) {
        UNARY.forEach((name, f) -> t.on(name).since(1, n -> n.b.add(new Unary(f, n.in(0)))));
        BINARY.forEach((name, f) -> t.on(name)
                .since(1, n -> n.b.add(new Binary(f, n.in(0), aligned(n))))
                .since(7, n -> n.b.add(new Binary(f, n.in(0), n.in(1)))));
        COMPARISONS.forEach((name, c) -> t.on(name)
                .since(1, n -> n.b.compare(c, n.in(0), aligned(n)))
                .since(7, n -> n.b.compare(c, n.in(0), n.in(1))));
        t.on("Pow").since(1, n -> pow(n, aligned(n))).since(7, n -> pow(n, n.in(1)));
        t.on("Mod")
                .since(
                        10,
                        n -> n.b.binary(
                                n.flag("fmod", false) ? BinaryFunction.FMOD : BinaryFunction.MOD, n.in(0), n.in(1)));
        t.on("BitShift")
                .since(
                        11,
                        n -> n.b.binary(
                                n.s("direction", "").equals("LEFT")
                                        ? BinaryFunction.SHIFT_LEFT
                                        : BinaryFunction.SHIFT_RIGHT,
                                n.in(0),
                                n.in(1)));
        t.on("Max").since(1, n -> folded(n, n.b::max));
        t.on("Min").since(1, n -> folded(n, n.b::min));
        t.on("Sum").since(1, n -> folded(n, n.b::add));
        t.on("Mean")
                .since(
                        1,
                        n -> n.b.divide(
                                folded(n, n.b::add), n.b.scalar(n.in(0), n.all().size())));
        t.on("Where").since(9, n -> n.b.select(n.in(0), n.in(1), n.in(2)));
        t.on("Identity").since(1, n -> n.in(0));
        t.on("Cast").since(1, n -> castByName(n)).since(6, n -> cast(n, ElementTypes.of(n.i("to", 0))));
        t.on("CastLike").since(15, n -> cast(n, n.element(1)));
        t.on("Clip")
                .since(1, n -> clip(n.b, n.in(0), bound(n, "min"), bound(n, "max")))
                .since(
                        11,
                        n -> clip(n.b, n.in(0), n.opt(1).orElse(null), n.opt(2).orElse(null)));
        t.on("IsInf").since(10, ElementwiseOps::isInf);
        t.on("PRelu")
                .since(1, n -> prelu(n, n.opset < 7 && n.rank(1) == 1 && n.rank(0) > 1 ? channelAligned(n) : n.in(1)));
    }

    private static Value folded(OnnxNode n, BinaryOperator<Value> f) {
        return n.all().stream().reduce(f).orElseThrow(() -> new InvalidOpException("it has no operands"));
    }

    /** The second operand as the broadcasting of old opsets lays it against the first: from {@code axis} on. */
    private static Value aligned(OnnxNode n) {
        Value y = n.in(1);
        if (!n.flag("broadcast", false) || !n.has("axis")) {
            return y;
        }
        int axis = OnnxNode.axis(n.i("axis", 0), n.rank(0));
        List<Dim> dims = new ArrayList<>(n.shape(1).dims());
        while (dims.size() < n.rank(0) - axis) {
            dims.add(Dim.ONE);
        }
        return n.b.reshape(y, Shape.of(dims));
    }

    private static Value channelAligned(OnnxNode n) {
        List<Dim> dims = new ArrayList<>(n.shape(1).dims());
        while (dims.size() < n.rank(0) - 1) {
            dims.add(Dim.ONE);
        }
        return n.b.reshape(n.in(1), Shape.of(dims));
    }

    /** The exponent may have another type than the base, which the result has. */
    private static Value pow(OnnxNode n, Value exponent) {
        Value x = n.in(0);
        ElementType base = n.element(0);
        ElementType power = exponent.tensorType().element();
        if (base == power) {
            return n.b.binary(BinaryFunction.POW, x, exponent);
        }
        if (base.isFloat()) {
            return n.b.binary(BinaryFunction.POW, x, n.b.cast(exponent, base));
        }
        Value wide = n.b.binary(BinaryFunction.POW, n.b.cast(x, ElementType.F64), n.b.cast(exponent, ElementType.F64));
        return n.b.cast(wide, base);
    }

    private static Value cast(OnnxNode n, ElementType to) {
        if (n.element(0) == to) {
            return n.in(0);
        }
        String mode = n.s("round_mode", "up");
        return to == ElementType.F8E8M0 && !mode.equals("up")
                ? powerOfTwo(n.b, n.b.cast(n.in(0), ElementType.F64), mode, n.flag("saturate", true))
                : n.b.add(new Cast(n.in(0), to, n.flag("saturate", true)));
    }

    /**
     * f64 as f8e8m0, whose code is an exponent, where a {@link Cast} would round up: the power of two below, or the
     * nearest one, of two the greater. The exponent is read off the bits.
     */
    private static Value powerOfTwo(Builder b, Value x, String mode, boolean saturate) {
        long half = switch (mode) {
            case "down" -> 0;
            case "nearest" -> 1L << 51;
            default -> throw new InvalidOpException("there is no round_mode \"" + mode + "\"");
        };
        Value bits = b.add(new BitCast(x, ElementType.I64));
        Value exponent = b.binary(BinaryFunction.SHIFT_RIGHT, b.add(bits, b.scalar(bits, half)), b.scalar(bits, 52));
        Value code = b.subtract(exponent, b.scalar(bits, 1023 - 127));
        Value nan = b.scalar(code, 0xff);
        Value tooLow = b.compare(Comparison.LESS, x, b.scalar(x, 0x1p-127));
        Value tooHigh = b.compare(Comparison.GREATER, x, b.scalar(x, 0x1p127));
        Value bounded = b.select(tooLow, saturate ? b.scalar(code, 0) : nan, code);
        bounded = b.select(tooHigh, saturate ? b.scalar(code, 0xfe) : nan, bounded);
        bounded = b.select(b.compare(Comparison.EQUAL, x, x), bounded, nan);
        return b.add(new BitCast(b.cast(bounded, ElementType.U8), ElementType.F8E8M0));
    }

    private static Value castByName(OnnxNode n) {
        String name = n.s("to", "");
        ElementType to = switch (name) {
            case "FLOAT" -> ElementType.F32;
            case "DOUBLE" -> ElementType.F64;
            case "FLOAT16" -> ElementType.F16;
            case "INT8" -> ElementType.I8;
            case "INT16" -> ElementType.I16;
            case "INT32" -> ElementType.I32;
            case "INT64" -> ElementType.I64;
            case "UINT8" -> ElementType.U8;
            case "UINT16" -> ElementType.U16;
            case "UINT32" -> ElementType.U32;
            case "UINT64" -> ElementType.U64;
            case "BOOL" -> ElementType.BOOL;
            case "STRING" -> ElementType.STRING;
            default -> throw new InvalidOpException("there is no element type \"" + name + "\"");
        };
        return cast(n, to);
    }

    private static @Nullable Value bound(OnnxNode n, String name) {
        return n.has(name) ? n.b.scalar(n.in(0), n.f(name, 0)) : null;
    }

    private static Value clip(Builder b, Value x, @Nullable Value low, @Nullable Value high) {
        Value y = low == null ? x : b.max(x, scalar(b, low));
        return high == null ? y : b.min(y, scalar(b, high));
    }

    /** A value of one element as a scalar. */
    private static Value scalar(Builder b, Value v) {
        return b.reshape(v, Shape.SCALAR);
    }

    private static Value isInf(OnnxNode n) {
        // In small types without an infinity its nearest number would pass for one.
        Value x = n.element(0).bits() < 16 ? n.b.cast(n.in(0), ElementType.F32) : n.in(0);
        double inf = Double.POSITIVE_INFINITY;
        Value above = n.b.compare(Comparison.EQUAL, x, n.b.scalar(x, inf));
        Value below = n.b.compare(Comparison.EQUAL, x, n.b.scalar(x, -inf));
        boolean up = n.flag("detect_positive", true);
        boolean down = n.flag("detect_negative", true);
        if (up && down) {
            return n.b.binary(BinaryFunction.OR, above, below);
        }
        return up ? above : down ? below : n.b.binary(BinaryFunction.AND, above, below);
    }

    private static Value prelu(OnnxNode n, Value slope) {
        Value x = n.in(0);
        Value zero = n.b.scalar(x, 0);
        return n.b.select(n.b.compare(Comparison.LESS, x, zero), n.b.multiply(x, slope), x);
    }
}
