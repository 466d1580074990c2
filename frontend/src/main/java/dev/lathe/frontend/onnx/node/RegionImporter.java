package dev.lathe.frontend.onnx.node;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a subgraph becomes, inside a region or in place. */
public interface RegionImporter {
    /** A subgraph without inputs, not finished: what follows it may be added; its results may be undecided. */
    record Region(Builder builder, List<Value> results) {}

    /** A region, or the problems that keep a subgraph from becoming one. */
    record Attempt(@Nullable Region region, List<Diagnostic> problems) {}

    /**
     * The body of a loop as a region; {@code inputs} are the types of its inputs, of which those in {@code open}
     * are sequences not yet filled.
     */
    Graph region(String name, List<Type> inputs, Set<Integer> open);

    /** The region of a subgraph that may never run: why it cannot, instead of a failure. */
    Attempt attempt(String name);

    /** The subgraph's nodes added to the graph around it; its results, which may be undecided. */
    List<Value> inline();

    /** The subgraph's nodes added to {@code into}, with {@code inputs} for its inputs; its results. */
    List<Value> inline(Builder into, List<Value> inputs);

    int inputCount();

    int outputCount();
}
