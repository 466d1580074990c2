package dev.lathe.frontend.onnx;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.op.NgramCounts;
import dev.lathe.ir.op.RegexMatch;
import dev.lathe.ir.op.StringConcat;
import dev.lathe.ir.op.StringNormalize;
import dev.lathe.ir.op.StringSplit;
import dev.lathe.ir.op.Tokenize;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Ops on strings in ONNX. */
final class TextExports {
    private TextExports() {}

    static void addTo(Exports t) {
        t.on(StringConcat.class, (op, g) -> g.result("StringConcat", List.of(g.name(op.x()), g.name(op.y()))));
        t.on(
                StringSplit.class,
                (op, g) -> g.result(
                        "StringSplit",
                        List.of(g.name(op.x())),
                        Exports.some(
                                Exports.when(!op.delimiter().isEmpty(), Exports.s("delimiter", op.delimiter())),
                                Exports.when(op.maxSplits() >= 0, Exports.i("maxsplit", op.maxSplits())))));
        t.on(
                RegexMatch.class,
                (op, g) -> g.result("RegexFullMatch", List.of(g.name(op.x())), Exports.s("pattern", op.pattern())));
        t.on(
                StringNormalize.class,
                (op, g) -> g.result(
                        "StringNormalizer",
                        List.of(g.name(op.x())),
                        Exports.some(
                                Exports.when(!op.stopWords().isEmpty(), Exports.strings("stopwords", op.stopWords())),
                                Optional.of(Exports.flag("is_case_sensitive", op.caseSensitive())),
                                Optional.of(Exports.s(
                                        "case_change_action", op.change().name())),
                                Exports.when(!op.locale().isEmpty(), Exports.s("locale", op.locale())))));
        t.on(NgramCounts.class, TextExports::ngrams);
        t.on(
                Tokenize.class,
                (op, g) -> g.result(
                        MicrosoftOps.DOMAIN + "Tokenizer",
                        List.of(g.name(op.x())),
                        Exports.flag("mark", op.mark()),
                        Exports.i("mincharnum", op.minLength()),
                        Exports.s("pad_value", op.padding()),
                        op.patternsAreTokens()
                                ? Exports.s("tokenexp", op.patterns().getFirst())
                                : Exports.strings(
                                        "separators", op.patterns().isEmpty() ? List.of("") : op.patterns())));
    }

    private static List<Long> longs(Tensor t) {
        return Arrays.stream(t.toLongArray()).boxed().toList();
    }

    private static List<String> ngrams(NgramCounts op, OpWriter g) {
        Tensor pool = g.known(op.pool());
        List<AttributeProto> attributes = new ArrayList<>(List.of(
                Exports.s("mode", op.weighting().name()),
                Exports.i("min_gram_length", op.minLength()),
                Exports.i("max_gram_length", op.maxLength()),
                Exports.i("max_skip_count", op.maxSkip()),
                Exports.ints("ngram_counts", longs(g.known(op.starts()))),
                Exports.ints("ngram_indexes", longs(g.known(op.indexes())))));
        attributes.add(
                pool.element().isString()
                        ? Exports.strings("pool_strings", List.of(pool.toStringArray()))
                        : Exports.ints("pool_int64s", longs(pool)));
        op.weights()
                .ifPresent(
                        w -> attributes.add(Exports.floats("weights", g.known(w).toFloatArray())));
        return g.result("TfIdfVectorizer", List.of(g.name(op.x())), attributes.toArray(AttributeProto[]::new));
    }
}
