package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Tree ensembles of {@code ai.onnx.ml}, in their old and new forms. */
class TreeEnsembleTest extends TabularTest {
    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        regressors();
        classifiers();
        ensembles();
        return tests();
    }

    private static final List<String> LEQ = List.of("BRANCH_LEQ");

    private static final List<String> FIVE = List.of("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ");

    private static final List<String> ALL =
            List.of("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ");

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

    private Tensor rows(ElementType type) {
        return rows(type, LEQ);
    }

    /**
     * Random rows with values that meet splits, and with a NaN where the type has one; but for BRANCH_NEQ, where ONNX
     * Runtime takes NaN for a value that differs and does not look at what the node says of it.
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
}
