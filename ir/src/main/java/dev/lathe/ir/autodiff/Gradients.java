package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Container;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Creation;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Ordering;
import dev.lathe.ir.op.Random;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.op.Sampling;
import dev.lathe.ir.op.Tabular;
import dev.lathe.ir.op.Text;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Derivatives of one value of a graph with respect to others. */
public final class Gradients {
    private Gradients() {}

    /**
     * Adds what computes the derivatives of {@code y}, or of the sum of its elements, to the graph.
     *
     * @param b the builder of the graph that computes {@code y}
     * @param xs floats, of any shapes
     * @return for each of {@code xs} the derivative, of its type; zeros where {@code y} does not depend on it
     * @throws InvalidOpException if an op on the way has no derivative, with the reason
     */
    public static List<Value> of(Builder b, Value y, List<Value> xs) {
        Adjoints adjoints = new Adjoints(b);
        adjoints.add(y, adjoints.filled(y, 1));
        backwards(adjoints, List.of(y), xs);
        return xs.stream()
                .map(x -> Optional.ofNullable(adjoints.of(x)).orElseGet(() -> adjoints.filled(x, 0)))
                .toList();
    }

    /** Hands the adjoints of {@code ys} on to what they are made of, as far as {@code xs}. */
    private static void backwards(Adjoints a, List<Value> ys, List<Value> xs) {
        for (Node n : path(a.builder(), ys, xs).reversed()) {
            List<@Nullable Value> dys = new ArrayList<>();
            n.results().forEach(r -> dys.add(a.of(r)));
            if (dys.stream().anyMatch(dy -> dy != null)) {
                backwards(a, n, dys);
            }
        }
    }

    private static void backwards(Adjoints a, Node n, List<@Nullable Value> dys) {
        Value y = n.results().getFirst();
        Value dy = dys.getFirst();
        String reason = switch (n.op()) {
            case CompositeOp c -> expanded(a, c, dys);
            case CoreOp op
            when dy == null -> {
                // Only the first of several results is continuous in the operands.
                yield "that of its results after the first is not defined";
            }
            case Elementwise op -> ElementwiseGradients.add(a, op, y, dy);
            case Movement op -> MovementGradients.add(a, op, dy);
            case Reduction op -> ReductionGradients.add(a, op, y, dy);
            case Contraction op -> ContractionGradients.add(a, op, dy);
            case Indexing op -> IndexingGradients.add(a, op, dy);
            case Ordering op -> IndexingGradients.add(a, op, n.results(), dy);
            case Creation _ -> "sizes and ranges are not continuous";
            case Sampling _ -> "that of sampling at computed places is not written";
            case Control _ -> "that of control flow is not written";
            case Container _ -> "that of sequences, maps and optional values is not written";
            case Random _ -> "random numbers are no function of it";
            case Tabular _, Text _ -> "it is not continuous";
        };
        if (reason != null) {
            throw new InvalidOpException("the derivative of " + n.op().mnemonic() + " is not known: " + reason);
        }
    }

    private static @Nullable String expanded(Adjoints a, CompositeOp op, List<@Nullable Value> dys) {
        List<Value> results = op.expandAll(a.builder());
        for (int i = 0; i < results.size(); i++) {
            Value dy = dys.get(i);
            if (dy != null) {
                a.add(results.get(i), dy);
            }
        }
        backwards(a, results, op.operands());
        return null;
    }

    /** The nodes between {@code from} and {@code ys} through which derivatives go, definitions before uses. */
    private static List<Node> path(Builder b, List<Value> ys, List<Value> from) {
        Set<Value> ends = Collections.newSetFromMap(new IdentityHashMap<>());
        ends.addAll(from);
        Set<Node> entered = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Node> left = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Node> dependent = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Node> path = new ArrayList<>();
        Deque<Node> open = new ArrayDeque<>();
        ys.forEach(y -> push(b, y, ends, open));
        while (!open.isEmpty()) {
            Node n = open.getFirst();
            if (entered.add(n)) {
                n.op().dependencies().forEach(v -> push(b, v, ends, open));
                continue;
            }
            open.pop();
            if (left.add(n)) {
                boolean depends = n.op().dependencies().stream()
                        .anyMatch(v -> ends.contains(v)
                                || b.definition(v).filter(dependent::contains).isPresent());
                if (depends && isContinuous(n.results().getFirst())) {
                    dependent.add(n);
                    path.add(n);
                }
            }
        }
        return path;
    }

    private static void push(Builder b, Value v, Set<Value> ends, Deque<Node> open) {
        if (!ends.contains(v)) {
            b.definition(v).ifPresent(open::push);
        }
    }

    /** Integers and booleans change in steps: their derivative is zero, where there is one. */
    private static boolean isContinuous(Value v) {
        return !(v.type() instanceof TensorType t) || t.element().isFloat();
    }
}
