package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the graph of a sample gives in the reference evaluator, and whether other results agree with that as far as
 * rounding allows.
 */
final class Agreement {
    /** Two ways to run a graph give different results. */
    static final class Different extends RuntimeException {
        private static final long serialVersionUID = 1;

        Different(String message) {
            super(message);
        }
    }

    private final Sample sample;
    private final Map<String, Double> relative;
    private final List<Map<String, Datum>> expected = new ArrayList<>();
    private final Map<Integer, Map<String, Datum>> moved = new HashMap<>();

    Agreement(Sample sample) {
        this.sample = sample;
        this.relative = relative(sample.graph());
        ReferenceEvaluator reference = new ReferenceEvaluator(sample.graph());
        sample.inputs().forEach(inputs -> expected.add(reference.run(inputs)));
    }

    Map<String, Datum> expected(int world) {
        return expected.get(world);
    }

    /** @throws Different if {@code actual} are not the results of set {@code world} of inputs */
    void check(int world, Map<String, ? extends Datum> actual) {
        Map<String, Datum> right = expected.get(world);
        actual.forEach((name, a) -> check(
                name + " in world " + world,
                Objects.requireNonNull(right.get(name), name),
                a,
                relative.getOrDefault(name, 0.0),
                () -> moved(world).get(name)));
    }

    /**
     * For each output, how far apart its numbers may be for each unit of magnitude: as those of the fewest bits that
     * are on the way.
     */
    private static Map<String, Double> relative(Graph graph) {
        Map<Value, Double> all = new IdentityHashMap<>();
        graph.inputs().forEach(v -> all.put(v, relative(v)));
        for (Node n : graph.nodes()) {
            Stream<Double> before = n.op().dependencies().stream().map(all::get);
            Stream<Double> inside = n.op().regions().stream()
                    .flatMap(r -> r.allNodes().stream())
                    .flatMap(inner -> inner.results().stream())
                    .map(Agreement::relative);
            double most = Stream.concat(before, inside).max(Double::compare).orElse(0.0);
            n.results().forEach(v -> all.put(v, Math.max(most, relative(v))));
        }
        Map<String, Double> outputs = new HashMap<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            outputs.put(graph.outputNames().get(i), all.get(graph.outputs().get(i)));
        }
        return outputs;
    }

    private static double relative(Value v) {
        return v.type() instanceof TensorType t ? relative(t.element()) : 0;
    }

    /** Results for inputs that are slightly different. */
    private interface Neighbour {
        @Nullable
        Datum get();
    }

    private static void check(String where, Datum e, @Nullable Datum a, double relative, Neighbour neighbour) {
        if (e instanceof Tensor t && a instanceof Tensor u) {
            checkTensor(where, t, u, relative, neighbour);
        } else if (e instanceof Datum.Sequence s
                && a instanceof Datum.Sequence u
                && s.items().size() == u.items().size()) {
            for (int i = 0; i < s.items().size(); i++) {
                int item = i;
                check(
                        where + "[" + i + "]",
                        s.items().get(i),
                        u.items().get(i),
                        relative,
                        () -> neighbour.get() instanceof Datum.Sequence n
                                        && n.items().size() == s.items().size()
                                ? n.items().get(item)
                                : null);
            }
        } else if (e instanceof Datum.Mapping s
                && a instanceof Datum.Mapping u
                && s.entries().keySet().equals(u.entries().keySet())) {
            s.entries()
                    .forEach((key, x) -> check(
                            where + "[" + key + "]",
                            x,
                            u.entries().get(key),
                            relative,
                            () -> neighbour.get() instanceof Datum.Mapping n
                                    ? n.entries().get(key)
                                    : null));
        } else if (e instanceof Datum.Maybe s
                && a instanceof Datum.Maybe u
                && s.element().isPresent() == u.element().isPresent()) {
            s.element()
                    .ifPresent(x -> check(
                            where,
                            x,
                            u.element().orElseThrow(),
                            relative,
                            () -> neighbour.get() instanceof Datum.Maybe n
                                    ? n.element().orElse(null)
                                    : null));
        } else {
            throw new Different(where + " is " + a + ", not " + e);
        }
    }

    private static void checkTensor(String where, Tensor e, Tensor a, double least, Neighbour neighbour) {
        if (!e.type().equals(a.type())) {
            throw new Different(where + " is " + a.type() + ", not " + e.type());
        }
        ElementType element = e.element();
        if (element.isString()) {
            if (!e.equals(a)) {
                throw new Different(where + " is " + a + ", not " + e);
            }
            return;
        }
        double relative = element.isFloat() || element.isComplex() ? Math.max(least, relative(element)) : 0;
        double scale = relative > relative(ElementType.F32) ? largest(e) : 0;
        for (int part = 0; part < (element.isComplex() ? 2 : 1); part++) {
            for (long i = 0; i < e.size(); i++) {
                double x = number(e, i, part);
                double y = number(a, i, part);
                if (close(x, y, relative, scale, 0)) {
                    continue;
                }
                Datum near = element.isFloat() || element.isComplex() ? neighbour.get() : null;
                double extra =
                        near instanceof Tensor n && n.size() == e.size() ? 100 * Math.abs(number(n, i, part) - x) : 0;
                if (!close(x, y, relative, scale, extra)) {
                    throw new Different(where + " at " + i + " of " + e.type() + " is " + y + ", not " + x);
                }
            }
        }
    }

    /** The greatest finite magnitude: few bits are lost wherever numbers of this size were on the way. */
    private static double largest(Tensor t) {
        double largest = 0;
        for (long i = 0; i < t.size(); i++) {
            double x = Math.abs(t.getDouble(i));
            largest = x < Double.POSITIVE_INFINITY ? Math.max(largest, x) : largest;
        }
        return largest;
    }

    private static double number(Tensor t, long i, int part) {
        return t.element().isComplex()
                ? t.getComplex(i, part)
                : t.element().isInteger() ? t.getLong(i) : t.getDouble(i);
    }

    /** How far apart results may be, for each unit of magnitude. */
    private static double relative(ElementType element) {
        return switch (element) {
            case F32, F64, C64, C128 -> 2e-4;
            case F16 -> 0.03;
            case BF16 -> 0.1;
            case F8E4M3FN, F8E4M3FNUZ, F6E2M3 -> 0.3;
            case F8E5M2, F8E5M2FNUZ, F6E3M2, F4E2M1 -> 0.6;
            case F8E8M0 -> 1;
            default -> 0;
        };
    }

    private static boolean close(double e, double a, double relative, double scale, double extra) {
        if (Double.compare(e, a) == 0 || e == a) {
            return true;
        }
        if (Double.isNaN(e) || Double.isNaN(a) || Double.isInfinite(e) || Double.isInfinite(a)) {
            return Double.isNaN(extra) || extra == Double.POSITIVE_INFINITY; // on the edge of the range
        }
        return Math.abs(e - a) <= relative * (1 + Math.max(scale, Math.abs(e))) + extra;
    }

    /**
     * The results if inputs are moved by a unit in the last place or so, and each op rounds otherwise: how much
     * rounding can matter. Empty where this changes even shapes.
     */
    private Map<String, Datum> moved(int world) {
        return moved.computeIfAbsent(world, w -> {
            Graph g = sample.graph();
            Witness witness = new Witness(Agreement::rounded);
            Map<String, Datum> results = new LinkedHashMap<>();
            try {
                g.inputs()
                        .forEach(v -> witness.input(
                                v, moved(Tensor.named(sample.inputs().get(w), v.name()), 1e-6)));
                witness.execute(g);
                for (int i = 0; i < g.outputs().size(); i++) {
                    results.put(
                            g.outputNames().get(i), witness.datum(g.outputs().get(i)));
                }
            } catch (RuntimeException e) {
                return Map.of();
            }
            return results;
        });
    }

    /** A result of {@code op} as another order of its sums or another rounding may give it. */
    private static Datum rounded(Op op, Datum result) {
        return result instanceof Tensor t && Rounding.happens(op)
                ? moved(t, op.tolerance() == Tolerance.ACCUMULATING ? 1e-6 : 1e-7)
                : result;
    }

    /** @param step by which numbers of 32 bits and more are moved, for each unit of magnitude */
    private static Tensor moved(Tensor t, double step) {
        double relative = switch (t.element()) {
            case F32, F64 -> step;
            case F16 -> 2e-3;
            case BF16 -> 1e-2;
            default -> 0;
        };
        if (relative == 0) {
            return t;
        }
        Tensor copy = Tensor.zeros(t.element(), t.dims());
        for (long i = 0; i < t.size(); i++) {
            double x = t.getDouble(i);
            copy.setDouble(i, x + (i % 2 == 0 ? relative : -relative) * (x == 0 ? 0.1 : x));
        }
        return copy;
    }
}
