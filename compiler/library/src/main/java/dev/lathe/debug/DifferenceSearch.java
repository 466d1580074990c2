package dev.lathe.debug;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.Placement;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location.Origin;
import dev.lathe.ir.NamedValues;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.ValueDifference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first value that two ways of running a model do not agree on: two targets, optimization levels, or versions
 * of a model, such as one in fewer bits. Values are told by their names, or else by the names and operators of the
 * nodes that compute them.
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
     * @param values of both sides that stand for the same, in topological order
     * @param first null if all values agree
     * @param placements what ran where, by the name of a side not all of which ran on its target
     */
    public record Report(
            List<ValueDifference> outputs,
            List<ValueDifference> values,
            @Nullable First first,
            Map<String, Placement> placements) {
        /** Whether all that was compared agrees. */
        public boolean agrees() {
            return first == null && outputs.stream().allMatch(ValueDifference::agrees);
        }
    }

    private final Side expected;
    private final Side actual;
    private final ResultComparison comparison;
    /** The values of both sides that stand for the same: names of the expected side, and of the actual one. */
    private final Map<String, String> common;

    public DifferenceSearch(Side expected, Side actual, ResultComparison comparison) {
        this.expected = expected;
        this.actual = actual;
        this.comparison = comparison;
        this.common = common(new NamedValues(expected.graph()), new NamedValues(actual.graph()));
    }

    /** Runs both sides on {@code inputs}. */
    public Report run(Map<String, Datum> inputs) {
        Map<String, Placement> placements = new LinkedHashMap<>();
        List<ValueDifference> outputs = compare(whole(expected, inputs, placements), whole(actual, inputs, placements));
        List<ValueDifference> values = new ArrayList<>();
        for (List<String> names : parts(List.copyOf(common.keySet()), inputs)) {
            values.addAll(compare(exposed(expected, names, inputs), exposedActual(names, inputs)));
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
                first.map(f -> new First(f, node(named, f.name()), alone)).orElse(null),
                placements);
    }

    private static String node(NamedValues named, String name) {
        Value v = named.find(name);
        return v == null ? "" : Finiteness.place(named.definition(v));
    }

    /** Values of one type; sizes are left out. */
    private static Map<String, String> common(NamedValues own, NamedValues other) {
        Map<Origin, Value> byNode = new HashMap<>();
        for (Value w : other.computed()) {
            origin(other.definition(w)).ifPresent(o -> byNode.put(o, w));
        }
        Map<String, String> names = new LinkedHashMap<>();
        for (Value v : own.computed()) {
            Node node = own.definition(v);
            if (node == null || node.op() instanceof Dims) {
                continue;
            }
            Value named = other.find(v.name());
            Value w = named != null && other.definition(named) != null
                    ? named
                    : origin(node)
                            .flatMap(o -> Optional.ofNullable(byNode.get(o)))
                            .orElse(null);
            if (w != null && isComparable(v.type(), w.type())) {
                names.put(v.name(), w.name());
            }
        }
        return names;
    }

    /** The place of a node with one result that comes from one place, without its version. */
    private static Optional<Origin> origin(@Nullable Node node) {
        if (node == null
                || node.results().size() != 1
                || node.location().origins().size() != 1) {
            return Optional.empty();
        }
        Origin o = node.location().origins().getFirst();
        return o.name().isEmpty() ? Optional.empty() : Optional.of(new Origin(o.name(), o.opType(), 0));
    }

    private static boolean isComparable(Type a, Type b) {
        return a instanceof TensorType s
                && b instanceof TensorType t
                && s.element() == t.element()
                && s.isRanked() == t.isRanked()
                && (!s.isRanked() || s.rank() == t.rank());
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
            ValueDifference v = compare(exposed(expected, one, inputs), exposedActual(one, inputs))
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

    /** The values of the actual side by the names of the expected one. */
    private Map<String, Datum> exposedActual(List<String> names, Map<String, Datum> inputs) {
        List<String> own = names.stream().map(n -> common.getOrDefault(n, n)).toList();
        Map<String, Datum> results = exposed(actual, own, inputs);
        Map<String, Datum> renamed = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            renamed.put(names.get(i), Datum.named(results, own.get(i)));
        }
        return renamed;
    }

    private static Map<String, Datum> exposed(Side side, List<String> names, Map<String, Datum> inputs) {
        return run(side, Exposed.of(side.graph(), names), inputs);
    }

    private static Map<String, Datum> whole(Side side, Map<String, Datum> inputs, Map<String, Placement> placements) {
        Model model = Lathe.compile(side.graph(), side.options());
        model.placement().ifPresent(p -> placements.put(side.name(), p));
        return run(model, side.graph(), inputs);
    }

    private static Map<String, Datum> run(Side side, Graph graph, Map<String, Datum> inputs) {
        return run(Lathe.compile(graph, side.options()), graph, inputs);
    }

    private static Map<String, Datum> run(Model model, Graph graph, Map<String, Datum> inputs) {
        try (Executable run = model.load()) {
            return run.run(Inputs.of(graph, inputs));
        }
    }

    private List<ValueDifference> compare(Map<String, Datum> wanted, Map<String, Datum> got) {
        Map<String, ValueDifference> all = new LinkedHashMap<>();
        wanted.forEach((name, value) -> all.put(name, ValueDifference.of(name, value, got.get(name), comparison)));
        return List.copyOf(all.values());
    }
}
