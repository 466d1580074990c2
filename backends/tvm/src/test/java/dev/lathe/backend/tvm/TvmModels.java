package dev.lathe.backend.tvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.PassManager;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** Graphs through this target, beside the reference. */
final class TvmModels {
    static final TvmBackend BACKEND = new TvmBackend();

    private TvmModels() {}

    /** Skips the test where there is no library. */
    static void needLibrary() {
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    static CompileOptions options(int threads, Numerics numerics) {
        return CompileOptions.builder()
                .target("tvm")
                .threads(threads)
                .numerics(numerics)
                .build();
    }

    /** What the passes make of a graph, of which the host runs nothing. */
    static Graph lowered(Graph graph, CompileOptions options) {
        Graph target = PassManager.run(graph, BACKEND.pipeline(options), options.passContext());
        assertThat(BACKEND.onHost(target, options)).isEmpty();
        return target;
    }

    static TvmArtifact artifact(Graph graph, CompileOptions options) {
        return (TvmArtifact) BACKEND.compile(lowered(graph, options), options);
    }

    static Executable load(Graph graph, int threads) {
        return artifact(graph, options(threads, Numerics.DEFAULT)).load();
    }

    static Tensor random(long seed, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        Random r = new Random(seed);
        for (int i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) r.nextGaussian());
        }
        return t;
    }

    /** Floats are equal to 2e-4, and NaN where they are to be. */
    static void assertClose(Map<String, ? extends Datum> got, Map<String, ? extends Datum> wanted) {
        assertThat(got.keySet()).isEqualTo(wanted.keySet());
        wanted.forEach((name, w) -> {
            Tensor a = (Tensor) Objects.requireNonNull(got.get(name));
            Tensor b = (Tensor) w;
            assertThat(a.dims()).isEqualTo(b.dims());
            for (int i = 0; i < b.size(); i++) {
                float x = a.getFloat(i);
                float y = b.getFloat(i);
                boolean same = Float.compare(x, y) == 0 || Math.abs(x - y) <= 2e-4f;
                assertThat(same)
                        .as("%s[%d] is %s and should be %s", name, i, x, y)
                        .isTrue();
            }
        });
    }

    /** Compares with the reference, on one and two threads. */
    static void check(String text, Map<String, Tensor> in) {
        check(IrText.parse(text), in);
    }

    static void check(Graph graph, Map<String, Tensor> in) {
        for (int threads : new int[] {1, 2}) {
            try (Executable run = load(graph, threads)) {
                assertClose(run.call(in), new ReferenceEvaluator(graph).call(in));
            }
        }
    }
}
