package dev.lathe.backend;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.passes.Pipeline;

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
    }
}
