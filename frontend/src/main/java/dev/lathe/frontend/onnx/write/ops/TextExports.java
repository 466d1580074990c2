package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
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
public final class TextExports {
    private TextExports() {}

    public static void addTo(Exports t) {
        t.on(StringConcat.class, (op, g) -> g.result("StringConcat", List.of(g.name(op.x()), g.name(op.y()))));
        t.on(
                StringSplit.class,
                (op, g) -> g.result(
                        "StringSplit",
                        List.of(g.name(op.x())),
                        Attributes.some(
                                Attributes.when(!op.delimiter().isEmpty(), Attributes.s("delimiter", op.delimiter())),
                                Attributes.when(op.maxSplits() >= 0, Attributes.i("maxsplit", op.maxSplits())))));
        t.on(
                RegexMatch.class,
                (op, g) -> g.result("RegexFullMatch", List.of(g.name(op.x())), Attributes.s("pattern", op.pattern())));
        t.on(
                StringNormalize.class,
                (op, g) -> g.result(
                        "StringNormalizer",
                        List.of(g.name(op.x())),
                        Attributes.some(
                                Attributes.when(
                                        !op.stopWords().isEmpty(), Attributes.strings("stopwords", op.stopWords())),
                                Optional.of(Attributes.flag("is_case_sensitive", op.caseSensitive())),
                                Optional.of(Attributes.s(
                                        "case_change_action", op.change().name())),
                                Attributes.when(!op.locale().isEmpty(), Attributes.s("locale", op.locale())))));
        t.on(NgramCounts.class, TextExports::ngrams);
        t.on(
                Tokenize.class,
                (op, g) -> g.result(
                        Domains.MICROSOFT + "Tokenizer",
                        List.of(g.name(op.x())),
                        Attributes.flag("mark", op.mark()),
                        Attributes.i("mincharnum", op.minLength()),
                        Attributes.s("pad_value", op.padding()),
                        op.patternsAreTokens()
                                ? Attributes.s("tokenexp", op.patterns().getFirst())
                                : Attributes.strings(
                                        "separators", op.patterns().isEmpty() ? List.of("") : op.patterns())));
    }

    private static List<Long> longs(Tensor t) {
        return Arrays.stream(t.toLongArray()).boxed().toList();
    }

    private static List<String> ngrams(NgramCounts op, OpWriter g) {
        Tensor pool = g.known(op.pool());
        List<AttributeProto> attributes = new ArrayList<>(List.of(
                Attributes.s("mode", op.weighting().name()),
                Attributes.i("min_gram_length", op.minLength()),
                Attributes.i("max_gram_length", op.maxLength()),
                Attributes.i("max_skip_count", op.maxSkip()),
                Attributes.ints("ngram_counts", longs(g.known(op.starts()))),
                Attributes.ints("ngram_indexes", longs(g.known(op.indexes())))));
        attributes.add(
                pool.element().isString()
                        ? Attributes.strings("pool_strings", List.of(pool.toStringArray()))
                        : Attributes.ints("pool_int64s", longs(pool)));
        op.weights()
                .ifPresent(w ->
                        attributes.add(Attributes.floats("weights", g.known(w).toFloatArray())));
        return g.result("TfIdfVectorizer", List.of(g.name(op.x())), attributes.toArray(AttributeProto[]::new));
    }
}
