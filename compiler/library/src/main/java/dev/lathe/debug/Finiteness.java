package dev.lathe.debug;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.NamedValues;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds values that are NaN or infinite. */
public final class Finiteness {
    private Finiteness() {}

    /**
     * A value that is not finite.
     *
     * @param name of the value
     * @param node what computes it: its place in the model, or its op; empty for an input, and where it is not known
     * @param count how many of its elements are NaN or infinite
     * @param elements how many it has
     * @param nan whether one is NaN
     */
    public record Finding(String name, String node, long count, long elements, boolean nan) {
        /** In one line. */
        @Override
        public String toString() {
            return "\"" + name + "\" has " + (nan ? "NaN" : "Inf") + " in " + count + " of " + elements + " elements"
                    + (node.isEmpty() ? "" : ", computed by " + node);
        }
    }

    /** The first of {@code values} that is not finite. */
    public static Optional<Finding> first(Map<String, Datum> values) {
        return values.entrySet().stream()
                .flatMap(e -> find(e.getKey(), "", e.getValue()).stream())
                .findFirst();
    }

    /**
     * The first value that is not finite of those that a model takes and those that its nodes compute and that have a
     * name, in topological order. The model is compiled anew, with these as outputs.
     */
    public static Optional<Finding> first(
            Graph graph, CompileOptions options, Map<String, Datum> inputs, Deadline deadline) {
        Optional<Finding> given = first(inputs);
        if (given.isPresent()) {
            return given;
        }
        NamedValues named = new NamedValues(graph);
        List<String> names = new ArrayList<>();
        for (Value v : named.computed()) {
            if (isFloat(v.type())) {
                names.add(v.name());
            }
        }
        Graph exposed = Exposed.of(graph, names);
        try (Executable run = Lathe.compile(exposed, options).load()) {
            Map<String, Datum> results = run.run(Inputs.of(exposed, inputs), deadline);
            for (String name : names) {
                Datum value = results.get(name);
                Value source = named.find(name);
                if (value != null && source != null) {
                    Optional<Finding> found = find(name, place(named.definition(source)), value);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isFloat(Type type) {
        return type instanceof TensorType t && t.element().isFloat();
    }

    private static Optional<Finding> find(String name, String node, Datum value) {
        if (!(value instanceof Tensor t) || !t.element().isFloat()) {
            return Optional.empty();
        }
        long count = 0;
        boolean nan = false;
        for (long i = 0; i < t.size(); i++) {
            double x = t.getDouble(i);
            if (!Double.isFinite(x)) {
                count++;
                nan |= Double.isNaN(x);
            }
        }
        return count == 0 ? Optional.empty() : Optional.of(new Finding(name, node, count, t.size(), nan));
    }

    /** Where a node stands in its model, or its op where that is not known. */
    static String place(@Nullable Node node) {
        if (node == null) {
            return "";
        }
        Location at = node.location();
        return at.isNone() ? node.op().mnemonic() : at.toString();
    }
}
