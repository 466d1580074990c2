package dev.lathe.debug;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.NamedValues;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.TensorType;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.ValueDifference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first value that two ways of running a model do not agree on: two targets, optimization levels, or versions
 * of a model, such as one in fewer bits. Values are told by their names.
 */
public final class DifferenceSearch {
    /** Values of more bytes than these are computed in several runs. */
    private static final double MOST_BYTES = 512e6;

    /** A way to run a model; {@code name} is for messages. */
    public record Side(String name, Graph graph, CompileOptions options) {}

    /**
     * A value that differs while those before it agree.
     *
     * @param node what computes it, of the expected side
     * @param isAlone whether it differs only where it is the one output: the passes then fuse what is between
     */
    public record First(ValueDifference value, String node, boolean isAlone) {}

    /**
     * What was found.
     *
     * @param outputs of the model
     * @param values of both sides that have one name, in topological order
     * @param first null if all values agree
     */
    public record Report(
            List<ValueDifference> outputs,
            List<ValueDifference> values,
            @Nullable First first) {
        /** Whether all that was compared agrees. */
        public boolean agrees() {
            return first == null && outputs.stream().allMatch(ValueDifference::agrees);
        }
    }

    private final Side expected;
    private final Side actual;
    private final ResultComparison comparison;

    public DifferenceSearch(Side expected, Side actual, ResultComparison comparison) {
        this.expected = expected;
        this.actual = actual;
        this.comparison = comparison;
    }

    /** Runs both sides on {@code inputs}. */
    public Report run(Map<String, Datum> inputs) {
        List<ValueDifference> outputs =
                compare(run(expected, expected.graph(), inputs), run(actual, actual.graph(), inputs));
        List<ValueDifference> values = new ArrayList<>();
        for (List<String> names : parts(common(), inputs)) {
            values.addAll(compare(exposed(expected, names, inputs), exposed(actual, names, inputs)));
        }
        NamedValues named = new NamedValues(expected.graph());
        Optional<ValueDifference> first =
                values.stream().filter(v -> !v.agrees()).findFirst();
        boolean alone = first.isEmpty() && outputs.stream().anyMatch(o -> !o.agrees());
        if (alone) {
            first = firstAlone(values, outputs, inputs);
        }
        return new Report(
                outputs,
                values,
                first.map(f -> new First(f, node(named, f.name()), alone)).orElse(null));
    }

    private static String node(NamedValues named, String name) {
        Value v = named.find(name);
        return v == null ? "" : Finiteness.place(named.definition(v));
    }

    /** The names of values that both sides compute, in the same element type; sizes are left out. */
    private List<String> common() {
        NamedValues other = new NamedValues(actual.graph());
        NamedValues own = new NamedValues(expected.graph());
        List<String> names = new ArrayList<>();
        for (Value v : own.computed()) {
            Value w = other.find(v.name());
            boolean same = w != null
                    && other.definition(w) != null
                    && v.type() instanceof TensorType s
                    && w.type() instanceof TensorType t
                    && s.element() == t.element();
            if (same && !(own.definition(v) instanceof Node n && n.op() instanceof Dims)) {
                names.add(v.name());
            }
        }
        return names;
    }

    /** {@code names} in lists, the values of which fit into memory at a time. */
    private List<List<String>> parts(List<String> names, Map<String, Datum> inputs) {
        NamedValues named = new NamedValues(expected.graph());
        Map<String, Long> sizes = InputCheck.bind(expected.graph().inputPorts(), inputs);
        GraphCost cost = new GraphCost(s -> sizes.getOrDefault(s, 1L));
        List<List<String>> parts = new ArrayList<>();
        double bytes = 0;
        for (String name : names) {
            Value v = named.find(name);
            double own = v == null ? 0 : cost.bytes(v.type());
            if (parts.isEmpty() || bytes + own > MOST_BYTES) {
                parts.add(new ArrayList<>());
                bytes = 0;
            }
            parts.getLast().add(name);
            bytes += own;
        }
        return parts;
    }

    /**
     * The first value that differs as the only output, by bisection: what is before it is then fused as in the model.
     */
    private Optional<ValueDifference> firstAlone(
            List<ValueDifference> values, List<ValueDifference> outputs, Map<String, Datum> inputs) {
        int agrees = -1;
        int differs = values.size();
        ValueDifference found =
                outputs.stream().filter(o -> !o.agrees()).findFirst().orElseThrow();
        while (differs - agrees > 1) {
            int middle = (agrees + differs) >>> 1;
            List<String> one = List.of(values.get(middle).name());
            ValueDifference v = compare(exposed(expected, one, inputs), exposed(actual, one, inputs))
                    .getFirst();
            if (v.agrees()) {
                agrees = middle;
            } else {
                differs = middle;
                found = v;
            }
        }
        return Optional.of(found);
    }

    private static Map<String, Datum> exposed(Side side, List<String> names, Map<String, Datum> inputs) {
        return run(side, Exposed.of(side.graph(), names), inputs);
    }

    private static Map<String, Datum> run(Side side, Graph graph, Map<String, Datum> inputs) {
        try (Executable run = Lathe.compile(graph, side.options()).load()) {
            return run.run(Inputs.of(graph, inputs));
        }
    }

    private List<ValueDifference> compare(Map<String, Datum> wanted, Map<String, Datum> got) {
        Map<String, ValueDifference> all = new LinkedHashMap<>();
        wanted.forEach((name, value) -> all.put(name, ValueDifference.of(name, value, got.get(name), comparison)));
        return List.copyOf(all.values());
    }
}
