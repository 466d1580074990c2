package dev.lathe.passes.clean;

import dev.lathe.ir.Graph;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rewriter;
import dev.lathe.passes.Rule;
import java.util.List;
import java.util.stream.Stream;

/** Everyday algebra. Never needed for correctness; later passes look for one form of each thing, and this makes it. */
public record Canonicalize() implements Pass {
    /** All rules, in the order in which they are tried on a node. */
    static final List<Rule<?>> RULES = Stream.of(
                    ElementwiseRules.RULES, MovementRules.RULES, QuantizationRules.RULES, ContextRules.RULES)
            .flatMap(List::stream)
            .toList();

    @Override
    public String name() {
        return "canonicalize";
    }

    @Override
    public String description() {
        return "simplify by everyday algebra and give each thing one form";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return Rewriter.run(graph, this, context, RULES);
    }
}
