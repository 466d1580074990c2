package dev.lathe.peers;

import static dev.lathe.ir.type.ElementType.BF16;
import static dev.lathe.ir.type.ElementType.BOOL;
import static dev.lathe.ir.type.ElementType.F16;
import static dev.lathe.ir.type.ElementType.F32;
import static dev.lathe.ir.type.ElementType.F64;
import static dev.lathe.ir.type.ElementType.F8E4M3FN;
import static dev.lathe.ir.type.ElementType.I16;
import static dev.lathe.ir.type.ElementType.I32;
import static dev.lathe.ir.type.ElementType.I64;
import static dev.lathe.ir.type.ElementType.I8;
import static dev.lathe.ir.type.ElementType.U64;
import static dev.lathe.ir.type.ElementType.U8;
import static dev.lathe.peers.Attributes.integer;
import static dev.lathe.peers.Attributes.integers;
import static dev.lathe.peers.Attributes.proto;
import static dev.lathe.peers.Attributes.text;
import static dev.lathe.peers.Operands.below;
import static dev.lathe.peers.Operands.between;
import static dev.lathe.peers.Operands.f32;
import static dev.lathe.peers.Operands.number;
import static dev.lathe.peers.Operands.weight;
import static dev.lathe.peers.Operands.words;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** One element after the other, casts, and what reduces or accumulates them. */
final class ElementwiseCases {
    private static final long[] SHAPE = {64, 4096};
    private static final List<ElementType> NUMBERS = List.of(F16, BF16, F64, I64, I32, I16, I8, U8);

    private ElementwiseCases() {}

    static void addTo(List<OperatorCase> all) {
        unary(all);
        binary(all);
        others(all);
        casts(all);
        reductions(all);
    }

    private static String of(ElementType element) {
        return element == F32 ? "" : element.text();
    }

    private static void unary(List<OperatorCase> all) {
        for (String operator : ("Abs Asinh Atan Ceil Cos Cosh Elu Erf Exp Floor Gelu-20 HardSigmoid HardSwish Identity"
                        + " IsInf-20 IsNaN LeakyRelu Mish Neg Not Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh"
                        + " Softplus Softsign Swish-24 Tan Tanh ThresholdedRelu Celu Shrink")
                .split(" ")) {
            all.add(OperatorCase.of(operator, "", 1, operator.equals("Not") ? below(BOOL, 2, SHAPE) : f32(SHAPE)));
        }
        for (String operator : List.of("Acos", "Asin", "Atanh", "Sqrt", "Log")) {
            all.add(OperatorCase.of(operator, "", 1, between(0.05, 0.95, SHAPE)));
        }
        all.add(OperatorCase.of("Acosh", "", 1, between(1, 9, SHAPE)));
        for (String operator : List.of("Exp", "Sigmoid", "Tanh", "Relu", "Neg", "Sqrt", "Gelu-20")) {
            for (ElementType element : List.of(F16, BF16, F64)) {
                all.add(OperatorCase.of(operator, of(element), 1, Operands.of(element, SHAPE)));
            }
        }
        for (ElementType element : List.of(I64, I32, I16, I8)) {
            all.add(OperatorCase.of("Abs", of(element), 1, Operands.of(element, SHAPE)));
            all.add(OperatorCase.of("Neg", of(element), 1, Operands.of(element, SHAPE)));
        }
        all.add(OperatorCase.of("BitwiseNot", "", 1, Operands.of(I32, SHAPE)));
        all.add(OperatorCase.of("Clip", "", 1, f32(SHAPE), number(-1), number(1)));
        all.add(OperatorCase.of(
                "Clip", "i64", 1, Operands.of(I64, SHAPE), weight(Tensor.scalar(-9L)), weight(Tensor.scalar(9L))));
        all.add(OperatorCase.of("PRelu", "", 1, f32(SHAPE), weight(f32(4096))));
    }

    private static void binary(List<OperatorCase> all) {
        for (String operator : List.of("Add", "Sub", "Mul", "Div", "Max", "Min", "Greater", "LessOrEqual", "Equal")) {
            all.add(OperatorCase.of(operator, "", 1, f32(SHAPE), f32(64, 4096)));
            for (ElementType element : NUMBERS) {
                Tensor y = element.isFloat() ? Operands.of(element, SHAPE) : positive(element);
                all.add(OperatorCase.of(operator, of(element), 1, Operands.of(element, SHAPE), y));
            }
        }
        for (String operator : List.of("Less", "GreaterOrEqual")) {
            all.add(OperatorCase.of(operator, "", 1, f32(SHAPE), f32(64, 4096)));
        }
        all.add(OperatorCase.of("Add", "row", 1, f32(SHAPE), f32(4096)));
        all.add(OperatorCase.of("Add", "column", 1, f32(SHAPE), f32(64, 1)));
        all.add(OperatorCase.of("Add", "cross", 1, f32(64, 1, 64, 64), f32(1, 16, 64, 1)));
        all.add(OperatorCase.of("Equal", "string", 1, words(50, 64, 256), words(50, 64, 256)));
        for (String operator : List.of("And", "Or", "Xor")) {
            all.add(OperatorCase.of(operator, "", 1, below(BOOL, 2, SHAPE), below(BOOL, 2, SHAPE)));
        }
        for (String operator : List.of("BitwiseAnd", "BitwiseOr", "BitwiseXor")) {
            all.add(OperatorCase.of(operator, "", 1, Operands.of(I32, SHAPE), Operands.of(I32, SHAPE)));
        }
        all.add(OperatorCase.of(
                "BitShift", "", 1, below(U8, 100, SHAPE), below(U8, 7, SHAPE), text("direction", "LEFT")));
        all.add(OperatorCase.of("Pow", "", 1, between(0.1, 3, SHAPE), f32(SHAPE)));
        all.add(OperatorCase.of("Pow", "square", 1, f32(SHAPE), number(2)));
        all.add(OperatorCase.of("Pow", "cube", 1, f32(SHAPE), number(3)));
        all.add(OperatorCase.of("Mod", "f32", 1, f32(SHAPE), between(0.5, 3, SHAPE), integer("fmod", 1)));
        all.add(OperatorCase.of("Mod", "i64", 1, Operands.of(I64, SHAPE), positive(I64)));
        all.add(OperatorCase.of("Mod", "i32", 1, Operands.of(I32, SHAPE), positive(I32)));
    }

    private static Tensor positive(ElementType element) {
        return Operands.integers(element, 1, 50, SHAPE);
    }

    private static void others(List<OperatorCase> all) {
        all.add(OperatorCase.of("Where", "", 1, below(BOOL, 2, SHAPE), f32(SHAPE), f32(64, 4096)));
        all.add(OperatorCase.of(
                "Where", "i64", 1, below(BOOL, 2, SHAPE), Operands.of(I64, SHAPE), weight(Tensor.scalar(0L))));
        all.add(OperatorCase.of("Sum", "", 1, f32(SHAPE), f32(SHAPE), f32(SHAPE)));
        all.add(OperatorCase.of("Mean", "", 1, f32(SHAPE), f32(SHAPE), f32(SHAPE)));
        all.add(OperatorCase.of("Max", "three", 1, f32(SHAPE), f32(SHAPE), f32(SHAPE)));
        all.add(OperatorCase.of("Dropout", "", 1, f32(SHAPE)));
        for (ElementType element : List.of(U8, I8)) {
            OperatorCase.Weight zero = weight(below(element, 2, 1).reshape());
            all.add(OperatorCase.of("QuantizeLinear", of(element), 1, f32(SHAPE), number(0.05), zero));
            all.add(OperatorCase.of(
                    "DequantizeLinear", of(element), 1, Operands.of(element, SHAPE), number(0.05), zero));
        }
        all.add(OperatorCase.of("DynamicQuantizeLinear", "", 3, f32(SHAPE)));
    }

    private static void casts(List<OperatorCase> all) {
        List<ElementType> types = List.of(F32, F64, F16, BF16, I64, I32, I16, I8, U8, BOOL);
        for (ElementType from : types) {
            for (ElementType to : types) {
                if (from != to) {
                    cast(all, from, to);
                }
            }
        }
        cast(all, F32, F8E4M3FN);
        cast(all, F32, U64);
        all.add(OperatorCase.of("Cast", "f32 string", 1, f32(64, 64), integer("to", 8)));
        all.add(OperatorCase.of("Cast", "i64 string", 1, Operands.of(I64, 64, 64), integer("to", 8)));
        String[] texts = new String[4096];
        java.util.Arrays.setAll(texts, i -> "" + (i * 37 % 1000) / 8.0);
        all.add(OperatorCase.of("Cast", "string f32", 1, Tensor.ofStrings(texts, 4096), integer("to", 1)));
    }

    private static void cast(List<OperatorCase> all, ElementType from, ElementType to) {
        int number = proto("", Tensor.zeros(to, 0)).getDataType();
        all.add(OperatorCase.of(
                "Cast", from.text() + " " + to.text(), 1, Operands.of(from, SHAPE), integer("to", number)));
    }

    private static void reductions(List<OperatorCase> all) {
        for (String operator : ("ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin"
                        + " ReduceProd ReduceSum ReduceSumSquare")
                .split(" ")) {
            boolean positive = operator.equals("ReduceLogSum");
            Tensor x = positive ? between(0.1, 2, SHAPE) : f32(SHAPE);
            all.add(OperatorCase.of(operator, "rows", 1, x, Operands.longs(1)));
            all.add(OperatorCase.of(operator, "columns", 1, x, Operands.longs(0)));
        }
        for (String operator : List.of("ReduceSum", "ReduceMax", "ReduceMean")) {
            all.add(OperatorCase.of(operator, "all", 1, f32(SHAPE)));
            all.add(OperatorCase.of(operator, "middle", 1, f32(16, 128, 128), Operands.longs(1)));
            all.add(OperatorCase.of(operator, "image", 1, f32(4, 64, 32, 32), Operands.longs(2, 3)));
            for (ElementType element : List.of(F16, F64, I64, I32)) {
                all.add(OperatorCase.of(
                        operator, "rows " + element.text(), 1, Operands.of(element, SHAPE), Operands.longs(1)));
            }
        }
        for (String operator : List.of("ArgMax", "ArgMin")) {
            all.add(OperatorCase.of(operator, "rows", 1, f32(SHAPE), integer("axis", 1)));
            all.add(OperatorCase.of(operator, "columns", 1, f32(SHAPE), integer("axis", 0)));
            all.add(OperatorCase.of(operator, "channels", 1, f32(1, 21, 128, 128), integer("axis", 1)));
            all.add(OperatorCase.of(operator, "i32", 1, Operands.of(I32, SHAPE), integer("axis", 1)));
            all.add(OperatorCase.of(operator, "f64", 1, Operands.of(F64, SHAPE), integer("axis", 1)));
        }
        for (ElementType element : List.of(F32, F64, I64, I32)) {
            all.add(OperatorCase.of(
                    "CumSum", "rows " + element.text(), 1, Operands.of(element, SHAPE), Operands.index(1)));
        }
        all.add(OperatorCase.of("CumSum", "columns", 1, f32(SHAPE), Operands.index(0)));
        all.add(OperatorCase.of(
                "CumSum", "reverse", 1, f32(SHAPE), Operands.index(1), integer("exclusive", 1), integer("reverse", 1)));
        all.add(OperatorCase.of("TopK", "10 of rows", 2, f32(SHAPE), Operands.longs(10)));
        all.add(OperatorCase.of("TopK", "1000 of 8400", 2, f32(1, 8400), Operands.longs(1000)));
        all.add(OperatorCase.of("TopK", "all", 2, f32(16, 1024), Operands.longs(1024)));
        all.add(OperatorCase.of("TopK", "axis 1", 2, f32(4, 256, 64), Operands.longs(5), integer("axis", 1)));
        all.add(OperatorCase.of("TopK", "i64", 2, Operands.indices(1 << 20, SHAPE), Operands.longs(10)));
        all.add(OperatorCase.of("TopK", "smallest", 2, f32(SHAPE), Operands.longs(10), integer("largest", 0)));
        for (String operator : List.of("Softmax", "LogSoftmax", "Hardmax")) {
            all.add(OperatorCase.of(operator, "rows", 1, f32(SHAPE)));
            all.add(OperatorCase.of(operator, "axis 1", 1, f32(4, 64, 32, 32), integer("axis", 1)));
        }
        for (ElementType element : List.of(F16, F64)) {
            all.add(OperatorCase.of("Softmax", element.text(), 1, Operands.of(element, SHAPE)));
        }
        all.add(OperatorCase.of("LpNormalization", "", 1, f32(SHAPE), integer("axis", 1)));
        all.add(OperatorCase.of("MeanVarianceNormalization", "", 1, f32(2, 32, 64, 64), integers("axes", 0, 2, 3)));
    }
}
