package dev.lathe.backend.plan;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where values are that a concatenation joins along the last axis: each is some columns of the rows of a home, and what
 * makes it can make it there. A concatenation of what lies side by side in the home of another is a part of that home,
 * as in networks where each layer reads all before it. So nothing is copied.
 */
final class Concatenations {
    /**
     * Columns of a home.
     *
     * @param home the result of the concatenation that has all of them
     * @param at the first column
     */
    record Part(Value home, Dim at) {}

    private final Map<Value, Part> parts = new IdentityHashMap<>();

    private Concatenations() {}

    static Concatenations none() {
        return new Concatenations();
    }

    /** Those of a graph, but not of the regions in it. */
    static Concatenations of(Graph graph) {
        Concatenations all = new Concatenations();
        Set<Value> outputs = Collections.newSetFromMap(new IdentityHashMap<>());
        outputs.addAll(graph.outputs());
        // The last one has the most, where each joins what the one before did with something new.
        for (Node n : graph.nodes().reversed()) {
            if (n.op() instanceof Concat c && isOfColumns(c, n.result())) {
                all.add(c, n.result(), outputs);
            }
        }
        return all;
    }

    /** Whether all rows are for sure as many, so that none is made outside of the home. */
    private static boolean isOfColumns(Concat c, Value result) {
        Shape shape = result.tensorType().shape();
        int rank = shape.rank();
        Set<Value> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        distinct.addAll(c.inputs());
        return rank >= 2
                && c.axis() == rank - 1
                && result.tensorType().element() == ElementType.F32
                && c.inputs().size() == distinct.size()
                && c.inputs().stream()
                        .allMatch(v -> v.tensorType().shape().slice(0, rank - 1).equals(shape.slice(0, rank - 1)));
    }

    private void add(Concat c, Value result, Set<Value> outputs) {
        Part first = parts.get(c.inputs().getFirst());
        if (first != null && !outputs.contains(result) && isSideBySide(c.inputs(), first)) {
            parts.put(result, first);
            return;
        }
        Dim at = Dim.ZERO;
        for (Value v : c.inputs()) {
            if (!outputs.contains(v)) {
                parts.putIfAbsent(v, new Part(result, at));
            }
            at = at.plus(v.tensorType().dim(-1));
        }
    }

    private boolean isSideBySide(List<Value> values, Part first) {
        Dim at = first.at;
        for (Value v : values) {
            if (!new Part(first.home, at).equals(parts.get(v))) {
                return false;
            }
            at = at.plus(v.tensorType().dim(-1));
        }
        return true;
    }

    /** The part that a value is; null if it has a place of its own. */
    @Nullable
    Part of(Value v) {
        return parts.get(v);
    }

    /** Notes that {@code inner}, a result of a body, becomes {@code outer}. */
    void standsFor(Value inner, Value outer) {
        Part part = parts.get(outer);
        if (part != null) {
            parts.put(inner, part);
        }
    }
}
