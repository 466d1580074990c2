package dev.lathe.filetests;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Graph;
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
            default -> PASSES;
        };
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
