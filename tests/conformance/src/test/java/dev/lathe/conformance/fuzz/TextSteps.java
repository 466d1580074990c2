package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Strings, and counts of n-grams of strings or numbers. */
final class TextSteps {
    static final List<String> WORDS = List.of("", "a", "b", "A b", "the a", "ß İ", "a,b,,c", "é", "x1", "the");

    static final List<Consumer<GraphGenerator>> ALL = List.of(
            TextSteps::concat,
            TextSteps::split,
            TextSteps::match,
            TextSteps::tokens,
            TextSteps::normalize,
            TextSteps::ngrams,
            TextSteps::lookup,
            TextSteps::compare);

    private TextSteps() {}

    /** Strings made before, or new ones. */
    private static Value strings(GraphGenerator g, int minRank, int maxRank) {
        if (!g.chance(3)) {
            return g.pickAny(t -> t.element().isString() && t.rank() >= minRank && t.rank() <= maxRank);
        }
        int rank = minRank + g.random.nextInt(maxRank - minRank + 1);
        if (g.chance(2)) {
            return g.input(ElementType.STRING, g.shape(rank));
        }
        long[] dims = new long[rank];
        Arrays.setAll(dims, i -> g.size());
        return g.constant(g.tensor(ElementType.STRING, dims));
    }

    private static void concat(GraphGenerator g) {
        Value x = strings(g, 0, 3);
        Value y = g.chance(2) ? x : g.constant(g.tensor(ElementType.STRING));
        g.add(g.chance(2) ? new StringConcat(x, y) : new StringConcat(y, x));
    }

    private static void split(GraphGenerator g) {
        g.addAll(new StringSplit(
                strings(g, 0, 2),
                g.pick(List.of("", " ", ",", "a")),
                g.random.nextInt(4) - 1,
                Dim.symbol(g.freshSymbol())));
    }

    private static void match(GraphGenerator g) {
        g.add(new RegexMatch(strings(g, 0, 3), g.pick(List.of(".*", "[a-z]+", "(a|b)*", "the\\s.", "\\pL\\d?", ""))));
    }

    private static void tokens(GraphGenerator g) {
        boolean matches = g.chance(3);
        boolean characters = !matches && g.chance(4);
        g.add(new Tokenize(
                strings(g, 1, 2),
                matches
                        ? List.of(g.pick(List.of("[a-z]+", "\\w+|é")))
                        : characters ? List.of() : g.pick(List.of(List.of(" "), List.of(",", "a"))),
                matches,
                characters ? 1 : 1 + g.random.nextInt(2),
                g.chance(2),
                g.pick(List.of("", "#")),
                Dim.symbol(g.freshSymbol())));
    }

    private static void normalize(GraphGenerator g) {
        Value x = strings(g, 1, 1);
        g.add(new StringNormalize(
                g.chance(2) ? x : Steps.shaped(g, x, Dim.ONE, x.tensorType().dim(0)),
                g.chance(2) ? List.of() : List.of("the", "A b"),
                g.random.nextBoolean(),
                g.pick(List.of(CaseChange.values())),
                g.chance(2) ? "en_US" : "",
                Dim.symbol(g.freshSymbol())));
    }

    /** Three 1-grams and two 2-grams. */
    private static void ngrams(GraphGenerator g) {
        boolean text = g.chance(3);
        Value x = text
                ? strings(g, 1, 2)
                : g.pick(t -> t.rank() >= 1
                        && t.rank() <= 2
                        && (t.element() == ElementType.I64 || t.element() == ElementType.I32));
        Value pool = g.constant(
                text
                        ? Tensor.ofStrings(new String[] {"a", "b", "the", "a", "b", "b", "the"}, 7)
                        : Tensor.vector(0, 1, 2, 0, 1, 1, 1));
        int most = 1 + g.random.nextInt(2);
        g.add(new NgramCounts(
                x,
                pool,
                g.constant(Tensor.vector(0, 3)),
                g.constant(Tensor.vector(4, 0, 2, 1, 3)),
                g.chance(2)
                        ? Optional.empty()
                        : Optional.of(g.constant(Tensor.of(new float[] {1, 0.5f, 2, 0.25f, 3}, 5))),
                1 + g.random.nextInt(most),
                most,
                g.random.nextInt(3),
                g.pick(List.of(NgramWeighting.values())),
                5));
    }

    private static void lookup(GraphGenerator g) {
        Value x = g.chance(2) ? strings(g, 0, 3) : g.pick(t -> !t.element().isBool());
        g.add(new Lookup(x, g.constant(g.tensor(x.tensorType().element(), 1 + g.random.nextInt(5)))));
    }

    private static void compare(GraphGenerator g) {
        Value x = strings(g, 0, 3);
        Value same = g.add(new Compare(Comparison.EQUAL, x, g.constant(g.tensor(ElementType.STRING))));
        if (g.chance(2)) {
            g.add(new Select(same, x, g.constant(g.tensor(ElementType.STRING))));
        } else {
            g.add(new Concat(
                    List.of(x, x), g.random.nextInt(Math.max(1, x.tensorType().rank()))));
        }
    }
}
