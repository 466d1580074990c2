package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.ResultComparison;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Operators whose newer versions only take more types of floats do in those what they do in f32. */
class TypeTest extends OperatorTest {
    @Override
    ResultComparison closeness(Datum expected) {
        return switch (expected instanceof Tensor t ? t.element() : ElementType.F32) {
            case BF16 -> within(6e-2, 6e-2);
            case F16 -> within(1e-2, 1e-2);
            case F64, F32 -> within(1e-4, 1e-4);
            default -> within(0, 0);
        };
    }

    @TestFactory
    Stream<DynamicTest> sameAsInF32() {
        Tensor picture = random(1, 2, 5, 6);
        Object kernel = attribute("kernel_shape", new long[] {2, 3});
        alike("Conv-22", "y", picture, random(3, 2, 2, 3), random(3));
        alike("ConvTranspose-22", "y", picture, random(2, 3, 2, 3), random(3));
        alike("DeformConv-22", "y", picture, random(2, 2, 2, 2), random(1, 8, 4, 5), random(2), random(1, 4, 4, 5));
        alike("AveragePool-22", "y", picture, kernel);
        alike("MaxPool-22", "y i", picture, kernel);
        alike("LpPool-22", "y", picture, kernel);
        alike("GlobalAveragePool-22", "y", picture);
        alike("GlobalMaxPool-22", "y", picture);
        alike("GlobalLpPool-22", "y", picture);
        alike(
                "MaxUnpool-22",
                "y",
                random(1, 1, 2, 2),
                longs(new long[] {1, 1, 2, 2}, 0, 3, 9, 14),
                attribute("kernel_shape", new long[] {2, 2}),
                attribute("strides", new long[] {2, 2}));
        alike("InstanceNormalization-22", "y", picture, random(2), random(2));
        alike("BatchNormalization-15", "y", picture, random(2), random(2), random(2), squares(2));
        alike("LpNormalization-22", "y", random(3, 4), attribute("p", 1));
        alike("LpNormalization-22", "y", random(3, 4), attribute("axis", 0));
        alike("MeanVarianceNormalization-13", "y", random(2, 3, 4, 5));
        alike("LRN-13", "y", random(1, 6, 3, 3), attribute("size", 3));
        alike("GridSample-22", "y", picture, random(1, 3, 4, 2));
        alike("Col2Im-18", "y", random(1, 4, 9), longs(4, 4), longs(2, 2));
        alike("Resize-19", "y", picture, "", "", longs(1, 2, 7, 9), attribute("mode", "cubic"));
        Tensor rois = Tensor.of(new float[] {0.5f, 1, 4, 5}, 1, 4);
        alike("RoiAlign-22", "y", picture, rois, longs(0), attribute("output_height", 2), attribute("output_width", 2));
        Tensor boxes = Tensor.of(new float[] {0, 0, 1, 4, 5}, 1, 5);
        alike("MaxRoiPool-22", "y", picture, boxes, attribute("pooled_shape", new long[] {2, 2}));
        alike("Det-22", "y", random(2, 3, 3));
        alike("Einsum-28", "y", random(2, 3), random(3, 4), attribute("equation", "ij,jk->ik"));
        alike("MatMul-13", "y", random(2, 3, 4), random(4, 5));
        alike("Gemm-13", "y", random(3, 4), random(5, 4), random(5), attribute("transB", 1), attribute("alpha", 0.5f));
        alike("Softmax-13", "y", random(3, 4), attribute("axis", 0));
        alike("LogSoftmax-13", "y", random(3, 4));
        alike("Hardmax-13", "y", random(3, 4));
        alike("Compress-28", "y", random(4, 3), random(ElementType.BOOL, 4), attribute("axis", 0));
        alike("OneHot-28", "y", longs(0, 2, -1), Tensor.scalar(3L), floats(-1, 2));
        alike("EyeLike-22", "y", random(3, 4), attribute("k", 1));
        alike("Unique-28", "y i j n", floats(2, 1, 1, 3, 4, 3));
        alike("ReverseSequence-28", "y", random(4, 3), longs(1, 4, 2));
        alike("TopK-24", "y i", floats(3, 1, 2, 5, 4), longs(3));
        alike("Dropout-22", "y", random(3, 4), Tensor.scalar(0.5f));
        alike(
                "ScatterElements-18",
                "y",
                random(4, 3),
                longs(new long[] {1, 2}, 2, 0),
                random(1, 2),
                attribute("reduction", "max"));
        alike(
                "ScatterND-18",
                "y",
                random(4, 3),
                longs(new long[] {2, 1}, 2, 0),
                random(2, 3),
                attribute("reduction", "mul"));
        alike("CumSum-14", "y", random(3, 4), Tensor.scalar(1L));
        alike("NegativeLogLikelihoodLoss-22", "y", random(3, 4), longs(0, 3, 1), squares(4));
        alike("SoftmaxCrossEntropyLoss-13", "y p", random(3, 4), longs(0, 3, 1));
        for (String direction : List.of("forward", "bidirectional")) {
            int d = direction.equals("forward") ? 1 : 2;
            Object[] how = {attribute("hidden_size", 2), attribute("direction", direction)};
            Tensor x = random(3, 2, 4);
            alike("RNN-22", "y h", x, random(d, 2, 4), random(d, 2, 2), random(d, 4), how[0], how[1]);
            alike("GRU-22", "y h", x, random(d, 6, 4), random(d, 6, 2), random(d, 12), how[0], how[1]);
            alike("LSTM-22", "y h c", x, random(d, 8, 4), random(d, 8, 2), random(d, 16), how[0], how[1]);
        }
        for (ElementType type : ElementType.values()) {
            if (!type.isString() && !type.isComplex()) {
                Tensor one = numbers(type, 1);
                Tensor ones = Indexed.tensor(type, new long[] {2, 3}, _ -> 1);
                formula(
                        _ -> List.of(ones),
                        "fill " + type.text(),
                        "ConstantOfShape-25",
                        "y",
                        longs(2, 3),
                        attribute("value", one));
                formula(_ -> List.of(ones), "constant " + type.text(), "Constant-25", "y", attribute("value", ones));
            }
        }
        return tests();
    }

    private Tensor squares(long... dims) {
        return Indexed.tensor(ElementType.F32, dims, _ -> 0.25 + random.nextInt(8) / 4.0);
    }

    /** Operands are rounded to the narrowest type, so that they are the same numbers in all. */
    private void alike(String operator, String outputs, Object... parts) {
        Object[] rounded = as(ElementType.F32, as(ElementType.BF16, parts));
        NodeModel wide = NodeModel.of("", operator, outputs, rounded);
        for (ElementType type : List.of(ElementType.F64, ElementType.F16, ElementType.BF16)) {
            NodeModel node = NodeModel.of(
                    operator + " " + type.text() + " " + parts.length, operator, outputs, as(type, rounded));
            test(node, () -> {
                Map<String, Datum> expected = new LinkedHashMap<>();
                evaluated(wide.proto(), wide.inputs())
                        .forEach((name, y) -> expected.put(name, as(type, y)[0] instanceof Tensor t ? t : y));
                check(node.name(), node.proto(), node.inputs(), expected);
            });
        }
    }

    /** Floats among {@code parts} as another type. */
    private static Object[] as(ElementType type, Object... parts) {
        return Arrays.stream(parts)
                .map(p -> p instanceof Tensor t && t.element().isFloat()
                        ? Indexed.tensor(type, t.dims(), i -> Indexed.at(t, i))
                        : p)
                .toArray();
    }
}
