package dev.lathe.passes.fuse;

import dev.lathe.ir.Graph;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rewriter;
import dev.lathe.passes.Rule;
import dev.lathe.passes.clean.Canonicalize;
import dev.lathe.passes.clean.CommonSubexpressions;
import java.util.List;
import java.util.stream.Stream;

/** Finds layer normalization, softmax, GELU and dequantization in what exporters spell out in smaller ops. */
public record RecognizeComposites() implements Pass {
    private static final List<Rule<?>> RULES = Stream.of(
                    NormalizationRules.RULES, GeluRules.RULES, DequantizeRules.RULES)
            .flatMap(List::stream)
            .toList();

    @Override
    public String name() {
        return "recognize-composites";
    }

    @Override
    public String description() {
        return "find layer_norm, softmax, gelu and dequantize in what exporters spell out";
    }

    @Override
    public List<After> after() {
        return List.of(
                Pass.after(Canonicalize.class, "the patterns are written in canonical form: pow(x, 2) is x * x"),
                Pass.after(
                        CommonSubexpressions.class, "exporters compute x - mean twice, and the patterns want it once"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return Rewriter.run(graph, this, context, RULES);
    }
}
