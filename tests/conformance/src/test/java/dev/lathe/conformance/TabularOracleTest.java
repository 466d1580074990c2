package dev.lathe.conformance;

import static dev.lathe.conformance.Protos.attribute;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.Comparison;
import dev.lathe.verify.Tolerances;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The operators of {@code ai.onnx.ml} against ONNX Runtime. */
class TabularOracleTest {
    private static final Comparison CLOSE = new Comparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-4), OptionalDouble.of(1e-5)));
    private static final List<String> TRANSFORMS = List.of("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO");

    /** One node; with -2 outputs only the second of two is compared. */
    private record Case(String name, int opset, NodeProto.Builder node, List<Tensor> inputs, int outputs) {}

    private final Random random = new Random(17);
    private final List<Case> cases = new ArrayList<>();

    private Tensor random(ElementType element, long... dims) {
        Tensor t = Tensor.zeros(element, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, element.isFloat() ? random.nextGaussian() : random.nextInt(-4, 5));
        }
        return t;
    }

    private float[] floats(int count) {
        float[] all = new float[count];
        for (int i = 0; i < count; i++) {
            all[i] = (float) random.nextGaussian();
        }
        return all;
    }

    private static Tensor words(String... all) {
        return Tensor.ofStrings(all, all.length);
    }

    /** Operands are tensors; attributes come after them. */
    private void add(String name, int opset, int outputs, String type, Object... parts) {
        NodeProto.Builder node =
                NodeProto.newBuilder().setOpType(type).setName("node").setDomain("ai.onnx.ml");
        List<Tensor> inputs = new ArrayList<>();
        for (Object p : parts) {
            if (p instanceof AttributeProto attribute) {
                node.addAttribute(attribute);
            } else {
                node.addInput("in" + inputs.size());
                inputs.add((Tensor) p);
            }
        }
        for (int i = 0; i < Math.abs(outputs); i++) {
            node.addOutput("out" + i);
        }
        cases.add(new Case(type + " " + name, opset, node, inputs, outputs));
    }

    private static byte[] model(Case c) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("g").addNode(c.node);
        for (int i = 0; i < c.inputs.size(); i++) {
            graph.addInput(Protos.input("in" + i, c.inputs.get(i)));
        }
        for (int i = c.outputs < 0 ? 1 : 0; i < Math.abs(c.outputs); i++) {
            graph.addOutput(ValueInfoProto.newBuilder().setName("out" + i));
        }
        return ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(c.opset))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static void same(Datum expected, Datum actual, String what) {
        assertEquals(Optional.empty(), CLOSE.difference(expected, actual), what);
    }

    private static void run(Case c) {
        byte[] model = model(c);
        Graph graph = OnnxImporter.read(model, null);
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (int i = 0; i < c.inputs.size(); i++) {
            inputs.put("in" + i, c.inputs.get(i));
        }
        Map<String, Datum> reference = new ReferenceEvaluator(graph).run(inputs);
        Map<String, Datum> compiled = new JavaConformanceTest().load(graph).run(inputs);
        reference.forEach((name, expected) -> same(expected, compiled.get(name), c.name + " compiled, " + name));
        try (OnnxRuntime oracle = OnnxRuntime.load(model)) {
            oracle.run(inputs).forEach((name, expected) -> same(expected, reference.get(name), c.name + ", " + name));
        }
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
        add(
                "short integers",
                4,
                1,
                "LabelEncoder",
                random(ElementType.I16, 6),
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

    /** Random full trees of a depth: the lists of their nodes and of the leaves. */
    private final class Trees {
        private final List<Long> trees = new ArrayList<>();
        private final List<Long> ids = new ArrayList<>();
        private final List<Long> features = new ArrayList<>();
        private final List<Long> yes = new ArrayList<>();
        private final List<Long> no = new ArrayList<>();
        private final List<Long> nan = new ArrayList<>();
        private final List<String> modes = new ArrayList<>();
        private final List<Double> splits = new ArrayList<>();
        private final List<Long> voteTrees = new ArrayList<>();
        private final List<Long> voteNodes = new ArrayList<>();
        private final List<Long> targets = new ArrayList<>();
        private final List<Double> weights = new ArrayList<>();

        Trees(int count, int depth, int width, List<String> kinds, long[] allowed, boolean positive) {
            int inner = (1 << depth) - 1;
            for (long tree = 0; tree < count; tree++) {
                for (long i = 0; i < 2L * inner + 1; i++) {
                    boolean leaf = i >= inner;
                    trees.add(tree);
                    ids.add(i);
                    features.add(leaf ? 0 : (long) random.nextInt(width));
                    yes.add(leaf ? 0 : 2 * i + 1);
                    no.add(leaf ? 0 : 2 * i + 2);
                    nan.add((long) random.nextInt(2));
                    modes.add(leaf ? "LEAF" : kinds.get(random.nextInt(kinds.size())));
                    splits.add(leaf ? 0 : random.nextInt(-2, 3) / 2.0);
                    for (long target : leaf ? allowed : new long[0]) {
                        voteTrees.add(tree);
                        voteNodes.add(i);
                        targets.add(target);
                        weights.add((double) (float) (positive ? random.nextDouble() / count : random.nextGaussian()));
                    }
                }
            }
        }

        private static long[] longs(List<Long> all) {
            return all.stream().mapToLong(Long::longValue).toArray();
        }

        private static AttributeProto numbers(String name, List<Double> all, boolean wide) {
            double[] values = all.stream().mapToDouble(Double::doubleValue).toArray();
            if (wide) {
                return attribute(name + "_as_tensor", Tensor.of(values, values.length));
            }
            float[] narrow = new float[values.length];
            for (int i = 0; i < narrow.length; i++) {
                narrow[i] = (float) values[i];
            }
            return attribute(name, narrow);
        }

        /** The attributes of the old form, whose votes begin with {@code stem}, then {@code more}. */
        Object[] named(Tensor x, String stem, boolean wide, AttributeProto... more) {
            List<Object> parts = new ArrayList<>(List.of(
                    x,
                    attribute("nodes_treeids", longs(trees)),
                    attribute("nodes_nodeids", longs(ids)),
                    attribute("nodes_featureids", longs(features)),
                    attribute("nodes_truenodeids", longs(yes)),
                    attribute("nodes_falsenodeids", longs(no)),
                    attribute("nodes_missing_value_tracks_true", longs(nan)),
                    attribute("nodes_modes", modes.toArray(String[]::new)),
                    numbers("nodes_values", splits, wide),
                    attribute(stem + "_treeids", longs(voteTrees)),
                    attribute(stem + "_nodeids", longs(voteNodes)),
                    attribute(stem + "_ids", longs(targets)),
                    numbers(stem + "_weights", weights, wide)));
            parts.addAll(List.of(more));
            return parts.toArray();
        }
    }

    private static final List<String> LEQ = List.of("BRANCH_LEQ");
    private static final List<String> FIVE = List.of("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ");
    private static final List<String> ALL =
            List.of("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ");

    private Tensor rows(ElementType type) {
        return rows(type, LEQ);
    }

    /**
     * Random rows with values that meet splits, and with a NaN where the type has one; but for BRANCH_NEQ, where ONNX Runtime takes NaN for a value that
     * differs and does not look at what the node says of it.
     */
    private Tensor rows(ElementType type, List<String> kinds) {
        Tensor x = random(type, 7, 4);
        if (type.isFloat()) {
            if (!kinds.contains("BRANCH_NEQ")) {
                x.setDouble(2, Double.NaN);
            }
            for (int i = 10; i < 20; i++) {
                x.setDouble(i, random.nextInt(-2, 3) / 2.0);
            }
        }
        return x;
    }

    private void regressors() {
        for (ElementType type : List.of(ElementType.F32, ElementType.F64, ElementType.I64, ElementType.I32)) {
            for (String aggregate : List.of("SUM", "AVERAGE", "MIN", "MAX")) {
                for (List<String> kinds : List.of(LEQ, FIVE, ALL)) {
                    AttributeProto f = attribute("aggregate_function", aggregate);
                    String name = type.text() + " " + aggregate + " " + kinds.size() + " ";
                    add(
                            name + "one",
                            1,
                            1,
                            "TreeEnsembleRegressor",
                            new Trees(3, 3, 4, kinds, new long[] {0}, false)
                                    .named(
                                            rows(type, kinds),
                                            "target",
                                            false,
                                            f,
                                            attribute("n_targets", 1),
                                            attribute("base_values", floats(1))));
                    add(
                            name + "two",
                            1,
                            1,
                            "TreeEnsembleRegressor",
                            new Trees(12, 2, 4, kinds, new long[] {0, 1}, false)
                                    .named(
                                            rows(type, kinds),
                                            "target",
                                            false,
                                            f,
                                            attribute("n_targets", 2),
                                            attribute("base_values", floats(2))));
                }
            }
        }
        for (String t : TRANSFORMS) {
            add(
                    "three " + t,
                    3,
                    1,
                    "TreeEnsembleRegressor",
                    new Trees(4, 2, 4, LEQ, new long[] {0, 1, 2}, false)
                            .named(
                                    rows(ElementType.F32),
                                    "target",
                                    false,
                                    attribute("n_targets", 3),
                                    attribute("post_transform", t)));
        }
        add(
                "wide",
                3,
                1,
                "TreeEnsembleRegressor",
                new Trees(4, 2, 4, ALL, new long[] {0}, false)
                        .named(rows(ElementType.F64, ALL), "target", true, attribute("n_targets", 1)));
        add(
                "single leaf",
                3,
                1,
                "TreeEnsembleRegressor",
                new Trees(2, 0, 4, ALL, new long[] {0}, false)
                        .named(rows(ElementType.F32), "target", false, attribute("n_targets", 1)));
        add(
                "probit",
                3,
                1,
                "TreeEnsembleRegressor",
                new Trees(2, 2, 4, LEQ, new long[] {0}, true)
                        .named(
                                rows(ElementType.F32),
                                "target",
                                false,
                                attribute("n_targets", 1),
                                attribute("post_transform", "PROBIT")));
    }

    private void classifiers() {
        AttributeProto three = attribute("classlabels_strings", new String[] {"a", "b", "c"});
        AttributeProto two = attribute("classlabels_int64s", new long[] {4, 9});
        for (String t : TRANSFORMS) {
            AttributeProto transform = attribute("post_transform", t);
            for (ElementType type : List.of(ElementType.F32, ElementType.F64, ElementType.I64, ElementType.I32)) {
                add(
                        type.text() + " three " + t,
                        1,
                        2,
                        "TreeEnsembleClassifier",
                        new Trees(4, 3, 4, ALL, new long[] {0, 1, 2}, false)
                                .named(rows(type, ALL), "class", false, three, transform));
            }
            for (boolean positive : List.of(true, false)) {
                String sign = positive ? " positive " : " ";
                for (int base = 0; base < 2; base++) {
                    AttributeProto[] more = base == 0
                            ? new AttributeProto[] {two, transform}
                            : new AttributeProto[] {two, transform, attribute("base_values", new float[] {0.1f})};
                    add(
                            "two of one" + sign + base + " " + t,
                            3,
                            2,
                            "TreeEnsembleClassifier",
                            new Trees(4, 3, 4, LEQ, new long[] {0}, positive)
                                    .named(rows(ElementType.F32), "class", false, more));
                }
                add(
                        "two of the second" + sign + t,
                        3,
                        2,
                        "TreeEnsembleClassifier",
                        new Trees(4, 3, 4, LEQ, new long[] {1}, positive)
                                .named(rows(ElementType.F32), "class", false, two, transform));
                // ONNX Runtime gives 0 and 1 here, whatever the labels are.
                add(
                        "two" + sign + t,
                        3,
                        -2,
                        "TreeEnsembleClassifier",
                        new Trees(4, 3, 4, LEQ, new long[] {0, 1}, positive)
                                .named(rows(ElementType.F32), "class", false, two, transform));
            }
        }
        add(
                "base",
                3,
                2,
                "TreeEnsembleClassifier",
                new Trees(4, 3, 4, LEQ, new long[] {0, 1, 2}, true)
                        .named(rows(ElementType.F32), "class", false, three, attribute("base_values", floats(3))));
        add(
                "wide",
                3,
                2,
                "TreeEnsembleClassifier",
                new Trees(4, 3, 4, LEQ, new long[] {0, 1, 2}, true).named(rows(ElementType.F64), "class", true, three));
    }

    private static Tensor numbers(ElementType type, double... values) {
        Tensor t = Tensor.zeros(type, values.length);
        for (int i = 0; i < values.length; i++) {
            t.setDouble(i, values[i]);
        }
        return t;
    }

    private void ensembles() {
        for (ElementType type : List.of(ElementType.F32, ElementType.F64)) {
            Tensor x = rows(type);
            for (int i = 0; i < 7; i++) {
                x.setDouble(4L * i + 2, i == 0 ? Double.NaN : random.nextInt(1, 6));
                x.setDouble(4L * i + 3, random.nextInt(1, 6));
            }
            for (int aggregate = 0; aggregate < 4; aggregate++) {
                // ONNX Runtime takes 1 for LOGISTIC and 2 for SOFTMAX, which the standard numbers the other way.
                for (int transform : new int[] {0, 3}) {
                    // The first tree has an inner node and three leaves, the second asks for members twice.
                    add(
                            type.text() + " " + aggregate + " " + transform,
                            5,
                            1,
                            "TreeEnsemble",
                            x,
                            attribute("tree_roots", new long[] {0, 2}),
                            attribute("nodes_featureids", new long[] {1, 0, 2, 3}),
                            attribute("nodes_modes", Tensor.of(ElementType.U8, new byte[] {0, 3, 6, 6}, 4)),
                            attribute("nodes_splits", numbers(type, 0.25, -0.5, 0, 0)),
                            attribute("nodes_truenodeids", new long[] {1, 0, 3, 3}),
                            attribute("nodes_trueleafs", new long[] {0, 1, 0, 1}),
                            attribute("nodes_falsenodeids", new long[] {2, 1, 4, 5}),
                            attribute("nodes_falseleafs", new long[] {1, 1, 1, 1}),
                            attribute("membership_values", numbers(type, 1, 2, 4, Double.NaN, 1, 3, 5, Double.NaN)),
                            attribute("leaf_targetids", new long[] {0, 1, 0, 1, 0, 1}),
                            attribute("leaf_weights", numbers(type, 1.5, -2, 3, 0.25, -1.25, 0.75)),
                            attribute("n_targets", 2),
                            attribute("aggregate_function", aggregate),
                            attribute("post_transform", transform));
                }
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> agreesWithOnnxRuntime() {
        features();
        encoders();
        linear();
        machines();
        regressors();
        classifiers();
        ensembles();
        return cases.stream().map(c -> dynamicTest(c.name, () -> run(c)));
    }
}
