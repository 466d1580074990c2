package dev.lathe.passes;

import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.TooLargeException;
import java.util.List;

/** Runs pipelines. What is not a pass's own business happens here or in a {@link PassListener}. */
public final class PassManager {
    private PassManager() {}

    public static Graph run(Graph graph, Pipeline pipeline, List<? extends PassListener> listeners) {
        return run(graph, pipeline, PassContext.standard().withListeners(listeners));
    }

    /**
     * Runs {@code pipeline} on {@code graph}.
     *
     * @throws LatheException if a graph is not at the stage that a pass needs
     */
    public static Graph run(Graph graph, Pipeline pipeline, PassContext context) {
        List<PassListener> listeners = context.listeners();
        listeners.forEach(l -> l.beforePipeline(graph, pipeline));
        Graph current = graph;
        PassContext told = context;
        Stage known = Stage.IMPORTED;
        int index = 0;
        for (Pipeline.Step step : pipeline.steps()) {
            switch (step) {
                case Pipeline.Reach(Stage stage) -> {
                    check(stage, current, "the pipeline claims it");
                    known = stage;
                }
                case Pipeline.Tell<?> tell -> told = tell.to(told);
                case Pipeline.Run(Pass pass) -> {
                    if (pass.requires().compareTo(known) > 0) {
                        check(pass.requires(), current, "pass " + pass.name() + " needs it");
                        known = pass.requires();
                    }
                    current = run(index++, pass, current, told);
                }
            }
        }
        Graph result = current;
        listeners.forEach(l -> l.afterPipeline(result));
        return result;
    }

    private static Graph run(int index, Pass pass, Graph before, PassContext context) {
        List<PassListener> listeners = context.listeners();
        listeners.forEach(l -> l.beforePass(index, pass, before));
        Graph after;
        long start = System.nanoTime();
        try {
            PassContext informed = measured(pass, before, context);
            after = pass.isLossy() ? Rebuild.unobserved(() -> pass.run(before, informed)) : pass.run(before, informed);
        } catch (RuntimeException | Error failure) {
            listeners.forEach(l -> l.passFailed(index, pass, before, failure));
            if (failure instanceof ArithmeticException || failure instanceof TooLargeException) {
                throw tooLarge(pass, failure);
            }
            throw failure;
        }
        PassListener.PassRun run = new PassListener.PassRun(index, pass, before, after, System.nanoTime() - start);
        listeners.forEach(l -> l.afterPass(run));
        return after;
    }

    /** What {@code pass} knows, with what it wants to be measured. */
    private static PassContext measured(Pass pass, Graph graph, PassContext context) {
        List<? extends Statistic<?>> wanted = pass.measures(graph);
        return wanted.isEmpty() ? context : context.with(Statistics.KEY, context.measure(pass, graph, wanted));
    }

    /** The fault of a model whose sizes, once they are computed with, leave the range of numbers. */
    private static LatheException tooLarge(Pass pass, Throwable cause) {
        LatheException fault = new LatheException(Diagnostic.error(
                "pass.too-large",
                "pass " + pass.name() + ": a size or an offset is out of range: " + cause.getMessage(),
                "check the sizes in the model, and those given for it"));
        fault.initCause(cause);
        return fault;
    }

    private static void check(Stage stage, Graph graph, String why) {
        List<Diagnostic> problems = stage.check(graph);
        if (!problems.isEmpty()) {
            List<Diagnostic> told = new java.util.ArrayList<>(problems);
            told.addFirst(Diagnostic.error(
                    "pass.stage",
                    "graph @" + graph.name() + " is not " + stage.name().toLowerCase(java.util.Locale.ROOT) + ", and "
                            + why,
                    "run canonicalize and dead-code before"));
            throw new LatheException(LatheException.Fault.USAGE, told);
        }
    }
}
