package dev.lathe.frontend.onnx.node;

import dev.lathe.ir.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A table of operators: what each becomes, by the opset version that introduced the meaning. A class for each family
 * fills it.
 */
public final class Operators {

    /** Makes an operator's results from a node. */
    @FunctionalInterface
    public interface Lowering {
        List<Value> lower(OnnxNode n);
    }

    /** As {@link Lowering}, for operators with one result. */
    @FunctionalInterface
    public interface SingleLowering {
        Value lower(OnnxNode n);
    }

    /** The versions of one operator. */
    public static final class Versions {
        private final NavigableMap<Integer, Lowering> byOpset = new TreeMap<>();

        public Versions since(int opset, SingleLowering lowering) {
            return sinceAll(opset, n -> List.of(lowering.lower(n)));
        }

        public Versions sinceAll(int opset, Lowering lowering) {
            byOpset.put(opset, lowering);
            return this;
        }
    }

    private final int newestOpset;
    private final Map<String, Versions> byName = new LinkedHashMap<>();

    /**
     * @param newestOpset the newest opset of {@code ai.onnx} that is known
     * @param families fill the table
     */
    public Operators(int newestOpset, List<Consumer<Operators>> families) {
        this.newestOpset = newestOpset;
        families.forEach(f -> f.accept(this));
    }

    /** The newest opset of {@code ai.onnx} that this table knows. */
    public int newestOpset() {
        return newestOpset;
    }

    /** Begins the entry of an operator of {@code ai.onnx}. */
    public Versions on(String name) {
        return byName.computeIfAbsent(name, _ -> new Versions());
    }

    /**
     * The lowering of an operator in an opset, if there is one; operators of other domains have the domain before a
     * colon.
     */
    public Optional<Lowering> find(String name, int opset) {
        Versions versions = byName.get(name);
        if (versions == null) {
            return Optional.empty();
        }
        return Optional.ofNullable(versions.byOpset.floorEntry(opset)).map(Map.Entry::getValue);
    }

    public boolean knows(String name) {
        return byName.containsKey(name);
    }

    /** Names and the opsets in which their meaning changed. */
    public Map<String, List<Integer>> entries() {
        Map<String, List<Integer>> all = new TreeMap<>();
        byName.forEach((name, versions) -> all.put(name, List.copyOf(versions.byOpset.keySet())));
        return all;
    }
}
