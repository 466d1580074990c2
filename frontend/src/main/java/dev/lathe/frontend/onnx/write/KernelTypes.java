package dev.lathe.frontend.onnx.write;

import dev.lathe.ir.type.ElementType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The element types for which an operator can be counted on: those of the standard for which ONNX Runtime has a
 * kernel on the CPU. An operator that is not named takes all.
 */
public final class KernelTypes {
    private static final Set<ElementType> FLOATS = Set.of(ElementType.F32, ElementType.F64);
    private static final Set<ElementType> F32 = Set.of(ElementType.F32);
    private static final Set<ElementType> BOOL = Set.of(ElementType.BOOL);
    /** Floats and the integers of 32 and 64 bits. */
    private static final Set<ElementType> WIDE = Set.of(
            ElementType.F32, ElementType.F64, ElementType.I32, ElementType.I64, ElementType.U32, ElementType.U64);

    private static final Set<ElementType> SIGNED_WIDE =
            Set.of(ElementType.F32, ElementType.F64, ElementType.I32, ElementType.I64);
    private static final Set<ElementType> SMALL =
            Set.of(ElementType.I8, ElementType.I16, ElementType.U8, ElementType.U16);
    private static final Set<ElementType> NUMBERS = with(WIDE, SMALL.toArray(ElementType[]::new));

    private static final Map<String, Set<ElementType>> TYPES = types();

    private static Map<String, Set<ElementType>> types() {
        Map<String, Set<ElementType>> types = new HashMap<>();
        for (String op :
                new String[] {"Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cosh", "Sinh", "Tan", "Erf"}) {
            types.put(op, F32);
        }
        for (String op : new String[] {"Conv", "ConvTranspose", "AveragePool", "LpPool", "Det", "Gelu"}) {
            types.put(op, F32);
        }
        for (String op :
                new String[] {"Exp", "Log", "Sqrt", "Sin", "Cos", "Tanh", "Sigmoid", "Ceil", "Floor", "Round"}) {
            types.put(op, FLOATS);
        }
        for (String op : new String[] {"Reciprocal", "Softmax", "LayerNormalization", "GridSample"}) {
            types.put(op, FLOATS);
        }
        for (String op : new String[] {"And", "Or", "Xor", "Not"}) {
            types.put(op, BOOL);
        }
        for (String op : new String[] {"Add", "Sub", "Mul", "Div", "Abs", "Sign", "Mod"}) {
            types.put(op, NUMBERS);
        }
        for (String op : new String[] {"Max", "Min"}) {
            types.put(op, with(WIDE, ElementType.F16));
        }
        for (String op : new String[] {"Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Pow"}) {
            types.put(op, SIGNED_WIDE);
        }
        types.put("Equal", with(SIGNED_WIDE, ElementType.BOOL, ElementType.STRING));
        types.put("Neg", with(SIGNED_WIDE, ElementType.I8));
        types.put("Relu", with(FLOATS, ElementType.I8, ElementType.I32));
        types.put("Where", with(SIGNED_WIDE, ElementType.STRING, ElementType.U8));
        types.put("BitShift", Set.of(ElementType.U8, ElementType.U32, ElementType.U64));
        types.put("MatMul", WIDE);
        types.put("MatMulInteger", Set.of(ElementType.I8, ElementType.U8));
        types.put("DynamicQuantizeLinear", F32);
        types.put("MaxPool", with(FLOATS, ElementType.I8, ElementType.U8));
        types.put("ReduceSum", SIGNED_WIDE);
        types.put("ReduceMean", with(FLOATS, ElementType.I32));
        types.put("ReduceProd", Set.of(ElementType.F32, ElementType.I32, ElementType.I64));
        types.put("ReduceMax", with(SIGNED_WIDE, ElementType.I8, ElementType.U8));
        types.put("ReduceMin", with(SIGNED_WIDE, ElementType.I8, ElementType.U8));
        types.put("CumSum", SIGNED_WIDE);
        types.put("TopK", SIGNED_WIDE);
        types.put("Resize", Set.of(ElementType.F32, ElementType.I32, ElementType.I8, ElementType.U8));
        return Map.copyOf(types);
    }

    private KernelTypes() {}

    private static Set<ElementType> with(Set<ElementType> some, ElementType... more) {
        Set<ElementType> all = new HashSet<>(some);
        all.addAll(Set.of(more));
        return Set.copyOf(all);
    }

    /** Whether {@code op} can be counted on for operands of a type, in a version of the standard. */
    public static boolean has(String op, ElementType element, int opset) {
        Set<ElementType> types = TYPES.get(op);
        return types == null || types.contains(element) && opset >= since(op, element);
    }

    /** The version in which an operator got its smaller types. */
    private static int since(String op, ElementType element) {
        return switch (op) {
            case "Add", "Sub", "Mul", "Div" -> SMALL.contains(element) ? 14 : 7;
            case "Relu" -> element.isInteger() ? 14 : 6;
            case "Max", "Min", "Pow" -> element.isInteger() ? 12 : 7;
            case "Less", "Greater" -> element.isInteger() ? 9 : 7;
            case "Equal" -> element.isFloat() ? 11 : element.isString() ? 19 : 7;
            case "ReduceMax", "ReduceMin" -> element.bits() == 8 ? 13 : 1;
            case "MaxPool" -> element.bits() == 8 ? 12 : 8;
            case "MatMul" -> element.isInteger() ? 9 : 1;
            default -> 1;
        };
    }

    /**
     * A type that holds all numbers of {@code element}, for which {@code op} can be counted on; itself if there is
     * none.
     */
    public static ElementType wide(String op, ElementType element, int opset) {
        if (has(op, element, opset)) {
            return element;
        }
        ElementType[] wider = element.isFloat()
                ? new ElementType[] {ElementType.F32, ElementType.F64}
                : new ElementType[] {ElementType.I32, ElementType.I64, ElementType.F32, ElementType.F64};
        for (ElementType w : wider) {
            boolean holds = element.isFloat() || element.isBool()
                    ? w.bits() > element.bits()
                    : w.isFloat() ? w.bits() > 2 * element.bits() : w.bits() > element.bits();
            if (holds && has(op, w, opset)) {
                return w;
            }
        }
        return element;
    }
}
