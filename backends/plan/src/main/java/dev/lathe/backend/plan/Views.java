package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where values are. What a region adds or changes is undone at its end: its values and copies exist only inside. */
final class Views {
    private final Map<Value, View> views = new IdentityHashMap<>();
    /** What the regions that have begun changed. */
    private final List<Change> changes = new ArrayList<>();

    private int regions;

    private record Change(Value value, @Nullable View before) {}

    @Nullable
    View get(Value v) {
        return views.get(v);
    }

    void put(Value v, View view) {
        View before = views.put(v, view);
        if (regions > 0) {
            changes.add(new Change(v, before));
        }
    }

    /** Begins a region; what {@link #end} needs to know. */
    int begin() {
        regions++;
        return changes.size();
    }

    /** Goes back to what was when {@link #begin} returned {@code mark}. */
    void end(int mark) {
        regions--;
        while (changes.size() > mark) {
            Change c = changes.removeLast();
            if (c.before == null) {
                views.remove(c.value);
            } else {
                views.put(c.value, c.before);
            }
        }
    }
}
