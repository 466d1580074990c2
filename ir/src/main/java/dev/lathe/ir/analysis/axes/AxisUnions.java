package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A union-find over the positions of all axes. Tied positions stay or go together; pinned ones stay, with all that are
 * tied to them.
 */
final class AxisUnions {
    /** Longer axes, which are those of tables and pictures, are pinned. */
    private static final long LONGEST = 1 << 20;

    private final Set<Value> apart;
    private final Map<Value, List<Axis>> shared = new IdentityHashMap<>();
    private final Map<Node, Map<Value, List<Axis>>> own = new IdentityHashMap<>();
    private final List<Axis> all = new ArrayList<>();
    private final BitSet pinned = new BitSet();
    private int[] parents = new int[1024];
    private int size;
    private @Nullable Node user;

    /** {@code apart} are constants of which each use may lose other positions. */
    AxisUnions(Set<Value> apart) {
        this.apart = apart;
    }

    /** Whose operands {@link #of} gives from now on. */
    void use(Node node) {
        user = node;
    }

    /** The axes of a value; none if it is no tensor of known rank. */
    List<Axis> of(Value v) {
        Node by = user;
        if (by != null && apart.contains(v)) {
            return own.computeIfAbsent(by, _ -> new IdentityHashMap<>()).computeIfAbsent(v, _ -> axes(v, by));
        }
        return shared.computeIfAbsent(v, _ -> axes(v, null));
    }

    /** The axes of {@code v} as {@code node} uses it; none if nothing was said of them. */
    List<Axis> find(Value v, Node node) {
        Map<Value, List<Axis>> uses = own.getOrDefault(node, Map.of());
        List<Axis> axes = uses.get(v);
        return axes != null ? axes : shared.getOrDefault(v, List.of());
    }

    /** Pins a value for those who take it from the graph. */
    void pinShared(Value v) {
        pin(shared.computeIfAbsent(v, _ -> axes(v, null)));
    }

    List<Axis> all() {
        return all;
    }

    private List<Axis> axes(Value v, @Nullable Node by) {
        List<Axis> axes = new ArrayList<>();
        if (v.type() instanceof TensorType t && t.isRanked()) {
            for (int i = 0; i < t.rank(); i++) {
                Axis axis = new Axis(v, by, i);
                Dim d = t.dim(i);
                if (!d.isConstant()) {
                    axis.isOpen = true;
                } else if (d.constant() > 1 && d.constant() <= LONGEST) {
                    allot(axis, (int) d.constant());
                }
                axes.add(axis);
                all.add(axis);
            }
        }
        return axes;
    }

    private void allot(Axis axis, int count) {
        axis.first = size;
        axis.count = count;
        axis.isOpen = false;
        size += count;
        if (size > parents.length) {
            parents = Arrays.copyOf(parents, Math.max(size, 2 * parents.length));
        }
        for (int i = axis.first; i < size; i++) {
            parents[i] = i;
        }
    }

    /** Gives an axis of open size {@code outer * count * inner} its positions. */
    void open(Axis axis, Dim outer, int count, Dim inner) {
        allot(axis, count);
        axis.outer = outer;
        axis.inner = inner;
    }

    /** Nothing more becomes known of these axes. */
    void settle(List<Axis> axes) {
        axes.forEach(a -> a.isOpen = false);
    }

    int find(int position) {
        int root = position;
        while (parents[root] != root) {
            root = parents[root];
        }
        int at = position;
        while (parents[at] != root) {
            int next = parents[at];
            parents[at] = root;
            at = next;
        }
        return root;
    }

    void union(int a, int b) {
        int p = find(a);
        int q = find(b);
        if (p != q) {
            int root = Math.min(p, q);
            int other = Math.max(p, q);
            parents[other] = root;
            if (pinned.get(other)) {
                pinned.set(root);
            }
        }
    }

    boolean isPinned(int position) {
        return pinned.get(find(position));
    }

    void pin(int position) {
        pinned.set(find(position));
    }

    void pin(Axis axis) {
        axis.isOpen = false;
        pin(axis, 0, axis.count);
    }

    private void pin(Axis axis, long from, long count) {
        for (long i = from; i < from + count; i++) {
            pin(axis.first + (int) i);
        }
    }

    void pin(List<Axis> axes) {
        axes.forEach(this::pin);
    }

    /** Equal positions stay or go together. */
    void tie(Axis a, Axis b) {
        if (a.isOpen && b.count > 0 && a.size().equals(b.size())) {
            open(a, b.outer, b.count, b.inner);
        } else if (b.isOpen && a.count > 0 && a.size().equals(b.size())) {
            open(b, a.outer, a.count, a.inner);
        }
        if (a.count != b.count || !a.outer.equals(b.outer) || !a.inner.equals(b.inner)) {
            pin(a);
            pin(b);
            return;
        }
        a.isOpen &= b.isOpen;
        b.isOpen &= a.isOpen;
        for (int i = 0; i < a.count; i++) {
            union(a.first + i, b.first + i);
        }
    }

    /** {@code count} indices go together; an axis of size 1 keeps its only one. */
    void tie(Axis a, long fromA, Axis b, long fromB, long count) {
        if (a.isPlain() && b.isPlain()) {
            for (long i = 0; i < count; i++) {
                union(a.first + (int) (fromA + i), b.first + (int) (fromB + i));
            }
        } else if (a.isPlain()) {
            pin(a, fromA, count);
            pin(b);
        } else if (b.isPlain()) {
            pin(a);
            pin(b, fromB, count);
        } else {
            pin(a);
            pin(b);
        }
    }
}
