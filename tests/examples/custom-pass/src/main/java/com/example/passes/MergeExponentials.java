package com.example.passes;

import static dev.lathe.passes.Pattern.multiply;
import static dev.lathe.passes.Pattern.once;
import static dev.lathe.passes.Pattern.unary;
import static dev.lathe.passes.Pattern.var;
import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Graph;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Pattern;
import dev.lathe.passes.Rewriter;
import dev.lathe.passes.Rule;
import java.util.List;

/** Multiplies exponentials by adding their exponents: one {@code exp} instead of two. */
public record MergeExponentials(
        @Option("merge exponentials that have other uses, too")
        boolean always) implements Pass {
    private static final Pattern.Var X = var("x");
    private static final Pattern.Var Y = var("y");

    public MergeExponentials() {
        this(false);
    }

    @Override
    public String name() {
        return "merge-exponentials";
    }

    @Override
    public String description() {
        return "multiply exponentials by adding their exponents";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Rule<?> merge = rule(
                "exp(x) * exp(y) -> exp(x + y)",
                multiply(exp(X), exp(Y)),
                m -> m.builder().exp(m.builder().add(m.get(X), m.get(Y))));
        return Rewriter.run(graph, this, context, List.of(merge));
    }

    private Pattern exp(Pattern x) {
        Pattern exp = unary(UnaryFunction.EXP, x);
        return always ? exp : once(exp);
    }
}
