package dev.lathe.passes.listen;

import dev.lathe.ir.Graph;
import dev.lathe.ir.text.Printer;
import dev.lathe.passes.PassListener;
import dev.lathe.passes.Pipeline;
import java.util.function.Consumer;

/** Prints the graph at the start and after each pass that changed it. */
public record PrintIfChanged(Consumer<String> out) implements PassListener {
    @Override
    public void beforePipeline(Graph graph, Pipeline pipeline) {
        out.accept("// before " + pipeline + "\n" + Printer.print(graph));
    }

    @Override
    public void afterPass(PassRun run) {
        out.accept("// " + (run.changed() ? "after " : "no change by ")
                + run.pass().name() + (run.changed() ? "\n" + Printer.print(run.after()) : ""));
    }
}
