package dev.lathe.input;

import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Rebuild;
import dev.lathe.runtime.input.SymbolSizes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Sizes for inputs whose dimensions are symbols, such that the model accepts them. The defaults of {@link SymbolSizes}
 * come first. A model may need others and not say so: a recognizer of text reads lines of one height, although its
 * input has any. Then sizes that are usual for such models are tried, for one symbol and then for two, nearest to the
 * default first. To try is to infer all shapes anew; nothing is run.
 */
public final class LikelyShapes {
    /** Sizes that models are made for: powers of two, heights of lines, sides of images. */
    private static final List<Long> USUAL = List.of(
            1L, 2L, 3L, 4L, 8L, 16L, 24L, 28L, 32L, 48L, 64L, 80L, 96L, 100L, 112L, 128L, 160L, 192L, 224L, 256L, 299L,
            320L, 384L, 416L, 448L, 480L, 512L, 640L, 768L, 1024L);

    private LikelyShapes() {}

    /**
     * {@code shapes}, with the size of each symbol that must not have its default.
     *
     * @param shapes what is known: shapes by input, or sizes by symbol
     * @return what {@link SymbolSizes} takes
     * @throws LatheException with the first op that is in the way, if no size that is tried fits
     */
    public static Map<String, Shape> of(Graph graph, Map<String, Shape> shapes) {
        SymbolSizes sizes = SymbolSizes.of(graph.inputPorts(), Map.of(), shapes);
        Map<String, Long> assumed = new TreeMap<>(sizes.assumed());
        Optional<String> problem = problem(graph, sizes, Map.of());
        if (problem.isEmpty() || assumed.isEmpty()) {
            return shapes;
        }
        for (Map<String, Long> others : tries(assumed)) {
            if (problem(graph, sizes, others).isEmpty()) {
                Map<String, Shape> all = new LinkedHashMap<>(shapes);
                others.forEach((symbol, size) -> all.put(symbol, Shape.of(size)));
                return all;
            }
        }
        throw new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "input.sizes",
                        "the model leaves sizes of its inputs open, and does not accept those that are usual: with "
                                + assumed.entrySet().stream()
                                        .map(e -> e.getKey() + "=" + e.getValue())
                                        .collect(Collectors.joining(", "))
                                + ", " + problem.get(),
                        "give the sizes that the model is made for: --shape NAME=DIMS, or --data")));
    }

    /** Other sizes for one symbol, then for two. */
    private static List<Map<String, Long>> tries(Map<String, Long> assumed) {
        List<Map<String, Long>> all = new ArrayList<>();
        assumed.forEach((symbol, old) -> near(old).forEach(size -> all.add(Map.of(symbol, size))));
        assumed.forEach((symbol, old) -> assumed.forEach((other, otherOld) -> {
            if (symbol.compareTo(other) < 0) {
                for (long size : near(old)) {
                    near(otherOld).forEach(otherSize -> all.add(Map.of(symbol, size, other, otherSize)));
                }
            }
        }));
        return all;
    }

    private static List<Long> near(long size) {
        return USUAL.stream()
                .filter(s -> s != size)
                .sorted(Comparator.comparingDouble(s -> Math.abs(Math.log((double) s / size))))
                .toList();
    }

    /** What is wrong with the sizes, of which {@code others} go before the assumed ones. */
    private static Optional<String> problem(Graph graph, SymbolSizes sizes, Map<String, Long> others) {
        Map<String, Dim> all = new HashMap<>();
        for (String symbol : graph.inputSymbols()) {
            all.put(symbol, Dim.of(others.getOrDefault(symbol, sizes.size(symbol))));
        }
        try {
            Rebuild.mapDims(graph, Dim.substitution(all));
            return Optional.empty();
        } catch (LatheException e) {
            return Optional.of(e.diagnostics().getFirst().what());
        } catch (InvalidOpException | ArithmeticException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
