package dev.lathe.passes.listen;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.PassListener;
import dev.lathe.passes.Pipeline;
import java.util.ArrayList;
import java.util.List;

/** Checks the graph at the start and after each pass that changed it, and stops the pipeline with every broken rule. */
public record Verify() implements PassListener {
    @Override
    public void beforePipeline(Graph graph, Pipeline pipeline) {
        check(graph, "before the first pass");
    }

    @Override
    public void afterPass(PassRun run) {
        if (run.changed()) {
            check(run.after(), "after pass " + run.pass().name() + ", the one at position " + run.index());
        }
    }

    private static void check(Graph graph, String when) {
        List<Diagnostic> problems = Verifier.check(graph);
        if (!problems.isEmpty()) {
            List<Diagnostic> told = new ArrayList<>();
            told.add(Diagnostic.error(
                    "pass.verify",
                    "graph @" + graph.name() + " breaks rules of the IR " + when,
                    "this is a bug in that pass: report it with a reproducer, and leave the pass out until then"));
            told.addAll(problems);
            throw new LatheException(LatheException.Fault.INPUT, told);
        }
    }
}
