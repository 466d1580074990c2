package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transposed convolutions and what follows them, through the whole compiler. */
class TransposedModelTest {
    private static Tensor random(long seed, long... dims) {
        Random random = new Random(seed);
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) random.nextGaussian());
        }
        return t;
    }

    /** What follows the sums. */
    enum End {
        NOTHING {
            @Override
            Value of(Builder b, Value y, Value other) {
                return y;
            }
        },
        /** One number for all elements: rows are joined. */
        SIGMOID {
            @Override
            Value of(Builder b, Value y, Value other) {
                return b.unary(UnaryFunction.SIGMOID, b.add(y, b.scalar(y, 0.25)));
            }
        },
        /** Tiles do this. */
        SUM {
            @Override
            Value of(Builder b, Value y, Value other) {
                return b.relu(b.add(y, other));
            }
        },
        /** Tiles do not, and rows of both operands are joined. */
        PRODUCT {
            @Override
            Value of(Builder b, Value y, Value other) {
                return b.relu(b.multiply(y, other));
            }
        },
        /** A number for each channel, so that rows stay apart. */
        SCALE {
            @Override
            Value of(Builder b, Value y, Value other) {
                Value scale = b.constant(random(9, y.tensorType().shape().dim(3).constant()));
                return b.relu(b.multiply(y, scale));
            }
        };

        abstract Value of(Builder b, Value y, Value other);
    }

    /** By a kernel, close to the reference, and the same at every call. */
    @ParameterizedTest
    @CsvSource({
        "3, 1, 2, 2, 0, 1", "5, 3, 2, 2, 0, 1", "24, 24, 2, 2, 0, 1", "3, 64, 3, 3, 0, 1", "4, 2, 1, 1, 0, 1",
        "4, 1, 3, 2, 1, 1", "4, 3, 4, 2, 1, 1", "2, 2, 2, 3, 0, 1", "4, 5, 3, 1, 1, 1", "2, 20, 2, 2, 1, 1",
        "4, 4, 2, 2, 0, 4", "6, 4, 4, 2, 1, 2", "6, 40, 2, 2, 0, 2", "12, 6, 3, 1, 1, 6"
    })
    void likeTheReference(int in, int out, int kernel, int stride, int pad, int groups) {
        for (End end : End.values()) {
            Builder b = Builder.graph("transposed");
            Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(2, 7, 19, in)));
            TransposedWindow window = new TransposedWindow(
                    Collections.nCopies(2, (long) stride),
                    Collections.nCopies(4, Dim.of(pad)),
                    List.of(0L, 0L),
                    List.of(1L, 1L));
            Value filters = b.constant(random(1, in, out / groups, kernel, kernel));
            Value y = b.add(new ConvTranspose(x, filters, window, groups, ChannelLayout.CHANNELS_LAST));
            Value other = b.input("other", y.tensorType());
            Graph graph = b.build(List.of(end.of(b, y, other)), List.of("y"));
            CompileOptions options = CompileOptions.builder().build();
            Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
            Graph target = PassManager.run(canonical, new JavaBackend().pipeline(options), options.passContext());
            assertThat(JavaBackend.plan(target).onHost()).isEmpty();
            Map<String, Tensor> inputs = new HashMap<>(Map.of("x", random(2, 2, 7, 19, in)));
            inputs.put(
                    "other",
                    random(
                            3,
                            y.tensorType().shape().dims().stream()
                                    .mapToLong(Dim::constant)
                                    .toArray()));
            Tensor expected = Tensor.named(new ReferenceEvaluator(graph).call(inputs), "y");
            try (Executable run = JavaBackendTest.compile(graph).load()) {
                Tensor actual = Tensor.named(run.call(inputs), "y");
                for (long i = 0; i < expected.size(); i++) {
                    double e = expected.getDouble(i);
                    assertThat(actual.getDouble(i))
                            .as("%s %d", end, i)
                            .isCloseTo(e, within(2e-5 * Math.max(1, Math.abs(e))));
                }
                Tensor again = Tensor.named(run.call(inputs), "y");
                for (long i = 0; i < expected.size(); i++) {
                    assertThat(again.getDouble(i)).isEqualTo(actual.getDouble(i));
                }
            }
        }
    }
}
