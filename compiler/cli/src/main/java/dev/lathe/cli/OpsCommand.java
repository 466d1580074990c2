package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.java.JavaBackend;
import dev.lathe.frontend.onnx.OnnxOperators;
import dev.lathe.frontend.onnx.OnnxOperators.Need;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.PassManager;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lathe ops}. */
@Command(
        name = "ops",
        description = {
            "List the ONNX operators that Lathe reads, or those that a model needs.",
            "",
            "The numbers behind an operator are the opsets in which its meaning changed; Lathe reads each of these"
                + " meanings. Operators of other domains have the domain before a colon. Behind them stand what the"
                + " target java runs an operator by, and its element types; docs/reference/operators.md explains the"
                + " words. --coverage counts the operators of a model, subgraphs and functions included, names the"
                + " nodes, says which operators are missing and which nodes the target java runs slowly, by their"
                + " reference meaning, and exits with 1 if any operator is missing.",
        },
        footer = {"  lathe ops", "  lathe ops --coverage model.onnx", "  lathe ops --json ops.json"})
final class OpsCommand extends LatheCommand {
    @Option(names = "--coverage", paramLabel = "MODEL", description = "Say what this .onnx file needs.")
    private @Nullable Path model;

    @Mixin
    private JsonFlag json = new JsonFlag();

    /** What {@code --json} writes for a model. */
    private record Coverage(int needed, int missing, List<Need> operators, Map<String, Integer> slow) {}

    /** Names of nodes that a row shows. */
    private static final int SOME_NAMES = 3;

    @Override
    public Integer call() {
        json.require();
        return model == null ? all() : coverage(model);
    }

    private int all() {
        List<OperatorRow> operators = OperatorRow.all();
        json.write(terminal(), Map.of("newest_opset", OnnxOperators.NEWEST_OPSET, "operators", operators));
        if (!json.replacesText()) {
            Table table = new Table(terminal(), "operator", "since opset", "java", "element types");
            operators.forEach(o -> table.row(
                    o.operator(),
                    o.opsets().stream().map(String::valueOf).collect(Collectors.joining(", ")),
                    o.java().isEmpty() ? "-" : o.java(),
                    o.types()));
            table.print();
            out().println();
            out().println(operators.size() + " operators, up to opset " + OnnxOperators.NEWEST_OPSET);
        }
        return 0;
    }

    private int coverage(Path file) {
        List<Need> needs = OnnxOperators.of(file);
        List<Need> missing = needs.stream().filter(n -> !n.known()).toList();
        Map<String, Integer> slow = missing.isEmpty() ? slow(file) : Map.of();
        json.write(terminal(), new Coverage(needs.size(), missing.size(), needs, slow));
        if (!json.replacesText()) {
            Table table = new Table(terminal(), "operator", ">opset", ">nodes", "", "names");
            for (Need need : needs) {
                Integer byMeaning = slow.get(need.operator());
                String state = !need.known()
                        ? terminal().styled("31", "missing")
                        : byMeaning == null ? "" : terminal().styled("33", byMeaning + " slow");
                table.row(
                        need.operator(),
                        Integer.toString(need.opset()),
                        Integer.toString(need.nodes()),
                        state,
                        names(need));
            }
            table.print();
            out().println();
            out().println(
                            missing.isEmpty()
                                    ? "all " + needs.size() + " operators are known"
                                            + (slow.isEmpty()
                                                    ? ""
                                                    : "; the slow nodes have no kernel, the target java runs them by"
                                                            + " their reference meaning")
                                    : missing.size() + " of " + needs.size() + " operators are missing: "
                                            + missing.stream()
                                                    .map(Need::operator)
                                                    .collect(Collectors.joining(", ")));
        }
        return missing.isEmpty() ? 0 : 1;
    }

    /** All names of the nodes of a missing operator, of others a few. */
    private static String names(Need need) {
        long most = need.known() ? SOME_NAMES : Long.MAX_VALUE;
        return need.names().stream().limit(most).collect(Collectors.joining(", ")) + (need.nodes() > most ? ", …" : "");
    }

    /** How many nodes of each operator the target java runs by their reference meaning. */
    private static Map<String, Integer> slow(Path file) {
        CompileOptions options = CompileOptions.standard();
        Graph graph;
        try {
            Graph canonical =
                    PassManager.run(Lathe.read(file), Lathe.canonicalPipeline(options), options.passContext());
            graph = PassManager.run(canonical, new JavaBackend().pipeline(options), options.passContext());
        } catch (LatheException e) {
            return Map.of(); // such as a shape that has to be given first; `lathe inspect` tells
        }
        Map<String, Set<String>> names = new TreeMap<>();
        for (Node node : JavaBackend.plan(graph).onHost()) {
            node.location().origins().stream()
                    .limit(1)
                    .forEach(o -> names.computeIfAbsent(o.opType(), _ -> new HashSet<>())
                            .add(o.name()));
        }
        Map<String, Integer> counts = new TreeMap<>();
        names.forEach((operator, nodes) -> counts.put(operator, nodes.size()));
        return counts;
    }
}
