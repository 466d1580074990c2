package dev.lathe.verify;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.Placement;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Runs tests under some options.
 *
 * @param options what to compile for, with the shapes of inputs that are fixed
 * @param relative see {@link Tolerances}
 * @param absolute see {@link Tolerances}
 */
public record Verification(CompileOptions options, OptionalDouble relative, OptionalDouble absolute) {

    /** How a test ended. */
    public enum Status {
        PASSED,
        FAILED,
        SKIPPED
    }

    /** The note of a test that passes only so: its model does not compile for all sizes. */
    static final String OF_DATA = "with the shapes of its data";

    /**
     * {@code reason} says in one line why a test failed or was skipped, or that it passed only with the shapes of its
     * data.
     *
     * @param placement what ran where, if not all of it on the target
     */
    public record Outcome(Status status, String reason, Optional<Placement> placement) {}

    /** One compilation, and what it was found to compute wrongly. */
    private record Attempt(Optional<String> failure, Optional<Placement> placement) {
        Outcome outcome(String note) {
            return failure.map(reason -> new Outcome(Status.FAILED, reason, placement))
                    .orElse(new Outcome(Status.PASSED, note, placement));
        }
    }

    /**
     * Runs one test; a fault of the model, of its data or of Lathe is an outcome.
     *
     * @throws LatheException if the target cannot run here
     */
    public Outcome run(TestDirectory test) throws IOException {
        List<Path> sets = test.dataSets();
        if (sets.isEmpty()) {
            return new Outcome(Status.SKIPPED, "it has no data", Optional.empty());
        }
        try {
            return outcome(test, sets);
        } catch (LatheException e) {
            if (e.fault() == LatheException.Fault.UNAVAILABLE) {
                throw e;
            }
            return new Outcome(Status.FAILED, inOneLine(e), Optional.empty());
        } catch (RuntimeException | StackOverflowError e) {
            // One fault of Lathe must not hide the results of the other tests.
            return new Outcome(Status.FAILED, "internal error: " + e, Optional.empty());
        }
    }

    /** Where a model does not compile for all sizes, it is compiled for those of each data set. */
    private Outcome outcome(TestDirectory test, List<Path> sets) throws IOException {
        LatheException general;
        try {
            return attempt(test, sets, options.shapes()).outcome("");
        } catch (LatheException e) {
            general = e;
        }
        Attempt last = new Attempt(Optional.empty(), Optional.empty());
        for (Path set : sets) {
            Map<String, Shape> shapes = test.shapes(set);
            shapes.putAll(options.shapes());
            if (shapes.equals(options.shapes())) {
                throw general;
            }
            try {
                last = attempt(test, List.of(set), shapes);
            } catch (LatheException e) {
                throw general; // which says more than what the shapes of one call make of it
            }
            if (last.failure.isPresent()) {
                break;
            }
        }
        return last.outcome(OF_DATA);
    }

    private Attempt attempt(TestDirectory test, List<Path> sets, Map<String, Shape> shapes) throws IOException {
        CompileOptions.Builder fixed = options.toBuilder();
        shapes.forEach(fixed::shape);
        // Shapes of data say what sizes are, so names need not.
        fixed.independentDims(options.independentDims() || !shapes.equals(options.shapes()));
        CompileOptions built = fixed.build();
        Graph graph = Lathe.read(test.model(), built);
        ResultComparison comparison =
                new ResultComparison(Tolerances.of(graph).with(built.numerics()).with(relative, absolute));
        Model model = Lathe.compile(graph, built);
        try (Executable executable = model.load()) {
            for (Path set : sets) {
                Map<String, Datum> results = executable.run(test.inputs(set, executable.inputs()));
                Optional<String> difference = test.compare(set, executable.outputs(), results, comparison);
                if (difference.isPresent()) {
                    return new Attempt(difference, model.placement());
                }
            }
            return new Attempt(Optional.empty(), model.placement());
        }
    }

    private static String inOneLine(LatheException e) {
        List<Diagnostic> problems = e.diagnostics();
        String first = problems.isEmpty()
                ? String.valueOf(e.getMessage())
                : problems.getFirst().what();
        return first.replaceAll("\\s+", " ") + (problems.size() > 1 ? " (and " + (problems.size() - 1) + " more)" : "");
    }
}
