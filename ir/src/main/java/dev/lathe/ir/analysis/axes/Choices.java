package dev.lathe.ir.analysis.axes;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a node ties an axis that it splits, only one of the parts can lose positions: heads, or the numbers of each
 * head. A choice that leaves nothing to remove is rejected, and the relations are found again.
 */
final class Choices {
    /** Which of the choices of a node it is; nodes are told apart by identity. */
    private record Place(Object node, int number) {
        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Place p && p.node == node && p.number == number;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(node) * 31 + number;
        }
    }

    /** What was chosen, and the positions that can be removed if it was good: each array is an axis. */
    private record Choice(int option, List<int[]> positions) {}

    private final Map<Place, BitSet> rejected = new HashMap<>();
    private final Map<Place, Choice> chosen = new HashMap<>();

    /** Forgets what was chosen, but not what was rejected. */
    void restart() {
        chosen.clear();
    }

    boolean isRejected(Object node, int number, int option) {
        BitSet options = rejected.get(new Place(node, number));
        return options != null && options.get(option);
    }

    void choose(Object node, int number, int option, List<int[]> positions) {
        chosen.put(new Place(node, number), new Choice(option, new ArrayList<>(positions)));
    }

    /** What was chosen; -1 if nothing was. */
    int chosen(Object node, int number) {
        Choice c = chosen.get(new Place(node, number));
        return c == null ? -1 : c.option;
    }

    /** Rejects what leaves nothing to remove; whether there was any. */
    boolean reject(AxisUnions unions) {
        boolean any = false;
        for (Map.Entry<Place, Choice> e : chosen.entrySet()) {
            if (e.getValue().positions.stream().noneMatch(p -> canLose(p, unions))) {
                rejected.computeIfAbsent(e.getKey(), _ -> new BitSet()).set(e.getValue().option);
                any = true;
            }
        }
        return any;
    }

    /** Whether some of the positions can be removed and others stay. */
    static boolean canLose(int[] positions, AxisUnions unions) {
        boolean free = false;
        boolean others = false;
        for (int p : positions) {
            free |= !unions.isPinned(p);
            others |= unions.find(p) != unions.find(positions[0]);
        }
        return free && others;
    }
}
