package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Makes a failing sample small: fewer outputs, the earliest one that fails, and computed values made inputs. */
final class Shrinker {
    private final Predicate<Sample> fails;
    private Sample best;

    private Shrinker(Sample sample, Predicate<Sample> fails) {
        this.best = sample;
        this.fails = fails;
    }

    static Sample shrink(Sample sample, Predicate<Sample> fails) {
        Shrinker s = new Shrinker(sample, fails);
        s.earliestOutput();
        s.cut();
        s.earliestOutput();
        return s.best;
    }

    private boolean attempt(Optional<Sample> candidate) {
        if (candidate.isEmpty()
                || !Verifier.violations(candidate.get().graph()).isEmpty()
                || !fails.test(candidate.get())) {
            return false;
        }
        best = candidate.get();
        return true;
    }

    private void earliestOutput() {
        for (Node n : best.graph().nodes()) {
            for (Value v : n.results()) {
                if (!(n.op() instanceof Constant) && attempt(rebuilt(List.of(v), Set.of()))) {
                    return;
                }
            }
        }
        for (Value v : best.graph().outputs()) {
            if (attempt(rebuilt(List.of(v), Set.of()))) {
                return;
            }
        }
    }

    private void cut() {
        List<Node> nodes = new ArrayList<>(best.graph().nodes());
        Collections.reverse(nodes);
        for (Node n : nodes) {
            boolean present = best.graph().nodes().contains(n);
            if (present && !(n.op() instanceof Constant) && !n.results().isEmpty()) {
                attempt(rebuilt(best.graph().outputs(), Set.of(n)));
            }
        }
    }

    /** The part of the best graph that gives {@code outputs}, with the results of {@code given} as inputs. */
    private Optional<Sample> rebuilt(List<Value> outputs, Set<Node> given) {
        Graph g = best.graph();
        Set<Value> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        needed.addAll(outputs);
        Set<String> symbols = new HashSet<>();
        outputs.forEach(v -> v.type().collectSymbols(symbols));
        List<Node> kept = new ArrayList<>();
        List<Value> extra = new ArrayList<>();
        List<Node> nodes = new ArrayList<>(g.nodes());
        Collections.reverse(nodes);
        for (Node n : nodes) {
            boolean used = n.results().stream().anyMatch(needed::contains)
                    || n.op().binds().stream().anyMatch(symbols::contains);
            if (given.contains(n)) {
                n.results().stream().filter(needed::contains).forEach(extra::add);
            } else if (used) {
                kept.addFirst(n);
                needed.addAll(n.op().dependencies());
                symbols.addAll(OpSchema.of(n.op().getClass()).attributeSymbols(n.op()));
                n.results().forEach(v -> v.type().collectSymbols(symbols));
                n.op().regions()
                        .forEach(r -> r.allNodes().forEach(inner -> {
                            inner.results().forEach(v -> v.type().collectSymbols(symbols));
                            symbols.addAll(OpSchema.of(inner.op().getClass()).attributeSymbols(inner.op()));
                        }));
            }
        }
        try {
            Builder b = Builder.graph(g.name());
            List<Map<String, Tensor>> inputs = new ArrayList<>();
            best.inputs().forEach(i -> inputs.add(new LinkedHashMap<>()));
            List<Witness> worlds = new ArrayList<>();
            for (Map<String, Tensor> given1 : best.inputs()) {
                Witness w = new Witness();
                g.inputs().forEach(v -> w.input(v, Tensor.named(given1, v.name())));
                w.execute(g);
                worlds.add(w);
            }
            List<Value> all = new ArrayList<>();
            for (Value v : g.inputs()) {
                if (needed.contains(v) || v.type().symbols().stream().anyMatch(symbols::contains)) {
                    all.add(v);
                }
            }
            all.addAll(extra);
            for (Value v : all) {
                b.input(v);
                for (int w = 0; w < worlds.size(); w++) {
                    inputs.get(w).put(v.name(), worlds.get(w).tensor(v));
                }
            }
            kept.forEach(b::reuse);
            return Optional.of(new Sample(
                    b.build(
                            outputs,
                            outputs.stream().map(v -> "out " + v.name()).toList()),
                    inputs,
                    best.extreme()));
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }
}
