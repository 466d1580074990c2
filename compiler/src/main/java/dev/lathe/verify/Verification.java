package dev.lathe.verify;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Runs tests under some options.
 *
 * <p>Some tests give as an input what decides ranks or shapes, such as the axes of a reduction. A model that does not compile with such an input is compiled with the value as a
 * constant instead, for each data set; {@link Outcome#specialized} tells.
 *
 * @param options what to compile for
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

    /**
     * @param reason why it failed or was skipped, in one line; empty when it passed
     * @param specialized whether integer inputs had to be constants
     */
    public record Outcome(Status status, String reason, boolean specialized) {}

    /**
     * Runs one test; a fault of the model, of its data or of Lathe is an outcome.
     *
     * @throws LatheException if the target cannot run here
     */
    public Outcome run(TestDirectory test) throws IOException {
        List<Path> sets = test.dataSets();
        if (sets.isEmpty()) {
            return new Outcome(Status.SKIPPED, "it has no data", false);
        }
        boolean specialized = false;
        try {
            Map<String, Type> types = OnnxImporter.inputs(test.model());
            List<Port> ports = new ArrayList<>();
            types.forEach((name, type) -> ports.add(new Port(name, type)));
            for (Path set : sets) {
                Map<String, Datum> inputs = test.inputs(set, ports);
                Optional<String> difference;
                try {
                    difference = run(test, set, inputs, Map.of(), Map.of());
                } catch (LatheException e) {
                    if (e.fault() != LatheException.Fault.INPUT) {
                        throw e;
                    }
                    difference = specialized(test, set, inputs, types, e);
                    specialized = true;
                }
                if (difference.isPresent()) {
                    return new Outcome(Status.FAILED, difference.get(), specialized);
                }
            }
            return new Outcome(Status.PASSED, "", specialized);
        } catch (LatheException e) {
            if (e.fault() == LatheException.Fault.UNAVAILABLE) {
                throw e;
            }
            return new Outcome(Status.FAILED, inOneLine(e), specialized);
        } catch (RuntimeException | StackOverflowError e) {
            // One fault of Lathe must not hide the results of the other tests.
            return new Outcome(Status.FAILED, "internal error: " + e, specialized);
        }
    }

    /** Runs a data set with integer vectors as constants; if that is not enough, with vectors of floats, such as the scales of a resize, as well. */
    private Optional<String> specialized(
            TestDirectory test, Path set, Map<String, Datum> inputs, Map<String, Type> types, LatheException failure)
            throws IOException {
        Map<String, Shape> shapes = unrankedShapes(types, inputs);
        Map<String, Tensor> before = Map.of();
        LatheException last = failure;
        for (boolean floats : new boolean[] {false, true}) {
            Map<String, Tensor> constants = shapeLike(inputs, floats);
            boolean more = constants.size() > before.size() || before.isEmpty() && !shapes.isEmpty();
            // A model that is all constants would test the folding of constants and nothing else.
            if (more && constants.size() < inputs.size()) {
                before = constants;
                try {
                    return run(test, set, inputs, shapes, constants);
                } catch (LatheException e) {
                    last = e;
                }
            }
        }
        throw last;
    }

    private Optional<String> run(
            TestDirectory test,
            Path set,
            Map<String, Datum> inputs,
            Map<String, Shape> shapes,
            Map<String, Tensor> constants)
            throws IOException {
        Graph graph = OnnxImporter.read(test.model(), shapes, constants);
        Comparison comparison = new Comparison(Tolerances.of(graph).with(relative, absolute));
        try (Executable executable = Lathe.compile(graph, options).load()) {
            Map<String, Datum> given = new LinkedHashMap<>(inputs);
            given.keySet().removeAll(constants.keySet());
            Map<String, Datum> results = executable.run(given);
            return test.compare(set, executable.outputs(), results, comparison);
        }
    }

    /** Vectors and scalars: what shapes, axes, and the counts of loops are made of. */
    private static Map<String, Tensor> shapeLike(Map<String, Datum> inputs, boolean floats) {
        Map<String, Tensor> found = new LinkedHashMap<>();
        inputs.forEach((name, value) -> {
            if (value instanceof Tensor t
                    && t.rank() <= 1
                    && (t.element().isInteger()
                            || t.element().isBool()
                            || floats && t.element().isFloat())) {
                found.put(name, t);
            }
        });
        return found;
    }

    private static Map<String, Shape> unrankedShapes(Map<String, Type> types, Map<String, Datum> inputs) {
        Map<String, Shape> found = new LinkedHashMap<>();
        types.forEach((name, type) -> {
            if (type instanceof TensorType t && !t.isRanked() && inputs.get(name) instanceof Tensor value) {
                found.put(name, value.shape());
            }
        });
        return found;
    }

    private static String inOneLine(LatheException e) {
        List<Diagnostic> problems = e.diagnostics();
        String first = problems.isEmpty()
                ? String.valueOf(e.getMessage())
                : problems.getFirst().what();
        return first.replaceAll("\\s+", " ") + (problems.size() > 1 ? " (and " + (problems.size() - 1) + " more)" : "");
    }
}
