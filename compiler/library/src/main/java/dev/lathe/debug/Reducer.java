package dev.lathe.debug;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Subgraph;
import dev.lathe.ir.Value;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.passes.Rebuild;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes a case that fails small: fewer outputs, the earliest one that fails, and computed values made inputs. Whatever
 * it returns fails too; a larger part may be left than is needed, since not every part is tried.
 */
public final class Reducer {
    /** In graphs of no more nodes each one is tried. */
    private static final int FEW = 64;

    private final Predicate<Case> fails;
    private Case best;
    /** What each value is for each set of inputs, by the reference; empty if that cannot run. */
    private List<Map<Value, Datum>> known;

    private Reducer(Case start, Predicate<Case> fails) {
        this.best = start;
        this.fails = fails;
        this.known = evaluate(start);
    }

    /** The smallest part that is found of a case that fails. */
    public static Case reduce(Case start, Predicate<Case> fails) {
        Reducer r = new Reducer(start, fails);
        r.nameAll();
        r.earliestOutput();
        r.cutBefore();
        r.cut();
        r.earliestOutput();
        return r.best;
    }

    private static List<Map<Value, Datum>> evaluate(Case c) {
        List<Value> all = new ArrayList<>();
        c.graph().nodes().stream().filter(n -> !(n.op() instanceof Constant)).forEach(n -> all.addAll(n.results()));
        List<String> names = new ArrayList<>();
        all.forEach(v -> names.add("value " + names.size()));
        List<Map<Value, Datum>> known = new ArrayList<>();
        try {
            Graph exposed = Subgraph.of(c.graph(), List.of(), all, names);
            for (Map<String, Datum> inputs : c.inputs()) {
                Map<Value, Datum> values = new IdentityHashMap<>();
                c.graph().inputs().forEach(v -> values.put(v, Datum.named(inputs, v.name())));
                List<Datum> results = new ArrayList<>(new ReferenceEvaluator(exposed)
                        .run(Inputs.of(exposed, inputs))
                        .values());
                for (int i = 0; i < all.size(); i++) {
                    values.put(all.get(i), results.get(i));
                }
                known.add(values);
            }
            return known;
        } catch (LatheException | IllegalStateException e) {
            return List.of(); // then nothing is cut
        }
    }

    private boolean attempt(Case candidate) {
        if (!Verifier.violations(candidate.graph()).isEmpty() || !fails.test(candidate)) {
            return false;
        }
        best = candidate;
        return true;
    }

    /** A value without a name of its own could not be an input. */
    private void nameAll() {
        Set<String> names = new HashSet<>(best.graph().outputNames());
        Set<String> seen = new HashSet<>();
        best.graph().inputs().forEach(v -> seen.add(v.name()));
        best.graph().nodes().forEach(n -> n.results().forEach(v -> names.add(v.name())));
        Graph named = Rebuild.run(best.graph(), (node, original, b) -> {
            if (b.depth() > 0 || node.results().stream().allMatch(v -> !v.name().isEmpty() && seen.add(v.name()))) {
                return null;
            }
            List<String> hints = new ArrayList<>();
            for (Value v : node.results()) {
                String name = v.name().isEmpty() ? node.op().mnemonic() : v.name();
                int i = 0;
                while (!names.add(name + "_" + i)) {
                    i++;
                }
                hints.add(name + "_" + i);
            }
            return b.at(original.location()).addAll(node.op(), hints);
        });
        Case candidate = new Case(named, best.inputs());
        if (named != best.graph() && attempt(candidate)) {
            known = evaluate(candidate);
        }
    }

    private static List<Node> computing(Graph graph) {
        return graph.nodes().stream()
                .filter(n -> !(n.op() instanceof Constant) && !n.results().isEmpty())
                .toList();
    }

    private void earliestOutput() {
        if (best.graph().outputs().size() > 1) {
            for (Value v : best.graph().outputs()) {
                if (attempt(part(List.of(v), List.of()))) {
                    break;
                }
            }
        }
        List<Node> nodes = computing(best.graph());
        if (nodes.size() <= FEW) {
            for (Node node : nodes) {
                if (attemptUpTo(node)) {
                    return;
                }
            }
            return;
        }
        int passes = -1;
        int failing = nodes.size() - 1;
        while (failing - passes > 1) {
            int middle = (passes + failing) >>> 1;
            if (attemptUpTo(nodes.get(middle))) {
                failing = middle;
            } else {
                passes = middle;
            }
        }
    }

    private boolean attemptUpTo(Node node) {
        return node.results().stream().anyMatch(v -> attempt(part(List.of(v), List.of())));
    }

    /** Keeps the last 1, 2, 4 … nodes alone. */
    private void cutBefore() {
        List<Node> nodes = computing(best.graph());
        for (int last = 1; last < nodes.size(); last *= 2) {
            if (attempt(part(best.graph().outputs(), results(nodes.subList(0, nodes.size() - last))))) {
                return;
            }
        }
    }

    /** Makes the results of nodes inputs: of half of them, of quarters, and in the end of each. */
    private void cut() {
        int size = Math.max(1, computing(best.graph()).size() / 2);
        while (true) {
            List<Node> nodes = computing(best.graph());
            for (int end = nodes.size(); end > 0; end -= size) {
                List<Node> chunk = new ArrayList<>(nodes.subList(Math.max(0, end - size), end));
                chunk.retainAll(new HashSet<>(best.graph().nodes()));
                if (!chunk.isEmpty()) {
                    attempt(part(best.graph().outputs(), results(chunk)));
                }
            }
            if (size == 1) {
                return;
            }
            size = Math.max(1, size / 2);
        }
    }

    private static List<Value> results(Collection<Node> nodes) {
        return nodes.stream().flatMap(n -> n.results().stream()).toList();
    }

    /** The part of the best graph that gives {@code outputs}, with {@code given} as inputs. */
    private Case part(List<Value> outputs, Collection<Value> given) {
        List<Value> cut = known.isEmpty() ? List.of() : List.copyOf(given);
        Graph old = best.graph();
        Map<Value, String> names = new HashMap<>();
        for (int i = 0; i < old.outputs().size(); i++) {
            names.put(old.outputs().get(i), old.outputNames().get(i));
        }
        Graph graph = Subgraph.of(
                old,
                cut,
                outputs,
                outputs.stream().map(v -> outputName(names, v)).toList());
        List<Map<String, Datum>> inputs = new ArrayList<>();
        for (int i = 0; i < best.inputs().size(); i++) {
            Map<String, Datum> own = new LinkedHashMap<>();
            for (Value v : graph.inputs()) {
                Datum value = old.inputs().contains(v)
                        ? best.inputs().get(i).get(v.name())
                        : known.get(i).get(v);
                own.put(v.name(), Objects.requireNonNull(value, v.name()));
            }
            inputs.add(own);
        }
        return new Case(graph, inputs);
    }

    private static String outputName(Map<Value, String> names, Value v) {
        String name = names.get(v);
        return name != null ? name : v.name().isEmpty() ? "output" : v.name();
    }
}
