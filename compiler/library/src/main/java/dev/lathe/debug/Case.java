package dev.lathe.debug;

import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Datum;
import java.util.List;
import java.util.Map;

/**
 * A graph and what it is run on.
 *
 * @param inputs of one call after the other, by name
 */
public record Case(Graph graph, List<Map<String, Datum>> inputs) {
    public Case {
        inputs = List.copyOf(inputs);
    }
}
