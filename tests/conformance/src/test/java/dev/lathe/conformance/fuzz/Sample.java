package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** A graph and what it is run on, one set of inputs after the other. */
record Sample(Graph graph, List<Map<String, Tensor>> inputs) {}
