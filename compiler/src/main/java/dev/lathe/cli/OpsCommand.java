package dev.lathe.cli;

import dev.lathe.frontend.onnx.OnnxOperators;
import dev.lathe.frontend.onnx.OnnxOperators.Need;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
                + " words. --coverage counts the operators of a model, subgraphs and functions included, says which"
                + " are missing, and exits with 1 if any is.",
        },
        footer = {"  lathe ops", "  lathe ops --coverage model.onnx", "  lathe ops --json ops.json"})
final class OpsCommand extends LatheCommand {
    @Option(names = "--coverage", paramLabel = "MODEL", description = "Say what this .onnx file needs.")
    private @Nullable Path model;

    @Mixin
    private JsonFlag json = new JsonFlag();

    /** What {@code --json} writes for a model. */
    private record Coverage(int needed, int missing, List<Need> operators) {}

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
        json.write(terminal(), new Coverage(needs.size(), missing.size(), needs));
        if (!json.replacesText()) {
            Table table = new Table(terminal(), "operator", ">opset", ">nodes", "");
            for (Need need : needs) {
                table.row(
                        need.operator(),
                        Integer.toString(need.opset()),
                        Integer.toString(need.nodes()),
                        need.known() ? "" : terminal().styled("31", "missing"));
            }
            table.print();
            out().println();
            out().println(
                            missing.isEmpty()
                                    ? "all " + needs.size() + " operators are known"
                                    : missing.size() + " of " + needs.size() + " operators are missing: "
                                            + missing.stream()
                                                    .map(Need::operator)
                                                    .collect(Collectors.joining(", ")));
        }
        return missing.isEmpty() ? 0 : 1;
    }
}
