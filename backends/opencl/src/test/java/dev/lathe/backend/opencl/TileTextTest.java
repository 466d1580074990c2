package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassManager;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tiles in local memory, which GPUs get, on whatever device there is: right results, slow as they may be. */
class TileTextTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();
    private static final Random RANDOM = new Random(7);

    @BeforeEach
    void needsDevice() {
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    private static Tensor random(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) RANDOM.nextGaussian());
        }
        return t;
    }

    private static Value input(Builder b, String name, long... dims) {
        return b.input(name, TensorType.of(ElementType.F32, Shape.of(dims)));
    }

    private static void assertTiles(Builder b, Value result, String kernel, Map<String, Tensor> in) {
        Graph graph = b.build(List.of(b.unary(UnaryFunction.RELU, result)), List.of("y"));
        CompileOptions options = CompileOptions.builder()
                .target("opencl")
                .targetOptions(new OpenClOptions("", Tiles.LOCAL_MEMORY, false))
                .build();
        Graph target = PassManager.run(graph, BACKEND.pipeline(options), options.passContext());
        var artifact = BACKEND.compile(target, options);
        assertThat(artifact.sources().get("model.cl")).contains("void " + kernel + "(");
        Tensor wanted = Tensor.named(new ReferenceEvaluator(graph).call(in), "y");
        try (Executable run = artifact.load()) {
            Tensor got = Tensor.named(run.call(in), "y");
            assertThat(got.dims()).isEqualTo(wanted.dims());
            for (long i = 0; i < wanted.size(); i++) {
                assertThat(got.getFloat(i)).isCloseTo(wanted.getFloat(i), within(1e-3f));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"70, 33, 130", "1, 100, 40", "64, 64, 64", "5, 0, 3", "390, 70, 370", "770, 17, 730"})
    void productsWithWeights(long rows, long depth, long columns) {
        Builder b = Builder.graph("product");
        Value x = input(b, "x", rows, depth);
        Value product = b.matMul(x, b.constant(random(depth, columns)));
        assertTiles(
                b,
                b.add(product, b.constant(random(columns))),
                rows == 1 ? "row_product" : "matrix_product_tiles",
                Map.of("x", random(rows, depth)));
    }

    @ParameterizedTest
    @CsvSource({"3, 70, 33, 5", "2, 1, 7, 80"})
    void productsOfComputedMatrices(long batch, long rows, long depth, long columns) {
        Builder b = Builder.graph("products");
        Value x = input(b, "x", 2, batch, rows, depth);
        Value y = input(b, "y", batch, depth, columns);
        assertTiles(
                b,
                b.matMul(x, y),
                "batched_product_tiles",
                Map.of("x", random(2, batch, rows, depth), "y", random(batch, depth, columns)));
    }

    @ParameterizedTest
    @CsvSource({"1, 5, 70, 3, 1, 1, 1", "2, 6, 6, 3, 2, 1, 2", "1, 8, 8, 3, 1, 2, 8", "3, 4, 34, 5, 2, 1, 2"})
    void convolutions(long n, long channels, long filters, long kernel, long stride, long dilation, long groups) {
        Builder b = Builder.graph("convolution");
        Value x = input(b, "x", n, channels, 9, 11);
        Window window = new Window(
                List.of(stride, stride), List.of(Dim.ONE, Dim.of(2), Dim.ONE, Dim.ZERO), List.of(dilation, dilation));
        Value y = b.add(new Conv(
                x,
                b.constant(random(filters, channels / groups, kernel, kernel)),
                window,
                groups,
                ChannelLayout.CHANNELS_FIRST));
        assertTiles(
                b,
                y,
                groups == channels ? "depthwise_convolution" : "convolution_tiles",
                Map.of("x", random(n, channels, 9, 11)));
    }

    @ParameterizedTest
    @CsvSource({"3, 7", "2, 300", "0, 5", "70, 2"})
    void rows(long rows, long length) {
        Map<String, Tensor> in = Map.of("x", random(rows, length));
        Builder b = Builder.graph("softmax");
        assertTiles(b, b.add(new Softmax(input(b, "x", rows, length), 1)), "softmax_group", in);
        b = Builder.graph("norm");
        Value x = input(b, "x", rows, length);
        Optional<Value> scale = Optional.of(b.constant(random(length)));
        Optional<Value> bias = Optional.of(b.constant(random(length)));
        assertTiles(b, b.add(new LayerNorm(x, scale, bias, 1, 1e-5)), "layer_norm_group", in);
        for (ReduceFunction f : ReduceFunction.values()) {
            b = Builder.graph("reduction");
            Value y = b.add(new Reduce(f, input(b, "x", rows, length), List.of(1), false));
            if (f != ReduceFunction.REDUCE_PROD || length < 10) {
                assertTiles(b, y, f.mnemonic() + "_group", in);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 5, 3, 2, 2", "1, 3, 40, 3, 1"})
    void transposedConvolutions(long n, long channels, long filters, long kernel, long stride) {
        Builder b = Builder.graph("transposed");
        Value x = input(b, "x", n, channels, 4, 5);
        TransposedWindow window = new TransposedWindow(
                List.of(stride, stride),
                List.of(Dim.ZERO, Dim.ONE, Dim.ZERO, Dim.ZERO),
                List.of(0L, 0L),
                List.of(1L, 1L));
        Value y = b.add(new ConvTranspose(
                x, b.constant(random(channels, filters, kernel, kernel)), window, 1, ChannelLayout.CHANNELS_FIRST));
        assertTiles(b, y, "transposed_convolution", Map.of("x", random(n, channels, 4, 5)));
    }
}
