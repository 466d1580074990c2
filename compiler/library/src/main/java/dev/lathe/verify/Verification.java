package dev.lathe.verify;

import dev.lathe.Lathe;
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
     */
    public record Outcome(Status status, String reason) {}

    /**
     * Runs one test; a fault of the model, of its data or of Lathe is an outcome.
     *
     * @throws LatheException if the target cannot run here
     */
    public Outcome run(TestDirectory test) throws IOException {
        List<Path> sets = test.dataSets();
        if (sets.isEmpty()) {
            return new Outcome(Status.SKIPPED, "it has no data");
        }
        try {
            return outcome(test, sets);
        } catch (LatheException e) {
            if (e.fault() == LatheException.Fault.UNAVAILABLE) {
                throw e;
            }
            return new Outcome(Status.FAILED, inOneLine(e));
        } catch (RuntimeException | StackOverflowError e) {
            // One fault of Lathe must not hide the results of the other tests.
            return new Outcome(Status.FAILED, "internal error: " + e);
        }
    }

    /** Where a model does not compile for all sizes, it is compiled for those of each data set. */
    private Outcome outcome(TestDirectory test, List<Path> sets) throws IOException {
        LatheException general;
        try {
            return outcome(failure(test, sets, options.shapes()), "");
        } catch (LatheException e) {
            general = e;
        }
        Optional<String> reason = Optional.empty();
        for (Path set : sets) {
            Map<String, Shape> shapes = test.shapes(set);
            shapes.putAll(options.shapes());
            if (shapes.equals(options.shapes())) {
                throw general;
            }
            try {
                reason = failure(test, List.of(set), shapes);
            } catch (LatheException e) {
                throw general; // which says more than what the shapes of one call make of it
            }
            if (reason.isPresent()) {
                break;
            }
        }
        return outcome(reason, OF_DATA);
    }

    private static Outcome outcome(Optional<String> failure, String note) {
        return failure.map(reason -> new Outcome(Status.FAILED, reason)).orElse(new Outcome(Status.PASSED, note));
    }

    private Optional<String> failure(TestDirectory test, List<Path> sets, Map<String, Shape> shapes)
            throws IOException {
        CompileOptions.Builder fixed = options.toBuilder();
        shapes.forEach(fixed::shape);
        // Shapes of data say what sizes are, so names need not.
        fixed.independentDims(options.independentDims() || !shapes.equals(options.shapes()));
        CompileOptions built = fixed.build();
        Graph graph = Lathe.read(test.model(), built);
        ResultComparison comparison =
                new ResultComparison(Tolerances.of(graph).with(built.numerics()).with(relative, absolute));
        try (Executable executable = Lathe.compile(graph, built).load()) {
            for (Path set : sets) {
                Map<String, Datum> results = executable.run(test.inputs(set, executable.inputs()));
                Optional<String> difference = test.compare(set, executable.outputs(), results, comparison);
                if (difference.isPresent()) {
                    return difference;
                }
            }
            return Optional.empty();
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
