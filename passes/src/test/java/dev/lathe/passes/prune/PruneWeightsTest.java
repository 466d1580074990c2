package dev.lathe.passes.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.weights.ChangedWeight;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which weights are pruned, and how many. */
class PruneWeightsTest {
    private static final PruneWeights ALL =
            new PruneWeights(0.5, WeightImportance.L1, PruneScope.LAYER, "unstructured", 0, "", "");

    private static Tensor random(Random r, ElementType type, long... dims) {
        Tensor t = Tensor.zeros(type, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, r.nextGaussian());
        }
        return t;
    }

    /** A product for each of the weights, which are named w0, w1, … */
    private static Graph products(Tensor... weights) {
        Builder b = Builder.graph("g");
        List<Value> results = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            Value x = b.input("x" + i, TensorType.of(weights[i].element(), 3, weights[i].dim(-2)));
            results.add(b.named(b.matMul(x, b.constant(weights[i], "w" + i)), "y" + i));
        }
        return b.build(results.toArray(Value[]::new));
    }

    private static Map<String, Tensor> pruned(Graph graph, PruneWeights pass) {
        return pruned(graph, pass, PassContext.standard());
    }

    private static Map<String, Tensor> pruned(Graph graph, PruneWeights pass, PassContext context) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (Node n : PassManager.run(graph, Pipeline.of(pass), context).allNodes()) {
            if (n.op() instanceof Constant(Tensor t)) {
                all.put(n.result().name(), t);
            }
        }
        return all;
    }

    private static long zeros(Tensor t) {
        long count = 0;
        for (long i = 0; i < t.size(); i++) {
            count += t.getDouble(i) == 0 ? 1 : 0;
        }
        return count;
    }

    /** What is left is as it was, and nothing that is gone was larger. */
    private static void assertLeastAreGone(Tensor before, Tensor after) {
        double gone = 0;
        double left = Double.POSITIVE_INFINITY;
        for (long i = 0; i < before.size(); i++) {
            double magnitude = Math.abs(before.getDouble(i));
            if (after.getDouble(i) == 0) {
                gone = Math.max(gone, magnitude);
            } else {
                assertThat(after.getBits(i)).isEqualTo(before.getBits(i));
                left = Math.min(left, magnitude);
            }
        }
        assertThat(gone).isLessThanOrEqualTo(left);
    }

    private static PruneWeights with(double ratio, String pattern) {
        return new PruneWeights(ratio, ALL.importance(), ALL.scope(), pattern, 0, "", "");
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"F16", "BF16", "F32", "F64"})
    void theShareOfEachLayerIsExactForAllFloats(ElementType type) {
        Random r = new Random(4);
        for (double ratio : new double[] {0, 0.1, 0.33, 0.5, 0.9, 1}) {
            Tensor small = random(r, type, 7, 5);
            Tensor large = random(r, type, 31, 17);
            Map<String, Tensor> after = pruned(products(small, large), with(ratio, "unstructured"));
            assertThat(zeros(Tensor.named(after, "w0"))).isEqualTo(Math.round(ratio * 35));
            assertThat(zeros(Tensor.named(after, "w1"))).isEqualTo(Math.round(ratio * 31 * 17));
            assertLeastAreGone(small, Tensor.named(after, "w0"));
            assertLeastAreGone(large, Tensor.named(after, "w1"));
        }
    }

    @Test
    void theShareOfTheWholeModelIsExact() {
        Random r = new Random(5);
        Tensor first = random(r, ElementType.F32, 9, 8);
        Tensor second = random(r, ElementType.F32, 6, 11);
        for (long i = 0; i < second.size(); i++) {
            second.setDouble(i, 0.2 * second.getDouble(i));
        }
        PruneWeights global = new PruneWeights(0.4, WeightImportance.L2, PruneScope.GLOBAL, "unstructured", 0, "", "");
        Map<String, Tensor> after = pruned(products(first, second), global);
        assertThat(zeros(Tensor.named(after, "w0")) + zeros(Tensor.named(after, "w1")))
                .isEqualTo(Math.round(0.4 * (72 + 66)));
        assertThat(zeros(Tensor.named(after, "w1"))).isGreaterThan(2 * zeros(Tensor.named(after, "w0")));
        Tensor before = Tensor.zeros(ElementType.F32, 138);
        Tensor both = Tensor.zeros(ElementType.F32, 138);
        for (int i = 0; i < 138; i++) {
            before.copyElement(i, i < 72 ? first : second, i < 72 ? i : i - 72);
            both.copyElement(i, Tensor.named(after, i < 72 ? "w0" : "w1"), i < 72 ? i : i - 72);
        }
        assertLeastAreGone(before, both);
    }

    @Test
    void equalWeightsGoInTheirOrderAndZerosFirst() {
        Tensor t = Tensor.of(new float[] {1, -1, 1, 0, 1, -1, 0, 1}, 4, 2);
        Tensor after = Tensor.named(pruned(products(t), with(0.5, "unstructured")), "w0");
        assertThat(after.toFloatArray()).containsExactly(0, 0, 1, 0, 1, -1, 0, 1);
    }

    @Test
    void whatIsNoNumberStays() {
        Tensor t = Tensor.of(new float[] {Float.NaN, 1, Float.NEGATIVE_INFINITY, -2}, 2, 2);
        Tensor after = Tensor.named(pruned(products(t), with(0.5, "unstructured")), "w0");
        assertThat(after.toFloatArray()).containsExactly(Float.NaN, 0, Float.NEGATIVE_INFINITY, 0);
    }

    @Test
    void everyGroupKeepsTheLargestOfAPattern() {
        Random r = new Random(6);
        for (int[] p : new int[][] {{2, 4}, {1, 4}, {4, 8}, {1, 2}, {3, 5}}) {
            Tensor t = random(r, ElementType.F32, 22, 5);
            Tensor after = Tensor.named(pruned(products(t), with(0.5, p[0] + ":" + p[1])), "w0");
            for (int c = 0; c < 5; c++) {
                for (int k = 0; k < 22; k += p[1]) {
                    int end = Math.min(22, k + p[1]);
                    assertGroup(t, after, p[0], end - k, column(k, c, 5));
                }
            }
        }
    }

    private static IntFunction<Long> column(int row, int column, int columns) {
        return i -> (long) (row + i) * columns + column;
    }

    private static void assertGroup(Tensor before, Tensor after, int kept, int size, IntFunction<Long> places) {
        double gone = 0;
        double left = Double.POSITIVE_INFINITY;
        int zeros = 0;
        for (int i = 0; i < size; i++) {
            double magnitude = Math.abs(before.getDouble(places.apply(i)));
            boolean zero = after.getDouble(places.apply(i)) == 0;
            zeros += zero ? 1 : 0;
            gone = zero ? Math.max(gone, magnitude) : gone;
            left = zero ? left : Math.min(left, magnitude);
        }
        assertThat(zeros).isEqualTo(Math.max(0, size - kept));
        assertThat(gone).isLessThanOrEqualTo(left);
    }

    /** A pattern of a filter goes along input channels, at each place of the filter. */
    @Test
    void patternsOfFiltersGoAlongChannels() {
        Random r = new Random(7);
        Tensor filters = random(r, ElementType.F32, 6, 8, 3, 2);
        Tensor after = Tensor.named(pruned(convolution(filters, 1), with(0.5, "2:4")), "w0");
        for (int o = 0; o < 6; o++) {
            for (int place = 0; place < 6; place++) {
                for (int c = 0; c < 8; c += 4) {
                    long first = (o * 8 + c) * 6L + place;
                    assertGroup(filters, after, 2, 4, i -> first + i * 6L);
                }
            }
        }
        Tensor depthwise = random(r, ElementType.F32, 6, 1, 3, 3);
        assertThat(Tensor.named(pruned(convolution(depthwise, 6), with(0.5, "2:4")), "w0"))
                .isEqualTo(depthwise);
    }

    private static Graph convolution(Tensor filters, int groups) {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(filters.element(), 1, filters.dim(1) * groups, 5, 5));
        return b.build(b.add(new Conv(
                x,
                b.constant(filters, "w0"),
                new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L)),
                groups,
                ChannelLayout.CHANNELS_FIRST)));
    }

    @Test
    void blocksGoAsAWhole() {
        Random r = new Random(8);
        for (int[] p : new int[][] {{1, 32}, {4, 4}, {3, 5}, {16, 1}}) {
            Tensor t = random(r, ElementType.F32, 24, 70);
            Tensor after = Tensor.named(pruned(products(t), with(0.7, p[0] + "x" + p[1])), "w0");
            long gone = 0;
            double largestGone = 0;
            double leastLeft = Double.POSITIVE_INFINITY;
            for (int k = 0; k < 24; k += p[0]) {
                for (int c = 0; c < 70; c += p[1]) {
                    int size = 0;
                    int zeros = 0;
                    double sum = 0;
                    for (int i = k; i < Math.min(24, k + p[0]); i++) {
                        for (int j = c; j < Math.min(70, c + p[1]); j++) {
                            size++;
                            zeros += after.getDouble(i * 70L + j) == 0 ? 1 : 0;
                            sum += Math.abs(t.getDouble(i * 70L + j));
                        }
                    }
                    assertThat(zeros).isIn(0, size);
                    gone += zeros;
                    largestGone = zeros > 0 ? Math.max(largestGone, sum / size) : largestGone;
                    leastLeft = zeros > 0 ? leastLeft : Math.min(leastLeft, sum / size);
                }
            }
            assertThat(Math.abs(gone - 1176.0)).isLessThanOrEqualTo(p[0] * p[1] / 2.0);
            assertThat(largestGone).isLessThanOrEqualTo(leastLeft);
        }
    }

    /** The root of the mean square prefers a block with one large weight, the mean one with many of middle size. */
    @Test
    void theTwoNormsJudgeBlocksDifferently() {
        Tensor t = Tensor.of(new float[] {3, 0, 0, 0, 1, 1, 1, 1}, 2, 4);
        assertThat(Tensor.named(pruned(products(t), with(0.5, "1x4")), "w0").toFloatArray())
                .containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
        PruneWeights squares = new PruneWeights(0.5, WeightImportance.L2, ALL.scope(), "1x4", 0, "", "");
        assertThat(Tensor.named(pruned(products(t), squares), "w0").toFloatArray())
                .containsExactly(3, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void pruningAgainKeepsZerosAndAddsTheRest() {
        Tensor t = random(new Random(9), ElementType.F32, 16, 16);
        Tensor half = Tensor.named(pruned(products(t), with(0.5, "unstructured")), "w0");
        Tensor more = Tensor.named(pruned(products(half), with(0.8, "unstructured")), "w0");
        assertThat(more).isEqualTo(Tensor.named(pruned(products(t), with(0.8, "unstructured")), "w0"));
        assertThat(Tensor.named(pruned(products(more), with(0.5, "unstructured")), "w0"))
                .isEqualTo(more);
    }

    @Test
    void namesSayWhichWeights() {
        Random r = new Random(10);
        Tensor t = random(r, ElementType.F32, 8, 8);
        Graph graph = products(t, random(r, ElementType.F32, 8, 8), random(r, ElementType.F32, 8, 8));
        assertThat(zeros(Tensor.named(pruned(graph, named("w0,y2", "")), "w0"))).isEqualTo(32);
        assertThat(zeros(Tensor.named(pruned(graph, named("w0, y2", "")), "w1")))
                .isZero();
        assertThat(zeros(Tensor.named(pruned(graph, named("w0,y2", "")), "w2"))).isEqualTo(32);
        assertThat(zeros(Tensor.named(pruned(graph, named("w*", "?1")), "w1"))).isZero();
        assertThat(zeros(Tensor.named(pruned(graph, named("", "[w]1")), "w1"))).isEqualTo(32);
        assertThatThrownBy(() -> pruned(graph, named("v*", "")))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("v*")
                .hasMessageContaining("w0 or y0");
    }

    private static PruneWeights named(String only, String except) {
        return new PruneWeights(0.5, WeightImportance.L1, PruneScope.LAYER, "unstructured", 0, only, except);
    }

    /** Weights through casts are pruned; tables, weights with another use, and small ones are not. */
    @Test
    void onlyWeightsArePruned() {
        Random r = new Random(11);
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 4, 8));
        Value i = b.input("i", TensorType.of(ElementType.I64, 4));
        Value half = b.constant(random(r, ElementType.F16, 8, 8), "half");
        Value y = b.matMul(x, b.cast(half, ElementType.F32));
        Value both = b.constant(random(r, ElementType.F32, 4, 8), "both");
        Value z = b.matMul(b.add(y, both), b.constant(random(r, ElementType.F32, 8, 4), "small"));
        Value u = b.matMul(z, both);
        Value v = b.gather(b.constant(random(r, ElementType.F32, 50, 8), "table"), i, 0);
        Graph graph = b.build(b.add(u, v));
        PruneWeights pass = new PruneWeights(0.25, WeightImportance.L1, PruneScope.LAYER, "unstructured", 33, "", "");
        Map<String, Tensor> after = pruned(graph, pass);
        assertThat(zeros(Tensor.named(after, "half"))).isEqualTo(16);
        assertThat(Tensor.named(after, "half").element()).isEqualTo(ElementType.F16);
        assertThat(List.of("both", "small", "table")).allMatch(name -> zeros(Tensor.named(after, name)) == 0);
    }

    @Test
    void batchesAndTransposedConvolutionsAreMatricesToo() {
        Random r = new Random(12);
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2, 3, 8));
        Value y = b.add(new MatMul(x, b.constant(random(r, ElementType.F32, 2, 8, 6), "batches")));
        Value image = b.input("image", TensorType.of(ElementType.F32, 1, 8, 4, 4));
        Value z = b.add(new ConvTranspose(
                image,
                b.constant(random(r, ElementType.F32, 8, 3, 2, 2), "turned"),
                new TransposedWindow(
                        List.of(2L, 2L), Collections.nCopies(4, Dim.ZERO), List.of(0L, 0L), List.of(1L, 1L)),
                1,
                ChannelLayout.CHANNELS_FIRST));
        Graph graph = b.build(List.of(y, z), List.of("y", "z"));
        Map<String, Tensor> after = pruned(graph, with(0.5, "1:4"));
        Tensor batches = Tensor.named(after, "batches");
        Tensor turned = Tensor.named(after, "turned");
        for (int k = 0; k < 8; k += 4) {
            for (int c = 0; c < 12; c++) {
                int batch = c / 6;
                long first = (batch * 8 + k) * 6L + c % 6;
                assertThat(left(batches, first, 6)).isEqualTo(1);
                assertThat(left(turned, k * 12L + c, 12)).isEqualTo(1);
            }
        }
    }

    private static int left(Tensor t, long first, long step) {
        int count = 0;
        for (int i = 0; i < 4; i++) {
            count += t.getDouble(first + i * step) != 0 ? 1 : 0;
        }
        return count;
    }

    @Test
    void whatWasDoneIsTold() {
        Tensor t = Tensor.of(new float[] {3, 1, -4, 0}, 2, 2);
        List<ChangedWeight> told = new ArrayList<>();
        pruned(products(t), with(0.5, "unstructured"), PassContext.standard().with(ChangedWeight.LISTENER, told::add));
        assertThat(told).hasSize(1);
        ChangedWeight w = told.getFirst();
        assertThat(w.name()).isEqualTo("w0");
        assertThat(w.use()).isEqualTo("product");
        assertThat(w.zeros()).isEqualTo(0.5);
        assertThat(w.sqnr()).isCloseTo(10 * Math.log10(26), within(1e-9));
    }

    @Test
    void nothingToDoLeavesTheGraph() {
        Graph graph = products(Tensor.of(new float[] {3, 0, -4, 0}, 2, 2));
        assertThat(PassManager.run(graph, Pipeline.of(with(0.5, "unstructured")), PassContext.standard()))
                .isSameAs(graph);
    }

    @Test
    void badOptionsAreRefused() {
        assertThatThrownBy(() -> with(1.5, "unstructured")).hasMessageContaining("from 0 to 1");
        assertThatThrownBy(() -> with(0.5, "4:4")).hasMessageContaining("keeps everything");
        assertThatThrownBy(() -> with(0.5, "0:4")).hasMessageContaining("keeps nothing");
        assertThatThrownBy(() -> with(0.5, "0x4")).hasMessageContaining("empty");
        assertThatThrownBy(() -> with(0.5, "some")).hasMessageContaining("none of unstructured");
        assertThatThrownBy(() -> with(0.7, "2:4")).hasMessageContaining("0.5");
        assertThatThrownBy(() -> new PruneWeights(0.5, WeightImportance.L1, PruneScope.GLOBAL, "2:4", 0, "", ""))
                .hasMessageContaining("same in each layer");
    }

    /** Also those that were there, and those that a narrow float rounds to 0. */
    @Test
    void zerosHaveNoSign() {
        Tensor t = Tensor.of(new float[] {-0f, -1, 2, -3, -4, -5, -6, 7}, 4, 2);
        Tensor after = Tensor.named(pruned(products(t), ALL), "w0");
        assertThat(zeros(after)).isEqualTo(4);
        for (long i = 0; i < after.size(); i++) {
            assertThat(1 / after.getDouble(i)).isNotEqualTo(Double.NEGATIVE_INFINITY);
        }
    }
}
