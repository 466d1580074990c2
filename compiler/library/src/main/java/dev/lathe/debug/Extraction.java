package dev.lathe.debug;

import dev.lathe.ir.Graph;
import dev.lathe.ir.NamedValues;
import dev.lathe.ir.Subgraph;
import dev.lathe.ir.Value;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A part of a model, by the names of the values that it goes from and leads to.
 *
 * @param from its inputs; none for those of the model that it needs
 * @param to its outputs; none for those of the model
 */
public record Extraction(List<String> from, List<String> to) {

    /**
     * What {@code a,b..c,d} means.
     *
     * @throws LatheException of the user's fault, {@code usage.extract}, if it cannot be understood
     */
    public static Extraction parse(String text) {
        int dots = text.indexOf("..");
        if (dots < 0 || text.length() == 2) {
            throw usage(
                    "\"" + text + "\" is no part of a model",
                    "write names of values with .. between what it goes from and leads to, for example"
                            + " --extract hidden..logits; a side may be empty");
        }
        return new Extraction(names(text.substring(0, dots)), names(text.substring(dots + 2)));
    }

    private static List<String> names(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(n -> !n.isEmpty())
                .toList();
    }

    /**
     * The part of {@code graph}.
     *
     * @throws LatheException of the user's fault, if there are no such values, or these do not make a part
     */
    public Graph of(Graph graph) {
        NamedValues named = new NamedValues(graph);
        List<Value> given = named.all(from);
        List<String> names =
                to.isEmpty() ? graph.outputNames() : to.stream().distinct().toList();
        List<Value> outputs = to.isEmpty() ? graph.outputs() : named.all(names);
        Graph part = Subgraph.of(graph, given, outputs, names);
        if (!from.isEmpty()) {
            requireClosed(part, given);
        }
        Verifier.require(part);
        return part;
    }

    private static void requireClosed(Graph part, List<Value> given) {
        List<Diagnostic> problems = new ArrayList<>();
        for (Value v : given) {
            if (!part.inputs().contains(v)) {
                problems.add(Diagnostic.error(
                        "usage.extract",
                        "\"" + v.name() + "\" leads to none of the outputs of the part",
                        "leave it out, or name an output that it leads to"));
            }
        }
        for (Value v : part.inputs()) {
            if (!given.contains(v)) {
                boolean used = part.uses().containsKey(v);
                problems.add(
                        used
                                ? Diagnostic.error(
                                        "usage.extract",
                                        "the part also needs the input \"" + v.name() + "\" of the model",
                                        "add it before the dots, or start at a value behind it")
                                : Diagnostic.error(
                                        "usage.extract",
                                        "the sizes in the part depend on those of the input \"" + v.name() + "\", "
                                                + v.type(),
                                        "fix them with --shape " + v.name() + "=DIMS, or add the input before the"
                                                + " dots"));
            }
        }
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.USAGE, problems);
        }
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.extract", what, fix)));
    }
}
