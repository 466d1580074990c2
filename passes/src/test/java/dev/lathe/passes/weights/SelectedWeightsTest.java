package dev.lathe.passes.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.quantize.QuantizeStatic;
import dev.lathe.passes.quantize.QuantizeWeights;
import dev.lathe.passes.quantize.Rounding;
import dev.lathe.passes.statistics.Distribution;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SelectedWeightsTest {
    private static Tensor weights(int seed) {
        Tensor t = Tensor.zeros(ElementType.F32, 64, 64);
        for (int i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) Math.sin(seed + i));
        }
        return t;
    }

    private static Graph twoProducts() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(64))));
        Value h = b.matMul(x, b.constant(weights(1), "first"));
        return b.build(b.matMul(b.relu(h), b.constant(weights(2), "second")));
    }

    private static Graph run(Graph g, SelectedWeights... passes) {
        return PassManager.run(g, Pipeline.of(passes), PassContext.standard());
    }

    @Test
    void onlyWhatIsNamedChanges() {
        Graph g = twoProducts();
        Graph changed = run(g, new SelectedWeights(new QuantizeWeights(), Set.of("second")));
        assertThat(changed.inputs()).isEqualTo(g.inputs());
        assertThat(Printer.print(changed))
                .contains("%second_quantized", "%first = constant")
                .doesNotContain("first_quantized");
    }

    @Test
    void eachMayHaveItsOwn() {
        Graph changed = run(
                twoProducts(),
                new SelectedWeights(new QuantizeWeights(4, 32, false, 8, 1024, Rounding.NEAREST), Set.of("first")),
                new SelectedWeights(new QuantizeWeights(), Set.of("second")));
        List<String> types = changed.nodes().stream()
                .filter(n -> n.op() instanceof Constant && n.result().name().endsWith("_quantized"))
                .map(n -> n.result().type().toString())
                .toList();
        assertThat(types).containsExactlyInAnyOrder("u4[64, 64]", "i8[64, 64]");
    }

    @Test
    void nothingNamedIsNothingChanged() {
        Graph g = twoProducts();
        assertThat(run(g, new SelectedWeights(new QuantizeWeights(), Set.of("third"))))
                .isSameAs(g);
    }

    /** What is measured is of the graph itself, and only where the weights are seen. */
    @Test
    void statisticsAreOfTheWholeGraph() {
        Graph g = twoProducts();
        assertThat(new SelectedWeights(new QuantizeStatic(), Set.of("first")).measures(g))
                .extracting(Object::toString)
                .hasSize(2) // its distribution, and rows to choose a range by
                .contains(new Distribution(g.inputs().getFirst()).toString())
                .allMatch(s -> s.contains("%x"));
    }

    @Test
    void aWeightWithoutANameIsCalledByItsUser() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(64))));
        Value w = b.constant(weights(1));
        Value y = b.named(b.matMul(x, w), "hidden");
        assertThat(WeightRole.names(b.build(y), 1)).containsEntry(w, "hidden");
    }
}
