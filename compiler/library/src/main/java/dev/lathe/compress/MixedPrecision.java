package dev.lathe.compress;

import dev.lathe.passes.Pass;
import dev.lathe.passes.weights.SelectedWeights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Each weight in a way of its own.
 *
 * @param choices by the weights' names, see {@link dev.lathe.passes.weights.WeightRole#names}; weights that are not
 * named stay as they are
 */
public record MixedPrecision(Map<String, Strategy> choices) implements Strategy {
    public MixedPrecision {
        choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
    }

    private Map<Strategy, Set<String>> groups() {
        Map<Strategy, Set<String>> groups = new LinkedHashMap<>();
        choices.forEach((name, strategy) ->
                groups.computeIfAbsent(strategy, _ -> new LinkedHashSet<>()).add(name));
        return groups;
    }

    @Override
    public List<Pass> passes() {
        List<Pass> passes = new ArrayList<>();
        groups().forEach(
                        (strategy, names) -> strategy.passes().forEach(p -> passes.add(new SelectedWeights(p, names))));
        return passes;
    }

    /** First all weights with their first cure, then with their second, and so on. */
    @Override
    public List<Strategy> cured() {
        List<Strategy> all = new ArrayList<>();
        int most =
                choices.values().stream().mapToInt(s -> s.cured().size()).max().orElse(0);
        for (int i = 0; i < most; i++) {
            Map<String, Strategy> next = new LinkedHashMap<>();
            for (Map.Entry<String, Strategy> e : choices.entrySet()) {
                List<Strategy> own = e.getValue().cured();
                next.put(e.getKey(), own.isEmpty() ? e.getValue() : own.get(Math.min(i, own.size() - 1)));
            }
            all.add(new MixedPrecision(next));
        }
        return all;
    }

    /** How many weights have which precision. */
    @Override
    public String toString() {
        return groups().entrySet().stream()
                .map(e -> e.getValue().size() + " x " + e.getKey().words())
                .collect(Collectors.joining(", ", "mixed: ", ""));
    }
}
