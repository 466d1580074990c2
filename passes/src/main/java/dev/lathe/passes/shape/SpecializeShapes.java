package dev.lathe.passes.shape;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives symbolic dimensions of inputs the sizes that {@link PassContext#shapes} fixes; {@code --shape} on the command
 * line.
 */
public record SpecializeShapes() implements Pass {
    @Override
    public String name() {
        return "specialize-shapes";
    }

    @Override
    public String description() {
        return "replace symbolic dimensions of inputs by the sizes given with --shape";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        if (context.shapes().isEmpty()) {
            return graph;
        }
        List<Diagnostic> problems = new ArrayList<>();
        List<String> names = graph.inputs().stream().map(Value::name).toList();
        for (String name : context.shapes().keySet()) {
            if (!names.contains(name)) {
                problems.add(Diagnostic.error(
                        "shape.unknown-input",
                        "there is no input named " + name,
                        Suggestion.of(name, names) + "the inputs are " + String.join(", ", names)));
            }
        }
        Map<String, Dim> symbols = new HashMap<>();
        for (Value v : graph.inputs()) {
            Shape given = context.shapes().get(v.name());
            if (given != null && v.type() instanceof TensorType t && t.isRanked() && t.rank() == given.rank()) {
                bind(t.shape(), given, symbols);
            }
        }
        for (Value v : graph.inputs()) { // now that all symbols are known
            Shape given = context.shapes().get(v.name());
            if (given == null) {
                continue;
            }
            boolean right = v.type() instanceof TensorType t
                    && t.isRanked()
                    && t.shape().map(d -> d.substitute(symbols)).equals(given);
            if (!right) {
                problems.add(mismatch(v, given));
            }
        }
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.USAGE, problems);
        }
        return symbols.isEmpty() ? graph : Rebuild.mapDims(graph, Dim.substitution(symbols));
    }

    private static void bind(Shape declared, Shape given, Map<String, Dim> symbols) {
        for (int i = 0; i < declared.rank(); i++) {
            if (declared.dim(i).isSymbol()) {
                symbols.putIfAbsent(declared.dim(i).symbolName(), given.dim(i));
            }
        }
    }

    private static Diagnostic mismatch(Value input, Shape shape) {
        return Diagnostic.error(
                "shape.mismatch",
                "input " + input.name() + " is " + input.type() + " and cannot have shape " + shape,
                "give each symbolic dimension one size, the same wherever it occurs, and leave the others as they are");
    }
}
