package dev.lathe.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.Refusal;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpCatalog;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The table of ops by targets. Each op has a graph in {@code op-samples.lir}; every target plans it, as it would plan a
 * user's, with each function of the op and with other elements, and says what it left to the host, expanded or refused.
 */
final class TargetsPage {
    private static final List<String> TARGETS = List.of("java", "opencl", "tvm", "tensorrt");
    private static final ElementType WRITTEN = ElementType.F32;
    /** What a graph is tried with in place of {@link #WRITTEN}. */
    private static final List<ElementType> OTHERS = List.of(
            ElementType.F64,
            ElementType.F16,
            ElementType.BF16,
            ElementType.I64,
            ElementType.I32,
            ElementType.I8,
            ElementType.U8,
            ElementType.BOOL);

    private static final String INTRODUCTION = """
        <!-- Written by TargetsPageTest from the code; run the tests with -Dbless to write it again. -->

        What a target does with each op of the [IR](ops.md), in a small graph of constant shapes and elements of `f32` where the op takes them:

        - **kernel**: a kernel, a layer of TensorRT, or a view, branch or loop of the plan, which need none;
        - **expanded**: the kernels of other ops, which a pass or the plan puts in its place;
        - **host**: its reference meaning, on the host;
        - **no**: the target refuses it, for the reason below; with `--allow-fallback` target `java` runs it.

        Behind it stand functions of the op and elements for which it is otherwise. Sizes that only a run tells leave any op to the host, as said above.

        """;

    /** What runs a graph: a word of the table, and why if it is {@code no}. */
    private record Way(String word, String reason) {
        static final String NO = "no";
        static final Way KERNEL = new Way("kernel", "");
        static final Way EXPANDED = new Way("expanded", "");
        static final Way HOST = new Way("host", "");
    }

    /** A graph with one of an op's functions, or empty, and elements. */
    private record Sample(String function, ElementType element, Graph graph) {}

    private final Map<Class<? extends Op>, List<Sample>> samples = new LinkedHashMap<>();
    private final List<String> reasons = new ArrayList<>();

    private TargetsPage(String text) {
        Map<String, String> graphs = new TreeMap<>();
        for (String graph : text.split("\n(?=graph @)")) {
            if (graph.startsWith("graph @")) {
                graphs.put(graph.substring("graph @".length(), graph.indexOf('(')), graph);
            }
        }
        for (Class<? extends Op> op : OpCatalog.standard().ops()) {
            String graph = graphs.remove(name(op));
            assertThat(graph).as("op-samples.lir has no graph @%s", name(op)).isNotNull();
            samples.put(op, samples(op, Objects.requireNonNull(graph)));
        }
        assertThat(graphs.keySet())
                .as("graphs of op-samples.lir that are of no op")
                .isEmpty();
    }

    static String chapter() throws IOException {
        try (InputStream in = Objects.requireNonNull(TargetsPage.class.getResourceAsStream("op-samples.lir"))) {
            return new TargetsPage(new String(in.readAllBytes(), StandardCharsets.UTF_8)).write();
        }
    }

    /** {@code reduce} of {@code Reduce}, {@code mat_mul} of {@code MatMul}. */
    private static String name(Class<? extends Op> op) {
        return op.getSimpleName().replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /** The graph as written, first, and with all functions and elements with which it is one. */
    private static List<Sample> samples(Class<? extends Op> op, String text) {
        List<String> functions = OpSchema.of(op).mnemonics();
        List<Sample> all = new ArrayList<>();
        List<ElementType> elements = new ArrayList<>(List.of(WRITTEN));
        if (text.contains(WRITTEN.text())) {
            elements.addAll(OTHERS);
        }
        for (ElementType element : elements) {
            for (String function : functions) {
                String changed = text.replace(functions.getFirst() + "(", function + "(")
                        .replaceAll("\\b" + WRITTEN.text() + "\\b", element.text());
                parsed(changed).ifPresent(g -> all.add(new Sample(functions.size() == 1 ? "" : function, element, g)));
            }
        }
        assertThat(all).as("the graph of %s is none", op).isNotEmpty();
        return all;
    }

    /** Empty for what an op does not take, such as the square root of integers. */
    private static Optional<Graph> parsed(String text) {
        try {
            return Optional.of(IrText.parse(text));
        } catch (LatheException e) {
            return Optional.empty();
        }
    }

    private String write() {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        Map<String, Map<Sample, Way>> ways = new LinkedHashMap<>();
        for (String target : TARGETS) {
            Map<Sample, Way> own = new LinkedHashMap<>();
            samples.forEach((op, all) -> all.forEach(s -> own.put(s, way(op, s.graph(), Backends.named(target)))));
            for (ElementType element : OTHERS) {
                refusedByAll(own, element).ifPresent(reason -> {
                    page.append("Target `" + target + "` refuses all ops with elements of `" + element.text() + "`: "
                            + reason + ".\n\n");
                    own.keySet().removeIf(s -> s.element() == element);
                });
            }
            ways.put(target, own);
        }
        page.append("| Op | ").append(String.join(" | ", TARGETS)).append(" |\n");
        page.append("|---".repeat(TARGETS.size() + 1)).append("|\n");
        samples.forEach((op, all) -> page.append("| `")
                .append(name(op))
                .append("` | ")
                .append(TARGETS.stream()
                        .map(t -> cell(all, Objects.requireNonNull(ways.get(t))))
                        .collect(Collectors.joining(" | ")))
                .append(" |\n"));
        page.append('\n');
        for (int i = 0; i < reasons.size(); i++) {
            page.append(i + 1).append(". ").append(reasons.get(i)).append(".\n");
        }
        return page.toString();
    }

    /** Why most graphs with an element are refused, if all are. */
    private static Optional<String> refusedByAll(Map<Sample, Way> ways, ElementType element) {
        Map<Way, Long> some = ways.entrySet().stream()
                .filter(e -> e.getKey().element() == element)
                .collect(Collectors.groupingBy(Map.Entry::getValue, Collectors.counting()));
        return some.keySet().stream().allMatch(w -> w.word().equals(Way.NO))
                ? some.entrySet().stream()
                        .max(Map.Entry.comparingByValue())
                        .map(e -> e.getKey().reason())
                : Optional.empty();
    }

    /** How most functions of the elements as written run, and what runs otherwise. */
    private String cell(List<Sample> all, Map<Sample, Way> known) {
        Map<Way, List<Sample>> ways = new LinkedHashMap<>();
        for (Sample s : all) {
            if (known.get(s) instanceof Way way) {
                ways.computeIfAbsent(way, _ -> new ArrayList<>()).add(s);
            }
        }
        Way usual = usual(ways);
        StringBuilder cell = new StringBuilder(word(usual));
        ways.forEach((way, some) -> {
            if (way != usual) {
                cell.append("; ").append(word(way)).append(": ").append(described(some, all));
            }
        });
        return cell.toString();
    }

    private static Way usual(Map<Way, List<Sample>> ways) {
        return Collections.max(
                        ways.entrySet(),
                        Comparator.comparingLong((Map.Entry<Way, List<Sample>> e) -> written(e.getValue())))
                .getKey();
    }

    private static long written(Collection<Sample> samples) {
        return samples.stream().filter(s -> s.element() == WRITTEN).count();
    }

    private String word(Way way) {
        if (way.reason().isEmpty()) {
            return way.word();
        }
        if (!reasons.contains(way.reason())) {
            reasons.add(way.reason());
        }
        return way.word() + " (" + (reasons.indexOf(way.reason()) + 1) + ")";
    }

    /** The elements of which all functions are among {@code some}, and the functions that are with all elements. */
    private static String described(List<Sample> some, List<Sample> all) {
        List<String> words = new ArrayList<>();
        Map<ElementType, List<Sample>> byElement =
                some.stream().collect(Collectors.groupingBy(Sample::element, LinkedHashMap::new, Collectors.toList()));
        Map<String, List<String>> others = new LinkedHashMap<>();
        byElement.forEach((element, samples) -> {
            if (samples.size()
                    == all.stream().filter(s -> s.element() == element).count()) {
                words.add(element.text());
            } else {
                samples.forEach(s -> others.computeIfAbsent(s.function(), _ -> new ArrayList<>())
                        .add(element.text()));
            }
        });
        others.forEach((function, elements) -> words.add("`" + function + "` " + String.join(" ", elements)));
        return String.join(", ", words);
    }

    private static Way way(Class<? extends Op> op, Graph graph, Backend target) {
        CompileOptions options = CompileOptions.builder().target(target.name()).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        if (!has(canonical.allNodes(), op)) {
            return Way.EXPANDED;
        }
        Graph planned = PassManager.run(canonical, target.pipeline(options), options.passContext());
        List<Refusal> refused = target.refusals(planned, options);
        if (!refused.isEmpty()) {
            return new Way(Way.NO, refused.getFirst().reason());
        }
        if (!target.onHost(planned, options).isEmpty()) {
            return Way.HOST;
        }
        return has(planned.allNodes(), op) && !has(target.expanded(planned, options), op) ? Way.KERNEL : Way.EXPANDED;
    }

    private static boolean has(List<Node> nodes, Class<? extends Op> op) {
        return nodes.stream().anyMatch(n -> op.isInstance(n.op()));
    }
}
