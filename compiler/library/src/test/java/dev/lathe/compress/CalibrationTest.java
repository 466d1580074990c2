package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.Statistics;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.statistics.Moments;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What calibration adds up is what the numbers of all calls say. */
class CalibrationTest {

    private static Tensor random(Random r, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) r.nextGaussian());
        }
        return t;
    }

    private static Statistics measure(Graph graph, List<Tensor> calls, Statistic<?>... wanted) {
        Dataset data = Dataset.of(calls.stream().map(t -> Map.of("x", t)).toList());
        return new Calibration(data, CompileOptions.standard()).measure(graph, List.of(wanted));
    }

    @Test
    void momentsOfChannels() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(3), Dim.symbol("w"))));
        Graph graph = b.build(b.relu(x));
        Random r = new Random(1);
        List<Tensor> calls = List.of(random(r, 2, 3, 5), random(r, 1, 3, 0), random(r, 3, 3, 4));
        Moments moments = new Moments(x, 1);
        Moments.Sums sums = measure(graph, calls, moments).get(moments).orElseThrow();
        assertThat(sums.count()).isEqualTo(2 * 5 + 3 * 4);
        for (int c = 0; c < 3; c++) {
            double sum = 0;
            double squares = 0;
            double largest = 0;
            for (Tensor t : calls) {
                for (long i = 0; i < t.size(); i++) {
                    if (i / t.dim(2) % 3 == c) {
                        double v = t.getFloat(i);
                        sum += v;
                        squares += v * v;
                        largest = Math.max(largest, Math.abs(v));
                    }
                }
            }
            assertThat(sums.mean(c)).isCloseTo(sum / 22, within(1e-9));
            assertThat(sums.squares()[c]).isCloseTo(squares, within(1e-9));
            assertThat(sums.largest()[c]).isEqualTo(largest);
        }
    }

    @Test
    void gramOfAProductOfOpenRows() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.symbol("m"), Dim.of(4))));
        Random r = new Random(2);
        Value y = b.matMul(x, b.constant(random(r, 4, 6)));
        Graph graph = b.build(y);
        List<Tensor> calls = List.of(random(r, 2, 3, 4), random(r, 1, 7, 4));
        Gram gram = Gram.of(graph.nodes().getLast().op()).orElseThrow();
        Gram.Matrix matrix = measure(graph, calls, gram).get(gram).orElseThrow();
        assertThat(matrix.rows()).isEqualTo(13);
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                double sum = 0;
                for (Tensor t : calls) {
                    for (long row = 0; row < t.size() / 4; row++) {
                        sum += t.getDouble(row * 4 + i) * t.getDouble(row * 4 + j);
                    }
                }
                assertThat(matrix.at(0, i, j)).isCloseTo(sum, within(1e-4));
            }
        }
    }

    /** The Gram matrix says what convolving with filters gives, as the sum of all squares. */
    @Test
    void gramOfConvolutions() {
        for (ChannelLayout layout : ChannelLayout.values()) {
            for (int groups : new int[] {1, 2, 4}) {
                Builder b = Builder.graph("g");
                Dim n = Dim.symbol("n");
                boolean first = layout == ChannelLayout.CHANNELS_FIRST;
                Value x = b.input(
                        "x",
                        new TensorType(
                                ElementType.F32,
                                first
                                        ? Shape.of(n, Dim.of(4), Dim.of(6), Dim.of(5))
                                        : Shape.of(n, Dim.of(6), Dim.of(5), Dim.of(4))));
                Random r = new Random(groups);
                Tensor filters = random(r, 8, 4 / groups, 3, 2);
                Op conv = new Conv(
                        x,
                        b.constant(filters),
                        new Window(List.of(2L, 1L), Collections.nCopies(4, Dim.ONE), List.of(1L, 2L)),
                        groups,
                        layout);
                Value y = b.add(conv);
                Value squares = b.reduce(
                        ReduceFunction.REDUCE_SUM,
                        b.multiply(y, y),
                        IntStream.range(0, 4).boxed().toList(),
                        false);
                Graph graph = b.build(squares);
                List<Tensor> calls = first
                        ? List.of(random(r, 2, 4, 6, 5), random(r, 1, 4, 6, 5))
                        : List.of(random(r, 2, 6, 5, 4), random(r, 1, 6, 5, 4));
                Gram gram = Gram.of(conv).orElseThrow();
                Gram.Matrix matrix = measure(graph, calls, gram).get(gram).orElseThrow();
                double expected = 0;
                for (Tensor t : calls) {
                    expected += ((Tensor) new ReferenceEvaluator(graph)
                                    .run(Map.of("x", t))
                                    .values()
                                    .iterator()
                                    .next())
                            .getDouble(0);
                }
                int depth = 4 / groups * 6;
                assertThat(matrix.depth()).isEqualTo(depth);
                double sum = 0;
                for (int o = 0; o < 8; o++) {
                    int group = o / (8 / groups);
                    for (int i = 0; i < depth; i++) {
                        for (int j = 0; j < depth; j++) {
                            sum += matrix.at(group, i, j)
                                    * filters.getDouble((long) o * depth + i)
                                    * filters.getDouble((long) o * depth + j);
                        }
                    }
                }
                assertThat(sum).isCloseTo(expected, within(1e-3 * expected));
            }
        }
    }

    @Test
    void whatMeasuresDoesNotRunWithoutData() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2, 64));
        Graph graph = b.build(b.matMul(x, b.constant(random(new Random(3), 64, 64))));
        Compressor compressor = Compressor.of(graph, CompileOptions.standard());
        assertThatThrownBy(() -> compressor.quantize(Quantization.STATIC).run())
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("quantize-static")
                .hasMessageContaining("data");
        assertThat(compressor.quantize(Quantization.DYNAMIC).run().loss()).isLessThan(0.01);
    }
}
