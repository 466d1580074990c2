package dev.lathe.debug;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Rebuild;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.Tolerances;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReducerTest {
    /** A pass that is wrong: it takes each tanh for a relu. */
    public record Wrong() implements Pass {
        @Override
        public String name() {
            return "wrong";
        }

        @Override
        public String description() {
            return "take tanh for relu";
        }

        @Override
        public Graph run(Graph graph, PassContext context) {
            return Rebuild.run(graph, (node, original, b) -> {
                if (node.op() instanceof Unary(UnaryFunction f, var x) && f != UnaryFunction.RELU && context.step()) {
                    context.applied(this, "anything is a relu", original);
                    return List.of(b.unary(f == UnaryFunction.TANH ? UnaryFunction.RELU : f, x));
                }
                return null;
            });
        }
    }

    private static final Graph GRAPH = IrText.parse("""
        graph @long(%x: f32[n], %unused: f32[n]) -> (z: f32[n], y: f32[n]) {
          %a = exp(%x) : f32[n]
          %b = sqrt(%a) : f32[n]
          %c = add(%b, %a) : f32[n]
          %d = tanh(%c) : f32[n]
          %y = exp(%d) : f32[n]
          %z = exp(%b) : f32[n]
          return %z, %y
        }
        """);

    private static final Case CASE = new Case(
            GRAPH, List.of(Map.of("x", Tensor.of(new float[] {1, 2}, 2), "unused", Tensor.of(new float[] {3, 4}, 2))));

    private static final FailureCheck CHECK = new FailureCheck(
            CompileOptions.builder()
                    .target("reference")
                    .passes(Pipeline.of(new Wrong()))
                    .build(),
            new ResultComparison(Tolerances.of(GRAPH)));

    @Test
    void theGuiltyNodeIsLeft() {
        Failure failure = CHECK.of(CASE).orElseThrow();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.DIFFERENCE);
        assertThat(failure.message()).contains("output \"y\"");
        Case small = Reducer.reduce(CASE, c -> CHECK.fails(c, failure));
        assertThat(small.graph().nodes()).hasSize(1);
        assertThat(small.graph().nodes().getFirst().op()).isInstanceOf(Unary.class);
        assertThat(small.graph().inputs()).extracting("name").containsExactly("c");
        Tensor c = (Tensor) Datum.named(small.inputs().getFirst(), "c");
        assertThat(c.getFloat(0)).isEqualTo((float) (Math.exp(0.5) + Math.exp(1)));
    }

    @Test
    void theGuiltyRewriteIsFound() {
        Failure failure = CHECK.of(CASE).orElseThrow();
        Optional<GuiltyRewrite> guilty = GuiltyRewrite.of(CASE, failure, CHECK);
        // exp and sqrt come before.
        assertThat(guilty).contains(new GuiltyRewrite(3, "\"anything is a relu\" of pass wrong, on tanh"));
    }

    @Test
    void whatCannotBeCutStays() {
        Case kept = Reducer.reduce(CASE, c -> c.graph().nodes().size() >= 3);
        assertThat(kept.graph().nodes()).hasSize(3);
    }

    @Test
    void namesAndNumbersAreReplaced() {
        Graph graph = IrText.parse("""
            graph @secret(%wages: f32[staff, 20]) -> (mean: f32[staff, 20]) {
              %table = constant [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20] : f32[20]
              %wide = broadcast(%table) {shape=[staff, 20]} : f32[staff, 20]
              %mean = add(%wages, %wide) : f32[staff, 20]
              return %mean
            }
            """);
        Case c = new Case(graph, List.of(Map.of("wages", Tensor.zeros(ElementType.F32, 1, 20))));
        Sanitizer.Result safe = Sanitizer.randomized(c, 1, _ -> true);
        assertThat(safe.replaced()).isEqualTo(2);
        assertThat(safe.result().graph().nodes().toString())
                .isNotEqualTo(graph.nodes().toString());
        assertThat(Sanitizer.randomized(c, 1, _ -> false).kept()).containsExactlyInAnyOrder("table", "wages");
        Case bare = Sanitizer.anonymized(safe.result());
        assertThat(Printer.print(bare.graph())).doesNotContain("wages", "staff", "mean(", "secret", "table");
        assertThat(bare.inputs().getFirst()).containsOnlyKeys("input0");
    }
}
