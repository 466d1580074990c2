package dev.lathe.conformance;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;

/** The importer and the meaning of the ops. */
class ReferenceConformanceTest extends OnnxConformance {
    @Override
    Executable load(Graph graph) {
        return new ReferenceEvaluator(graph);
    }
}
