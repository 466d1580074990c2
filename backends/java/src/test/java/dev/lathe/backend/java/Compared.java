package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.Map;
import java.util.Random;

/** A graph that this target and the reference run. */
final class Compared implements AutoCloseable {
    private final ReferenceEvaluator reference;
    private final Executable executable;

    private Compared(Graph graph, Executable executable) {
        this.reference = new ReferenceEvaluator(graph);
        this.executable = executable;
    }

    /** The graph compiled for two threads; nothing in it runs by its reference meaning. */
    static Compared byKernels(Graph graph) {
        CompileOptions options = CompileOptions.builder().threads(2).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        JavaBackend backend = new JavaBackend();
        JavaArtifact artifact =
                backend.compile(PassManager.run(canonical, backend.pipeline(options), options.passContext()), options);
        assertThat(artifact.sources().values()).noneMatch(s -> s.contains("new OpStep()"));
        return new Compared(graph, artifact.load());
    }

    Executable executable() {
        return executable;
    }

    /** Checks that all results have the same bits; any NaN is as good as another. */
    void same(Map<String, Tensor> inputs) {
        Map<String, Datum> actual = executable.run(inputs);
        reference.run(inputs).forEach((name, datum) -> {
            Tensor own = Tensor.named(actual, name);
            Tensor expected = (Tensor) datum;
            assertThat(own.type()).isEqualTo(expected.type());
            for (long i = 0; i < own.size() && !own.equals(expected); i++) {
                if (expected.element().isFloat()) {
                    assertThat(own.getDouble(i))
                            .as("%s, element %d of %s", name, i, own.type())
                            .isEqualTo(Double.valueOf(expected.getDouble(i)));
                } else {
                    assertThat(own.getLong(i))
                            .as("%s, element %d of %s", name, i, own.type())
                            .isEqualTo(expected.getLong(i));
                }
            }
        });
    }

    /** Checks that all results are within {@code error} of each other. */
    void close(Map<String, Tensor> inputs, double error) {
        Map<String, Datum> actual = executable.run(inputs);
        reference.run(inputs).forEach((name, expected) -> {
            Tensor own = Tensor.named(actual, name);
            assertThat(own.type()).isEqualTo(expected.type());
            for (long i = 0; i < own.size(); i++) {
                assertThat(own.getDouble(i)).isCloseTo(((Tensor) expected).getDouble(i), within(error));
            }
        });
    }

    @Override
    public void close() {
        executable.close();
    }

    /** Numbers of few different values, with NaN, infinities and both zeros among floats. */
    static Tensor numbers(Random random, ElementType element, long... dims) {
        Tensor t = Tensor.zeros(element, dims);
        for (long i = 0; i < t.size(); i++) {
            double v = random.nextInt(-5, 6);
            if (element.isFloat()) {
                v = switch (random.nextInt(12)) {
                    case 0 -> Double.NaN;
                    case 1 -> Double.POSITIVE_INFINITY;
                    case 2 -> -0.0;
                    default -> v / 4;
                };
            }
            t.setDouble(i, element.isUnsigned() ? Math.abs(v) : v);
        }
        return t;
    }

    /** Finite floats around 0. */
    static Tensor floats(Random random, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, random.nextGaussian());
        }
        return t;
    }

    /** Indices of {@code count} elements, from the front and from the end. */
    static Tensor indices(Random random, ElementType element, long count, long... dims) {
        Tensor t = Tensor.zeros(element, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, random.nextLong(-count, count));
        }
        return t;
    }
}
