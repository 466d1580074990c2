package dev.lathe.passes.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Statistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PruneLayersTest {
    private static Graph run(PruneLayers pass, Graph graph, PassContext context) {
        return PassManager.run(graph, Pipeline.of(pass), context);
    }

    /** Three blocks of two dense layers each, of which the second adds next to nothing. */
    private static Graph blocks() {
        Random r = new Random(3);
        Builder b = Builder.graph("blocks");
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(8))));
        Value h = b.exp(x);
        for (double size : new double[] {1, 0.001, 1}) {
            Value f = b.relu(b.matMul(h, b.constant(Networks.random(r, size, 8, 8), "in" + size)));
            h = b.add(h, b.matMul(f, b.constant(Networks.random(r, size, 8, 8), "out" + size)));
        }
        return b.build(List.of(h), List.of("y"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Importance.class,
            names = {"L1", "L2", "ACTIVATIONS"})
    void theLeastImportantBlockGoes(Importance importance) {
        Random r = new Random(4);
        List<Tensor> calls = List.of(Networks.random(r, 1, 5, 8), Networks.random(r, 1, 3, 8));
        PassContext context = PassContext.standard().with(Statistics.SOURCE, Networks.data(calls));
        Graph net = blocks();
        Graph small = run(new PruneLayers(0.3, PruneMeasure.PARAMETERS, importance), net, context);
        assertThat(small.nodes()).noneMatch(n -> n.results().getFirst().name().contains("0.001"));
        assertThat(Networks.parameters(small) * 3).isEqualTo(Networks.parameters(net) * 2);
        assertThat(Networks.difference(net, small, calls.getFirst())).isLessThan(1e-2);
    }

    @Test
    void bottlenecksAreBlocks() {
        Graph net = Networks.bottlenecks(4, 8);
        Graph small = run(new PruneLayers(0.5, PruneMeasure.FLOPS, Importance.L2), net, PassContext.standard());
        List<Graph> both = new ArrayList<>(List.of(net, small));
        assertThat(both.stream()
                        .map(g -> g.nodes().stream()
                                .filter(n -> n.op() instanceof Conv)
                                .count())
                        .toList())
                .containsExactly(13L, 7L);
    }

    @Test
    void aSumOfTwoPathsIsNoBlock() {
        Random r = new Random(5);
        Builder b = Builder.graph("paths");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2, 4));
        Value left = b.matMul(x, b.constant(Networks.random(r, 1, 4, 4)));
        Value right = b.matMul(b.exp(x), b.constant(Networks.random(r, 1, 4, 4)));
        Graph net = b.build(List.of(b.add(left, right)), List.of("y"));
        assertThatThrownBy(() -> run(new PruneLayers(), net, PassContext.standard()))
                .hasMessageContaining("can remove 0.0 % here")
                .hasMessageContaining("prune-channels");
    }

    @Test
    void optionsHaveBounds() {
        assertThatThrownBy(() -> new PruneLayers(0.5, PruneMeasure.PARAMETERS, Importance.TAYLOR))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("l1, l2, or activations");
    }
}
