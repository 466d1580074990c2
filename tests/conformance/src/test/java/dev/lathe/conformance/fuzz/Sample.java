package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * A graph and what it is run on, one set of inputs after the other.
 *
 * @param extreme whether numbers may be infinite, huge or none, so that passes must not move roundings
 */
record Sample(Graph graph, List<Map<String, Tensor>> inputs, boolean extreme) {}
