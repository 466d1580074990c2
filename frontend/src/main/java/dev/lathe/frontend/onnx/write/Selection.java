package dev.lathe.frontend.onnx.write;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a candidate for each class of values, so that all outputs are made and the whole costs little. It starts
 * from the cheapest trees, or from what the model said, and then looks at one class after the other: a candidate
 * takes the place of another if what only the old one needs costs more than what only the new one needs, as mappers
 * of circuits recover area.
 */
public final class Selection {
    private static final int ROUNDS = 6;
    private static final double LEAST_GAIN = 0.5;

    private final Collection<ValueClass> classes;
    private final List<ValueClass> outputs;
    private final double perNode;

    private Selection(Collection<ValueClass> classes, List<ValueClass> outputs, double perNode) {
        this.classes = classes;
        this.outputs = outputs;
        this.perNode = perNode;
    }

    /**
     * Sets {@link ValueClass#chosen} of all classes that can be made.
     *
     * @param perNode how many bytes an operator may cost to save
     * @param first the candidates to start from, where they suffice
     * @param improve whether others take their place
     * @return the cost; infinite if an output cannot be made
     */
    static double choose(
            Collection<ValueClass> classes,
            List<ValueClass> outputs,
            double perNode,
            Predicate<Candidate> first,
            boolean improve) {
        Selection s = new Selection(classes, outputs, perNode);
        classes.forEach(c -> {
            c.chosen = null;
            c.uses = 0;
            c.candidates.forEach(x -> x.references = 0);
        });
        s.trees(first);
        s.trees(_ -> true);
        if (outputs.stream().anyMatch(c -> !c.isGiven() && c.chosen == null)) {
            return Double.POSITIVE_INFINITY;
        }
        outputs.forEach(s::use);
        for (int i = 0; improve && i < ROUNDS && s.round(); i++) {}
        return s.total();
    }

    private record Step(double cost, ValueClass made, Candidate by) {}

    /**
     * The cheapest tree for each class that has none yet, of candidates that {@code allowed} takes; trees pay for
     * what they share each time.
     */
    private void trees(Predicate<Candidate> allowed) {
        PriorityQueue<Step> queue = new PriorityQueue<>((a, b) -> Double.compare(a.cost, b.cost));
        IdentityHashMap<ValueClass, List<Candidate>> users = new IdentityHashMap<>();
        Set<Candidate> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (ValueClass c : classes) {
            for (Candidate x : c.candidates) {
                if (!allowed.test(x) || !seen.add(x)) {
                    continue;
                }
                x.sum = x.cost(perNode);
                x.waiting = 0;
                for (ValueClass o : x.operands) {
                    if (!o.isGiven() && o.chosen == null) {
                        x.waiting++;
                        users.computeIfAbsent(o, _ -> new ArrayList<>()).add(x);
                    }
                }
                offer(x, queue);
            }
        }
        while (!queue.isEmpty()) {
            Step step = queue.poll();
            if (step.made.chosen != null || step.made.isGiven()) {
                continue;
            }
            step.made.chosen = step.by;
            for (Candidate x : users.getOrDefault(step.made, List.of())) {
                x.sum += step.cost;
                x.waiting--;
                offer(x, queue);
            }
        }
    }

    private static void offer(Candidate x, PriorityQueue<Step> queue) {
        if (x.waiting == 0) {
            for (ValueClass made : x.results()) {
                if (made != null && made.chosen == null) {
                    queue.add(new Step(x.sum, made, x));
                }
            }
        }
    }

    // Counting.

    /** What using {@code c} once more adds to the cost. */
    private double use(ValueClass c) {
        double added = 0;
        Deque<ValueClass> todo = new ArrayDeque<>(List.of(c));
        while (!todo.isEmpty()) {
            ValueClass v = todo.pop();
            if (!v.isGiven() && v.uses++ == 0) {
                Candidate by = v.chosen;
                if (by != null && by.references++ == 0) {
                    added += by.cost(perNode);
                    todo.addAll(by.operands);
                }
            }
        }
        return added;
    }

    private double take(Candidate x) {
        double added = 0;
        if (x.references++ == 0) {
            added += x.cost(perNode);
            for (ValueClass o : x.operands) {
                added += use(o);
            }
        }
        return added;
    }

    private double drop(Candidate x) {
        double freed = 0;
        Deque<Candidate> todo = new ArrayDeque<>(List.of(x));
        while (!todo.isEmpty()) {
            Candidate by = todo.pop();
            if (--by.references == 0) {
                freed += by.cost(perNode);
                for (ValueClass o : by.operands) {
                    if (!o.isGiven() && --o.uses == 0 && o.chosen != null) {
                        todo.push(o.chosen);
                    }
                }
            }
        }
        return freed;
    }

    private double total() {
        Set<Candidate> all = Collections.newSetFromMap(new IdentityHashMap<>());
        double sum = 0;
        for (ValueClass c : order(outputs)) {
            if (c.chosen != null && all.add(c.chosen)) {
                sum += c.chosen.cost(perNode);
            }
        }
        return sum;
    }

    /** Looks at each class once; whether something became cheaper. */
    private boolean round() {
        List<ValueClass> order = order(outputs);
        classes.forEach(c -> c.position = -1);
        for (int i = 0; i < order.size(); i++) {
            order.get(i).position = i;
        }
        boolean better = false;
        for (ValueClass c : order) {
            if (c.uses > 0) {
                better |= improve(c);
            }
        }
        return better;
    }

    private boolean improve(ValueClass c) {
        boolean better = false;
        for (Candidate x : c.candidates) {
            Candidate old = c.chosen;
            if (x == old || old == null || !isEarlier(x, c)) {
                continue;
            }
            double freed = drop(old);
            c.chosen = x;
            double added = take(x);
            if (added < freed - LEAST_GAIN) {
                better = true;
            } else {
                drop(x);
                c.chosen = old;
                take(old);
            }
        }
        return better;
    }

    /** Whether all that {@code x} needs can be made before {@code c}. */
    private static boolean isEarlier(Candidate x, ValueClass c) {
        Deque<ValueClass> todo = new ArrayDeque<>(x.operands);
        Set<ValueClass> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        while (!todo.isEmpty()) {
            ValueClass v = todo.pop();
            if (v.isGiven() || !seen.add(v)) {
                continue;
            }
            if (v == c || v.chosen == null || v.position > c.position) {
                return false;
            }
            if (v.position < 0) {
                todo.addAll(v.chosen.operands);
            }
        }
        return true;
    }

    /** The classes that {@code outputs} need, each after those that it needs. */
    static List<ValueClass> order(List<ValueClass> outputs) {
        List<ValueClass> order = new ArrayList<>();
        Set<ValueClass> seen = new HashSet<>();
        record Visit(ValueClass of, @Nullable Candidate by, int[] next) {}
        Deque<Visit> stack = new ArrayDeque<>();
        for (ValueClass output : outputs) {
            if (!seen.add(output)) {
                continue;
            }
            stack.push(new Visit(output, output.isGiven() ? null : output.chosen, new int[1]));
            while (!stack.isEmpty()) {
                Visit visit = stack.peek();
                Candidate by = visit.by;
                if (by != null && visit.next[0] < by.operands.size()) {
                    ValueClass o = by.operands.get(visit.next[0]++);
                    if (seen.add(o)) {
                        stack.push(new Visit(o, o.isGiven() ? null : o.chosen, new int[1]));
                    }
                } else {
                    stack.pop();
                    order.add(visit.of);
                }
            }
        }
        return order;
    }
}
