package dev.lathe.passes.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Statistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PruneChannelsTest {
    private static final PassContext NOTHING = PassContext.standard();

    private static PruneChannels by(Importance importance, double ratio) {
        return new PruneChannels(ratio, PruneMeasure.PARAMETERS, importance, PruneScope.GLOBAL, 1, false, false);
    }

    private static Graph run(PruneChannels pass, Graph graph, PassContext context) {
        return PassManager.run(graph, Pipeline.of(pass), context);
    }

    /** Of how many channels the convolutions give their results. */
    private static List<Long> channels(Graph graph) {
        List<Long> all = new ArrayList<>();
        graph.nodes().forEach(n -> {
            if (n.op() instanceof Conv) {
                all.add(n.result().tensorType().dim(1).constant());
            }
        });
        return all;
    }

    @ParameterizedTest
    @CsvSource({"0.3, GLOBAL", "0.5, GLOBAL", "0.7, GLOBAL", "0.3, LAYER", "0.5, LAYER", "0.7, LAYER"})
    void theShareOfParametersIsWhatWasAskedFor(double ratio, PruneScope scope) {
        Graph net = Networks.bottlenecks(3, 16);
        PruneChannels pass = new PruneChannels(ratio, PruneMeasure.PARAMETERS, Importance.L2, scope, 1, false, false);
        Graph small = run(pass, net, NOTHING);
        double left = (double) Networks.parameters(small) / Networks.parameters(net);
        assertThat(left).isCloseTo(1 - ratio, within(0.02));
        assertThat(channels(small)).allMatch(c -> c > 0);
        assertThat(Networks.run(small, Tensor.zeros(ElementType.F32, 1, 3, 8, 8))
                        .dims())
                .containsExactly(1, 10);
    }

    @Test
    void nothingIsRemovedIfNothingIsAskedFor() {
        Graph net = Networks.bottlenecks(1, 8);
        assertThat(run(by(Importance.L2, 0), net, NOTHING)).isSameAs(net);
    }

    @Test
    void theShareMayBeOfArithmetic() {
        Graph net = Networks.bottlenecks(2, 16);
        PruneChannels pass =
                new PruneChannels(0.5, PruneMeasure.FLOPS, Importance.L2, PruneScope.GLOBAL, 1, false, false);
        GraphCost cost = new GraphCost(_ -> 1);
        assertThat(cost.flops(run(pass, net, NOTHING)) / cost.flops(net)).isCloseTo(0.5, within(0.03));
    }

    @Test
    void orOfWhatTheCallerMeasures() {
        Graph net = Networks.bottlenecks(2, 16);
        PruneChannels pass =
                new PruneChannels(0.25, PruneMeasure.COST, Importance.L2, PruneScope.GLOBAL, 1, false, false);
        AtomicInteger calls = new AtomicInteger();
        Graph small = run(pass, net, NOTHING.with(PruneMeasure.CALLBACK, g -> {
            calls.incrementAndGet();
            return channels(g).stream().mapToLong(c -> c).sum();
        }));
        double before = channels(net).stream().mapToLong(c -> c).sum();
        double after = channels(small).stream().mapToLong(c -> c).sum();
        assertThat(after / before).isCloseTo(0.75, within(0.03));
        assertThat(calls.get()).isBetween(3, 20);
        assertThatThrownBy(() -> run(pass, net, NOTHING))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("nobody measures");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void whatStaysIsAMultiple(int multiple) {
        PruneChannels pass = new PruneChannels(
                0.5, PruneMeasure.PARAMETERS, Importance.L1, PruneScope.GLOBAL, multiple, false, false);
        Graph small = run(pass, Networks.bottlenecks(3, 24), NOTHING);
        assertThat(channels(small)).allMatch(c -> c % multiple == 0);
        assertThat(channels(small)).anyMatch(c -> c < 24);
    }

    @ParameterizedTest
    @EnumSource(
            value = Importance.class,
            names = {"L1", "L2"})
    void theSmallestWeightsGoFirst(Importance importance) {
        Random r = new Random(1);
        Tensor first = Networks.random(r, 1, 6, 8);
        Tensor second = Networks.random(r, 1, 8, 4);
        for (int column : new int[] {2, 5, 7}) {
            for (int i = 0; i < 6; i++) {
                first.setFloat(i * 8 + column, first.getFloat(i * 8 + column) / 100);
            }
            for (int o = 0; o < 4; o++) {
                second.setFloat(column * 4 + o, second.getFloat(column * 4 + o) / 100);
            }
        }
        Graph small = run(by(importance, 3 / 8.0), Networks.dense(first, second), NOTHING);
        Tensor left = Networks.constant(small, "second");
        assertThat(left.dims()).containsExactly(5, 4);
        int[] stay = {0, 1, 3, 4, 6};
        for (int i = 0; i < 5; i++) {
            assertThat(left.getFloat(i * 4L)).isEqualTo(second.getFloat(stay[i] * 4L));
        }
    }

    @Test
    void aSmallFactorTellsOfAnUnimportantChannel() {
        Random r = new Random(2);
        Builder b = Builder.graph("scaled");
        Value x = b.input("x", TensorType.of(ElementType.F32, 3, 6));
        Tensor scale = Tensor.of(new float[] {1, 2, 0.01f, -3}, 4);
        Value h = b.multiply(b.matMul(x, b.constant(Networks.random(r, 1, 6, 4))), b.constant(scale, "scale"));
        Graph net = b.build(List.of(b.matMul(b.relu(h), b.constant(Networks.random(r, 1, 4, 2)))), List.of("y"));
        Graph small = run(by(Importance.BATCH_NORM, 0.25), net, NOTHING);
        assertThat(Networks.constant(small, "scale").toFloatArray()).containsExactly(1, 2, -3);
    }

    /** Inputs of which some are always near 0. */
    private static List<Tensor> quietInputs() {
        Random r = new Random(3);
        List<Tensor> calls = new ArrayList<>();
        for (int call = 0; call < 4; call++) {
            Tensor x = Networks.random(r, 1, 5, 6);
            for (int row = 0; row < 5; row++) {
                for (int quiet : new int[] {1, 4}) {
                    x.setFloat(row * 6 + quiet, x.getFloat(row * 6 + quiet) / 1000);
                }
            }
            calls.add(x);
        }
        return calls;
    }

    @ParameterizedTest
    @EnumSource(
            value = Importance.class,
            names = {"ACTIVATIONS", "TAYLOR"})
    void dataTellWhichChannelsAreQuiet(Importance importance) {
        Tensor first = Tensor.zeros(ElementType.F32, 6, 6);
        for (int i = 0; i < 6; i++) {
            first.setFloat(i * 7L, 1);
        }
        Tensor second = Networks.random(new Random(4), 1, 6, 3);
        Graph net = Networks.dense(first, second);
        Graph small = run(by(importance, 2 / 6.0), net, NOTHING.with(Statistics.SOURCE, Networks.data(quietInputs())));
        Tensor left = Networks.constant(small, "second");
        int[] stay = {0, 2, 3, 5};
        for (int i = 0; i < 4; i++) {
            assertThat(left.getFloat(i * 3L)).isEqualTo(second.getFloat(stay[i] * 3L));
        }
        assertThatThrownBy(() -> run(by(importance, 0.3), net, NOTHING))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("measures values on data");
    }

    private static PruneChannels repairing(boolean repair) {
        return new PruneChannels(0.5, PruneMeasure.PARAMETERS, Importance.L2, PruneScope.GLOBAL, 1, false, repair);
    }

    @Test
    void repairMakesUpForWhatOtherNeuronsTell() {
        Random r = new Random(6);
        Tensor inside = Networks.random(r, 0.4, 4, 24);
        Graph net = Networks.dense(inside, Networks.random(r, 1, 24, 5));
        List<Tensor> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            calls.add(Networks.random(r, 1, 64, 4));
        }
        PassContext context = NOTHING.with(Statistics.SOURCE, Networks.data(calls));
        Tensor other = Networks.random(r, 1, 200, 4);
        double plain = Networks.difference(net, run(repairing(false), net, context), other);
        double repaired = Networks.difference(net, run(repairing(true), net, context), other);
        assertThat(repaired).isLessThan(plain / 3);
    }

    @Test
    void repairWorksForConvolutions() {
        Random r = new Random(7);
        Graph net = Networks.bottlenecks(1, 8);
        List<Tensor> calls = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            calls.add(Networks.random(r, 1, 1, 3, 8, 8));
        }
        PassContext context = NOTHING.with(Statistics.SOURCE, Networks.data(calls));
        Tensor other = Networks.random(r, 1, 1, 3, 8, 8);
        double plain = Networks.difference(net, run(repairing(false), net, context), other);
        double repaired = Networks.difference(net, run(repairing(true), net, context), other);
        assertThat(repaired).isLessThan(plain / 2);
    }

    /** A layer norm between the only two products. */
    private static Graph normalized() {
        Random r = new Random(8);
        Builder b = Builder.graph("normalized");
        Value x = b.input("x", TensorType.of(ElementType.F32, 3, 6));
        Value h = b.matMul(x, b.constant(Networks.random(r, 1, 6, 8)));
        h = b.add(new LayerNorm(
                h,
                Optional.of(b.constant(Networks.random(r, 1, 8))),
                Optional.of(b.constant(Networks.random(r, 1, 8))),
                1,
                1e-5));
        return b.build(List.of(b.matMul(h, b.constant(Networks.random(r, 1, 8, 2)))), List.of("y"));
    }

    @Test
    void whatCannotBeRemovedIsTold() {
        assertThatThrownBy(() -> run(by(Importance.L2, 0.5), normalized(), NOTHING))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("can remove 0.0 % here, and 50.0 % were asked for")
                .hasMessageContaining("across-normalizations");
    }

    @Test
    void normalizationsCanBeCrossed() {
        PruneChannels pass =
                new PruneChannels(0.5, PruneMeasure.PARAMETERS, Importance.L2, PruneScope.GLOBAL, 1, true, false);
        Graph small = run(pass, normalized(), NOTHING);
        assertThat(small.nodes().stream().filter(n -> n.op() instanceof Constant))
                .allMatch(n -> ((Constant) n.op()).value().dims()[0] <= 6);
        assertThat(Networks.run(small, Networks.random(new Random(9), 1, 3, 6)).dims())
                .containsExactly(3, 2);
    }

    @Test
    void optionsHaveBounds() {
        assertThatThrownBy(() -> by(Importance.L2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> by(Importance.L2, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }
}
