package dev.lathe.filetests;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.text.Printer;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.listen.Verify;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a file test shows of a graph after its passes. */
@FunctionalInterface
interface Mode {
    /** The graph. */
    Mode PASSES = Printer::print;

    /** The graph that an ONNX model is. */
    Mode IMPORT = graph -> Printer.print(graph);

    String show(Graph graph);

    /** The mode that {@code // test:} names; lists of passes name none. */
    static Mode of(String test, Path file) {
        List<String> words = List.of(test.split("\\s+"));
        return switch (words.getFirst()) {
            case "plan" -> {
                Backend target = target(words, 2, 2, file);
                yield g -> target.plan(lowered(g, target), CompileOptions.standard())
                        .orElseThrow(() -> new IllegalArgumentException(target.name() + " has no plans"))
                        .strip();
            }
            case "emit" -> {
                Backend target = target(words, 2, 3, file);
                String end = words.size() == 3 ? words.get(2) : "";
                yield g -> sources(g, target, end);
            }
            case "import" -> IMPORT;
            case "cost" -> {
                Map<String, Long> sizes = sizes(words.subList(1, words.size()), file);
                yield g -> cost(g, sizes, file);
            }
            default -> PASSES;
        };
    }

    /** Of {@code n=4}. */
    private static Map<String, Long> sizes(List<String> words, Path file) {
        Map<String, Long> sizes = new TreeMap<>();
        for (String word : words) {
            int at = word.indexOf('=');
            try {
                sizes.put(word.substring(0, at), Long.parseLong(word.substring(at + 1)));
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                throw new IllegalArgumentException(file + ": write `// test: cost n=4`, not `" + word + "`", e);
            }
        }
        return sizes;
    }

    /** What a graph and each of its nodes cost. */
    private static String cost(Graph graph, Map<String, Long> sizes, Path file) {
        GraphCost cost = new GraphCost(symbol -> {
            Long size = sizes.get(symbol);
            if (size == null) {
                throw new IllegalArgumentException(file + ": give " + symbol + " a size: `// test: cost n=4`");
            }
            return size;
        });
        StringBuilder s = new StringBuilder("cost @%s: %.0f flops%s, %.0f bytes at the peak"
                .formatted(
                        graph.name(),
                        cost.flops(graph),
                        GraphCost.symbolicFlops(graph)
                                .filter(d -> !d.isConstant())
                                .map(d -> " = " + d)
                                .orElse(""),
                        cost.peakBytes(graph)));
        for (Node n : graph.nodes()) {
            if (!(n.op() instanceof Constant)) {
                s.append("\n  %s: %.0f flops, %.0f bytes moved"
                        .formatted(n.op().mnemonic(), cost.flops(n.op()), cost.trafficBytes(n)));
            }
        }
        return s.toString();
    }

    private static Backend target(List<String> words, int least, int most, Path file) {
        if (words.size() < least || words.size() > most) {
            throw new IllegalArgumentException(file + ": write `// test: plan TARGET` or `// test: emit TARGET CLASS`");
        }
        return Backends.named(words.get(1));
    }

    private static Graph lowered(Graph graph, Backend target) {
        return PassManager.run(graph, target.pipeline(CompileOptions.standard()), List.of(new Verify()));
    }

    private static String sources(Graph graph, Backend target, String end) {
        Artifact artifact = target.compile(lowered(graph, target), CompileOptions.standard());
        Map<String, String> chosen = new TreeMap<>(artifact.sources());
        chosen.keySet().removeIf(name -> !name.endsWith(end));
        return chosen.values().stream().map(String::strip).collect(Collectors.joining("\n\n"));
    }
}
