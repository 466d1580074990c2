package dev.lathe.cli;

import dev.lathe.debug.Exposed;
import dev.lathe.ir.Graph;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code --outputs}: intermediate values as outputs. */
final class OutputsFlag {
    private static final String ALL = "all";

    @Option(
            names = "--outputs",
            paramLabel = "all|NAME",
            split = ",",
            description = "Give these values, by their names in the model, in place of its outputs; all for every named"
                    + " value beside its outputs. What is an output is not fused away.")
    private List<String> names = new ArrayList<>();

    boolean isGiven() {
        return !names.isEmpty();
    }

    /** {@code graph} with the outputs that are asked for. */
    Graph of(Graph graph) {
        return names.isEmpty() ? graph : names.equals(List.of(ALL)) ? Exposed.all(graph) : Exposed.of(graph, names);
    }
}
