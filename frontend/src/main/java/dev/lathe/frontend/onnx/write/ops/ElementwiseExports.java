package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.KernelTypes;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;

/** Elementwise ops in ONNX. */
public final class ElementwiseExports {
    private ElementwiseExports() {}

    public static void addTo(Exports t) {
        t.on(Unary.class, ElementwiseExports::unary);
        t.on(Binary.class, ElementwiseExports::binary);
        t.on(Compare.class, ElementwiseExports::compare);
        t.on(Select.class, ElementwiseExports::select);
        t.on(
                Cast.class,
                (op, g) -> g.result(
                        "Cast",
                        List.of(g.name(op.x())),
                        Attributes.some(
                                java.util.Optional.of(Attributes.i("to", ElementTypes.number(op.to()))),
                                Attributes.when(
                                        !op.saturate()
                                                && op.to().isFloat()
                                                && op.to().bits() == 8,
                                        Attributes.i("saturate", 0)))));
    }

    private static String zero(OpWriter g, Value like) {
        return g.constant(Tensor.zeros(like.tensorType().element()), "");
    }

    private static String cast(OpWriter g, String x, ElementType from, ElementType to) {
        return from == to ? x : g.add("Cast", List.of(x), Attributes.i("to", ElementTypes.number(to)));
    }

    /** An operator whose result has the type of its operands, by way of a wider type where it does not take that. */
    private static List<String> widened(OpWriter g, String type, ElementType element, String... operands) {
        ElementType wide = KernelTypes.wide(type, element, g.opset());
        if (wide == element) {
            return g.result(type, List.of(operands));
        }
        List<String> cast =
                Arrays.stream(operands).map(x -> cast(g, x, element, wide)).toList();
        return g.result("Cast", List.of(g.add(type, cast)), Attributes.i("to", ElementTypes.number(element)));
    }

    private static List<String> select(Select op, OpWriter g) {
        ElementType element = op.x().tensorType().element();
        String condition = g.name(op.condition());
        String x = g.name(op.x());
        String y = g.name(op.y());
        if (element.isBool()) {
            String either = g.add("And", List.of(condition, x));
            String or = g.add("And", List.of(g.add("Not", List.of(condition)), y));
            return g.result("Or", List.of(either, or));
        }
        ElementType wide = KernelTypes.wide("Where", element, g.opset());
        if (wide == element) {
            return g.result("Where", List.of(condition, x, y));
        }
        String where = g.add("Where", List.of(condition, cast(g, x, element, wide), cast(g, y, element, wide)));
        return g.result("Cast", List.of(where), Attributes.i("to", ElementTypes.number(element)));
    }

    private static List<String> unary(Unary op, OpWriter g) {
        String x = g.name(op.x());
        if (op.x().tensorType().element().isUnsigned()) {
            // Neg, Relu and Abs are for signed numbers.
            switch (op.function()) {
                case NEGATE -> {
                    return g.result("Sub", List.of(zero(g, op.x()), x));
                }
                case RELU, ABS -> {
                    return g.result("Identity", List.of(x));
                }
                default -> {}
            }
        }
        ElementType element = op.x().tensorType().element();
        if (op.function() == UnaryFunction.RELU && !KernelTypes.has("Relu", element, g.opset())) {
            return widened(g, "Max", element, x, zero(g, op.x()));
        }
        String type = operator(op.function());
        return op.function() == UnaryFunction.IS_NAN || op.function() == UnaryFunction.NOT
                ? g.result(type, List.of(x))
                : widened(g, type, element, x);
    }

    private static String operator(UnaryFunction function) {
        return switch (function) {
            case NEGATE -> "Neg";
            case ABS -> "Abs";
            case SIGN -> "Sign";
            case EXP -> "Exp";
            case LOG -> "Log";
            case SQRT -> "Sqrt";
            case RECIPROCAL -> "Reciprocal";
            case SIN -> "Sin";
            case COS -> "Cos";
            case TAN -> "Tan";
            case ASIN -> "Asin";
            case ACOS -> "Acos";
            case ATAN -> "Atan";
            case SINH -> "Sinh";
            case COSH -> "Cosh";
            case TANH -> "Tanh";
            case ASINH -> "Asinh";
            case ACOSH -> "Acosh";
            case ATANH -> "Atanh";
            case ERF -> "Erf";
            case FLOOR -> "Floor";
            case CEIL -> "Ceil";
            case ROUND -> "Round";
            case RELU -> "Relu";
            case SIGMOID -> "Sigmoid";
            case NOT -> "Not";
            case BIT_NOT -> "BitwiseNot";
            case IS_NAN -> "IsNaN";
        };
    }

    private static List<String> binary(Binary op, OpWriter g) {
        ElementType element = op.x().tensorType().element();
        String x = g.name(op.x());
        String y = g.name(op.y());
        return switch (op.function()) {
            case MOD -> element.isFloat() ? floorMod(op, g) : g.result("Mod", List.of(x, y));
            case FMOD -> g.result("Mod", List.of(x, y), Attributes.i("fmod", 1));
            case SHIFT_LEFT, SHIFT_RIGHT -> {
                if (element.isSigned()) {
                    g.needs(28);
                }
                String direction = op.function() == BinaryFunction.SHIFT_LEFT ? "LEFT" : "RIGHT";
                yield g.result("BitShift", List.of(x, y), Attributes.s("direction", direction));
            }
            case ADD -> widened(g, "Add", element, x, y);
            case SUBTRACT -> widened(g, "Sub", element, x, y);
            case MULTIPLY -> widened(g, "Mul", element, x, y);
            case DIVIDE -> widened(g, "Div", element, x, y);
            case POW -> widened(g, "Pow", element, x, y);
            case MIN -> widened(g, "Min", element, x, y);
            case MAX -> widened(g, "Max", element, x, y);
            case AND -> widened(g, "And", element, x, y);
            case OR -> widened(g, "Or", element, x, y);
            case XOR -> widened(g, "Xor", element, x, y);
            case BIT_AND -> widened(g, "BitwiseAnd", element, x, y);
            case BIT_OR -> widened(g, "BitwiseOr", element, x, y);
            case BIT_XOR -> widened(g, "BitwiseXor", element, x, y);
        };
    }

    /**
     * Of floats, Mod has only the remainder with the sign of the dividend: where it has the other sign, the divisor
     * is added.
     */
    private static List<String> floorMod(Binary op, OpWriter g) {
        String y = g.name(op.y());
        String zero = zero(g, op.x());
        String rest = g.add("Mod", List.of(g.name(op.x()), y), Attributes.i("fmod", 1));
        String signs = g.add("Xor", List.of(g.add("Less", List.of(rest, zero)), g.add("Less", List.of(y, zero))));
        String some = g.add("Not", List.of(g.add("Equal", List.of(rest, zero))));
        String wrong = g.add("And", List.of(signs, some));
        return g.result("Where", List.of(wrong, g.add("Add", List.of(rest, y)), rest));
    }

    private static List<String> compare(Compare op, OpWriter g) {
        ElementType element = op.x().tensorType().element();
        boolean not = op.function() == Comparison.NOT_EQUAL;
        String type = switch (op.function()) {
            case EQUAL, NOT_EQUAL -> "Equal";
            case LESS -> "Less";
            case LESS_OR_EQUAL -> "LessOrEqual";
            case GREATER -> "Greater";
            case GREATER_OR_EQUAL -> "GreaterOrEqual";
        };
        ElementType wide = KernelTypes.wide(type, element, g.opset());
        List<String> operands = List.of(cast(g, g.name(op.x()), element, wide), cast(g, g.name(op.y()), element, wide));
        return not ? g.result("Not", List.of(g.add(type, operands))) : g.result(type, operands);
    }
}
