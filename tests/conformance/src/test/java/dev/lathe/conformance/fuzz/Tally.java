package dev.lathe.conformance.fuzz;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts what happened in a campaign. */
final class Tally {
    private final Map<String, Long> counts = new TreeMap<>();

    void add(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    long count(String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** A line for each thing, the most frequent first. */
    @Override
    public String toString() {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(e -> "#   %,7d %s%n".formatted(e.getValue(), e.getKey()))
                .collect(Collectors.joining());
    }
}
