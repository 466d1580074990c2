package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CaseChange;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.NgramCounts;
import dev.lathe.ir.op.NgramWeighting;
import dev.lathe.ir.op.RegexMatch;
import dev.lathe.ir.op.StringConcat;
import dev.lathe.ir.op.StringNormalize;
import dev.lathe.ir.op.StringSplit;
import dev.lathe.ir.op.Tokenize;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.List;
import java.util.Optional;

/** Strings. */
public final class TextOps {
    private TextOps() {}

    public static void addTo(Operators t) {
        t.on("StringConcat").since(20, n -> n.b.add(new StringConcat(n.in(0), n.in(1))));
        t.on("StringSplit")
                .sinceAll(
                        20,
                        n -> n.b.addAll(new StringSplit(
                                n.in(0),
                                n.s("delimiter", ""),
                                n.i("maxsplit", -1),
                                Dim.symbol(n.b.freshSymbol("parts")))));
        t.on("RegexFullMatch").since(20, n -> n.b.add(new RegexMatch(n.in(0), n.s("pattern", ""))));
        t.on("StringNormalizer")
                .since(
                        10,
                        n -> n.b.add(new StringNormalize(
                                n.in(0),
                                n.strings("stopwords"),
                                n.flag("is_case_sensitive", false),
                                n.choice("case_change_action", CaseChange.NONE),
                                n.s("locale", ""),
                                Dim.symbol(n.b.freshSymbol("words")))));
        t.on("TfIdfVectorizer").since(9, TextOps::ngrams);
        t.on(Domains.MICROSOFT + "Tokenizer").since(1, TextOps::tokens);
    }

    private static Value tokens(OnnxNode n) {
        int rank = n.rank(0);
        if (rank < 1 || rank > 2) {
            throw new InvalidOpException("texts of rank " + rank + ", where 1 or 2 is needed");
        }
        String token = n.s("tokenexp", "");
        List<String> separators = n.strings("separators");
        if (token.isEmpty() == separators.isEmpty()) {
            throw new InvalidOpException("one of the attributes \"separators\" and \"tokenexp\" is needed");
        }
        boolean characters = separators.equals(List.of(""));
        if (!characters && separators.contains("")) {
            throw new InvalidOpException("one of the separators is empty");
        }
        if (characters && n.i("mincharnum", 1) > 1) {
            throw new InvalidOpException("no character has mincharnum characters");
        }
        return n.b.add(new Tokenize(
                n.in(0),
                characters ? List.of() : token.isEmpty() ? separators : List.of(token),
                !token.isEmpty(),
                n.size("mincharnum"),
                n.flag("mark", false),
                n.s("pad_value", ""),
                Dim.symbol(n.b.freshSymbol("tokens"))));
    }

    private static Tensor longs(List<Long> values) {
        return Tensor.vector(values.stream().mapToLong(Long::longValue).toArray());
    }

    private static Value ngrams(OnnxNode n) {
        List<Long> indexes = n.ints("ngram_indexes").orElse(List.of());
        long size = indexes.stream().mapToLong(Long::longValue).max().orElse(-1) + 1;
        List<String> words = n.strings("pool_strings");
        Tensor pool = words.isEmpty()
                ? longs(n.ints("pool_int64s").orElse(List.of()))
                : Tensor.ofStrings(words.toArray(String[]::new), words.size());
        if (indexes.stream().anyMatch(i -> i < 0)) {
            throw new InvalidOpException("ngram_indexes has a negative entry");
        }
        Optional<Value> weights = n.floats("weights").filter(w -> !w.isEmpty()).map(w -> {
            float[] all = new float[w.size()];
            for (int i = 0; i < all.length; i++) {
                all[i] = w.get(i);
            }
            return n.b.constant(Tensor.of(all, all.length));
        });
        return n.b.add(new NgramCounts(
                n.in(0),
                n.b.constant(pool),
                n.b.constant(longs(n.ints("ngram_counts").orElse(List.of()))),
                n.b.constant(longs(indexes)),
                weights,
                n.i("min_gram_length", 1),
                n.i("max_gram_length", 1),
                n.i("max_skip_count", 0),
                n.choice("mode", NgramWeighting.TF),
                size));
    }
}
