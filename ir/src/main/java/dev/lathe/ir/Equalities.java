package dev.lathe.ir;

import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which values hold the same, among those of a graph and of what passes made of it: a value and the one that replaced
 * it are equal.
 */
public final class Equalities {
    private final Map<Value, Value> parents = new IdentityHashMap<>();
    private final Map<Value, List<Value>> members = new IdentityHashMap<>();

    /** Nothing is known to be equal. */
    public Equalities() {}

    /** What {@code other} says, and what will be added to this alone. */
    public Equalities(Equalities other) {
        parents.putAll(other.parents);
        other.members.forEach((v, all) -> members.put(v, new ArrayList<>(all)));
    }

    /**
     * Says that {@code a} and {@code b} are equal; nothing is said by values of different kinds, one of which only
     * stands in the other's place.
     */
    public void same(Value a, Value b) {
        Value first = representative(a);
        Value second = representative(b);
        if (first == second || !sameKind(a, b)) {
            return;
        }
        parents.put(second, first);
        List<Value> all = members.computeIfAbsent(first, v -> new ArrayList<>(List.of(v)));
        List<Value> others = members.remove(second);
        all.addAll(others == null ? List.of(second) : others);
    }

    private static boolean sameKind(Value a, Value b) {
        if (a.type() instanceof TensorType s && b.type() instanceof TensorType t) {
            return s.element() == t.element()
                    && s.isRanked() == t.isRanked()
                    && (!s.isRanked() || s.rank() == t.rank());
        }
        return a.type().getClass() == b.type().getClass();
    }

    /** One value for all that are equal to {@code v}. */
    public Value representative(Value v) {
        Value current = v;
        for (Value up = parents.get(current); up != null; up = parents.get(current)) {
            current = up;
        }
        return current;
    }

    /** All values that are known to equal {@code v}, itself included. */
    public List<Value> members(Value v) {
        Value root = representative(v);
        return members.getOrDefault(root, List.of(root));
    }
}
