package dev.lathe.conformance.hostile;

import static dev.lathe.conformance.hostile.HostileParts.input;
import static dev.lathe.conformance.hostile.HostileParts.longs;
import static dev.lathe.conformance.hostile.HostileParts.model;
import static dev.lathe.conformance.hostile.HostileParts.node;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;

/** Tables of tabular operators that point anywhere. */
final class HostileTables {
    private static final long HUGE = 1L << 62;

    private static final int MANY = 100_000;

    private HostileTables() {}

    static void addTo(HostileModels all) {
        long[][] links = {{0, 0}, {1, 1}, {HUGE, 1}, {-1, 1}, {1, 2}};
        for (long[] link : links) {
            all.add(
                    "tables/tree-ensemble" + link[0] + "-" + link[1],
                    () -> model(
                            input("x", ElementType.F32, -1, 2),
                            node(
                                    "ai.onnx.ml:TreeEnsemble",
                                    "x",
                                    "y",
                                    "nodes_splits",
                                    Tensor.of(new float[] {0, 0}, 2),
                                    "nodes_featureids",
                                    new long[] {0, link[0]},
                                    "nodes_modes",
                                    Tensor.zeros(ElementType.U8, 2),
                                    "nodes_truenodeids",
                                    new long[] {1, link[0]},
                                    "nodes_falsenodeids",
                                    new long[] {link[1], 0},
                                    "nodes_trueleafs",
                                    new long[] {0, 0},
                                    "nodes_falseleafs",
                                    new long[] {0, 0},
                                    "leaf_targetids",
                                    new long[] {link[0]},
                                    "leaf_weights",
                                    Tensor.of(new float[] {1}, 1),
                                    "tree_roots",
                                    new long[] {link[0]},
                                    "n_targets",
                                    link[0] > 2 ? link[0] : 1L)));
            all.add(
                    "tables/tree-regressor" + link[0] + "-" + link[1],
                    () -> model(
                            input("x", ElementType.F32, -1, 2),
                            node(
                                    "ai.onnx.ml:TreeEnsembleRegressor",
                                    "x",
                                    "y",
                                    "nodes_treeids",
                                    new long[] {0, 0},
                                    "nodes_nodeids",
                                    new long[] {0, 1},
                                    "nodes_featureids",
                                    new long[] {link[0], 0},
                                    "nodes_modes",
                                    new String[] {"BRANCH_LEQ", "BRANCH_LEQ"},
                                    "nodes_values",
                                    new float[] {0, Float.NaN},
                                    "nodes_truenodeids",
                                    new long[] {link[0], link[1]},
                                    "nodes_falsenodeids",
                                    new long[] {1, 0},
                                    "target_treeids",
                                    new long[] {0},
                                    "target_nodeids",
                                    new long[] {1},
                                    "target_ids",
                                    new long[] {link[0]},
                                    "target_weights",
                                    new float[] {1},
                                    "n_targets",
                                    link[0] > 2 ? link[0] : 1L)));
        }
        all.add("tables/tree-deep", () -> {
            int n = 50_000;
            long[] ids = new long[n];
            long[] next = new long[n];
            String[] modes = new String[n];
            for (int i = 0; i < n; i++) {
                ids[i] = i;
                next[i] = i + 1 < n ? i + 1 : 0;
                modes[i] = i + 1 < n ? "BRANCH_LEQ" : "LEAF";
            }
            return model(
                    input("x", ElementType.F32, -1, 2),
                    node(
                            "ai.onnx.ml:TreeEnsembleRegressor",
                            "x",
                            "y",
                            "nodes_treeids",
                            new long[n],
                            "nodes_nodeids",
                            ids,
                            "nodes_featureids",
                            new long[n],
                            "nodes_modes",
                            modes,
                            "nodes_values",
                            new float[n],
                            "nodes_truenodeids",
                            next,
                            "nodes_falsenodeids",
                            next,
                            "target_treeids",
                            new long[] {0},
                            "target_nodeids",
                            new long[] {n - 1},
                            "target_ids",
                            new long[] {0},
                            "target_weights",
                            new float[] {1},
                            "n_targets",
                            1L));
        });
        all.add(
                "tables/ngrams",
                () -> model(
                        input("x", ElementType.I64, -1),
                        node(
                                "TfIdfVectorizer",
                                "x",
                                "y",
                                "mode",
                                "TF",
                                "min_gram_length",
                                1L,
                                "max_gram_length",
                                1L << 31,
                                "max_skip_count",
                                1L << 31,
                                "ngram_counts",
                                new long[] {0, 5, 99},
                                "ngram_indexes",
                                new long[] {0, 1L << 31},
                                "pool_int64s",
                                new long[] {1, 2})));
        for (long[] counts : List.of(new long[] {0, -1}, new long[] {HUGE}, new long[] {2, 0}, new long[0])) {
            all.add(
                    "tables/ngrams" + Arrays.toString(counts),
                    () -> model(
                            input("x", ElementType.I64, -1),
                            node(
                                    "TfIdfVectorizer",
                                    "x",
                                    "y",
                                    "mode",
                                    "TFIDF",
                                    "min_gram_length",
                                    1L,
                                    "max_gram_length",
                                    HUGE,
                                    "max_skip_count",
                                    HUGE,
                                    "ngram_counts",
                                    counts,
                                    "ngram_indexes",
                                    new long[] {0, 3},
                                    "weights",
                                    new float[] {1},
                                    "pool_int64s",
                                    new long[] {1, 2})));
        }
        all.add("tables/label-encoder", () -> {
            long[] keys = new long[MANY];
            String[] values = new String[MANY];
            for (int i = 0; i < MANY; i++) {
                keys[i] = i;
                values[i] = "v" + i;
            }
            return model(
                    input("x", ElementType.I64, -1),
                    node("ai.onnx.ml:LabelEncoder", "x", "y", "keys_int64s", keys, "values_strings", values));
        });
        all.add(
                "tables/label-encoder-uneven",
                () -> model(
                        input("x", ElementType.I64, -1),
                        node(
                                "ai.onnx.ml:LabelEncoder",
                                "x",
                                "y",
                                "keys_int64s",
                                new long[] {1, 2, 3},
                                "values_strings",
                                new String[] {"a"})));
        all.add(
                "tables/svm",
                () -> model(
                        input("x", ElementType.F32, -1, 2),
                        node(
                                "ai.onnx.ml:SVMClassifier",
                                "x",
                                "y p",
                                "classlabels_ints",
                                new long[] {0, 1},
                                "vectors_per_class",
                                new long[] {HUGE, -HUGE},
                                "support_vectors",
                                new float[] {1, 2, 3, 4},
                                "coefficients",
                                new float[] {1, 1},
                                "rho",
                                new float[] {0},
                                "kernel_type",
                                "RBF",
                                "kernel_params",
                                new float[] {Float.NaN, 0, 1e9f})));
        all.add(
                "tables/linear",
                () -> model(
                        input("x", ElementType.F32, -1, 2),
                        node("ai.onnx.ml:LinearRegressor", "x", "y", "targets", HUGE, "coefficients", new float[] {1, 2
                        })));
        all.add(
                "tables/one-hot-encoder",
                () -> model(
                        input("x", ElementType.I64, -1),
                        node("ai.onnx.ml:OneHotEncoder", "x", "y", "cats_int64s", new long[MANY])));
        all.add(
                "tables/array-feature",
                () -> model(
                        input("x", ElementType.F32, -1, 2),
                        longs("i", HUGE),
                        node("ai.onnx.ml:ArrayFeatureExtractor", "x i", "y")));
    }
}
