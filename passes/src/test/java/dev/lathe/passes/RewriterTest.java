package dev.lathe.passes;

import static dev.lathe.passes.Rule.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.clean.Canonicalize;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RewriterTest {
    /** A pass of the given rules. */
    private record Rules(List<Rule<?>> rules) implements Pass {
        @Override
        public String name() {
            return "test-rules";
        }

        @Override
        public String description() {
            return "rules of a test";
        }

        @Override
        public Graph run(Graph graph, PassContext context) {
            return Rewriter.run(graph, this, context, rules);
        }
    }

    private static Graph sumOf(int terms) {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 4));
        Value y = x;
        for (int i = 0; i < terms; i++) {
            y = b.add(y, b.constant(Tensor.scalar(0f)));
        }
        return b.build(List.of(y), List.of("y"));
    }

    @Test
    void rulesThatUndoEachOtherAreFound() {
        Pass swap = new Rules(List.of(
                rule("x + y -> y + x", Binary.class, (n, m) -> m.builder().binary(n.function(), n.y(), n.x()))));
        assertThatThrownBy(() -> swap.run(sumOf(3), PassContext.standard()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("test-rules do not converge")
                .hasMessageContaining("x + y -> y + x");
    }

    @Test
    void rulesThatGrowTheGraphAreFound() {
        Pass grow = new Rules(List.of(rule(
                "exp(x) -> -exp(exp(x))",
                Unary.class,
                (u, m) -> u.function() == UnaryFunction.EXP
                        ? m.builder().negate(m.builder().exp(m.builder().exp(u.x())))
                        : null)));
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 4));
        Graph g = b.build(List.of(b.exp(x)), List.of("y"));
        assertThatThrownBy(() -> grow.run(g, PassContext.standard()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("do not converge");
    }

    @Test
    void aRuleThatMakesAnInvalidOpIsNamed() {
        Pass bad = new Rules(List.of(
                rule("broken", Binary.class, (n, m) -> m.builder().unary(UnaryFunction.NOT, n.x()))));
        assertThatThrownBy(() -> bad.run(sumOf(1), PassContext.standard()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("`broken` made an invalid op of add");
    }

    @Test
    void aReplacementOfAnotherTypeIsNamed() {
        Pass other = new Rules(List.of(
                rule("wider", Binary.class, (n, m) -> m.builder().cast(n.x(), ElementType.F64))));
        assertThatThrownBy(() -> other.run(sumOf(2), PassContext.standard()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("rule `wider` of pass test-rules replaces add, which gives [%: f32[4]],"
                        + " by values of other types: [f64[4]]");
    }

    @Test
    void aReplacementByAnotherPatternOrNumberOfValuesIsNamed() {
        Pattern.Var x = Pattern.var("x");
        Pass pattern = new Rules(List.of(rule(
                "narrower", Pattern.add(x, Pattern.number(0)), m -> m.builder().reduceSum(m.get(x), 0))));
        assertThatThrownBy(() -> pattern.run(sumOf(1), PassContext.standard()))
                .hasMessageContaining("rule `narrower` of pass test-rules")
                .hasMessageContaining("[%: f32[4]], by values of other types: [f32[1]]");
        Pass two = new Rules(List.of(Rule.ruleForAll("doubled", Binary.class, (n, m) -> List.of(n.x(), n.x()))));
        assertThatThrownBy(() -> two.run(sumOf(1), PassContext.standard()))
                .hasMessageContaining("[%: f32[4]], by values of other types: [f32[4], f32[4]]");
    }

    /** Dimensions are equal if they are the same expression: a better known one is another type. */
    @Test
    void aReplacementWithBetterKnownDimensionsIsNamed() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"))));
        Graph g = b.build(List.of(b.exp(x)), List.of("y"));
        Pass known = new Rules(List.of(rule(
                "known",
                Unary.class,
                (u, m) -> m.builder().broadcast(m.builder().constant(Tensor.of(new float[] {1}, 1)), Shape.of(8)))));
        assertThatThrownBy(() -> known.run(g, PassContext.standard()))
                .hasMessageContaining("[%: f32[n]], by values of other types: [f32[8]]");
    }

    @Test
    void aRuleCanAskWhetherAReplacementHasTheType() {
        Pass guarded = new Rules(List.of(rule(
                "wider", Binary.class, (n, m) -> m.ifSameType(m.builder().cast(n.x(), ElementType.F64)))));
        Graph g = sumOf(2);
        assertThat(guarded.run(g, PassContext.standard())).isSameAs(g);
    }

    @Test
    void theStepLimitBisects() {
        int terms = 10;
        Graph g = sumOf(terms);
        int previous = terms;
        for (int limit = 0; limit <= terms; limit++) {
            List<String> applied = new ArrayList<>();
            PassContext context = PassContext.standard()
                    .withListeners(List.of(new PassListener() {
                        @Override
                        public void ruleApplied(Pass pass, String name, dev.lathe.ir.Node node) {
                            applied.add(name);
                        }
                    }))
                    .withStepLimit(limit);
            Graph after = PassManager.run(g, Pipeline.of(new Canonicalize()), context);
            assertThat(Verifier.check(after)).isEmpty();
            assertThat(applied).hasSize(limit);
            int left = (int)
                    after.nodes().stream().filter(n -> n.op() instanceof Binary).count();
            assertThat(left).isEqualTo(previous - (limit == 0 ? 0 : 1));
            previous = left;
        }
        assertThat(previous).isZero();
    }

    @Test
    void aGraphWithNothingToDoIsReturnedItself() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 4));
        Graph g = b.build(List.of(b.exp(x)), List.of("y"));
        assertThat(new Canonicalize().run(g, PassContext.standard())).isSameAs(g);
    }
}
