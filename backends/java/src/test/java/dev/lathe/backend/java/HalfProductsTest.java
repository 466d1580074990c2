package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that compute in floats of 16 bits run by kernels, which compute in floats and round each result once. */
class HalfProductsTest {
    private static final Random RANDOM = new Random(5);
    private static final Window SQUARE = new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L));

    /** What is made of images {@code [n, 4, 6, 6]}. */
    enum Layer {
        DENSE {
            @Override
            Value of(Builder b, Value x) {
                return b.relu(b.add(b.matMul(x, weights(b, x, 6, 5)), weights(b, x, 5)));
            }
        },
        COMPUTED {
            @Override
            Value of(Builder b, Value x) {
                return b.matMul(x, b.transpose(x, List.of(0, 1, 3, 2)));
            }
        },
        CONVOLUTION {
            @Override
            Value of(Builder b, Value x) {
                return b.add(new Conv(x, weights(b, x, 3, 4, 3, 3), SQUARE, 1, ChannelLayout.CHANNELS_FIRST));
            }
        },
        TRANSPOSED {
            @Override
            Value of(Builder b, Value x) {
                TransposedWindow window = new TransposedWindow(
                        List.of(2L, 2L), Collections.nCopies(4, Dim.ZERO), List.of(0L, 0L), List.of(1L, 1L));
                return b.add(new ConvTranspose(x, weights(b, x, 4, 3, 2, 2), window, 1, ChannelLayout.CHANNELS_FIRST));
            }
        },
        POOL {
            @Override
            Value of(Builder b, Value x) {
                return b.add(new Pool(
                        PoolFunction.MAX_POOL, x, List.of(3L, 3L), SQUARE, false, ChannelLayout.CHANNELS_FIRST));
            }
        },
        ATTENTION {
            @Override
            Value of(Builder b, Value x) {
                return b.add(new ScaledDotProductAttention(x, x, x, Optional.empty(), 0.4));
            }
        },
        SOFTMAX {
            @Override
            Value of(Builder b, Value x) {
                return b.add(new Softmax(x, 3));
            }
        },
        LAYER_NORM {
            @Override
            Value of(Builder b, Value x) {
                return b.add(new LayerNorm(x, Optional.of(weights(b, x, 6)), Optional.empty(), 3, 1e-5));
            }
        },
        MEAN {
            @Override
            Value of(Builder b, Value x) {
                return b.add(new Reduce(ReduceFunction.REDUCE_MEAN, x, List.of(3), false));
            }
        };

        abstract Value of(Builder b, Value x);

        static Value weights(Builder b, Value x, long... dims) {
            return b.constant(random(x.tensorType().element(), dims));
        }
    }

    private static Tensor random(ElementType e, long... dims) {
        Tensor t = Tensor.zeros(e, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, RANDOM.nextDouble() - 0.4);
        }
        return t;
    }

    static Stream<Arguments> layers() {
        return Stream.of(ElementType.F16, ElementType.BF16)
                .flatMap(e -> Stream.of(Layer.values()).map(l -> Arguments.of(e, l)));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void runByKernels(ElementType e, Layer layer) {
        Builder b = Builder.graph("half");
        Value x = b.input("x", TensorType.of(e, Shape.of(Dim.symbol("n"), Dim.of(4), Dim.of(6), Dim.of(6))));
        Graph graph = b.build(List.of(layer.of(b, x)), List.of("y"));
        CompileOptions options = CompileOptions.builder().build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        Graph target = PassManager.run(canonical, new JavaBackend().pipeline(options), options.passContext());
        assertThat(JavaBackend.plan(target).onHost()).isEmpty();
        Map<String, Tensor> inputs = Map.of("x", random(e, 2, 4, 6, 6));
        Tensor expected = Tensor.named(new ReferenceEvaluator(graph).call(inputs), "y");
        try (Executable run = JavaBackendTest.compile(graph).load()) {
            Tensor actual = Tensor.named(run.call(inputs), "y");
            assertThat(actual.type()).isEqualTo(expected.type());
            double ulp = e == ElementType.F16 ? 0x1p-10 : 0x1p-7;
            for (long i = 0; i < expected.size(); i++) {
                assertThat(actual.getDouble(i))
                        .isCloseTo(
                                expected.getDouble(i), within(2 * ulp * Math.max(1, Math.abs(expected.getDouble(i)))));
            }
        }
    }
}
