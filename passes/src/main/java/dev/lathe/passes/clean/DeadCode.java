package dev.lathe.passes.clean;

import dev.lathe.ir.Graph;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;

/** Removes what nobody uses. */
public record DeadCode() implements Pass {
    @Override
    public String name() {
        return "dead-code";
    }

    @Override
    public String description() {
        return "remove nodes whose results are not used, unless a symbol they bind is";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return Rebuild.run(graph, (node, original, b) -> null);
    }
}
