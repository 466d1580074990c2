package dev.lathe.passes;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies rules to a graph until none applies. Each sweep rebuilds the graph in order, so a rule sees what earlier
 * rules made of a node's operands; a node that a rule has made is looked at again at once.
 */
public final class Rewriter {
    private static final int MAX_SWEEPS = 64;
    private static final int MAX_STEPS_PER_NODE = 16;
    /** Rules that make more than they replace grow a graph faster than sweeps are counted. */
    private static final long MAX_STEPS = 10_000;

    private final Pass pass;
    private final PassContext context;
    private final List<? extends Rule<?>> rules;
    private final Map<Class<?>, List<Rule<?>>> byRoot = new HashMap<>();
    private long stepsLeft;

    private Rewriter(Pass pass, PassContext context, List<? extends Rule<?>> rules) {
        this.pass = pass;
        this.context = context;
        this.rules = rules;
    }

    /**
     * {@code graph} after the rules.
     *
     * @throws IllegalStateException if the rules undo each other for ever, or one makes an invalid op or a value of
     * another type
     */
    public static Graph run(Graph graph, Pass pass, PassContext context, List<? extends Rule<?>> rules) {
        return new Rewriter(pass, context, rules).toFixpoint(graph);
    }

    private Graph toFixpoint(Graph graph) {
        Graph current = graph;
        stepsLeft = MAX_STEPS + (long) MAX_STEPS_PER_NODE * graph.allNodes().size();
        for (int i = 0; i < MAX_SWEEPS; i++) {
            Sweep sweep = new Sweep(current);
            Graph next = Rebuild.run(current, sweep);
            if (sweep.applied.isEmpty()) {
                return next;
            }
            current = next;
            if (i == MAX_SWEEPS - 1) {
                throw divergence(sweep.applied);
            }
        }
        return current;
    }

    private IllegalStateException divergence(Set<String> applied) {
        return new IllegalStateException(
                "the rules of " + pass.name() + " do not converge; still applied are " + applied);
    }

    /** Whether the last bit of an operand may decide over a whole step of the result. */
    private static boolean cuts(Op op) {
        return switch (op) {
            case Unary u ->
                u.function() == UnaryFunction.ROUND
                        || u.function() == UnaryFunction.FLOOR
                        || u.function() == UnaryFunction.CEIL;
            case Cast c ->
                c.x().tensorType().element().isFloat()
                        && (c.to().isInteger()
                                || c.to().bits() < c.x().tensorType().element().bits());
            default -> false;
        };
    }

    private List<Rule<?>> rulesFor(Op op) {
        return byRoot.computeIfAbsent(op.getClass(), c -> {
            List<Rule<?>> some = new ArrayList<>();
            rules.stream().filter(r -> r.root().isAssignableFrom(c)).forEach(some::add);
            return some;
        });
    }

    /** One pass over the graph. */
    private final class Sweep implements Rebuild.Visitor {
        private final Set<String> applied = new LinkedHashSet<>();
        private final Map<Value, Integer> uses = new IdentityHashMap<>();
        /** The values that an op rounds to fewer bits. */
        private final Set<Value> cut = Collections.newSetFromMap(new IdentityHashMap<>());

        Sweep(Graph graph) {
            countUses(graph);
        }

        private void countUses(Graph graph) {
            // A value that a region captures is never taken for used once.
            graph.captures().forEach(v -> uses.merge(v, 2, Integer::sum));
            for (Node n : graph.nodes()) {
                n.op().dependencies().forEach(v -> uses.merge(v, 1, Integer::sum));
                if (cuts(n.op())) {
                    cut.addAll(n.op().operands());
                }
                n.op().regions().forEach(this::countUses);
            }
            graph.outputs().forEach(v -> uses.merge(v, 1, Integer::sum));
        }

        @Override
        public @Nullable List<Value> visit(Node node, Node original, Builder b) {
            if (rulesFor(node.op()).isEmpty()) {
                if (node == original) {
                    return null;
                }
                return counted(original, b.copy(original, node.op()));
            }
            Location around = b.location();
            List<Value> results = counted(original, node == original ? b.reuse(original) : b.copy(original, node.op()));
            for (int i = 0; i < MAX_STEPS_PER_NODE; i++) {
                Node current = results.isEmpty()
                        ? null
                        : b.definition(results.getFirst()).orElse(null);
                if (current == null
                        || current.results().size() != original.results().size()) {
                    break;
                }
                List<Value> better = improve(current, b);
                if (better == null) {
                    break;
                }
                results = counted(original, better);
            }
            b.at(around);
            return results;
        }

        private List<Value> counted(Node original, List<Value> results) {
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i) != original.results().get(i)) {
                    uses.merge(
                            results.get(i), uses.getOrDefault(original.results().get(i), 0), Integer::sum);
                    if (cut.contains(original.results().get(i))) {
                        cut.add(results.get(i));
                    }
                }
            }
            return results;
        }

        private @Nullable List<Value> improve(Node node, Builder b) {
            for (Rule<?> rule : rulesFor(node.op())) {
                b.at(node.location());
                List<Value> made = apply(rule, node, new Match(node, b, uses, cut, context));
                if (made == null) {
                    continue;
                }
                if (!types(made).equals(types(node.results()))) {
                    throw otherType(rule, node, made);
                }
                if (!context.step()) {
                    return null;
                }
                applied.add(rule.name());
                if (--stepsLeft < 0) {
                    throw divergence(applied);
                }
                context.applied(pass, rule.name(), node);
                return made.size() == 1
                        ? List.of(b.named(made.getFirst(), node.result().name()))
                        : made;
            }
            return null;
        }

        private static List<Type> types(List<Value> values) {
            return values.stream().map(Value::type).toList();
        }

        private IllegalStateException otherType(Rule<?> rule, Node node, List<Value> made) {
            return new IllegalStateException("rule `" + rule.name() + "` of pass " + pass.name() + " replaces "
                    + node.op().mnemonic() + ", which gives " + node.results() + ", by values of other types: "
                    + types(made) + (node.location().isNone() ? "" : "\n  at " + node.location()));
        }
    }

    private static <T extends Op> @Nullable List<Value> apply(Rule<T> rule, Node node, Match m) {
        try {
            return rule.rewrite().apply(rule.root().cast(node.op()), m);
        } catch (InvalidOpException e) {
            throw new IllegalStateException(
                    "rule `" + rule.name() + "` made an invalid op of "
                            + node.op().mnemonic() + ": " + e.getMessage(),
                    e);
        }
    }
}
