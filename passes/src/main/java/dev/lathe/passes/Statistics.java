package dev.lathe.passes;

import dev.lathe.ir.Graph;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** What was measured of a graph on data; a pass says what it needs by {@link Pass#measures}. */
public final class Statistics {
    /** Who can run a graph on data; without one, passes that need data do not run. */
    public static final PassContext.Key<Source> SOURCE = PassContext.key("statistics-source");

    /** Runs graphs on data. */
    @FunctionalInterface
    public interface Source {
        /** Measures all of {@code wanted} while {@code graph} runs. */
        Statistics measure(Graph graph, Collection<? extends Statistic<?>> wanted);
    }

    /** Nothing was measured. */
    public static final Statistics NONE = new Statistics(Map.of());

    static final PassContext.Key<Statistics> KEY = PassContext.key("statistics");

    private final Map<Statistic<?>, Object> results;

    /** @param results by the statistic; each is of the type that its accumulator gives */
    public Statistics(Map<Statistic<?>, ?> results) {
        this.results = Map.copyOf(results);
    }

    /** What was measured, if it was asked for. */
    @SuppressWarnings("unchecked") // the result is what the statistic's accumulator gave
    public <R> Optional<R> get(Statistic<R> statistic) {
        return Optional.ofNullable((R) results.get(statistic));
    }
}
