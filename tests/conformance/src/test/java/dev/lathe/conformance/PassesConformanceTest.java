package dev.lathe.conformance;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.List;

/** As {@link ReferenceConformanceTest}, after the target-independent passes: they change no result. */
class PassesConformanceTest extends OnnxConformance {
    @Override
    Executable load(Graph graph) {
        return new ReferenceEvaluator(PassManager.run(graph, Pipelines.canonical(OptimizationLevel.O3), List.of()));
    }
}
