package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Linear models and support vector machines of {@code ai.onnx.ml}. */
class TabularModelTest extends TabularTest {
    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        linear();
        machines();
        return tests();
    }

    private void linear() {
        Tensor x = random(ElementType.F32, 5, 3);
        for (String t : TRANSFORMS) {
            AttributeProto transform = attribute("post_transform", t);
            add(
                    "many " + t,
                    1,
                    1,
                    "LinearRegressor",
                    x,
                    attribute("coefficients", floats(12)),
                    attribute("intercepts", floats(4)),
                    attribute("targets", 4),
                    transform);
            for (ElementType type : List.of(ElementType.F32, ElementType.F64, ElementType.I64, ElementType.I32)) {
                Tensor v = random(type, 5, 3);
                add(
                        type.text() + " three " + t,
                        1,
                        2,
                        "LinearClassifier",
                        v,
                        attribute("coefficients", floats(9)),
                        attribute("intercepts", floats(3)),
                        attribute("classlabels_ints", new long[] {5, 6, 9}),
                        transform);
            }
            add(
                    "two " + t,
                    1,
                    2,
                    "LinearClassifier",
                    x,
                    attribute("coefficients", floats(6)),
                    attribute("intercepts", floats(2)),
                    attribute("classlabels_strings", new String[] {"no", "yes"}),
                    transform);
            add(
                    "pair " + t,
                    1,
                    2,
                    "LinearClassifier",
                    x,
                    attribute("coefficients", floats(3)),
                    attribute("intercepts", floats(1)),
                    attribute("classlabels_ints", new long[] {0, 1}),
                    transform);
        }
        add(
                "plain",
                1,
                1,
                "LinearRegressor",
                x,
                attribute("coefficients", floats(3)),
                attribute("intercepts", floats(1)));
    }

    private void machines() {
        for (String kernel : List.of("LINEAR", "POLY", "RBF", "SIGMOID")) {
            AttributeProto type = attribute("kernel_type", kernel);
            AttributeProto parameters = attribute("kernel_params", new float[] {0.4f, 0.5f, 3});
            Tensor x = random(ElementType.F32, 6, 3);
            for (int one = 0; one < 2; one++) {
                add(
                        kernel + " " + one,
                        1,
                        1,
                        "SVMRegressor",
                        x,
                        type,
                        parameters,
                        attribute("support_vectors", floats(12)),
                        attribute("coefficients", floats(4)),
                        attribute("n_supports", 4),
                        attribute("rho", floats(1)),
                        attribute("one_class", one));
            }
            for (ElementType element : List.of(ElementType.F32, ElementType.F64, ElementType.I64)) {
                Tensor v = random(element, 6, 3);
                add(
                        kernel + " three " + element.text(),
                        1,
                        2,
                        "SVMClassifier",
                        v,
                        type,
                        parameters,
                        attribute("support_vectors", floats(21)),
                        attribute("vectors_per_class", new long[] {2, 3, 2}),
                        attribute("coefficients", floats(14)),
                        attribute("rho", floats(3)),
                        attribute("classlabels_ints", new long[] {4, 5, 7}));
            }
            add(
                    kernel + " probabilities",
                    1,
                    2,
                    "SVMClassifier",
                    x,
                    type,
                    parameters,
                    attribute("support_vectors", floats(27)),
                    attribute("vectors_per_class", new long[] {2, 3, 2, 2}),
                    attribute("coefficients", floats(27)),
                    attribute("rho", floats(6)),
                    attribute("prob_a", floats(6)),
                    attribute("prob_b", floats(6)),
                    attribute("classlabels_strings", new String[] {"a", "b", "c", "d"}));
            for (String t : TRANSFORMS) {
                add(
                        kernel + " two " + t,
                        1,
                        2,
                        "SVMClassifier",
                        x,
                        type,
                        parameters,
                        attribute("support_vectors", floats(12)),
                        attribute("vectors_per_class", new long[] {2, 2}),
                        attribute("coefficients", new float[] {1, 0.5f, -0.7f, -1}),
                        attribute("rho", floats(1)),
                        attribute("classlabels_ints", new long[] {0, 1}),
                        attribute("post_transform", t));
            }
            add(
                    kernel + " two probabilities",
                    1,
                    2,
                    "SVMClassifier",
                    x,
                    type,
                    parameters,
                    attribute("support_vectors", floats(12)),
                    attribute("vectors_per_class", new long[] {2, 2}),
                    attribute("coefficients", new float[] {1, 0.5f, -0.7f, -1}),
                    attribute("rho", floats(1)),
                    attribute("prob_a", floats(1)),
                    attribute("prob_b", floats(1)),
                    attribute("classlabels_ints", new long[] {0, 1}));
        }
        add(
                "linear",
                1,
                1,
                "SVMRegressor",
                random(ElementType.F32, 6, 3),
                attribute("coefficients", floats(3)),
                attribute("rho", floats(1)),
                attribute("kernel_params", new float[] {0, 0, 0}));
        add(
                "linear",
                1,
                2,
                "SVMClassifier",
                random(ElementType.F32, 6, 3),
                attribute("coefficients", floats(9)),
                attribute("rho", floats(1)),
                attribute("classlabels_ints", new long[] {0, 1, 2}),
                attribute("kernel_params", new float[] {0, 0, 0}));
    }
}
