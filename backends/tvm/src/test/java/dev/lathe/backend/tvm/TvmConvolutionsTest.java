package dev.lathe.backend.tvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Numerics;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions in each of their forms. */
class TvmConvolutionsTest {
    @BeforeEach
    void needsLibrary() {
        TvmModels.needLibrary();
    }

    private record Form(int in, int out, int groups, int taps, int stride, int dilation, int pad) {
        /** A convolution with a bias and an activation, of images with these dimensions. */
        Graph graph(Dim batch, Dim height, Dim width, Tensor filters) {
            Builder b = Builder.graph("convolution");
            Shape image = Shape.of(batch, height, width, Dim.of(in));
            Value x = b.input("x", new TensorType(ElementType.F32, image));
            Dim p = Dim.of(pad);
            long s = stride;
            long d = dilation;
            Window window = new Window(List.of(s, s), List.of(p, p, p, p), List.of(d, d));
            Value y = b.add(new Conv(x, b.constant(filters), window, groups, ChannelLayout.CHANNELS_LAST));
            Value bias = b.constant(TvmModels.random(7, out));
            return b.build(List.of(b.relu(b.add(y, bias))), List.of("y"));
        }

        Tensor filters() {
            Tensor t = TvmModels.random(3, out, in / groups, taps, taps);
            float scale = (float) Math.sqrt(2.0 / taps / taps / in * groups);
            for (int i = 0; i < t.size(); i++) {
                t.setFloat(i, t.getFloat(i) * scale);
            }
            return t;
        }

        Graph symbolic() {
            return graph(Dim.symbol("n"), Dim.symbol("h"), Dim.symbol("w"), filters());
        }

        Graph of(long batch, long height, long width) {
            return graph(Dim.of(batch), Dim.of(height), Dim.of(width), filters());
        }

        Map<String, Tensor> image(long batch, long height, long width) {
            return Map.of("x", TvmModels.random(5, batch, height, width, in));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8, 40, 1, 1, 1, 1, 0",
        "5, 33, 1, 3, 2, 1, 1",
        "12, 24, 3, 3, 1, 2, 2",
        "3, 16, 1, 7, 2, 1, 3",
        "64, 64, 64, 3, 1, 1, 1",
        "24, 24, 24, 5, 2, 1, 2",
        "39, 39, 39, 3, 1, 2, 2",
        "33, 33, 33, 3, 1, 1, 1",
        "6, 20, 1, 3, 2, 1, 0",
        "10, 33, 1, 1, 2, 1, 0",
        "7, 9, 1, 3, 1, 2, 0",
        "48, 48, 48, 3, 1, 1, 0"
    })
    void direct(int in, int out, int groups, int taps, int stride, int dilation, int pad) {
        Form form = new Form(in, out, groups, taps, stride, dilation, pad);
        for (int[] size : new int[][] {{1, 19, 23}, {2, 7, 5}}) {
            TvmModels.check(form.of(size[0], size[1], size[2]), form.image(size[0], size[1], size[2]));
        }
        TvmModels.check(form.symbolic(), form.image(2, 18, 37));
    }

    /** Blocks of several lines, of which the last of an image is shorter, and panels of which the last is narrower. */
    @ParameterizedTest
    @CsvSource({"6, 70, 1, 3, 2, 1, 1", "6, 40, 1, 3, 1, 2, 0", "5, 48, 1, 1, 2, 1, 0", "12, 68, 2, 3, 1, 1, 1"})
    void blocksOfLines(int in, int out, int groups, int taps, int stride, int dilation, int pad) {
        Form form = new Form(in, out, groups, taps, stride, dilation, pad);
        TvmModels.check(form.of(2, 83, 21), form.image(2, 83, 21));
        TvmModels.check(form.symbolic(), form.image(2, 83, 21));
    }

    private static final Form SQUARES = new Form(40, 52, 1, 3, 1, 1, 1);

    /** Close to the reference at any size, and the same bits on any number of threads. */
    @Test
    void winogradAtAnySize() {
        Graph graph = SQUARES.symbolic();
        ReferenceEvaluator reference = new ReferenceEvaluator(graph);
        try (Executable one = TvmModels.load(graph, 1);
                Executable two = TvmModels.load(graph, 2)) {
            for (long[] size : new long[][] {
                {1, 30, 41}, {2, 13, 14}, {1, 1, 50}, {3, 7, 7}, {0, 8, 8}, {1, 2, 2}, {1, 1, 1}, {2, 64, 3}
            }) {
                Map<String, Tensor> x = SQUARES.image(size[0], size[1], size[2]);
                Map<String, Tensor> y = one.call(x);
                TvmModels.assertClose(y, reference.call(x));
                assertThat(two.call(x)).isEqualTo(y);
            }
        }
    }

    @Test
    void winogradWhereItCostsLess() {
        assertThat(source(SQUARES.of(1, 56, 56), Numerics.DEFAULT)).contains("winograd_4");
        assertThat(source(SQUARES.of(1, 2, 2), Numerics.DEFAULT)).doesNotContain("winograd");
        assertThat(source(SQUARES.of(1, 56, 56), Numerics.STRICT)).doesNotContain("winograd");
        TvmModels.check(SQUARES.of(1, 56, 56), SQUARES.image(1, 56, 56));
        Tensor integers = SQUARES.filters();
        for (int i = 0; i < integers.size(); i++) {
            integers.setFloat(i, i % 5 - 2);
        }
        Graph exact = SQUARES.graph(Dim.of(1), Dim.of(56), Dim.of(56), integers);
        assertThat(source(exact, Numerics.DEFAULT)).doesNotContain("winograd");
    }

    private static String source(Graph graph, Numerics numerics) {
        return TvmModels.artifact(graph, TvmModels.options(1, numerics)).plans().source();
    }

    /** What is not finite reaches the pixels whose windows see it, and no others. */
    @Test
    void winogradWithoutLimits() {
        Graph graph = SQUARES.of(1, 40, 40);
        assertThat(source(graph, Numerics.DEFAULT)).contains("winograd");
        for (float odd : new float[] {Float.POSITIVE_INFINITY, Float.NaN, 3e38f}) {
            Map<String, Tensor> x = SQUARES.image(1, 40, 40);
            Tensor.named(x, "x").setFloat(17 * 40 * 40 + 11 * 40 + 3, odd);
            try (Executable run = TvmModels.load(graph, 2)) {
                Tensor got = Tensor.named(run.call(x), "y");
                Tensor wanted = Tensor.named(new ReferenceEvaluator(graph).call(x), "y");
                for (int i = 0; i < wanted.size(); i++) {
                    float w = wanted.getFloat(i);
                    float g = got.getFloat(i);
                    assertThat(Float.compare(g, w) == 0 || Math.abs(g - w) <= 1e-4f * Math.max(1, Math.abs(w)))
                            .as("element %d of %s is %s, not %s", i, odd, g, w)
                            .isTrue();
                }
            }
        }
    }
}
