package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Operators of {@code ai.onnx.ml} that prepare features and encode labels. */
class TabularFeatureTest extends TabularTest {
    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        features();
        encoders();
        return tests();
    }

    private void features() {
        Tensor at = Tensor.vector(2, 0, 1, 2);
        for (ElementType type : List.of(ElementType.F32, ElementType.F64, ElementType.I64, ElementType.I32)) {
            Tensor x = random(type, 3, 4);
            String name = type.text();
            add(name, 1, 1, "ArrayFeatureExtractor", x, at);
            add(name, 1, 1, "Binarizer", x, attribute("threshold", 0.5f));
            for (String norm : List.of("MAX", "L1", "L2")) {
                add(name + " " + norm, 1, 1, "Normalizer", x, attribute("norm", norm));
                add(name + " of one " + norm, 1, 1, "Normalizer", random(type, 5), attribute("norm", norm));
            }
            add(name, 1, 1, "Scaler", x, attribute("offset", floats(4)), attribute("scale", floats(4)));
            add(name + " by one", 1, 1, "Scaler", x, attribute("offset", floats(1)), attribute("scale", floats(1)));
            add(name, 1, 1, "FeatureVectorizer", x, random(type, 3, 2), attribute("inputdimensions", new long[] {4, 2
            }));
            add(
                    name + " cut and filled",
                    1,
                    1,
                    "FeatureVectorizer",
                    x,
                    random(type, 3, 2),
                    attribute("inputdimensions", new long[] {3, 4}));
            if (type.isFloat()) {
                Tensor holes = random(type, 3, 4);
                holes.setDouble(2, Double.NaN);
                holes.setDouble(7, -1);
                add(
                        name + " NaN",
                        1,
                        1,
                        "Imputer",
                        holes,
                        attribute("replaced_value_float", Float.NaN),
                        attribute("imputed_value_floats", floats(4)));
                add(
                        name + " one",
                        1,
                        1,
                        "Imputer",
                        holes,
                        attribute("replaced_value_float", -1f),
                        attribute("imputed_value_floats", floats(1)));
            } else {
                add(
                        name,
                        1,
                        1,
                        "Imputer",
                        x,
                        attribute("replaced_value_int64", 1),
                        attribute("imputed_value_int64s", new long[] {10, 20, 30, 40}));
            }
        }
        add("3d", 1, 1, "ArrayFeatureExtractor", random(ElementType.F32, 2, 3, 4), at);
        add("1d", 1, 1, "ArrayFeatureExtractor", random(ElementType.F32, 4), at);
        add("strings", 1, 1, "ArrayFeatureExtractor", words("a", "b", "c"), at);
        add("zeros", 1, 1, "Normalizer", Tensor.zeros(ElementType.F32, 2, 3), attribute("norm", "L2"));
    }

    private void encoders() {
        String[] animals = {"cat", "dog", "emu"};
        Tensor text = words("dog", "cow", "cat", "emu");
        Tensor numbers = Tensor.of(new long[] {2, 0, 7, 1}, 2, 2);
        add(
                "old strings",
                1,
                1,
                "LabelEncoder",
                text,
                attribute("classes_strings", animals),
                attribute("default_int64", -5));
        add(
                "old integers",
                1,
                1,
                "LabelEncoder",
                numbers,
                attribute("classes_strings", animals),
                attribute("default_string", "?"));
        AttributeProto longKeys = attribute("keys_int64s", new long[] {0, 2, 5});
        AttributeProto floatKeys = attribute("keys_floats", new float[] {0.5f, Float.NaN, -0.0f});
        for (int opset : List.of(2, 4)) {
            String at = " in " + opset;
            add(
                    "to integers" + at,
                    opset,
                    1,
                    "LabelEncoder",
                    text,
                    attribute("keys_strings", animals),
                    attribute("values_int64s", new long[] {3, 4, 5}),
                    attribute("default_int64", -7));
            add(
                    "to floats" + at,
                    opset,
                    1,
                    "LabelEncoder",
                    text,
                    attribute("keys_strings", animals),
                    attribute("values_floats", new float[] {3, 4.5f, 5}));
            add("to strings" + at, opset, 1, "LabelEncoder", numbers, longKeys, attribute("values_strings", animals));
            add("integers" + at, opset, 1, "LabelEncoder", numbers, longKeys, attribute("values_int64s", new long[] {
                3, 4, 5
            }));
            // ONNX Runtime finds NaN only from version 4 on, which the standard asks for in version 2 too.
            Tensor reals = Tensor.of(new float[] {opset == 2 ? 7 : Float.NaN, 0.5f, 0, 3}, 4);
            add(
                    "floats" + at,
                    opset,
                    1,
                    "LabelEncoder",
                    reals,
                    floatKeys,
                    attribute("values_strings", animals),
                    attribute("default_string", "none"));
            add(
                    "strings" + at,
                    opset,
                    1,
                    "LabelEncoder",
                    text,
                    attribute("keys_strings", animals),
                    attribute("values_strings", animals));
        }
        add(
                "tensors",
                4,
                1,
                "LabelEncoder",
                Tensor.of(new double[] {1, 2, 0.25}, 3),
                attribute("keys_tensor", Tensor.of(new double[] {0.25, 1}, 2)),
                attribute("values_tensor", words("quarter", "one")),
                attribute("default_tensor", words("other")));
        Tensor shorts = random(ElementType.I16, 6);
        formula(
                _ -> List.of(Indexed.tensor(ElementType.I16, shorts.dims(), i -> switch ((int) Indexed.at(shorts, i)) {
                    case 0 -> 9;
                    case 1 -> 8;
                    case -1 -> 7;
                    default -> 5;
                })),
                "LabelEncoder short integers",
                "ai.onnx.ml:LabelEncoder-4",
                "y",
                shorts,
                attribute("keys_tensor", Tensor.of(ElementType.I16, new short[] {0, 1, -1}, 3)),
                attribute("values_tensor", Tensor.of(ElementType.I16, new short[] {9, 8, 7}, 3)),
                attribute("default_tensor", Tensor.of(ElementType.I16, new short[] {5}, 1)));
        AttributeProto cats = attribute("cats_strings", animals);
        AttributeProto codes = attribute("cats_int64s", new long[] {2, 0, 9});
        add("strings", 1, 1, "CategoryMapper", text, cats, codes, attribute("default_int64", -3));
        add("integers", 1, 1, "CategoryMapper", numbers, cats, codes, attribute("default_string", "?"));
        add("strings", 1, 1, "OneHotEncoder", text, cats);
        add("strings known", 1, 1, "OneHotEncoder", words("emu", "dog"), cats, attribute("zeros", 0));
        for (ElementType type : List.of(ElementType.F32, ElementType.F64, ElementType.I64, ElementType.I32)) {
            Tensor x = Tensor.zeros(type, 2, 2);
            x.setDouble(0, 2);
            x.setDouble(1, 9);
            x.setDouble(2, 4);
            add(type.text(), 1, 1, "OneHotEncoder", x, codes);
        }
    }
}
