package dev.lathe.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lathe.backend.CompileOptions;
import dev.lathe.debug.Finiteness;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.ValueDifference;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code lathe run} looks at after a call. */
record RunChecks(
        OpenedModel source,
        Map<String, Datum> inputs,
        Map<String, Datum> results,
        Map<String, Shape> shapes,
        DimFlags dims,
        Terminal terminal) {

    /**
     * Whether all outputs are finite.
     *
     * @param first the first value that is not; null if it cannot be told, or all outputs are finite
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Finite(boolean isFinite, Finiteness.@Nullable Finding output, Finiteness.@Nullable Finding first) {
        void print(Terminal terminal, PrintWriter to) {
            if (output == null) {
                to.println("all outputs are finite");
                return;
            }
            to.println(terminal.styled("31", "NOT FINITE") + " output " + output);
            if (first != null) {
                to.println("  the first value that is not finite: " + first);
            } else {
                to.println("  no value that comes before is known to be so");
            }
            to.flush();
        }
    }

    /** How far the outputs are from those of another target. */
    record Compared(String target, boolean agrees, List<ValueDifference> outputs) {
        void print(Terminal terminal, PrintWriter to) {
            to.println("compared with " + target);
            DifferenceTable.print(terminal, to, outputs);
            to.flush();
        }
    }

    Finite finite(TargetFlags target, Deadline deadline) {
        Optional<Finiteness.Finding> output = Finiteness.first(results);
        Graph graph = source.source();
        if (output.isEmpty()) {
            return new Finite(true, null, null);
        }
        if (graph == null) {
            return new Finite(false, output.get(), Finiteness.first(inputs).orElse(null));
        }
        CompileOptions.Builder options = target.options();
        shapes.forEach(options::shape);
        dims.addTo(options);
        return new Finite(
                false,
                output.get(),
                Finiteness.first(graph, options.build(), inputs, deadline).orElse(null));
    }

    /** Runs {@code other} on the same inputs; its results are those that are expected. */
    Compared compared(TargetFlags other, ToleranceFlags tolerance, Deadline deadline) {
        Graph graph = Objects.requireNonNull(source.source(), "artifacts were refused");
        OpenedModel model = OpenedModel.of(graph, other, shapes, dims, terminal);
        ResultComparison comparison = new ResultComparison(tolerance.of(graph, other));
        List<ValueDifference> outputs = new ArrayList<>();
        try (Executable run = model.model().load()) {
            run.run(inputs, deadline)
                    .forEach((name, expected) ->
                            outputs.add(ValueDifference.of(name, expected, results.get(name), comparison)));
        }
        return new Compared(model.model().target(), outputs.stream().allMatch(ValueDifference::agrees), outputs);
    }
}
