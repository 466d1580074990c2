package dev.lathe.backend;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.Node;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Constant;
import dev.lathe.passes.Pipeline;
import java.util.List;

/** The target {@code reference}: a graph, interpreted by the reference meaning of its ops. Slow and obviously right. */
public final class ReferenceBackend implements Backend {
    /** Its name. */
    public static final String NAME = "reference";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Availability probe() {
        return new Availability.Ready("the reference evaluator, slow");
    }

    @Override
    public Support supports(Node node) {
        return Support.YES;
    }

    @Override
    public Pipeline pipeline(CompileOptions options) {
        return Pipeline.of();
    }

    @Override
    public Artifact compile(Graph graph, CompileOptions options) {
        return new Interpreted(graph);
    }

    /** A graph, which has no file: {@code lathe opt -o out.lir} writes one. */
    private record Interpreted(Graph graph) implements Artifact {
        @Override
        public Executable load() {
            return new ReferenceEvaluator(graph);
        }

        /** Each node of the graph itself; what is inside of one is part of it. */
        @Override
        public List<ModelStep> steps() {
            return graph.nodes().stream()
                    .filter(n -> !(n.op() instanceof Constant))
                    .map(Interpreted::step)
                    .toList();
        }

        private static ModelStep step(Node n) {
            return new ModelStep(
                    n.op().mnemonic(),
                    n.results().isEmpty() ? "" : n.results().getFirst().name(),
                    n.location().origins().stream()
                            .map(Location.Origin::toString)
                            .toList(),
                    GraphCost.symbolicFlops(n.op()),
                    GraphCost.symbolicTrafficBytes(n),
                    0);
        }

        @Override
        public Executable load(StepTimes times) {
            return new ReferenceEvaluator(graph, times);
        }
    }
}
