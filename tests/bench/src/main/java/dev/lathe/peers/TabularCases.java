package dev.lathe.peers;

import static dev.lathe.ir.type.ElementType.F64;
import static dev.lathe.ir.type.ElementType.I64;
import static dev.lathe.peers.Attributes.integer;
import static dev.lathe.peers.Attributes.integers;
import static dev.lathe.peers.Attributes.real;
import static dev.lathe.peers.Attributes.reals;
import static dev.lathe.peers.Attributes.text;
import static dev.lathe.peers.Attributes.texts;
import static dev.lathe.peers.Operands.f32;
import static dev.lathe.peers.Operands.indices;
import static dev.lathe.peers.Operands.names;
import static dev.lathe.peers.Operands.weight;
import static dev.lathe.peers.Operands.words;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** Tables, trees and texts. */
final class TabularCases {
    private static final String ML = "ai.onnx.ml:";
    private static final int ROWS = 1000;
    private static final int FEATURES = 20;

    private TabularCases() {}

    static void addTo(List<OperatorCase> all) {
        features(all);
        labels(all);
        models(all);
        trees(all);
        strings(all);
    }

    private static void features(List<OperatorCase> all) {
        Tensor x = f32(ROWS, FEATURES);
        all.add(OperatorCase.of(
                ML + "Scaler-1", "", 1, x, reals("offset", values(FEATURES)), reals("scale", values(FEATURES))));
        all.add(OperatorCase.of(ML + "Normalizer-1", "L2", 1, x, text("norm", "L2")));
        all.add(OperatorCase.of(ML + "Normalizer-1", "L1", 1, x, text("norm", "L1")));
        all.add(OperatorCase.of(ML + "Normalizer-1", "MAX", 1, x, text("norm", "MAX")));
        all.add(OperatorCase.of(ML + "Binarizer-1", "", 1, x, real("threshold", 0.5f)));
        all.add(OperatorCase.of(
                ML + "Imputer-1",
                "",
                1,
                x,
                reals("imputed_value_floats", values(FEATURES)),
                real("replaced_value_float", Float.NaN)));
        all.add(OperatorCase.of(
                ML + "FeatureVectorizer-1", "", 1, x, f32(ROWS, 8), integers("inputdimensions", FEATURES, 8)));
        all.add(OperatorCase.of(ML + "ArrayFeatureExtractor-1", "", 1, x, weight(indices(FEATURES, 8))));
        all.add(OperatorCase.of(
                ML + "OneHotEncoder-1",
                "i64",
                1,
                indices(30, ROWS, 4),
                integers("cats_int64s", LongStream.range(0, 30).toArray())));
        all.add(OperatorCase.of(
                ML + "OneHotEncoder-1", "string", 1, words(30, ROWS, 4), texts("cats_strings", names(30))));
    }

    private static float[] values(int n) {
        Random random = new Random(n);
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = (float) random.nextGaussian() * 0.5f;
        }
        return v;
    }

    private static void labels(List<OperatorCase> all) {
        long[] keys = LongStream.range(0, 500).toArray();
        all.add(OperatorCase.of(
                ML + "LabelEncoder-2",
                "string i64",
                1,
                words(500, ROWS, 4),
                texts("keys_strings", names(500)),
                integers("values_int64s", keys)));
        all.add(OperatorCase.of(
                ML + "LabelEncoder-2",
                "i64 string",
                1,
                indices(500, ROWS, 4),
                integers("keys_int64s", keys),
                texts("values_strings", names(500))));
        all.add(OperatorCase.of(
                ML + "LabelEncoder-2",
                "i64 f32",
                1,
                indices(500, ROWS, 4),
                integers("keys_int64s", keys),
                reals("values_floats", values(500))));
        all.add(OperatorCase.of(
                ML + "LabelEncoder-2",
                "string string",
                1,
                words(500, ROWS, 4),
                texts("keys_strings", names(500)),
                texts("values_strings", names(500))));
        all.add(OperatorCase.of(
                ML + "CategoryMapper-1",
                "string",
                1,
                words(500, ROWS, 4),
                texts("cats_strings", names(500)),
                integers("cats_int64s", keys)));
        all.add(OperatorCase.of(
                ML + "CategoryMapper-1",
                "i64",
                1,
                indices(500, ROWS, 4),
                texts("cats_strings", names(500)),
                integers("cats_int64s", keys)));
    }

    private static void models(List<OperatorCase> all) {
        Tensor x = f32(ROWS, FEATURES);
        all.add(OperatorCase.of(
                ML + "LinearRegressor-1",
                "",
                1,
                x,
                reals("coefficients", values(FEATURES)),
                reals("intercepts", values(1))));
        for (String transform : List.of("NONE", "SOFTMAX", "LOGISTIC")) {
            all.add(OperatorCase.of(
                    ML + "LinearClassifier-1",
                    transform,
                    2,
                    x,
                    reals("coefficients", values(5 * FEATURES)),
                    reals("intercepts", values(5)),
                    integers("classlabels_ints", 0, 1, 2, 3, 4),
                    text("post_transform", transform)));
        }
        all.add(OperatorCase.of(
                ML + "LinearClassifier-1",
                "strings",
                2,
                x,
                reals("coefficients", values(5 * FEATURES)),
                reals("intercepts", values(5)),
                texts("classlabels_strings", names(5))));
        for (String kernel : List.of("LINEAR", "POLY", "RBF", "SIGMOID")) {
            AttributeProto[] parts = {
                text("kernel_type", kernel),
                reals("kernel_params", 0.05f, 0.1f, 2),
                reals("support_vectors", values(60 * FEATURES))
            };
            all.add(OperatorCase.of(
                    ML + "SVMRegressor-1",
                    kernel,
                    1,
                    x,
                    parts[0],
                    parts[1],
                    parts[2],
                    reals("coefficients", values(60)),
                    integer("n_supports", 60),
                    reals("rho", values(1))));
            all.add(OperatorCase.of(
                    ML + "SVMClassifier-1",
                    kernel,
                    2,
                    x,
                    parts[0],
                    parts[1],
                    parts[2],
                    reals("coefficients", values(120)),
                    integers("vectors_per_class", 20, 20, 20),
                    reals("rho", values(3)),
                    integers("classlabels_ints", 0, 1, 2)));
        }
    }

    private static void trees(List<OperatorCase> all) {
        for (int trees : List.of(10, 100)) {
            for (int rows : List.of(1, ROWS)) {
                String name = trees + " trees " + rows;
                Tensor x = f32(rows, FEATURES);
                all.add(forest("TreeEnsembleRegressor-1", name, 1, x, "target", trees, 6, 1, integer("n_targets", 1)));
                all.add(forest(
                        "TreeEnsembleClassifier-1",
                        name,
                        2,
                        x,
                        "class",
                        trees,
                        6,
                        3,
                        integers("classlabels_int64s", 0, 1, 2),
                        text("post_transform", "SOFTMAX")));
            }
        }
        all.add(forest(
                "TreeEnsembleRegressor-1",
                "f64",
                1,
                Operands.of(F64, ROWS, FEATURES),
                "target",
                50,
                6,
                1,
                integer("n_targets", 1)));
        all.add(forest(
                "TreeEnsembleRegressor-1",
                "deep",
                1,
                f32(ROWS, FEATURES),
                "target",
                20,
                10,
                1,
                integer("n_targets", 1)));
    }

    /** Complete trees of a depth, whose leaves have a random weight for one of the classes. */
    private static OperatorCase forest(
            String operator,
            String name,
            int results,
            Tensor x,
            String what,
            int trees,
            int depth,
            int classes,
            AttributeProto... more) {
        Random random = new Random(trees);
        int inner = (1 << depth) - 1;
        int all = 2 * inner + 1;
        long[][] nodes = new long[5][trees * all];
        float[] thresholds = new float[trees * all];
        String[] modes = new String[trees * all];
        long[][] leaves = new long[3][trees * (inner + 1)];
        float[] weights = new float[trees * (inner + 1)];
        for (int t = 0, leaf = 0; t < trees; t++) {
            for (int n = 0; n < all; n++) {
                int at = t * all + n;
                nodes[0][at] = t;
                nodes[1][at] = n;
                modes[at] = n < inner ? "BRANCH_LEQ" : "LEAF";
                if (n < inner) {
                    nodes[2][at] = random.nextInt(FEATURES);
                    thresholds[at] = (float) random.nextGaussian();
                    nodes[3][at] = 2L * n + 1;
                    nodes[4][at] = 2L * n + 2;
                } else {
                    leaves[0][leaf] = t;
                    leaves[1][leaf] = n;
                    leaves[2][leaf] = random.nextInt(classes);
                    weights[leaf++] = (float) random.nextGaussian();
                }
            }
        }
        List<Object> parts = new ArrayList<>(List.of(
                x,
                integers("nodes_treeids", nodes[0]),
                integers("nodes_nodeids", nodes[1]),
                integers("nodes_featureids", nodes[2]),
                integers("nodes_truenodeids", nodes[3]),
                integers("nodes_falsenodeids", nodes[4]),
                reals("nodes_values", thresholds),
                texts("nodes_modes", modes),
                integers(what + "_treeids", leaves[0]),
                integers(what + "_nodeids", leaves[1]),
                integers(what + "_ids", leaves[2]),
                reals(what + "_weights", weights)));
        parts.addAll(Arrays.asList(more));
        return OperatorCase.of(ML + operator, name, results, parts.toArray());
    }

    private static void strings(List<OperatorCase> all) {
        Tensor x = words(500, 4096);
        all.add(OperatorCase.of("StringConcat-20", "", 1, x, words(500, 4096)));
        all.add(OperatorCase.of("StringSplit-20", "", 2, sentences(512), text("delimiter", " ")));
        all.add(OperatorCase.of("StringNormalizer-10", "", 1, x, text("case_change_action", "UPPER")));
        all.add(OperatorCase.of(
                "StringNormalizer-10",
                "stopwords",
                1,
                x,
                text("case_change_action", "LOWER"),
                texts("stopwords", names(50))));
        all.add(OperatorCase.of("RegexFullMatch-20", "", 1, x, text("pattern", "[a-m]+n?[a-z]*")));
        all.add(OperatorCase.of(
                "TfIdfVectorizer-9",
                "i64",
                1,
                indices(500, 64, 200),
                text("mode", "TF"),
                integer("min_gram_length", 1),
                integer("max_gram_length", 2),
                integer("max_skip_count", 0),
                integers("ngram_counts", 0, 300),
                integers("ngram_indexes", LongStream.range(0, 500).toArray()),
                integers("pool_int64s", pool())));
        all.add(OperatorCase.of(
                "TfIdfVectorizer-9",
                "string",
                1,
                words(500, 64, 200),
                text("mode", "TFIDF"),
                integer("min_gram_length", 1),
                integer("max_gram_length", 1),
                integer("max_skip_count", 0),
                integers("ngram_counts", 0),
                integers("ngram_indexes", LongStream.range(0, 500).toArray()),
                texts("pool_strings", names(500))));
        all.add(OperatorCase.of(
                "com.microsoft:Tokenizer-1",
                "",
                1,
                sentences(256),
                integer("mark", 1),
                text("pad_value", "#"),
                texts("separators", " "),
                integer("mincharnum", 1)));
        all.add(OperatorCase.of("Identity", "string", 1, x));
        all.add(OperatorCase.of("Cast", "i64 f32 few", 1, Operands.of(I64, 100), integer("to", 1)));
    }

    private static long[] pool() {
        long[] pool = new long[700];
        for (int i = 0; i < 300; i++) {
            pool[i] = i;
        }
        for (int i = 0; i < 200; i++) {
            pool[300 + 2 * i] = i;
            pool[301 + 2 * i] = (i * 7L) % 500;
        }
        return pool;
    }

    private static Tensor sentences(int n) {
        String[] names = names(100);
        Random random = new Random(n);
        String[] all = new String[n];
        Arrays.setAll(all, _ -> {
            StringBuilder s = new StringBuilder(names[random.nextInt(100)]);
            for (int k = 0; k < 9; k++) {
                s.append(' ').append(names[random.nextInt(100)]);
            }
            return s.toString();
        });
        return Tensor.ofStrings(all, n);
    }
}
