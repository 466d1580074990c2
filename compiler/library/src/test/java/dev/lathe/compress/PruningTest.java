package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Statistics;
import dev.lathe.passes.prune.PruneScope;
import dev.lathe.passes.prune.WeightImportance;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Pruning with data: what loses least, and what stays true of the result. */
class PruningTest {

    private static Tensor random(Random r, double deviation, ElementType type, long... dims) {
        Tensor t = Tensor.zeros(type, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, deviation * r.nextGaussian());
        }
        return t;
    }

    private static Tensor random(Random r, long... dims) {
        return random(r, 1, ElementType.F32, dims);
    }

    /** Rows whose numbers go together and differ in size, by a random mixture of fewer numbers. */
    private static List<Tensor> correlated(Random r, ElementType type, int calls, int rows, int width) {
        Tensor mixture = random(r, width / 2, width);
        double[] sizes = r.doubles(width, -1.5, 1.5).map(Math::exp).toArray();
        List<Tensor> all = new ArrayList<>();
        for (int call = 0; call < calls; call++) {
            Tensor t = Tensor.zeros(type, rows, width);
            for (int row = 0; row < rows; row++) {
                double[] hidden = r.doubles(width / 2, -1, 1).toArray();
                for (int i = 0; i < width; i++) {
                    double sum = 0.2 * r.nextGaussian();
                    for (int j = 0; j < hidden.length; j++) {
                        sum += hidden[j] * mixture.getDouble((long) j * width + i);
                    }
                    t.setDouble((long) row * width + i, sizes[i] * sum / Math.sqrt(width));
                }
            }
            all.add(t);
        }
        return all;
    }

    private static Graph product(Tensor weights) {
        Builder b = Builder.graph("g");
        Value x = b.input("x", new TensorType(weights.element(), Shape.of(Dim.symbol("n"), Dim.of(weights.dim(0)))));
        return b.build(b.matMul(x, b.constant(weights, "w")));
    }

    private static Dataset data(List<Tensor> calls) {
        return Dataset.of(calls.stream().map(t -> Map.of("x", t)).toList());
    }

    private static Graph pruned(Graph graph, Dataset data, Strategy... strategies) {
        PassContext context =
                PassContext.standard().with(Statistics.SOURCE, new Calibration(data, CompileOptions.standard()));
        Graph after = graph;
        for (Strategy s : strategies) {
            after = PassManager.run(after, Pipeline.of(s.passes().toArray(Pass[]::new)), context);
        }
        return after;
    }

    private static Tensor run(Graph graph, Tensor x) {
        return (Tensor) new ReferenceEvaluator(graph)
                .run(Map.of("x", x))
                .values()
                .iterator()
                .next();
    }

    private static double error(Graph before, Graph after, List<Tensor> calls) {
        double sum = 0;
        for (Tensor x : calls) {
            Tensor e = run(before, x);
            Tensor a = run(after, x);
            for (long i = 0; i < e.size(); i++) {
                double d = e.getDouble(i) - a.getDouble(i);
                sum += d * d;
            }
        }
        return sum;
    }

    private static List<Tensor> weights(Graph graph) {
        return graph.allNodes().stream()
                .map(Node::op)
                .filter(op -> op instanceof Constant(Tensor t) && t.size() >= 1024)
                .map(op -> ((Constant) op).value())
                .toList();
    }

    private static long zeros(Tensor t) {
        return LongStream.range(0, t.size()).filter(i -> t.getDouble(i) == 0).count();
    }

    static Stream<Pruning> ways() {
        return Stream.of(
                Pruning.unstructured(0.3),
                Pruning.unstructured(0.5),
                Pruning.unstructured(0.7),
                Pruning.unstructured(0.9),
                Pruning.nOfM(2, 4),
                Pruning.nOfM(1, 4),
                Pruning.blocks(1, 8, 0.5),
                Pruning.blocks(4, 4, 0.5));
    }

    /** On inputs that go together, data make a difference, and making up for what is lost makes another. */
    @ParameterizedTest
    @MethodSource("ways")
    void whatLooksAtDataLosesLess(Pruning way) {
        for (int seed = 0; seed < 2; seed++) {
            Random r = new Random(seed);
            Tensor w = random(r, 64, 32);
            Graph graph = product(w);
            List<Tensor> calls = correlated(r, ElementType.F32, 4, 50, 64);
            Dataset data = data(calls);
            double magnitude = error(graph, pruned(graph, data, way), calls);
            double wanda = error(graph, pruned(graph, data, way.by(WeightImportance.WANDA)), calls);
            Graph fitted = pruned(graph, data, way.by(WeightImportance.SPARSEGPT));
            assertThat(wanda).isLessThan(magnitude);
            assertThat(error(graph, fitted, calls)).isLessThan(wanda);
            long zeros = zeros(weights(fitted).getFirst());
            assertThat((double) zeros)
                    .isCloseTo(way.ratio() * w.size(), within(way.toString().contains("block") ? 8.0 : 0.5));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"F16", "BF16", "F64"})
    void otherFloatsArePrunedByDataToo(ElementType type) {
        Random r = new Random(3);
        Graph graph = product(random(r, 1, type, 48, 32));
        List<Tensor> calls = correlated(r, type, 3, 40, 48);
        double magnitude = error(graph, pruned(graph, data(calls), Pruning.unstructured(0.5)), calls);
        for (WeightImportance i : List.of(WeightImportance.WANDA, WeightImportance.SPARSEGPT)) {
            Graph after = pruned(graph, data(calls), Pruning.unstructured(0.5).by(i));
            assertThat(error(graph, after, calls)).isLessThan(magnitude);
            assertThat(zeros(weights(after).getFirst())).isEqualTo(24 * 32);
            assertThat(weights(after).getFirst().element()).isEqualTo(type);
        }
    }

    @Test
    void convolutionsArePrunedByData() {
        for (ChannelLayout layout : ChannelLayout.values()) {
            for (int groups : new int[] {1, 2, 8}) {
                Random r = new Random(groups);
                boolean first = layout == ChannelLayout.CHANNELS_FIRST;
                long[] shape = first ? new long[] {2, 8, 9, 9} : new long[] {2, 9, 9, 8};
                Builder b = Builder.graph("g");
                Value x = b.input("x", TensorType.of(ElementType.F32, shape));
                Tensor filters = random(r, 128, 8 / groups, 3, 3);
                Graph graph = b.build(b.add(new Conv(
                        x,
                        b.constant(filters),
                        new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L)),
                        groups,
                        layout)));
                List<Tensor> smooth = List.of(picture(r, shape, first, 0.1), picture(r, shape, first, 0.1));
                List<Tensor> noise = List.of(picture(r, shape, first, 9), picture(r, shape, first, 9));
                assertPrunedByData(graph, smooth, WeightImportance.SPARSEGPT, 0.5);
                // Where a channel is all that a filter reads, there is nothing to compare.
                assertPrunedByData(graph, noise, WeightImportance.WANDA, groups == 8 ? 1.5 : 1);
            }
        }
    }

    private static void assertPrunedByData(Graph graph, List<Tensor> calls, WeightImportance by, double most) {
        double magnitude = error(graph, pruned(graph, data(calls), Pruning.unstructured(0.5)), calls);
        Graph after = pruned(graph, data(calls), Pruning.unstructured(0.5).by(by));
        Tensor w = weights(after).getFirst();
        assertThat(zeros(w)).isEqualTo(w.size() / 2);
        assertThat(error(graph, after, calls)).isLessThan(most * magnitude);
    }

    /** Pictures whose neighbours are alike, but for noise, and whose channels differ in size. */
    private static Tensor picture(Random r, long[] shape, boolean channelsFirst, double noise) {
        Tensor t = Tensor.zeros(ElementType.F32, shape);
        double[] phases = r.doubles(16, 0, 6).toArray();
        for (long i = 0; i < t.size(); i++) {
            int channel = (int) (channelsFirst ? i / 81 % 8 : i % 8);
            long place = channelsFirst ? i % 81 : i / 8 % 81;
            long row = place / 9;
            t.setDouble(
                    i,
                    (channel + 0.3)
                            * (Math.sin(row * 0.5 + phases[channel])
                                    + Math.cos(place % 9 * 0.4 + phases[channel + 8])
                                    + noise * r.nextGaussian()));
        }
        return t;
    }

    @Test
    void layersThatShareWeightsShareTheirData() {
        Random r = new Random(8);
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 20, 40));
        Value w = b.constant(random(r, 0.2, ElementType.F32, 40, 40), "w");
        Graph graph = b.build(b.matMul(b.relu(b.matMul(x, w)), w));
        List<Tensor> calls = correlated(r, ElementType.F32, 4, 20, 40);
        double magnitude = error(graph, pruned(graph, data(calls), Pruning.unstructured(0.5)), calls);
        for (WeightImportance i : List.of(WeightImportance.WANDA, WeightImportance.SPARSEGPT)) {
            Graph after = pruned(graph, data(calls), Pruning.unstructured(0.5).by(i));
            assertThat(error(graph, after, calls)).isLessThan(magnitude);
        }
    }

    @ParameterizedTest
    @EnumSource(WeightImportance.class)
    void theGlobalShareIsExact(WeightImportance importance) {
        Random r = new Random(9);
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 20, 40));
        Value y = b.relu(b.matMul(x, b.constant(random(r, 0.2, ElementType.F32, 40, 50))));
        Graph graph = b.build(b.matMul(y, b.constant(random(r, 0.5, ElementType.F32, 50, 30))));
        List<Tensor> calls = correlated(r, ElementType.F32, 2, 20, 40);
        Graph after = pruned(
                graph, data(calls), Pruning.unstructured(0.7).by(importance).in(PruneScope.GLOBAL));
        List<Tensor> weights = weights(after);
        assertThat(zeros(weights.getFirst()) + zeros(weights.getLast())).isEqualTo(Math.round(0.7 * 3500));
        assertThat(zeros(weights.getFirst())).isNotEqualTo(1400);
    }

    /** Inputs that are always 0, or the same, make no trouble. */
    @Test
    void dataThatSayLittleAreEnough() {
        Random r = new Random(10);
        Graph graph = product(random(r, 40, 30));
        Tensor zeros = Tensor.zeros(ElementType.F32, 5, 40);
        Tensor same = Tensor.zeros(ElementType.F32, 5, 40);
        for (int i = 0; i < 200; i++) {
            same.setFloat(i, i % 40 < 20 ? 0 : 1);
        }
        for (Tensor x : List.of(zeros, same, Tensor.zeros(ElementType.F32, 0, 40))) {
            for (WeightImportance i : WeightImportance.values()) {
                Graph after = pruned(
                        graph, data(List.of(x)), Pruning.unstructured(0.5).by(i));
                assertThat(zeros(weights(after).getFirst())).isEqualTo(600);
            }
        }
        Tensor infinite = Tensor.zeros(ElementType.F32, 5, 40);
        infinite.setFloat(7, Float.POSITIVE_INFINITY);
        for (WeightImportance i : List.of(WeightImportance.WANDA, WeightImportance.SPARSEGPT)) {
            assertThatThrownBy(() -> pruned(
                            graph,
                            data(List.of(infinite)),
                            Pruning.unstructured(0.5).by(i)))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("not finite")
                    .hasMessageContaining("w");
        }
    }

    @Test
    void stepsEndAtTheSameShare() {
        Random r = new Random(11);
        Graph graph = product(random(r, 64, 32));
        List<Tensor> calls = correlated(r, ElementType.F32, 2, 50, 64);
        for (WeightImportance i : WeightImportance.values()) {
            Pruning once = Pruning.unstructured(0.8).by(i);
            assertThat(once.inSteps(4).passes()).hasSize(4);
            Tensor w = weights(pruned(graph, data(calls), once.inSteps(4))).getFirst();
            assertThat(zeros(w)).isEqualTo(Math.round(0.8 * w.size()));
            Tensor n = weights(
                            pruned(graph, data(calls), Pruning.nOfM(1, 8).by(i).inSteps(3)))
                    .getFirst();
            assertThat(zeros(n)).isEqualTo(n.size() * 7 / 8);
        }
    }

    /** What is 0 stays 0 when other weights make up for more, and in integers. */
    @Test
    void zerosStayZeros() {
        Random r = new Random(12);
        Graph graph = product(random(r, 64, 32));
        Dataset data = data(correlated(r, ElementType.F32, 2, 50, 64));
        Tensor half = weights(pruned(graph, data, Pruning.nOfM(2, 4))).getFirst();
        Tensor more = weights(pruned(
                        graph,
                        data,
                        Pruning.nOfM(2, 4),
                        Pruning.unstructured(0.7).by(WeightImportance.SPARSEGPT)))
                .getFirst();
        assertThat(zeros(more)).isEqualTo(Math.round(0.7 * more.size()));
        assertZerosStay(half, more, 0);
        for (Quantization q : List.of(
                Quantization.DYNAMIC,
                Quantization.STATIC,
                Quantization.WEIGHTS,
                new Quantization(Quantization.Mode.WEIGHTS, 8, 32),
                new Quantization(Quantization.Mode.WEIGHTS, 4, 32),
                Quantization.F16)) {
            Graph after = pruned(graph, data, Pruning.nOfM(2, 4), q);
            Tensor numbers = weights(after).getFirst();
            assertThat(numbers.element()).isNotEqualTo(ElementType.F32);
            assertThat(numbers.shape()).isEqualTo(half.shape());
            // An identity shows the weights.
            Tensor identity = Tensor.zeros(ElementType.F32, 64, 64);
            for (int i = 0; i < 64; i++) {
                identity.setFloat(i * 65L, 1);
            }
            assertZerosStay(half, run(after, identity), q.mode() == Quantization.Mode.STATIC ? 1e-6 : 0);
        }
    }

    private static void assertZerosStay(Tensor before, Tensor after, double tolerance) {
        for (long i = 0; i < before.size(); i++) {
            if (before.getDouble(i) == 0) {
                assertThat(after.getDouble(i)).isCloseTo(0, within(tolerance));
            }
        }
    }

    @Test
    void milderWaysPruneLess() {
        assertThat(Pruning.unstructured(0.35).milder().stream().map(Object::toString))
                .containsExactly("--unstructured 30%", "--unstructured 20%", "--unstructured 10%");
        assertThat(Pruning.nOfM(1, 4).by(WeightImportance.WANDA).milder().stream()
                        .map(Object::toString))
                .containsExactly("--pattern 2:4 --importance wanda", "--pattern 3:4 --importance wanda");
        assertThat(Pruning.blocks(1, 32, 0.2).in(PruneScope.GLOBAL).milder().stream()
                        .map(Object::toString))
                .containsExactly("--block 1x32 --ratio 10% --scope global");
    }

    @Test
    void withoutDataTheImportanceIsRefused() {
        Graph graph = product(random(new Random(13), 64, 32));
        Compressor c = Compressor.of(graph, CompileOptions.standard());
        assertThatThrownBy(() -> c.prune(Pruning.unstructured(0.5).by(WeightImportance.WANDA))
                        .run())
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("prune-weights")
                .hasMessageContaining("data");
        Compressed result = c.prune(Pruning.unstructured(0.5)).run();
        assertThat(Sparsity.of(result.model().graph())).isEqualTo(new Sparsity(2048, 1024));
    }
}
