package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Statistics;
import dev.lathe.passes.quantize.Ranges;
import dev.lathe.passes.statistics.Gram;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What cures do to whole models. */
class RecoveryTest {
    private static final int WIDTH = 64;

    private static Tensor random(Random r, double scale, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) (scale * r.nextGaussian()));
        }
        return t;
    }

    private static Dataset data(int calls, long... dims) {
        return Dataset.of(IntStream.range(0, calls)
                .mapToObj(i -> Map.of("x", random(new Random(i), 1, dims)))
                .toList());
    }

    /**
     * A layer norm, one channel of which is 100 times as large as the others, and a product.
     *
     * @param residual whether something else has the layer norm's result, too
     */
    private static Graph outlier(boolean residual) {
        Random r = new Random(1);
        Builder b = Builder.graph("outlier");
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(Dim.symbol("rows"), Dim.of(WIDTH))));
        Tensor scale = Tensor.zeros(ElementType.F32, WIDTH);
        Tensor weights = random(r, 0.2, WIDTH, WIDTH);
        for (int i = 0; i < WIDTH; i++) {
            scale.setFloat(i, i == 7 ? 100 : 1);
            // The large channel says as much as others.
            weights.setFloat(7L * WIDTH + i, weights.getFloat(7L * WIDTH + i) / 100);
        }
        Value y = b.add(new LayerNorm(
                x, Optional.of(b.constant(scale)), Optional.of(b.constant(random(r, 0.1, WIDTH))), 1, 1e-5));
        Value z = b.matMul(y, b.constant(weights));
        return residual ? b.build(List.of(z, b.relu(y)), List.of("z", "y")) : b.build(List.of(z), List.of("z"));
    }

    private static Compressed quantize(Graph graph, Dataset data, Quantization how) {
        return Compressor.of(graph, CompileOptions.standard())
                .data(data)
                .quantize(how)
                .run();
    }

    @Test
    void smoothQuantTakesAnOutlierOutOfTheRange() {
        Graph graph = outlier(false);
        Dataset data = data(16, 8, WIDTH);
        Quantization plain = Quantization.STATIC.ranges(Ranges.Method.MIN_MAX);
        assertThat(quantize(graph, data, plain).fidelity().meanCosine()).isLessThan(0.9);
        Compressed cured = quantize(graph, data, plain.cures(Cure.SMOOTH_QUANT));
        assertThat(cured.fidelity().meanCosine()).isGreaterThan(0.995);
        assertThat(multiplications(cured.model().graph())).isZero(); // the layer norm has taken the factors
        assertThat(quantize(graph, data, Quantization.DYNAMIC.cures(Cure.SMOOTH_QUANT))
                        .fidelity()
                        .meanCosine())
                .isGreaterThan(0.995);
    }

    @Test
    void smoothQuantMultipliesWhereSomethingElseReadsTheOperand() {
        Compressed cured = quantize(
                outlier(true),
                data(16, 8, WIDTH),
                Quantization.STATIC.ranges(Ranges.Method.MIN_MAX).cures(Cure.SMOOTH_QUANT));
        assertThat(cured.fidelity().meanCosine()).isGreaterThan(0.995);
        assertThat(multiplications(cured.model().graph())).isEqualTo(1);
    }

    private static long multiplications(Graph graph) {
        return graph.nodes().stream()
                .filter(n -> n.op() instanceof Binary b && b.function() == BinaryFunction.MULTIPLY)
                .count();
    }

    /** Convolutions in a chain whose operands are all positive: rounding of few bits then moves means. */
    private static Graph chain() {
        return chain(true);
    }

    private static Graph chain(boolean named) {
        Random r = new Random(2);
        Builder b = Builder.graph("chain");
        Value y = b.input(
                "x",
                new TensorType(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(16), Dim.symbol("h"), Dim.of(9))));
        Window window = new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L));
        for (int i = 0; i < 3; i++) {
            Value x = b.named(b.relu(y), named ? "x" + i : "");
            Value w = b.constant(random(r, 0.1, 16, 16, 3, 3), named ? "w" + i : "");
            y = b.add(new Conv(x, w, window, 1, ChannelLayout.CHANNELS_FIRST), named ? "y" + i : "");
            y = b.add(y, b.constant(random(r, 0.1, 16, 1, 1)));
        }
        return b.build(List.of(y), List.of("y"));
    }

    @Test
    void noCureMakesAChainWorse() {
        Graph graph = chain();
        Dataset data = Dataset.of(12, i -> Map.of("x", random(new Random(i), 1, 1, 16, 3 + i, 9)));
        Compressed uncured = quantize(graph, data, Quantization.STATIC);
        double plain = uncured.loss();
        long nodes = uncured.after().nodes();
        for (Cure cure : Cure.values()) {
            Compressed cured = quantize(graph, data, Quantization.STATIC.cures(cure));
            assertThat(cured.loss()).as(cure.text()).isLessThan(plain + 1e-3);
            if (cure == Cure.CORRECT_BIAS || cure == Cure.GPTQ) {
                assertThat(cured.loss()).as(cure.text()).isLessThan(plain);
                assertThat(cured.after().nodes()).isEqualTo(nodes); // biases take what is added
            }
        }
    }

    @Test
    void curesThatPayAreKept() {
        Graph graph = outlier(false);
        List<Report.Choice> heard = new ArrayList<>();
        Compressor compressor = Compressor.of(graph, CompileOptions.standard()).data(data(16, 8, WIDTH));
        Quantization plain = Quantization.STATIC.ranges(Ranges.Method.MIN_MAX);
        Quantization cured = compressor.withCures(plain, heard::add);
        assertThat(cured.cures()).contains(Cure.SMOOTH_QUANT).doesNotContain(Cure.CLIP_OUTLIERS);
        assertThat(heard)
                .extracting(Report.Choice::what)
                .contains("smooth-quant", "clip-outliers", "gptq", "correct-bias");
        assertThat(compressor.quantize(cured).run().loss())
                .isLessThan(compressor.quantize(plain).run().loss() / 10);
        assertThatThrownBy(() -> Compressor.of(graph, CompileOptions.standard()).withCures(plain, heard::add))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("data");
    }

    @Test
    void layersNeedNoNamesToBeCorrected() {
        Dataset data = Dataset.of(12, i -> Map.of("x", random(new Random(i), 1, 1, 16, 3 + i, 9)));
        Quantization how = Quantization.STATIC.cures(Cure.CORRECT_BIAS);
        assertThat(quantize(chain(false), data, how).loss())
                .isEqualTo(quantize(chain(true), data, how).loss());
    }

    @Test
    void rangesMayBeChosenInEveryWayWhateverTheShapes() {
        Graph graph = chain();
        Dataset data = Dataset.of(12, i -> Map.of("x", random(new Random(i), 1, 1 + i % 3, 16, 3 + i, 9)));
        for (Ranges.Method ranges : Ranges.Method.values()) {
            assertThat(quantize(graph, data, Quantization.STATIC.ranges(ranges))
                            .fidelity()
                            .meanCosine())
                    .as(Ranges.text(ranges))
                    .isGreaterThan(0.99);
        }
    }

    /** One number in 20,000 is large, and it is what the layer is about: a percentile cuts it off. */
    @Test
    void automaticRangesKeepOutliersThatMatter() {
        Builder b = Builder.graph("g");
        Random r = new Random(3);
        Value x = b.input("x", TensorType.of(ElementType.F32, 320, WIDTH));
        Tensor weights = random(r, 0.01, WIDTH, WIDTH);
        for (int i = 0; i < WIDTH; i++) {
            weights.setFloat(i, 1);
        }
        Graph graph = b.build(List.of(b.matMul(x, b.constant(weights))), List.of("y"));
        Dataset data = Dataset.of(8, i -> {
            Tensor t = random(new Random(i), 1, 320, WIDTH);
            for (int row = 0; row < 320; row++) {
                t.setFloat((long) row * WIDTH, 0);
            }
            t.setFloat(i * 7L * WIDTH, 50);
            return Map.of("x", t);
        });
        double percentile = quantize(graph, data, Quantization.STATIC.ranges(Ranges.Method.PERCENTILE))
                .loss();
        double auto = quantize(graph, data, Quantization.STATIC).loss();
        assertThat(auto).isLessThan(0.01);
        assertThat(percentile).isGreaterThan(3 * auto);
    }

    @Test
    void signedOperandsHaveZeroForZero() {
        Compressed result = quantize(chain(), data(8, 1, 16, 4, 9), Quantization.STATIC.asSigned());
        List<Quantize> all = result.model().graph().nodes().stream()
                .map(Node::op)
                .filter(Quantize.class::isInstance)
                .map(Quantize.class::cast)
                .toList();
        assertThat(all).hasSize(3).allMatch(q -> q.to() == ElementType.I8);
        assertThat(result.fidelity().meanCosine()).isGreaterThan(0.99);
        assertThat(result.strategies().getFirst()).hasToString("--mode static --signed");
    }

    @Test
    void curesThatNeedDataSaySo() {
        Compressor compressor = Compressor.of(chain(), CompileOptions.standard());
        for (Cure cure : Cure.values()) {
            Compressor cured = compressor.quantize(Quantization.WEIGHTS.cures(cure));
            if (cure == Cure.EQUALIZE_LAYERS) {
                assertThat(cured.run().loss()).isLessThan(0.01);
            } else {
                assertThatThrownBy(cured::run)
                        .isInstanceOf(LatheException.class)
                        .hasMessageContaining("data");
            }
        }
        assertThatThrownBy(() -> Quantization.WEIGHTS.cures(Cure.GPTQ, Cure.ADAROUND))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** What is kept while calls are measured has one size: with a bound on it, all of a graph is measured in turns. */
    @Test
    void statisticsThatAreTooManyForMemoryAreMeasuredInTurns() {
        int wide = 1400;
        Builder b = Builder.graph("wide");
        Random r = new Random(5);
        Value y = b.input("x", TensorType.of(ElementType.F32, 4, wide));
        for (int i = 0; i < 4; i++) { // 63 MB of Gram matrices
            y = b.relu(b.matMul(y, b.constant(random(r, 0.03, wide, wide))));
        }
        Graph graph = b.build(List.of(y), List.of("y"));
        Dataset data = data(4, 4, wide);
        List<Gram> grams =
                graph.nodes().stream().flatMap(n -> Gram.of(n.op()).stream()).toList();
        int[] calls = new int[1];
        Dataset counted = Dataset.of(data.size(), i -> {
            calls[0]++;
            return data.sample(i);
        });
        Statistics statistics = new Calibration(counted, CompileOptions.standard()).measure(graph, grams);
        int before = calls[0];
        grams.forEach(g -> assertThat(statistics.get(g).orElseThrow().rows()).isEqualTo(16));
        assertThat(calls[0] - before).isEqualTo(2 * data.size());
    }
}
