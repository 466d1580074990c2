package dev.lathe.passes;

import dev.lathe.ir.Graph;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

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

    private final List<? extends Collection<? extends Statistic<?>>> turns;
    private final Function<Collection<? extends Statistic<?>>, Map<Statistic<?>, Object>> measure;
    /** The turn that {@link #results} are of; -1 before the first. */
    private int turn;

    private Map<Statistic<?>, Object> results;

    /** @param results by the statistic; each is of the type that its accumulator gives */
    public Statistics(Map<Statistic<?>, ?> results) {
        this.turns = List.of(results.keySet());
        this.measure = _ -> Map.of();
        this.results = Map.copyOf(results);
    }

    private Statistics(
            List<? extends Collection<? extends Statistic<?>>> turns,
            Function<Collection<? extends Statistic<?>>, Map<Statistic<?>, Object>> measure) {
        this.turns = List.copyOf(turns);
        this.measure = measure;
        this.turn = -1;
        this.results = Map.of();
    }

    /**
     * Statistics that are measured in turns, because all of them together need too much memory: the results of one
     * turn are kept, until something of another turn is asked for. Who asks in the order of {@code turns} has each
     * measured once.
     *
     * @param measure gives the results of all statistics of one turn
     */
    public static Statistics inTurns(
            List<? extends Collection<? extends Statistic<?>>> turns,
            Function<Collection<? extends Statistic<?>>, Map<Statistic<?>, Object>> measure) {
        return new Statistics(turns, measure);
    }

    /** What was measured, if it was asked for. */
    @SuppressWarnings("unchecked") // the result is what the statistic's accumulator gave
    public <R> Optional<R> get(Statistic<R> statistic) {
        for (int i = 0; i < turns.size() && !results.containsKey(statistic); i++) {
            if (i != turn && turns.get(i).contains(statistic)) {
                results = Map.of(); // so that they are gone while others are measured
                results = measure.apply(turns.get(i));
                turn = i;
            }
        }
        return Optional.ofNullable((R) results.get(statistic));
    }
}
